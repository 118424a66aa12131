//! The configuration: whether it is right, its secrets can be read, and it is the one in force.

use super::code::Code;
use super::finding::Finding;
use crate::commands::config::misruled;
use crate::secrets::{self, Which};
use crate::setup::{ConfigArg, Loaded};
use crate::stop::Stop;
use access_core::config::{Config, ConfigError};
use access_core::ports::ConfigVersion;
use function_kit::Secrets;

/// Reads the file and its policies, or answers what is wrong with them.
///
/// # Errors
/// When there is no such file.
pub(super) fn load(args: &ConfigArg) -> Result<Result<Loaded, Vec<Finding>>, Stop> {
    let (path, text) = (args.config.clone(), args.read()?);
    let config = match Config::parse(&path.display().to_string(), &text) {
        Ok(config) => config,
        Err(errors) => return Ok(Err(errors.into_iter().map(wrong).collect())),
    };
    let misruled = misruled(args, &config)?;
    if !misruled.is_empty() {
        return Ok(Err(misruled.into_iter().map(wrong).collect()));
    }
    let policies = args.policies(&config)?;
    Ok(Ok(Loaded {
        path,
        text,
        config,
        policies,
    }))
}

fn wrong(error: ConfigError) -> Finding {
    at_line(Code::ConfigWrong, error)
}

fn at_line(code: Code, error: ConfigError) -> Finding {
    let ConfigError {
        file,
        line,
        column,
        message,
        help,
    } = error;
    Finding::new(code, format!("{file}:{line}:{column}"), message).with_remedy(help)
}

/// Secrets that cannot be had: those of webhooks and of the chat-ops app, too.
pub(super) async fn unread_secrets(loaded: &Loaded, known: &Secrets) -> Vec<Finding> {
    let file = loaded.path.display().to_string();
    let missing = secrets::missing(&file, &loaded.text, &loaded.config, known, Which::All).await;
    let missing = missing.into_iter();
    missing
        .map(|missing| at_line(Code::SecretUnread, missing.error))
        .collect()
}

/// Whether what is in force at `place` is the file at hand.
pub(super) fn applied(
    loaded: &Loaded,
    place: &str,
    stored: Option<&ConfigVersion>,
) -> Option<Finding> {
    let Some(stored) = stored else {
        let what = "no configuration was ever put into force there";
        return Some(Finding::new(Code::ConfigNeverApplied, place, what));
    };
    if stored.text == loaded.text && stored.policies == loaded.policies {
        return None;
    }
    let what = format!(
        "version {} is in force, and `{}` differs from it",
        stored.version,
        loaded.path.display()
    );
    Some(Finding::new(Code::ConfigUnapplied, place, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    #[test]
    fn a_file_or_a_policy_that_nobody_applied_is_told() {
        let policies = |text: &str| BTreeMap::from([("nights.cedar".to_owned(), text.to_owned())]);
        let loaded = Loaded {
            path: PathBuf::from("rotakey.toml"),
            text: "[limits]\n".to_owned(),
            config: Config::parse("test", "").unwrap(),
            policies: policies("// as it is"),
        };
        let stored = |text: &str, policy: &str| {
            Some(ConfigVersion {
                version: 3,
                by: "ada".to_owned(),
                at: "2026-11-22T12:00:00Z".parse().unwrap(),
                text: text.to_owned(),
                policies: policies(policy),
            })
        };
        for (case, stored, expected) in [
            ("the same", stored("[limits]\n", "// as it is"), None),
            (
                "another text",
                stored("", "// as it is"),
                Some(Code::ConfigUnapplied),
            ),
            (
                "another policy",
                stored("[limits]\n", "// as it was"),
                Some(Code::ConfigUnapplied),
            ),
            ("nothing", None, Some(Code::ConfigNeverApplied)),
        ] {
            let found = applied(&loaded, "the table `rotakey`", stored.as_ref());
            assert_eq!(found.map(|finding| finding.code), expected, "{case}");
        }
    }
}
