//! Whether the secrets that a configuration names can be had; their values are looked at by nobody.

use access_core::config::{Config, ConfigError, PagerDutyAuth, SecretRef, TargetKind};
use function_kit::{Freshness, SecretError, Secrets};
use std::collections::BTreeSet;

/// A secret that a configuration names, with the key that is read from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    secret: SecretRef,
    /// `#KEY` beyond the reference, or nothing.
    key: &'static str,
}

/// Which secrets matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that a sweep reads.
    Sweep,
    /// Those of webhooks and of the chat-ops app as well.
    All,
}

/// A secret that cannot be had.
#[derive(Debug)]
pub(crate) struct Missing {
    /// The place, the matter and the remedy.
    pub(crate) error: ConfigError,
    /// Whether a later try may work without any change.
    pub(crate) may_pass: bool,
}

/// Whether any secret of `config` is in Secrets Manager.
pub(crate) fn uses_secrets_manager(config: &Config) -> bool {
    let wanted = wanted(config, Which::All);
    wanted
        .iter()
        .any(|wanted| !is_on_machine(&wanted.secret.reference))
}

/// Whether a reference names an environment variable or a file, and nothing in Secrets Manager.
pub(crate) fn is_on_machine(reference: &str) -> bool {
    reference.starts_with("env:") || reference.starts_with("file:")
}

/// How many secrets `config` names.
pub(crate) fn number(config: &Config) -> usize {
    let references = wanted(config, Which::All);
    let references: BTreeSet<_> = references
        .iter()
        .map(|wanted| &wanted.secret.reference)
        .collect();
    references.len()
}

/// Reads every secret once, and answers what is missing, in the order of the file.
pub(crate) async fn missing(
    file: &str,
    text: &str,
    config: &Config,
    secrets: &Secrets,
    which: Which,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    for Wanted { secret, key } in wanted(config, which) {
        let reference = format!("{}{key}", secret.reference);
        if let Err(error) = secrets.get(&reference, Freshness::Cached).await {
            missing.push(described(file, text, &secret, &error));
        }
    }
    missing.sort_by(|a, b| a.error.cmp(&b.error));
    missing.dedup_by(|a, b| a.error == b.error);
    missing
}

fn wanted(config: &Config, which: Which) -> BTreeSet<Wanted> {
    let mut wanted = BTreeSet::new();
    let mut want = |secret: &SecretRef, key| {
        wanted.insert(Wanted {
            secret: secret.clone(),
            key,
        });
    };
    for account in config.pagerduty.values() {
        let keys: &[_] = match account.auth {
            PagerDutyAuth::ApiKey => &[""],
            PagerDutyAuth::ScopedOauth => &["#client_id", "#client_secret"],
        };
        for key in keys {
            want(&account.secret, key);
        }
        if which == Which::All {
            account
                .webhook_secrets
                .iter()
                .for_each(|secret| want(secret, ""));
        }
    }
    for target in config.targets.values() {
        if let TargetKind::SlackUserGroup { secret, .. } = &target.kind {
            want(secret, "");
        }
    }
    if let Some(slack) = config.slack.as_ref().filter(|_| which == Which::All) {
        want(&slack.bot_token, "");
        want(&slack.signing_secret, "");
    }
    if let Some(api) = config.api.as_ref().filter(|_| which == Which::All) {
        api.tokens.iter().for_each(|token| want(&token.secret, ""));
    }
    wanted
}

fn described(file: &str, text: &str, secret: &SecretRef, error: &SecretError) -> Missing {
    let (message, help, may_pass) = match error {
        SecretError::NotFound { reference, hint } => (
            format!("secret `{reference}` does not exist"),
            (*hint).to_owned(),
            false,
        ),
        SecretError::NoSuchKey { .. } => (
            error.to_string(),
            "store a JSON object with that key there".to_owned(),
            false,
        ),
        SecretError::NoText { .. } => (
            error.to_string(),
            "store the secret there as text".to_owned(),
            false,
        ),
        SecretError::Denied { .. } => (
            error.to_string(),
            "or run as somebody who may".to_owned(),
            // A right in AWS takes a while to reach everywhere, and is given by somebody else than the file's author.
            !is_on_machine(&secret.reference),
        ),
        SecretError::Unavailable { .. } => (error.to_string(), "try again".to_owned(), true),
    };
    let line = text
        .lines()
        .nth(secret.line.saturating_sub(1))
        .unwrap_or_default();
    let before = line.find(&*secret.reference).map_or("", |at| &line[..at]);
    let error = ConfigError {
        file: file.into(),
        line: secret.line,
        column: before.chars().count() + 1,
        message,
        help,
    };
    Missing { error, may_pass }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_lacks_in_aws_may_come_and_a_file_of_others_stays_theirs() {
        for (reference, may_pass) in [("rotakey/pagerduty/acme", true), ("file:key", false)] {
            let text = format!(
                "[[pagerduty]]\nname = \"acme\"\nurl = \"https://acme.pagerduty.com\"\nauth = \"api-key\"\nsecret = \"{reference}\"\n"
            );
            let config = Config::parse("it", &text).unwrap();
            let account = config.pagerduty.into_values().next().unwrap();
            let error = SecretError::Denied {
                reference: reference.to_owned(),
            };
            let missing = described("it", &text, &account.secret, &error);
            assert_eq!((missing.may_pass, missing.error.line), (may_pass, 5));
        }
    }
}
