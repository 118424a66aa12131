//! What a configuration uses a PagerDuty account for, and the scopes that each use takes.

use access_core::config::Config;
use access_core::id::PagerDutyName;
use access_core::incident::wanted;
use access_sources::{INCIDENT_SCOPES, NOTE_SCOPES, READ_SCOPES, WEBHOOK_SCOPES};
use std::collections::BTreeSet;

/// One use of a PagerDuty account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Who is on call: every account is read for that.
    OnCall,
    /// Open incidents, and who works on them.
    Incidents,
    /// Whether webhooks are delivered.
    Webhooks,
    /// Notes on incidents, which are written.
    Notes,
}

impl Need {
    /// The scopes that it takes; API keys have none.
    pub(crate) fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::OnCall => &READ_SCOPES,
            Self::Incidents => &INCIDENT_SCOPES,
            Self::Webhooks => &WEBHOOK_SCOPES,
            Self::Notes => &NOTE_SCOPES,
        }
    }

    /// What it is, as the end of a sentence that begins with "to read" or the like.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::OnCall => "to read who is on call",
            Self::Incidents => "to read incidents",
            Self::Webhooks => "to see whether webhooks are delivered",
            Self::Notes => "to write notes on incidents",
        }
    }

    /// Whether the account cannot be read at all without it: these scopes are asked for together.
    pub(crate) fn is_vital(self) -> bool {
        matches!(self, Self::OnCall | Self::Incidents)
    }
}

/// What the configuration uses an account for; nothing but [`Need::OnCall`] for one that it does not name.
pub(crate) fn needs(config: &Config, name: &PagerDutyName) -> BTreeSet<Need> {
    let mut needs = BTreeSet::from([Need::OnCall]);
    let has_incidents = wanted(config).contains_key(name);
    let Some(account) = config.pagerduty.get(name) else {
        return needs;
    };
    if has_incidents {
        needs.insert(Need::Incidents);
    }
    if !account.webhook_secrets.is_empty() {
        needs.insert(Need::Webhooks);
    }
    if has_incidents && account.incident_notes_from.is_some() {
        needs.insert(Need::Notes);
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_needs_what_the_configuration_uses() {
        let incidents = r#"
[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "fire"
sources = ["incident:acme/service/PSVC001"]
entitlements = ["aws:Fire"]
"#;
        let hooks = "webhook_secrets = [\"env:HOOK\"]\n";
        let notes = "incident_notes_from = \"rotakey@acme.example\"\n";
        for (case, account, groups, expected) in [
            ("on call alone", "", "", &[Need::OnCall][..]),
            ("webhooks", hooks, "", &[Need::OnCall, Need::Webhooks]),
            ("notes on nothing", notes, "", &[Need::OnCall]),
            ("incidents", "", incidents, &[Need::OnCall, Need::Incidents]),
            (
                "incidents with notes",
                notes,
                incidents,
                &[Need::OnCall, Need::Incidents, Need::Notes],
            ),
        ] {
            let text = format!(
                "[[pagerduty]]\nname = \"acme\"\nurl = \"https://acme.pagerduty.com\"\nauth = \"scoped-oauth\"\nsecret = \"env:APP\"\n{account}{groups}"
            );
            let config = Config::parse("test", &text).unwrap();
            let found = needs(&config, &PagerDutyName::new("acme").unwrap());
            assert_eq!(found, expected.iter().copied().collect(), "{case}");
        }
    }
}
