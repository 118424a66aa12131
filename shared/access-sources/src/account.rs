//! From the configuration of a PagerDuty account to a client of it.

use access_core::config::PagerDutyAccount;
use access_core::ports::Ask;
use pagerduty_client::{
    BuildError, Client, ClientBuilder, CredentialSource, Instance, InstanceError,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Every scope that some read of a rota may need.
pub const READ_SCOPES: [&str; 4] = [
    "escalation_policies.read",
    "oncalls.read",
    "schedules.read",
    "users.read",
];

/// Every scope that reading incidents needs, and looking up who works on them. To be asked for only where groups name
/// incidents: an app that was not granted a scope gets no token at all.
pub const INCIDENT_SCOPES: [&str; 2] = ["incidents.read", "users.read"];

/// The scope that looking after webhook subscriptions needs. Asked for by a client of its own: who is on call must stay
/// readable without it.
pub const WEBHOOK_SCOPES: [&str; 1] = ["webhook_subscriptions.read"];

/// Every scope that creating, trying and deleting webhook subscriptions needs.
pub const WEBHOOK_CHANGE_SCOPES: [&str; 2] =
    ["webhook_subscriptions.read", "webhook_subscriptions.write"];

/// The scope that writing notes on incidents needs. Asked for by a client of its own, too.
pub const NOTE_SCOPES: [&str; 1] = ["incidents.write"];

/// Why a configured account makes no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The configured URLs are not usable.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The HTTP layer cannot be set up.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// The OAuth scopes that reading `ask` needs; API keys have none. Incidents need [`INCIDENT_SCOPES`] besides.
#[must_use]
pub fn wanted_scopes(ask: &Ask) -> BTreeSet<&'static str> {
    let has_schedules = ask.all_schedules || !ask.schedules.is_empty();
    let has_policies = !ask.escalation_policies.is_empty();
    let is_wanted = |scope: &&str| match *scope {
        "escalation_policies.read" => has_policies,
        "schedules.read" => has_schedules,
        _ => has_policies || has_schedules,
    };
    READ_SCOPES.into_iter().filter(is_wanted).collect()
}

/// What a client is for: an app need not have the scopes of what nobody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Who is on call: [`READ_SCOPES`].
    Rota,
    /// Open incidents besides: [`INCIDENT_SCOPES`], too.
    RotaAndIncidents,
    /// Webhook subscriptions and nothing else: [`WEBHOOK_SCOPES`].
    Webhooks,
    /// The same, to be created, tried and deleted besides: [`WEBHOOK_CHANGE_SCOPES`].
    WebhookChanges,
    /// Nothing: notes are written on incidents, with [`NOTE_SCOPES`].
    IncidentNotes,
}

impl Reads {
    fn scopes(self) -> BTreeSet<&'static str> {
        let (scopes, more): (&[&'static str], &[&'static str]) = match self {
            Self::Rota => (&READ_SCOPES, &[]),
            Self::RotaAndIncidents => (&READ_SCOPES, &INCIDENT_SCOPES),
            Self::Webhooks => (&WEBHOOK_SCOPES, &[]),
            Self::WebhookChanges => (&WEBHOOK_CHANGE_SCOPES, &[]),
            Self::IncidentNotes => (&NOTE_SCOPES, &[]),
        };
        scopes.iter().chain(more).copied().collect()
    }
}

/// Starts setting up a client of a configured account; timeouts and retries are the caller's to choose.
///
/// # Errors
/// [`InstanceError`] when a configured URL is not usable.
pub fn client_builder(
    account: &PagerDutyAccount,
    reads: Reads,
    credentials: Arc<dyn CredentialSource>,
) -> Result<ClientBuilder, InstanceError> {
    let mut instance = Instance::parse(account.url.as_str())?;
    if let Some(url) = &account.api_url {
        instance = instance.with_api_url(url.as_str())?;
    }
    if let Some(url) = &account.token_url {
        instance = instance.with_identity_url(url.as_str())?;
    }
    Ok(Client::builder(instance, credentials).scopes(reads.scopes()))
}

/// A client of a configured account with the usual settings. Nothing is sent yet.
///
/// # Errors
/// [`ClientError`] when a configured URL is not usable, or the HTTP layer cannot be set up.
pub fn client(
    account: &PagerDutyAccount,
    reads: Reads,
    credentials: Arc<dyn CredentialSource>,
) -> Result<Client, ClientError> {
    Ok(client_builder(account, reads, credentials)?.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn scopes_are_those_of_what_is_asked() {
        let ask = |schedules: &[&str], all_schedules, policies: &[&str]| Ask {
            covers_from: Timestamp::UNIX_EPOCH,
            covers_until: Timestamp::UNIX_EPOCH,
            schedules: schedules.iter().map(|id| id.parse().unwrap()).collect(),
            all_schedules,
            escalation_policies: policies.iter().map(|id| id.parse().unwrap()).collect(),
        };
        let of_schedules = ["oncalls.read", "schedules.read", "users.read"];
        let of_policies = ["escalation_policies.read", "oncalls.read", "users.read"];
        for (case, ask, scopes) in [
            ("nothing", ask(&[], false, &[]), &[][..]),
            ("a schedule", ask(&["PS1"], false, &[]), &of_schedules),
            ("a template", ask(&[], true, &[]), &of_schedules),
            ("a policy", ask(&[], false, &["PE1"]), &of_policies),
            ("both", ask(&[], true, &["PE1"]), &READ_SCOPES),
        ] {
            assert_eq!(
                wanted_scopes(&ask),
                scopes.iter().copied().collect(),
                "{case}"
            );
        }
    }
}
