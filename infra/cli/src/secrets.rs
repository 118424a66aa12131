//! Whether the secrets that a configuration names can be had; their values are looked at by nobody.

use access_core::config::{Config, ConfigError, PagerDutyAuth, SecretRef, TargetKind};
use function_kit::{Freshness, SecretError, Secrets};
use std::collections::BTreeSet;
use std::path::Path;

/// What to do where nobody is signed in to AWS.
pub(crate) const SIGN_IN: &str =
    "sign in to AWS (`aws sso login`, or as you always do), or set AWS_PROFILE";

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
    let mut signed_out = false;
    for wanted in wanted(config, which) {
        // Nobody being signed in is told once, and not for each secret.
        if signed_out && !is_on_machine(&wanted.secret.reference) {
            continue;
        }
        let reference = format!("{}{}", wanted.secret.reference, wanted.key);
        if let Err(error) = secrets.get(&reference, Freshness::Cached).await {
            signed_out |= matches!(error, SecretError::NoCredentials { .. });
            missing.push(described(file, text, &wanted, &error));
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

fn described(file: &str, text: &str, wanted: &Wanted, error: &SecretError) -> Missing {
    let Wanted { secret, key: _ } = wanted;
    let name = &secret.reference;
    let on_machine = is_on_machine(name);
    let (message, help, may_pass) = match error {
        // What is said of the whole secret is said once, whichever key was to be read.
        SecretError::NotFound { hint, .. } => (
            format!("secret `{name}` does not exist"),
            (*hint).to_owned(),
            false,
        ),
        SecretError::NoSuchKey { .. } => (error.to_string(), expected(wanted), false),
        SecretError::NoText { .. } => (
            format!("secret `{name}` holds no text"),
            expected(wanted),
            false,
        ),
        SecretError::Denied { .. } => (
            error.to_string(),
            "or run as somebody who may".to_owned(),
            // A right in AWS takes a while to reach everywhere, and is given by somebody else than the file's author.
            !on_machine,
        ),
        SecretError::NoCredentials { .. } => (error.to_string(), SIGN_IN.to_owned(), false),
        SecretError::Unavailable { reason, .. } if on_machine => (
            format!("secret `{name}` cannot be read: {reason}"),
            readable(name),
            false,
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

/// What has to be stored, by what reads it.
fn expected(wanted: &Wanted) -> String {
    let Wanted { secret, key } = wanted;
    match secret.reference.split_once('#') {
        _ if !key.is_empty() => {
            r#"store the JSON object of the app there: {"client_id": "..", "client_secret": ".."}"#
                .to_owned()
        }
        Some((_, key)) => format!(r#"store a JSON object there: {{"{key}": ".."}}"#),
        None => "store the secret there as text".to_owned(),
    }
}

/// What makes the file of a reference one that can be read.
fn readable(reference: &str) -> String {
    let path = reference.strip_prefix("file:").unwrap_or(reference);
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    if Path::new(path).is_dir() {
        format!("`{path}` is a folder: name the file in it")
    } else {
        format!(
            "let the user who runs this read `{path}`: make it theirs (`chown`), with mode 600 (`chmod`)"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "AUTH"
secret = "REFERENCE"
"#;

    /// What is said of PagerDuty's secret.
    fn said(auth: &str, reference: &str, error: &SecretError) -> Missing {
        let text = TEXT.replace("AUTH", auth).replace("REFERENCE", reference);
        let config = Config::parse("it", &text).unwrap();
        let wanted = wanted(&config, Which::Sweep).into_iter().next().unwrap();
        described("it", &text, &wanted, error)
    }

    #[test]
    fn a_right_that_lacks_in_aws_may_come_and_a_file_of_others_stays_theirs() {
        for (reference, may_pass) in [("rotakey/pagerduty/acme", true), ("file:key", false)] {
            let error = SecretError::Denied {
                reference: reference.to_owned(),
            };
            let missing = said("api-key", reference, &error);
            assert_eq!((missing.may_pass, missing.error.line), (may_pass, 5));
        }
    }

    #[test]
    fn whoever_is_not_signed_in_is_told_to() {
        let error = SecretError::NoCredentials {
            reference: "rotakey/key".to_owned(),
            reason: "nobody is signed in".to_owned(),
        };
        let missing = said("api-key", "rotakey/key", &error);
        assert!(missing.error.message.contains("nobody is signed in"));
        assert!(missing.error.help.contains("aws sso login"));
        assert!(!missing.may_pass, "as for a region that lacks");
    }

    #[test]
    fn what_has_to_be_stored_depends_on_what_reads_it() {
        for (auth, reference, help) in [
            ("api-key", "file:key", "as text"),
            ("api-key", "file:keys#api", r#"{"api": ".."}"#),
            ("scoped-oauth", "file:app", r#""client_secret": "..""#),
        ] {
            let error = SecretError::NoText {
                reference: reference.to_owned(),
            };
            let missing = said(auth, reference, &error);
            assert!(missing.error.help.contains(help), "{missing:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_stays_so_until_somebody_lets_them() {
        let error = SecretError::Unavailable {
            reference: "a file".to_owned(),
            reason: "Permission denied".to_owned(),
        };
        for (reference, may_pass, help) in [
            ("file:/no/such/key#api", false, "read `/no/such/key`"),
            ("file:/", false, "`/` is a folder"),
            ("rotakey/key", true, "try again"),
        ] {
            let missing = said("api-key", reference, &error);
            assert_eq!(missing.may_pass, may_pass, "{missing:?}");
            assert!(missing.error.help.contains(help), "{missing:?}");
        }
    }
}
