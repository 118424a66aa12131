//! `webhooks rotate`: another subscription with a new secret takes the place of one, and no delivery is refused meanwhile.

use super::arrival::{ArrivalArgs, Arrivals};
use super::desk::{Desk, OneSubscription, refused};
use super::make::{make, wanted};
use super::places::{self, Forgotten};
use crate::setup::ConfigArg;
use crate::show::{print, print_json};
use crate::stop::{Exit, Stop};
use jiff::Timestamp;
use pagerduty_client::{NewWebhookSubscription, WebhookFilter, WebhookSubscription};
use serde::Serialize;

/// Put another subscription with a new secret in the place of one, which is deleted once the new one's ping has arrived
///
/// PagerDuty cannot change a secret. Until the ping has arrived both subscriptions deliver, and both secrets are valid.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: OneSubscription,
    /// Which of `webhook_secrets` takes the secret [default: the first that can be written]
    #[arg(long, value_name = "REFERENCE")]
    secret: Option<String>,
    #[command(flatten)]
    arrival: ArrivalArgs,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The outcome, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Rotated {
    pagerduty: String,
    old: String,
    new: String,
    secret_kept_in: String,
    /// Whether the new one's ping has arrived and the old one is deleted.
    finished: bool,
    /// Whether the old one's secret was found and is gone.
    secret_forgotten: bool,
}

pub(super) async fn run(args: Args) -> Result<Exit, Stop> {
    let desk = Desk::open(&args.config, &args.which.account).await?;
    let before = desk.all().await?;
    let old = desk.pick(&before, args.which.subscription.as_ref())?;
    let like_old = like(&old)?;
    let place = places::find(&desk, args.secret.as_deref()).await?;
    let arrivals = Arrivals::open(&args.arrival, &desk.loaded).await?;
    let former = places::former(&desk, &before, &old);
    let new = make(&desk, &like_old, &place, former, &before).await?;
    let pinged = arrivals.ping(&desk, &new).await;
    let in_vain = arrivals.in_vain(&desk, &new);
    arrivals.close().await?;
    let mut rotated = Rotated {
        pagerduty: desk.name.to_string(),
        old: old.id.to_string(),
        new: new.id.to_string(),
        secret_kept_in: place,
        finished: false,
        secret_forgotten: false,
    };
    let arrived = pinged.and_then(|at: Option<Timestamp>| at.ok_or(in_vain));
    let ended = match arrived {
        Ok(_) => end(&desk, &old).await,
        Err(stop) => Err(stop),
    };
    if let Ok(forgotten) = &ended {
        rotated.finished = true;
        rotated.secret_forgotten = forgotten.is_gone;
    }
    if args.json {
        print_json(&rotated);
    } else {
        print(said(&rotated));
    }
    let forgotten = ended?;
    if !forgotten.failures.is_empty() {
        return Err(Stop::failed(forgotten.say(&old.id)));
    }
    if !forgotten.is_gone && !args.json {
        print(forgotten.say(&old.id));
    }
    Ok(Exit::Done)
}

/// The same subscription once more.
fn like(old: &WebhookSubscription) -> Result<NewWebhookSubscription, Stop> {
    let id = &old.id;
    let url = old.delivery.url.clone();
    let url = url.ok_or_else(|| Stop::usage(format!("webhook subscription {id} has no URL")))?;
    match &old.filter {
        WebhookFilter::Account | WebhookFilter::Service(_) | WebhookFilter::Team(_) => {
            Ok(wanted(url, old.filter.clone()))
        }
        WebhookFilter::Other(kind) => Err(Stop::usage(format!(
            "webhook subscription {id} is of a kind (`{kind}`) that cannot be created here"
        ))),
    }
}

/// Deletes the old subscription, then its secret: as long as it delivers, its deliveries are taken.
async fn end(desk: &Desk, old: &WebhookSubscription) -> Result<Forgotten, Stop> {
    let deleted = desk.client.delete_webhook_subscription(&old.id).await;
    deleted.map_err(|error| refused(&error))?;
    Ok(places::forget(desk, &old.id).await)
}

fn said(rotated: &Rotated) -> String {
    let Rotated {
        pagerduty,
        old,
        new,
        secret_kept_in,
        finished,
        secret_forgotten: _,
    } = rotated;
    let made = format!("webhook subscription {new} is there, its secret is in {secret_kept_in}");
    if *finished {
        format!("{made}; its ping has arrived, and {old} is deleted")
    } else {
        format!(
            "{made}; {old} may still be there, too. When deliveries of the new one come through, end it:\n  rotakey webhooks ping {pagerduty} {new}\n  rotakey webhooks delete {pagerduty} {old}"
        )
    }
}
