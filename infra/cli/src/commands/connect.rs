//! `connect`: takes the credentials of a system that the configuration names, tries them, and puts them where it says.

mod asked;
mod groups;
mod identity_center;
mod pagerduty;
mod place;
mod report;
mod slack;

use crate::setup::{ConfigArg, Loaded};
use crate::show::{Look, print};
use crate::stop::{Exit, Stop};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    #[command(name = "pagerduty")]
    PagerDuty(pagerduty::Args),
    // Boxed, as its URLs make it much larger than the others.
    Slack(Box<slack::Args>),
    IdentityCenter(identity_center::Args),
}

pub(crate) async fn run(command: Command, look: Look) -> Result<Exit, Stop> {
    match command {
        Command::PagerDuty(args) => pagerduty::run(args, look).await,
        Command::Slack(args) => slack::run(*args, look).await,
        Command::IdentityCenter(args) => identity_center::run(args, look).await,
    }
}

/// Reads the configuration; where there is none yet, shows the `table` to begin one with.
fn load(config: &ConfigArg, table: &str) -> Result<Loaded, Stop> {
    if config.config.exists() {
        return config.load();
    }
    let path = config.config.display();
    let why = format!("there is no configuration `{path}`: begin one with what is printed here");
    Err(to_paste(table, &why))
}

/// Prints a table for the configuration, and nothing else on standard output: what is printed can be appended to the file.
fn to_paste(table: &str, why: &str) -> Stop {
    print(table.trim());
    Stop::usage(why)
}
