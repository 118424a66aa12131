//! `webhooks enable`: ends the day for which three refusals have stopped a subscription.

use super::desk::{Desk, OneSubscription, refused};
use crate::setup::ConfigArg;
use crate::show::{print, print_json};
use crate::stop::{Exit, Stop};
use serde_json::json;

/// Have PagerDuty deliver again to a subscription that it has disabled
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: OneSubscription,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args) -> Result<Exit, Stop> {
    let desk = Desk::open(&args.config, &args.which.account).await?;
    let one = desk.one(args.which.subscription.as_ref()).await?;
    let (name, id) = (&desk.name, &one.id);
    let enabled = desk.client.enable_webhook_subscription(id).await;
    enabled.map_err(|error| refused(&error))?;
    if args.json {
        print_json(&json!({"pagerduty": name.as_str(), "subscription": id.as_str()}));
    } else {
        print(format!(
            "PagerDuty delivers to webhook subscription {id} again; what happened meanwhile is seen by the next sweep"
        ));
        print(format!("try it: rotakey webhooks ping {name} {id}"));
    }
    Ok(Exit::Done)
}
