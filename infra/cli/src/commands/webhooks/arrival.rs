//! Whether a ping has arrived: the receiver notes it in its store, and that is watched here.

use super::desk::{Desk, refused};
use super::row::{State, whole};
use crate::setup::Loaded;
use crate::show::{during, span};
use crate::stop::Stop;
use crate::store_or_table::{OpenStore, StoreOrTable};
use access_core::id::{PagerDutyName, WebhookSubscriptionId};
use access_core::ports::{Pings, StoreError};
use jiff::{SignedDuration, Timestamp};
use pagerduty_client::WebhookSubscription;
use std::time::Duration;

/// How often the store is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

const WAIT_MAX: SignedDuration = SignedDuration::from_mins(10);

/// `--store`, `--table` and `--wait`
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ArrivalArgs {
    #[command(flatten)]
    store: StoreOrTable,
    /// How long to wait for the ping, at most 10m
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = wait)]
    wait: SignedDuration,
}

fn wait(text: &str) -> Result<SignedDuration, String> {
    let wait = text.parse::<SignedDuration>().ok();
    let wait = wait.filter(|wait| wait.is_positive() && *wait <= WAIT_MAX);
    wait.ok_or_else(|| "write a duration such as 30s or 2m, at most 10m".to_owned())
}

/// What the receiver has noted.
pub(super) struct Arrivals {
    opened: OpenStore,
    wait: SignedDuration,
}

impl Arrivals {
    pub(super) async fn open(args: &ArrivalArgs, loaded: &Loaded) -> Result<Self, Stop> {
        let lack = "so nobody would note the ping: start `rotakey serve`, or name the receiver's store with --store or --table";
        let opened = args.store.open(&loaded.path, lack).await?;
        Ok(Self {
            opened,
            wait: args.wait,
        })
    }

    /// Has PagerDuty ping a subscription, and waits; `None` when no ping has arrived in time.
    pub(super) async fn ping(
        &self,
        desk: &Desk,
        one: &WebhookSubscription,
    ) -> Result<Option<Timestamp>, Stop> {
        let id = WebhookSubscriptionId::new(one.id.as_str()).map_err(Stop::failed)?;
        // The receiver's clock is not this machine's: only that there is a later one counts.
        let before = self.opened.store.last_ping(&desk.name, &id).await?;
        let sent = desk.client.ping_webhook_subscription(&one.id).await;
        sent.map_err(|error| refused(&error))?;
        let wait = Duration::try_from(self.wait).expect("a wait is positive");
        let arrival = tokio::time::timeout(wait, self.later_than(&desk.name, &id, before));
        match during("Waiting for the ping", arrival).await {
            Ok(Ok(at)) => Ok(Some(at)),
            Ok(Err(error)) => Err(Stop::from_error(&error)),
            Err(_) => Ok(None),
        }
    }

    /// Looks again and again, as nothing tells this command what the receiver stored; the caller says for how long.
    async fn later_than(
        &self,
        name: &PagerDutyName,
        id: &WebhookSubscriptionId,
        before: Option<Timestamp>,
    ) -> Result<Timestamp, StoreError> {
        loop {
            let last = self.opened.store.last_ping(name, id).await?;
            if let Some(last) = last.filter(|last| Some(*last) > before) {
                return Ok(last);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// What to say when no ping has arrived.
    pub(super) fn in_vain(&self, desk: &Desk, one: &WebhookSubscription) -> Stop {
        let (name, id) = (&desk.name, &one.id);
        let url = one.delivery.url.as_ref().map(whole).unwrap_or_default();
        Stop::failed(format!(
            "no ping of webhook subscription {id} has arrived within {}; see whether\n\
             - the receiver runs and PagerDuty reaches it: `curl -i -X POST {url}` from elsewhere answers 401\n\
             - its secret is in `webhook_secrets`: the receiver's log says \"is not proven\" if not; a secret that is younger than a minute may need a second try\n\
             - the receiver keeps what it takes in {}\n\
             - PagerDuty still delivers: `rotakey webhooks list {name}`",
            span(self.wait),
            self.opened.place,
        ))
    }

    pub(super) async fn close(self) -> Result<(), Stop> {
        self.opened.close().await
    }
}

/// Refuses a subscription that PagerDuty would not ping.
pub(super) fn require_delivering(desk: &Desk, one: &WebhookSubscription) -> Result<(), Stop> {
    let (name, id) = (&desk.name, &one.id);
    match State::of(one) {
        State::Delivering => Ok(()),
        State::Disabled => Err(Stop::failed(format!(
            "webhook subscription {id} is disabled for a day, as three deliveries in a row were refused: see why in the receiver's log, then run `rotakey webhooks enable {name} {id}`"
        ))),
        State::Off => Err(Stop::failed(format!(
            "webhook subscription {id} is switched off: switch it on in PagerDuty"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_short_and_positive() {
        for (text, expected) in [
            ("30s", Some(30)),
            ("2m", Some(120)),
            ("10m", Some(600)),
            ("11m", None),
            ("0s", None),
            ("-1s", None),
            ("soon", None),
        ] {
            let seconds = wait(text).ok().map(|wait| wait.as_secs());
            assert_eq!(seconds, expected, "{text}");
        }
    }
}
