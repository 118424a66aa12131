//! `config`: whether a configuration is right, and its secrets are where it says; and what was in force when.

mod diff;
mod history;
mod rollback;

use crate::local::no_aws;
use crate::secrets::{self, Which};
use crate::setup::ConfigArg;
use crate::show::{Look, count, during, print, print_json};
use crate::stop::{Exit, Stop};
use crate::store_or_table::OpenStore;
use access_core::config::{Config, ConfigError};
use access_core::ports::{ConfigVersion, Configs};
use access_policy::Policies;
use function_kit::Secrets;
use serde::Serialize;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Check(Check),
    History(history::Args),
    Diff(diff::Args),
    Rollback(rollback::Args),
}

/// How a store that is missing is lamented.
const LACK: &str =
    "and so no version: name the store with --store or --table, or begin with `rotakey apply`";

/// Check the configuration, and that every secret it names can be read
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The outcome, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    valid: bool,
    errors: Vec<Mistake>,
}

#[derive(Debug, Serialize)]
struct Mistake {
    file: String,
    line: usize,
    column: usize,
    message: String,
    help: String,
}

pub(crate) async fn run(command: Command, look: Look) -> Result<Exit, Stop> {
    match command {
        Command::Check(args) => check(args).await,
        Command::History(args) => history::run(args, look).await,
        Command::Diff(args) => diff::run(args, look).await,
        Command::Rollback(args) => rollback::run(args, look).await,
    }
}

async fn check(args: Check) -> Result<Exit, Stop> {
    let text = args.config.read()?;
    let file = args.config.config.display().to_string();
    let (errors, summary) = match Config::parse(&file, &text) {
        Ok(config) => {
            let mut errors = misruled(&args.config, &config)?;
            errors.extend(missing(&file, &text, &config).await);
            (errors, summary(&config))
        }
        Err(errors) => (errors.into_iter().collect(), String::new()),
    };
    Ok(tell(file, errors, &summary, args.json))
}

/// Says what is wrong with a configuration and its policies, or that it is right.
pub(crate) fn tell(file: String, errors: Vec<ConfigError>, summary: &str, json: bool) -> Exit {
    let exit = if errors.is_empty() {
        Exit::Done
    } else {
        Exit::Usage
    };
    if json {
        let errors = errors.into_iter().map(Mistake::from).collect();
        let valid = exit == Exit::Done;
        print_json(&Checked {
            file,
            valid,
            errors,
        });
    } else if errors.is_empty() {
        print(format!("{file} is right: {summary}"));
    } else {
        for error in &errors {
            print(error);
        }
        print(count(errors.len(), "mistake"));
    }
    exit
}

/// What is wrong with the policies.
pub(crate) fn misruled(args: &ConfigArg, config: &Config) -> Result<Vec<ConfigError>, Stop> {
    let Err(errors) = Policies::compile(config, &args.policies(config)?) else {
        return Ok(Vec::new());
    };
    Ok(errors.iter().cloned().collect())
}

/// A version of that number.
async fn version(open: &OpenStore, version: u64) -> Result<ConfigVersion, Stop> {
    let read = open.store.config(version).await?;
    read.ok_or_else(|| {
        let place = &open.place;
        Stop::usage(format!(
            "there is no version {version} in {place}: `rotakey config history` lists them"
        ))
    })
}

async fn missing(file: &str, text: &str, config: &Config) -> Vec<ConfigError> {
    let aws = if secrets::uses_secrets_manager(config) {
        Box::pin(function_kit::aws_config(None)).await
    } else {
        no_aws()
    };
    let secrets = Secrets::new(&aws);
    let missing = secrets::missing(file, text, config, &secrets, Which::All);
    let missing = during("Looking for secrets", missing).await;
    missing.into_iter().map(|missing| missing.error).collect()
}

fn summary(config: &Config) -> String {
    let counted = [
        (config.pagerduty.len(), "PagerDuty account"),
        (config.targets.len(), "target"),
        (config.groups.len(), "group"),
        (config.templates.len(), "group template"),
        (secrets::number(config), "secret"),
    ];
    counted.map(|(number, noun)| count(number, noun)).join(", ")
}

impl From<ConfigError> for Mistake {
    fn from(error: ConfigError) -> Self {
        let ConfigError {
            file,
            line,
            column,
            message,
            help,
        } = error;
        Self {
            file: file.to_string(),
            line,
            column,
            message,
            help,
        }
    }
}
