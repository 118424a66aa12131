//! Subscribing to webhooks from Rust, and asking what is subscribed.

use std::collections::BTreeMap;

use super::{WebhookFilter, WebhookSubscription};
use crate::pagerduty::PagerDuty;

impl PagerDuty {
    /// Adds a webhook subscription; answers the id. An id already taken is replaced.
    ///
    /// # Panics
    /// If its service or team is unknown.
    #[expect(
        clippy::must_use_candidate,
        reason = "the effect is the point: a seed that chose its ids needs no answer"
    )]
    pub fn add_webhook_subscription(&self, subscription: WebhookSubscription) -> String {
        match &subscription.filter {
            WebhookFilter::Account => {}
            WebhookFilter::Service(id) => assert!(self.world().services.contains_key(id)),
            WebhookFilter::Team(id) => assert!(self.world().teams.contains_key(id)),
        }
        self.outbox().subscribe(self.subdomain(), subscription)
    }

    /// Ends a webhook subscription, whose undelivered webhooks are lost; answers whether it existed.
    #[expect(
        clippy::must_use_candidate,
        reason = "the effect is the point: not every caller needs the answer"
    )]
    pub fn remove_webhook_subscription(&self, subscription: &str) -> bool {
        self.outbox().unsubscribe(subscription)
    }

    /// All webhook subscriptions by id, with their secrets.
    #[must_use]
    pub fn webhook_subscriptions(&self) -> BTreeMap<String, WebhookSubscription> {
        self.outbox().subscriptions.clone()
    }

    /// Has a subscription's webhooks signed with a second secret as well, or no longer.
    ///
    /// # Panics
    /// If the subscription is unknown.
    pub fn set_second_webhook_secret(&self, subscription: &str, secret: Option<&str>) {
        self.change_webhook_subscription(subscription, |one| {
            let one = one.expect("a known webhook subscription");
            one.second_secret = secret.map(str::to_owned);
        });
    }

    pub(in crate::pagerduty) fn change_webhook_subscription<T>(
        &self,
        id: &str,
        change: impl FnOnce(Option<&mut WebhookSubscription>) -> T,
    ) -> T {
        change(self.outbox().subscriptions.get_mut(id))
    }
}
