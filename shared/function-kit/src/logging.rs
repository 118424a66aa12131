//! Structured logs: JSON lines for machines, short lines for a terminal.

use std::env::VarError;
use std::io::IsTerminal;
use tracing::warn;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line on standard output: for Lambda.
    Json,
    /// Short lines on standard error: for a terminal.
    Terminal,
}

/// Crates that print requests, headers or bodies below `info`: never let through, whatever `RUST_LOG` says. The SDK's
/// runtime also warns of every refused condition, which is how decisions are made here: only its errors are of use.
const TALKATIVE: [&str; 8] = [
    "aws_smithy_runtime=error",
    "aws_smithy_runtime_api=info",
    "aws_sigv4=info",
    "aws_runtime=info",
    "aws_config=info",
    "hyper_util=info",
    "h2=info",
    "reqwest=info",
];

/// Starts logging, with levels from `RUST_LOG` or else `default`; a second call changes nothing. A `RUST_LOG` that cannot be
/// understood is warned of.
///
/// Libraries that print requests stay at `info`, so no setting can make a secret appear.
pub fn init_logging(format: LogFormat, default: &str) {
    let (filter, trouble) = chosen(std::env::var(EnvFilter::DEFAULT_ENV), default);
    let filter = TALKATIVE.iter().fold(filter, |filter, directive| {
        filter.add_directive(quiet(directive))
    });
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    // A subscriber that is already there belongs to a test or to an outer program, which has the say.
    let _already_there = match format {
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
        LogFormat::Terminal => builder
            .with_writer(std::io::stderr)
            .with_ansi(has_colors())
            .with_target(false)
            .compact()
            .try_init(),
    };
    if let Some(trouble) = trouble {
        warn!("RUST_LOG is not followed: {trouble}");
    }
}

/// What is to be logged, and why it is not what the environment says, if that cannot be understood.
fn chosen(wanted: Result<String, VarError>, default: &str) -> (EnvFilter, Option<String>) {
    let trouble = match wanted {
        Ok(wanted) => match EnvFilter::try_new(wanted) {
            Ok(filter) => return (filter, None),
            Err(error) => Some(error.to_string()),
        },
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(_)) => Some("it is no text".to_owned()),
    };
    (EnvFilter::new(default), trouble)
}

/// Whether standard error is a terminal whose owner did not refuse colours (<https://no-color.org>).
fn has_colors() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !refused
}

fn quiet(directive: &str) -> Directive {
    directive.parse().expect("a constant directive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_understood_is_told_and_the_default_holds() {
        for (wanted, filter, is_told) in [
            (Err(VarError::NotPresent), "warn", false),
            (Ok("debug"), "debug", false),
            (Ok("rotakey=loud"), "warn", true),
            (Err(VarError::NotUnicode("RUST_LOG".into())), "warn", true),
        ] {
            let (chosen, trouble) = chosen(wanted.clone().map(str::to_owned), "warn");
            let found = (chosen.to_string(), trouble.is_some());
            assert_eq!(found, (filter.to_owned(), is_told), "{wanted:?}");
        }
    }
}
