//! `connect pagerduty`: an API key or an app, tried for everything that the configuration uses the account for.

mod look;

use super::asked::{self, Given, HowArgs, Wanted, one_line};
use super::report::{Report, settle};
use super::{load, place, to_paste};
use crate::probe::{self, Need};
use crate::setup::ConfigArg;
use crate::show::{Look, during};
use crate::stop::{Exit, Stop};
use access_core::config::{PagerDutyAccount, PagerDutyAuth};
use access_core::id::PagerDutyName;
use pagerduty_client::Credential;
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, BTreeSet};

/// Try the credential of a PagerDuty account, and store it where the configuration says
///
/// A credential that is replaced stays valid for the functions until PagerDuty refuses it: store the new one, then end the
/// old one in PagerDuty.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The account, as the configuration names it
    name: PagerDutyName,
    /// The app's client id, so that the secret alone is asked for
    #[arg(long, value_name = "ID", conflicts_with = "check")]
    client_id: Option<String>,
    #[command(flatten)]
    how: HowArgs,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let name = &args.name;
    let table = table(name);
    let loaded = load(&args.config, &table)?;
    let Some(account) = loaded.config.pagerduty.get(name) else {
        let why = format!(
            "the configuration has no PagerDuty account `{name}`: add what is printed here, with the address that your browser shows"
        );
        return Err(to_paste(&table, &why));
    };
    let wanted = wanted(account, args.client_id.as_deref())?;
    let secrets = place::open(&wanted).await;
    place::require_room(&secrets, &args.how, &wanted).await?;
    let needs = probe::needs(&loaded.config, name);
    let asked: &[Wanted] = match (&args.client_id, wanted.as_slice()) {
        (Some(_), [_, rest @ ..]) => rest,
        (_, all) => all,
    };
    let mut given = asked::values(&args.how, asked, &secrets, &guide(account, &needs)).await?;
    if let (Some(id), [first, ..]) = (&args.client_id, wanted.as_slice()) {
        let id = Given {
            reference: first.reference.clone(),
            value: one_line(id, first.title)?,
            is_kept: args.how.is_kept(&first.reference),
        };
        given.insert(0, id);
    }
    let credential = credential(account.auth, &given);
    let checks = look::look(&loaded.config, name, account, &credential);
    let checks = during("Asking PagerDuty", checks).await?;
    let mut report = Report::new("pagerduty", Some(name.to_string()), checks);
    report.next = next(name, &needs);
    let title = format!("PagerDuty account `{name}` at {}", account.url);
    let what = (&secrets, given.as_slice());
    settle(report, &title, &args.how, what, (args.json, look)).await
}

/// What the account's way of authenticating takes.
fn wanted(account: &PagerDutyAccount, client_id: Option<&str>) -> Result<Vec<Wanted>, Stop> {
    let one = |key, title, part: &str| Wanted {
        reference: format!("{}{part}", account.secret.reference),
        key,
        title,
    };
    match (account.auth, client_id) {
        (PagerDutyAuth::ApiKey, None) => Ok(vec![one("api_key", "API key", "")]),
        (PagerDutyAuth::ApiKey, Some(_)) => Err(Stop::usage(
            "an API key has no client id: leave --client-id out, or set `auth = \"scoped-oauth\"`",
        )),
        (PagerDutyAuth::ScopedOauth, Some(_)) if account.secret.reference.starts_with("env:") => {
            Err(Stop::usage(format!(
                "the client id is read from `{}#client_id`, which cannot be written from here: leave --client-id out",
                account.secret.reference
            )))
        }
        (PagerDutyAuth::ScopedOauth, _) => Ok(vec![
            one("client_id", "client id", "#client_id"),
            one("client_secret", "client secret", "#client_secret"),
        ]),
    }
}

fn credential(auth: PagerDutyAuth, given: &[Given]) -> Credential {
    match (auth, given) {
        (PagerDutyAuth::ScopedOauth, [id, secret, ..]) => Credential::ScopedOauth {
            client_id: id.value.expose_secret().to_owned(),
            client_secret: secret.value.clone(),
        },
        (_, [key, ..]) => Credential::ApiKey(key.value.clone()),
        (_, []) => unreachable!("every way of authenticating takes something"),
    }
}

