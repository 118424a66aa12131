//! `config check`: whether a configuration is right, and its secrets are where it says.

use crate::local::no_aws;
use crate::secrets::{self, Which};
use crate::setup::ConfigArg;
use crate::show::{count, during, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::config::{Config, ConfigError};
use access_policy::Policies;
use function_kit::Secrets;
use serde::Serialize;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Check(Check),
}

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

pub(crate) async fn run(command: Command) -> Result<Exit, Stop> {
    let Command::Check(args) = command;
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
