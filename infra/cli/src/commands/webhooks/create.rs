//! `webhooks create`: a subscription whose secret goes where the receiver reads it.

use super::desk::{Desk, is_ours};
use super::make::{make, wanted};
use super::places::{self, FORMER};
use super::row::{Row, filter, whole};
use crate::setup::ConfigArg;
use crate::show::{print, print_json};
use crate::stop::{Exit, Stop};
use access_core::id::PagerDutyName;
use pagerduty_client::{
    NewWebhookSubscription, ServiceId, TeamId, WebhookFilter, WebhookSubscription,
};
use serde::Serialize;
use url::{Host, Url};

/// Subscribe to what happens to incidents; the secret is put away, and never shown
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The PagerDuty account, as the configuration names it
    account: PagerDutyName,
    /// Where the receiver takes this account's webhooks; ends in /ACCOUNT
    #[arg(long)]
    url: Url,
    /// Only incidents of this service [default: all of the account]
    #[arg(long, value_name = "ID", conflicts_with = "team")]
    service: Option<ServiceId>,
    /// Only incidents of this team
    #[arg(long, value_name = "ID")]
    team: Option<TeamId>,
    /// Which of `webhook_secrets` takes the secret [default: the first that can be written]
    #[arg(long, value_name = "REFERENCE")]
    secret: Option<String>,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The outcome, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Created {
    #[serde(flatten)]
    subscription: Row,
    secret_kept_in: String,
}

pub(super) async fn run(args: Args) -> Result<Exit, Stop> {
    let desk = Desk::open(&args.config, &args.account).await?;
    require_receiver(&args.url, &desk.name)?;
    let wanted_filter = match (args.service, args.team) {
        (Some(id), _) => WebhookFilter::Service(id),
        (None, Some(id)) => WebhookFilter::Team(id),
        (None, None) => WebhookFilter::Account,
    };
    let new = wanted(args.url, wanted_filter);
    let before = desk.all().await?;
    if let Some(there) = in_the_way(&before, &new) {
        let (name, id) = (&desk.name, &there.id);
        return Err(Stop::usage(format!(
            "webhook subscription {id} ({}) delivers there already: `rotakey webhooks rotate {name} {id}` puts another one with a new secret in its place",
            filter(&there.filter)
        )));
    }
    let place = places::find(&desk, args.secret.as_deref()).await?;
    let made = make(&desk, &new, &place, FORMER, &before).await?;
    if args.json {
        print_json(&Created {
            subscription: Row::of(&desk.name, &made),
            secret_kept_in: place,
        });
    } else {
        let (name, id) = (&desk.name, &made.id);
        print(format!(
            "webhook subscription {id} ({}) delivers to {}; its secret is in {place}",
            filter(&new.filter),
            whole(&new.url)
        ));
        print(format!("try it: rotakey webhooks ping {name} {id}"));
    }
    Ok(Exit::Done)
}

/// Deliveries tell who works on what, and their receiver knows an account by the end of the path.
fn require_receiver(url: &Url, name: &PagerDutyName) -> Result<(), Stop> {
    if !is_closed(url) {
        return Err(Stop::usage("--url must begin with https://"));
    }
    if url.path().contains("//") {
        return Err(Stop::usage(
            "--url has a path with `//` in it, at which the receiver takes nothing: write a single `/`",
        ));
    }
    if is_ours(name, Some(url)) {
        return Ok(());
    }
    Err(Stop::usage(format!(
        "--url must end in `/{name}`: that is where the receiver takes webhooks of PagerDuty account `{name}`"
    )))
}

/// Whether nobody between can read what is posted there: over TLS, or on this machine.
pub(crate) fn is_closed(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_local)
}

/// A subscription that tells the same receiver of the same incidents.
fn in_the_way<'a>(
    before: &'a [WebhookSubscription],
    new: &NewWebhookSubscription,
) -> Option<&'a WebhookSubscription> {
    let all = WebhookFilter::Account;
    let overlaps = |one: &WebhookSubscription| {
        one.filter == new.filter || one.filter == all || new.filter == all
    };
    before
        .iter()
        .find(|one| one.delivery.url.as_ref() == Some(&new.url) && overlaps(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_go_to_a_receiver_and_over_https() {
        let name = PagerDutyName::new("acme").unwrap();
        for (url, is_right) in [
            ("https://x.lambda-url.eu-west-1.on.aws/acme", true),
            (
                "http://127.0.0.1:9000/lambda-url/webhook-receiver/acme",
                true,
            ),
            ("http://[::1]:9000/acme", true),
            ("http://localhost/acme", true),
            ("http://x.example/acme", false),
            ("https://x.example/", false),
            ("ftp://localhost/acme", false),
            ("https://x.lambda-url.eu-west-1.on.aws//acme", false),
            ("https://x.example/lambda-url/webhook-receiver//acme", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(require_receiver(&url, &name).is_ok(), is_right, "{url}");
        }
    }
}