/// Where to click.
fn guide(account: &PagerDutyAccount, needs: &BTreeSet<Need>) -> String {
    let url = &account.url;
    match account.auth {
        PagerDutyAuth::ScopedOauth => {
            let mut scopes: BTreeMap<&str, &str> = BTreeMap::new();
            for need in needs.iter().rev() {
                scopes.extend(need.scopes().iter().map(|scope| (*scope, need.words())));
            }
            if needs.contains(&Need::Webhooks) {
                let words = "to subscribe to webhooks from here; may be left out";
                scopes.insert("webhook_subscriptions.write", words);
            }
            let words = "to look at the account's plan; may be left out";
            scopes.insert("abilities.read", words);
            let scopes = scopes.into_iter();
            let lines = scopes.map(|(scope, words)| format!("  {scope:<29}{words}"));
            let lines: Vec<String> = lines.collect();
            format!(
                "As an administrator of {url}: Integrations > App Registration > New App, with Scoped OAuth and these scopes\n{}\nIt shows the client id and, once, the client secret.",
                lines.join("\n")
            )
        }
        PagerDutyAuth::ApiKey => {
            let kind = if needs.contains(&Need::Notes) {
                "not a read-only one, as notes are written on incidents"
            } else {
                "a read-only one will do"
            };
            format!(
                "As an administrator of {url}: Integrations > API Access Keys > Create New API Key ({kind}). It is shown once."
            )
        }
    }
}

fn next(name: &PagerDutyName, needs: &BTreeSet<Need>) -> Vec<String> {
    let mut next = vec!["rotakey schedules: what to write into `sources`".to_owned()];
    if needs.contains(&Need::Webhooks) {
        next.push(format!(
            "rotakey webhooks create {name} --url URL, unless that was done"
        ));
    }
    next
}

/// The table to begin with.
fn table(name: &PagerDutyName) -> String {
    let in_host = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let subdomain = name.as_str();
    let subdomain = Some(subdomain).filter(|text| text.chars().all(in_host));
    format!(
        r#"
[[pagerduty]]
name = "{name}"
url = "https://{}.pagerduty.com"     # as your browser shows it; .eu. in it says the service region
auth = "scoped-oauth"                # or "api-key"
secret = "rotakey/pagerduty/{name}"  # in Secrets Manager; on one machine "file:PATH" or "env:NAME"
"#,
        subdomain.unwrap_or("subdomain")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::config::Config;

    fn account(text: &str) -> PagerDutyAccount {
        let config = Config::parse("it", text).unwrap();
        config.pagerduty.into_values().next().unwrap()
    }

    #[test]
    fn the_table_is_one_of_the_configuration() {
        for name in ["acme", "Acme_2", "acme.eu"] {
            let name = PagerDutyName::new(name).unwrap();
            let config = Config::parse("it", &table(&name)).unwrap();
            assert!(config.pagerduty.contains_key(&name), "{name}");
        }
    }

    #[test]
    fn a_client_id_is_given_only_where_it_can_be_kept() {
        let table = table(&PagerDutyName::new("acme").unwrap());
        let kept = |reference: &str| {
            let account = account(&table.replace("rotakey/pagerduty/acme", reference));
            wanted(&account, Some("app-1")).is_ok()
        };
        assert!(kept("rotakey/pagerduty/acme") && kept("file:app.json"));
        assert!(!kept("env:APP"));
    }

    #[test]
    fn whoever_makes_an_app_is_told_each_scope_and_why() {
        let account = account(&table(&PagerDutyName::new("acme").unwrap()));
        let needs = BTreeSet::from([Need::OnCall, Need::Webhooks]);
        let guide = guide(&account, &needs);
        for scope in [
            "  oncalls.read                 to read who is on call\n",
            "  webhook_subscriptions.read   ",
            "  webhook_subscriptions.write  ",
            "  abilities.read               ",
        ] {
            assert!(guide.contains(scope), "`{scope}` in {guide}");
        }
        assert!(!guide.contains("incidents"), "{guide}");
    }

    #[test]
    fn a_key_must_write_only_where_notes_are_written() {
        let table = table(&PagerDutyName::new("acme").unwrap());
        let account = account(&table.replace("\"scoped-oauth\"", "\"api-key\""));
        let guide = |needs: [Need; 2]| guide(&account, &BTreeSet::from(needs));
        assert!(guide([Need::OnCall, Need::Incidents]).contains("read-only one will do"));
        assert!(guide([Need::OnCall, Need::Notes]).contains("not a read-only one"));
    }
}
