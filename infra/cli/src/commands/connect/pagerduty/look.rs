//! What a PagerDuty credential opens of what the configuration uses: harmless calls only.

use crate::commands::connect::report::Check;
use crate::probe::{self, Need};
use crate::stop::Stop;
use access_core::config::{Config, PagerDutyAccount, PagerDutyAuth};
use access_core::id::PagerDutyName;
use access_core::incident::wanted;
use access_core::principal::Principal;
use access_sources::{ClientError, Reads, client, client_builder};
use pagerduty_client::{Client, Credential, Error, Instance, StaticCredential};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Looks until something is missing that the rest rests upon.
///
/// # Errors
/// When the configuration makes no client.
pub(super) async fn look(
    config: &Config,
    name: &PagerDutyName,
    account: &PagerDutyAccount,
    credential: &Credential,
) -> Result<Vec<Check>, Stop> {
    let needs = probe::needs(config, name);
    let client = probe::client(account, &needs, credential.clone()).map_err(Stop::usage)?;
    let missing = match probe::pagerduty(&client, &needs).await {
        Ok(missing) => missing,
        Err(error) => return Ok(vec![refused(account, client.instance(), &error)]),
    };
    let mut checks = vec![Check::ok("PagerDuty accepts the credential")];
    let lacking = missing.iter().map(|one| {
        let scope = one.scope;
        Check::missing(format!("scope {one}"), remedy(account.auth, scope))
    });
    checks.extend(lacking);
    if !missing.is_empty() {
        return Ok(checks);
    }
    let uses: Vec<&str> = needs.iter().map(|need| need.words()).collect();
    checks.push(Check::ok(format!("it may be used {}", uses.join(", "))));
    checks.push(belongs(account, &client).await);
    if needs.contains(&Need::Notes) {
        checks.push(author(account, &client).await);
    }
    if needs.contains(&Need::Webhooks) {
        checks.extend(subscribing(account, credential).await?);
    }
    checks.extend(plan(config, name, account, credential).await?);
    Ok(checks)
}

/// What to do about a scope.
fn remedy(auth: PagerDutyAuth, scope: &str) -> String {
    match auth {
        PagerDutyAuth::ScopedOauth => {
            format!("Integrations > App Registration > the app > Scoped OAuth: add `{scope}`")
        }
        PagerDutyAuth::ApiKey => {
            "take the key of an account, or of a user who may see all of this".to_owned()
        }
    }
}

/// A credential that opens nothing, or nobody who says.
fn refused(account: &PagerDutyAccount, instance: &Instance, error: &Error) -> Check {
    let (subdomain, region) = (instance.subdomain(), instance.region());
    let remedy = match (error, account.auth) {
        (Error::Unauthorized { refusal, .. }, PagerDutyAuth::ScopedOauth)
            if refusal.message.contains("scope") =>
        {
            format!(
                "register the app in the account `{subdomain}`, service region `{region}`, with Scoped OAuth; that is what `url` says: correct it if it is another account"
            )
        }
        (Error::Unauthorized { .. }, PagerDutyAuth::ScopedOauth) => format!(
            "copy client id and secret again; the app must be one of the account `{subdomain}`, service region `{region}`, as `url` says"
        ),
        (Error::Unauthorized { .. }, PagerDutyAuth::ApiKey) => format!(
            "copy the key again, or make a new one; it must be one of the service region `{region}`, as `url` says"
        ),
        (Error::PlanLacksAbility { .. }, _) => {
            "the REST API is part of PagerDuty's plans of today: ask PagerDuty".to_owned()
        }
        _ => "run this again".to_owned(),
    };
    Check::missing(said(error), remedy)
}

/// Whether it is a credential of the configured account: an API key opens its own, whatever `url` says.
async fn belongs(account: &PagerDutyAccount, client: &Client) -> Check {
    let wanted = client.instance();
    match client.instance_seen().await {
        Ok(Some(seen))
            if (seen.subdomain(), seen.region()) == (wanted.subdomain(), wanted.region()) =>
        {
            Check::ok(format!("it belongs to {seen}"))
        }
        Ok(Some(seen)) => Check::missing(
            format!("it belongs to {seen}, and `url` says {wanted}"),
            "give one of that account, or correct `url`",
        ),
        Ok(None) => Check::warning(
            "PagerDuty does not tell which account it belongs to",
            "see whether `rotakey schedules` shows the right ones",
        ),
        Err(error) => refused(account, wanted, &error),
    }
}

