//! What a PagerDuty credential opens: one reading call for each scope.

use super::Need;
use access_core::config::PagerDutyAccount;
use access_sources::{Reads, client_builder};
use pagerduty_client::{
    Client, Credential, Error, EscalationPolicyQuery, IncidentId, OncallQuery, ScheduleQuery,
    StaticCredential, UserQuery,
};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Part of a name that nobody gives to anything: lists are filtered by it, so that each is one short page.
const NOBODYS: &str = "rotakey-looks-whether-it-may-look";

/// An incident that there is not. PagerDuty says so to whoever may read incidents.
const NO_INCIDENT: &str = "PROTAKEY0";

/// A scope that a credential lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missing {
    /// What it is needed for.
    pub(crate) need: Need,
    /// PagerDuty's name of it.
    pub(crate) scope: &'static str,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, {}", self.scope, self.need.words())
    }
}

/// A client with this credential that asks for the scopes of all `needs`. Nothing is sent yet.
///
/// # Errors
/// In words, when the configuration makes no client.
pub(crate) fn client(
    account: &PagerDutyAccount,
    needs: &BTreeSet<Need>,
    credential: Credential,
) -> Result<Client, String> {
    let credential = Arc::new(StaticCredential::new(credential));
    let builder = client_builder(account, Reads::Rota, credential);
    let builder = builder.map_err(|error| error.to_string())?;
    let client = builder.scopes(scopes(needs)).build();
    client.map_err(|error| error.to_string())
}

/// The scopes that are lacking, by one call each; none is tried that would write.
///
/// An app's token names them all at once. Of an API key nothing is known but what it was refused, so that
/// `incidents.write` is never among them.
///
/// # Errors
/// When the credential is refused as a whole, PagerDuty does not answer, or the account's plan lacks something.
pub(crate) async fn pagerduty(
    client: &Client,
    needs: &BTreeSet<Need>,
) -> Result<BTreeSet<Missing>, Error> {
    let mut refused = BTreeSet::new();
    for scope in scopes(needs) {
        match may(client, scope).await {
            Ok(()) => {}
            Err(Error::MissingScopes { missing }) => {
                return Ok(of(needs, |scope| missing.contains(scope)));
            }
            Err(Error::Forbidden { .. }) => {
                refused.insert(scope);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(of(needs, |scope| refused.contains(scope)))
}

/// Every scope that some of the uses take.
fn scopes(needs: &BTreeSet<Need>) -> BTreeSet<&'static str> {
    let scopes = needs.iter().flat_map(|need| need.scopes());
    scopes.copied().collect()
}

/// Tries the cheapest call that takes this scope.
async fn may(client: &Client, scope: &'static str) -> Result<(), Error> {
    let part = || Some(NOBODYS.to_owned());
    match scope {
        "escalation_policies.read" => {
            let query = EscalationPolicyQuery {
                name_part: part(),
                ..EscalationPolicyQuery::default()
            };
            client.escalation_policies(&query).await.map(drop)
        }
        "incidents.read" => {
            let id = NO_INCIDENT.parse::<IncidentId>().expect("a constant id");
            match client.incident(&id).await {
                Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        }
        "oncalls.read" => {
            // Of the present moment alone: this list has no filter by name.
            let query = OncallQuery {
                is_earliest_only: true,
                ..OncallQuery::default()
            };
            match client.oncalls(&query).await {
                Ok(_) | Err(Error::TooManyRows { .. }) => Ok(()),
                Err(error) => Err(error),
            }
        }
        "schedules.read" => {
            let query = ScheduleQuery {
                name_part: part(),
                ..ScheduleQuery::default()
            };
            client.schedules(&query).await.map(drop)
        }
        "users.read" => {
            let query = UserQuery {
                text_part: part(),
                ..UserQuery::default()
            };
            client.users(&query).await.map(drop)
        }
        "webhook_subscriptions.read" => client.webhook_subscriptions().await.map(drop),
        // What writes is not tried; an app's token has told.
        _ => Ok(()),
    }
}

/// The uses that suffer from the lack of some scopes.
fn of(needs: &BTreeSet<Need>, lacks: impl Fn(&str) -> bool) -> BTreeSet<Missing> {
    let mut missing = BTreeSet::new();
    for need in needs {
        let scopes = need.scopes().iter().copied();
        let lacking = scopes.filter(|scope| lacks(scope));
        missing.extend(lacking.map(|scope| Missing { need: *need, scope }));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_is_lacking_is_named_with_each_use_of_it() {
        let needs = BTreeSet::from([Need::OnCall, Need::Incidents, Need::Notes]);
        let missing = of(&needs, |scope| {
            ["users.read", "incidents.write"].contains(&scope)
        });
        let said: Vec<String> = missing.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "`users.read`, to read who is on call",
                "`users.read`, to read incidents",
                "`incidents.write`, to write notes on incidents",
            ]
        );
        assert_eq!(of(&needs, |_| false), BTreeSet::new());
    }
}
