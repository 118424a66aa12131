//! `policy check`: whether the configuration and its policies are right, without a look at secrets.

use crate::commands::config::{misruled, tell};
use crate::setup::ConfigArg;
use crate::show::count;
use crate::stop::{Exit, Stop};
use access_core::config::Config;

/// Check the policies: those that the configuration's tables become, and its Cedar files
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let text = args.config.read()?;
    let file = args.config.config.display().to_string();
    let (errors, summary) = match Config::parse(&file, &text) {
        Ok(config) => (misruled(&args.config, &config)?, summary(&config)),
        Err(errors) => (errors.into_iter().collect(), String::new()),
    };
    Ok(tell(file, errors, &summary, args.json))
}

fn summary(config: &Config) -> String {
    let groups = count(config.requests.len(), "group");
    let files = count(config.access.policies.len(), "policy file");
    format!("{groups} to ask into, {files}")
}
