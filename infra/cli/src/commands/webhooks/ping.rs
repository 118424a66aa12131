//! `webhooks ping`: whether deliveries come through, from PagerDuty to the receiver's store.

use super::arrival::{ArrivalArgs, Arrivals, require_delivering};
use super::desk::{Desk, OneSubscription};
use crate::setup::ConfigArg;
use crate::show::{print, print_json};
use crate::stop::{Exit, Stop};
use jiff::Timestamp;
use serde::Serialize;

/// Have PagerDuty send a ping, and wait until the receiver has taken it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    which: OneSubscription,
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
struct Pinged {
    pagerduty: String,
    subscription: String,
    arrived_at: Timestamp,
}

pub(super) async fn run(args: Args) -> Result<Exit, Stop> {
    let desk = Desk::open(&args.config, &args.which.account).await?;
    let one = desk.one(args.which.subscription.as_ref()).await?;
    require_delivering(&desk, &one)?;
    let arrivals = Arrivals::open(&args.arrival, &desk.loaded).await?;
    let pinged = arrivals.ping(&desk, &one).await;
    let in_vain = arrivals.in_vain(&desk, &one);
    arrivals.close().await?;
    let arrived_at = pinged?.ok_or(in_vain)?;
    if args.json {
        print_json(&Pinged {
            pagerduty: desk.name.to_string(),
            subscription: one.id.to_string(),
            arrived_at,
        });
    } else {
        print(format!(
            "the ping of webhook subscription {} has arrived: deliveries come through",
            one.id
        ));
    }
    Ok(Exit::Done)
}
