//! `policy`: who may request, approve, revoke and see, and why.

mod asked;
mod check;
mod explain;
mod facts;
mod show;
mod test;

use crate::stop::{Exit, Stop};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Check(check::Args),
    Show(show::Args),
    Test(test::Args),
    Explain(explain::Args),
}

pub(crate) async fn run(command: Command) -> Result<Exit, Stop> {
    match command {
        Command::Check(args) => check::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Explain(args) => explain::run(args).await,
    }
}
