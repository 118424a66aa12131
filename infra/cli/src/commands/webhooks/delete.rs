//! `webhooks delete`: ends a subscription to the receiver, and forgets its secret.

use super::desk::{Desk, refused};
use super::places::{self, Forgotten};
use crate::setup::ConfigArg;
use crate::show::{print, print_json};
use crate::stop::{Exit, Stop};
use access_core::id::PagerDutyName;
use pagerduty_client::WebhookSubscriptionId;
use serde::Serialize;

/// End a webhook subscription, and forget its secret
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The PagerDuty account, as the configuration names it
    account: PagerDutyName,
    /// Which subscription; one that delivers elsewhere is left alone
    subscription: WebhookSubscriptionId,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The outcome, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Deleted {
    pagerduty: String,
    subscription: String,
    secret_forgotten: bool,
    failures: Vec<String>,
}

pub(super) async fn run(args: Args) -> Result<Exit, Stop> {
    let desk = Desk::open(&args.config, &args.account).await?;
    let one = desk.one(Some(&args.subscription)).await?;
    let id = &one.id;
    let deleted = desk.client.delete_webhook_subscription(id).await;
    deleted.map_err(|error| refused(&error))?;
    let forgotten = places::forget(&desk, id).await;
    let said = forgotten.say(id);
    let Forgotten { is_gone, failures } = forgotten;
    let exit = if failures.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    };
    if args.json {
        print_json(&Deleted {
            pagerduty: desk.name.to_string(),
            subscription: id.to_string(),
            secret_forgotten: is_gone,
            failures,
        });
    } else {
        print(format!("webhook subscription {id} is deleted; {said}"));
    }
    Ok(exit)
}