/// Whether notes have an author whom PagerDuty knows.
async fn author(account: &PagerDutyAccount, client: &Client) -> Check {
    let author = account.incident_notes_from.as_ref();
    let email = author.map_or("", Principal::email);
    match client.find_user_by_email(email).await {
        Ok(Some(_)) => Check::ok("`incident_notes_from` is a user of the account"),
        Ok(None) => Check::missing(
            "`incident_notes_from` is no user of the account, so PagerDuty takes no notes",
            "name the login address of a user there",
        ),
        Err(error) => refused(account, client.instance(), &error),
    }
}

/// Whether subscriptions can be made from here; the functions need no more than to see them.
async fn subscribing(
    account: &PagerDutyAccount,
    credential: &Credential,
) -> Result<Vec<Check>, Stop> {
    let credential = Arc::new(StaticCredential::new(credential.clone()));
    let client = client(account, Reads::WebhookChanges, credential);
    let client = client.map_err(|error| unmade(&error))?;
    // A call that reads: only the token is of interest.
    let Err(Error::MissingScopes { missing }) = client.webhook_subscriptions().await else {
        return Ok(Vec::new());
    };
    let lacking = missing.iter().map(|scope| {
        Check::warning(
            format!("scope `{scope}`, to subscribe to webhooks from here"),
            remedy(account.auth, scope),
        )
    });
    Ok(lacking.collect())
}

/// Whether the account's plan includes what the configuration counts on.
async fn plan(
    config: &Config,
    name: &PagerDutyName,
    account: &PagerDutyAccount,
    credential: &Credential,
) -> Result<Vec<Check>, Stop> {
    let counted_on = abilities(config, name);
    if counted_on.is_empty() {
        return Ok(Vec::new());
    }
    let credential = Arc::new(StaticCredential::new(credential.clone()));
    let builder = client_builder(account, Reads::Rota, credential);
    let builder = builder.map_err(|error| unmade(&error.into()))?;
    let client = builder.scopes(["abilities.read"]).build();
    let client = client.map_err(|error| unmade(&error.into()))?;
    let found = match client.abilities().await {
        Ok(found) => found,
        Err(error) => {
            return Ok(vec![Check::warning(
                format!("the plan was not looked at: {}", said(&error)),
                remedy(account.auth, "abilities.read"),
            )]);
        }
    };
    let lacking: Vec<Check> = counted_on
        .iter()
        .filter(|(ability, _)| !found.contains(**ability))
        .map(|(ability, what)| {
            Check::warning(
                format!("the plan lacks `{ability}`: {what}"),
                "nothing to do if you do not count on it",
            )
        })
        .collect();
    if lacking.is_empty() {
        let all: Vec<&str> = counted_on.into_keys().collect();
        return Ok(vec![Check::ok(format!(
            "the plan includes {}",
            all.join(", ")
        ))]);
    }
    Ok(lacking)
}

/// The abilities that the configuration counts on, with what is not there without them.
fn abilities(config: &Config, name: &PagerDutyName) -> BTreeMap<&'static str, &'static str> {
    let mut abilities = BTreeMap::new();
    let incidents = wanted(config).remove(name);
    let templates = config.templates.iter();
    let mut of_account = templates.filter(|template| template.pagerduty == *name);
    let names_team = of_account.any(|template| template.team.is_some())
        || incidents
            .as_ref()
            .is_some_and(|incidents| !incidents.teams.is_empty());
    if names_team {
        abilities.insert("teams", "no schedule and no incident is of a team");
    }
    if incidents.is_some() {
        let what = "nobody can be asked to help with an incident, so only assignees and who acknowledged it count";
        abilities.insert("coordinated_responding", what);
    }
    abilities
}

fn unmade(error: &ClientError) -> Stop {
    Stop::usage(error)
}

/// The error with everything that led to it.
fn said(error: &Error) -> String {
    Stop::from_error(error).message().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abilities_are_counted_on_where_the_configuration_says_so() {
        let base = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:KEY"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "fire"
entitlements = ["aws:Fire"]
"#;
        for (case, sources, expected) in [
            ("a schedule", "schedule:acme/PSCHED1", &[][..]),
            (
                "a service",
                "incident:acme/service/PSVC1",
                &["coordinated_responding"],
            ),
            (
                "a team",
                "incident:acme/team/PTEAM1",
                &["coordinated_responding", "teams"],
            ),
        ] {
            let text = format!("{base}sources = [\"{sources}\"]\n");
            let config = Config::parse("it", &text).unwrap();
            let found = abilities(&config, &PagerDutyName::new("acme").unwrap());
            let found: Vec<&str> = found.into_keys().collect();
            assert_eq!(found, expected, "{case}");
        }
    }
}
