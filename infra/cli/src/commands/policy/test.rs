//! `policy test`: the owner's own cases, and which policies decided where one fails.

use crate::setup::ConfigArg;
use crate::show::{count, print, print_json};
use crate::stop::{Exit, Stop};
use access_policy::Policies;
use access_policy::cases::{Cases, Outcome};
use serde::Serialize;
use std::path::PathBuf;

/// Ask the policies every case of these TOML files; exits with 1 when an answer is not the expected one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files of [[case]] tables
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One case, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    file: &'a str,
    case: &'a str,
    passed: bool,
    expected: String,
    allowed: bool,
    /// Those that decided.
    policies: Vec<&'a str>,
    /// Those that decided and should not have, and those that should have.
    other_policies: Vec<&'a str>,
    why: &'a [String],
}

pub(super) fn run(args: &Args) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let policies = Policies::load(&loaded.config, &loaded.policies)?;
    let mut outcomes = Vec::new();
    for path in &args.files {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Stop::usage(format!("the cases `{file}` cannot be read: {error}")))?;
        let cases = Cases::parse(&file, &text).map_err(Stop::usage)?;
        if cases.cases.is_empty() {
            return Err(Stop::usage(format!("`{file}` has no cases")));
        }
        let run = cases.run(&policies).into_iter();
        outcomes.extend(run.map(|outcome| (file.clone(), outcome)));
    }
    let failed = outcomes.iter().filter(|(_, outcome)| !outcome.passed());
    let failed = failed.count();
    if args.json {
        let rows: Vec<Row<'_>> = outcomes.iter().map(|(file, it)| row(file, it)).collect();
        print_json(&rows);
    } else {
        tell(&outcomes, failed, args.files.len() > 1);
    }
    if failed == 0 {
        Ok(Exit::Done)
    } else {
        Ok(Exit::Failed)
    }
}

fn tell(outcomes: &[(String, Outcome)], failed: usize, several: bool) {
    let mut heading = None;
    for (file, outcome) in outcomes {
        if several && heading != Some(file) {
            print(format!("{file}:"));
            heading = Some(file);
        }
        print(outcome);
    }
    let cases = count(outcomes.len(), "case");
    let said = match failed {
        0 => "every answer is the expected one".to_owned(),
        failed => format!("{failed} not as expected"),
    };
    print(format!("{cases}: {said}"));
}

fn row<'a>(file: &'a str, outcome: &'a Outcome) -> Row<'a> {
    let Outcome {
        name,
        expected,
        decision,
        other_policies,
    } = outcome;
    Row {
        file,
        case: name,
        passed: outcome.passed(),
        expected: expected.to_string(),
        allowed: decision.allowed,
        policies: decision.policies.iter().map(String::as_str).collect(),
        other_policies: other_policies.iter().map(String::as_str).collect(),
        why: &decision.why,
    }
}
