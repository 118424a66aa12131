//! Webhooks that wait: in order for each subscription and incident, tried again after failures, and tampered with.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::{RawWebhook, WebhookSubscription};
use crate::pagerduty::model::Mint;

/// PagerDuty gives up on a webhook after this long.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(48);
/// The pause after the first failure, doubled after each further one. PagerDuty does not say how long it waits.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(15);
/// The longest pause.
const LAST_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// PagerDuty wants an answer within this.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What a round of deliveries came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Sent and accepted.
    pub delivered: usize,
    /// Sent a second time by mischief.
    pub repeated: usize,
    /// Lost by mischief: never sent.
    pub lost: usize,
    /// Sent in vain; will be tried again.
    pub failed: usize,
    /// Refused, or too old: never sent again.
    pub dropped: usize,
    /// Forgotten unsent, as their subscription was disabled.
    pub forgotten: usize,
    /// Still in the queues, to be tried later.
    pub waiting: usize,
    /// Subscriptions that were disabled in this round.
    pub disabled: BTreeSet<String>,
}

/// What came of sending one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    /// Timeout, no connection, 5xx or 429.
    Failed,
    /// Any other answer.
    Refused,
}

/// One webhook, taken out to be sent; it stays at the head of its queue until settled.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) raw: RawWebhook,
    pub(super) is_repeated: bool,
    queue: (String, String),
    place: u64,
}

#[derive(Debug)]
struct Waiting {
    /// Counts over the whole outbox: the order in which things happened.
    place: u64,
    webhook_id: String,
    body: Vec<u8>,
    queued_at: Timestamp,
    failures: u32,
    due_at: Timestamp,
}

/// Everything the account knows of webhooks.
#[derive(Debug)]
pub(in crate::pagerduty) struct Outbox {
    mint: Mint,
    places: u64,
    pub(super) subscriptions: BTreeMap<String, WebhookSubscription>,
    /// By subscription and resource.
    queues: BTreeMap<(String, String), VecDeque<Waiting>>,
    pub(super) mischief: Mischief,
    pub(super) answer_within: Duration,
}

/// What a test has go wrong on the way.
#[derive(Debug, Default)]
pub(super) struct Mischief {
    pub(super) lose: usize,
    pub(super) repeat: usize,
    pub(super) is_reordering: bool,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            mint: Mint::default(),
            places: 0,
            subscriptions: BTreeMap::new(),
            queues: BTreeMap::new(),
            mischief: Mischief::default(),
            answer_within: ANSWER_WITHIN,
        }
    }
}

impl Outbox {
    pub(super) fn mint_id(&mut self) -> String {
        self.mint.wide()
    }

    pub(super) fn has(&self, subscription: &str) -> bool {
        self.subscriptions.contains_key(subscription)
    }

    /// Adds a subscription, with id and secret unless it chose them; answers the id.
    pub(super) fn subscribe(
        &mut self,
        subdomain: &str,
        mut subscription: WebhookSubscription,
    ) -> String {
        let minted = self.mint.short();
        if subscription.id.is_empty() {
            subscription.id.clone_from(&minted);
        }
        if subscription.secret.is_empty() {
            // As long as PagerDuty's, of no use elsewhere, and the same in every run.
            let digest = Sha256::digest(format!("webhooks of {subdomain} {minted}"));
            let hex = digest.iter().map(|byte| format!("{byte:02x}"));
            subscription.secret = hex.collect();
        }
        let id = subscription.id.clone();
        self.subscriptions.insert(id.clone(), subscription);
        id
    }

    /// Ends a subscription and forgets what it has not delivered; answers whether it existed.
    pub(super) fn unsubscribe(&mut self, subscription: &str) -> bool {
        self.forget(subscription);
        self.subscriptions.remove(subscription).is_some()
    }

    /// Ids of the subscriptions that take such an event.
    pub(super) fn takers(&self, event_type: &str, service: &str, teams: &[String]) -> Vec<String> {
        let subscriptions = self.subscriptions.values();
        let takers = subscriptions.filter(|one| one.takes(event_type, service, teams));
        takers.map(|one| one.id.clone()).collect()
    }

    /// Queues a webhook behind those of the same subscription and resource; a disabled subscription loses it.
    pub(super) fn push(&mut self, subscription: &str, resource: &str, body: &[u8], now: Timestamp) {
        let found = self.subscriptions.get(subscription);
        if found.is_none_or(|one| one.is_disabled_at(now)) {
            return;
        }
        self.places += 1;
        let webhook = Waiting {
            place: self.places,
            webhook_id: self.mint.wide(),
            body: body.to_vec(),
            queued_at: now,
            failures: 0,
            due_at: now,
        };
        let queue = (subscription.to_owned(), resource.to_owned());
        self.queues.entry(queue).or_default().push_back(webhook);
    }

    /// The next webhook to send at `now`; what is too old, or is to be lost, is passed over.
    pub(super) fn next(&mut self, now: Timestamp, report: &mut DeliveryReport) -> Option<Outgoing> {
        loop {
            let (queue, place) = self.head(now)?;
            let head = self.queues.get(&queue)?.front()?;
            if head.queued_at + KEPT_FOR < now {
                self.settle(&queue, place, None, now, report);
                continue;
            }
            if self.mischief.lose > 0 {
                self.mischief.lose -= 1;
                report.lost += 1;
                self.pop(&queue, place);
                continue;
            }
            let subscription = self.subscriptions.get(&queue.0)?;
            let raw = RawWebhook::new(subscription, &head.webhook_id, &head.body);
            let is_repeated = self.mischief.repeat > 0;
            self.mischief.repeat = self.mischief.repeat.saturating_sub(1);
            return Some(Outgoing {
                raw,
                is_repeated,
                queue,
                place,
            });
        }
    }

    /// Records what came of a webhook.
    pub(super) fn sent(
        &mut self,
        outgoing: &Outgoing,
        outcome: Outcome,
        now: Timestamp,
        report: &mut DeliveryReport,
    ) {
        self.settle(&outgoing.queue, outgoing.place, Some(outcome), now, report);
    }

    /// All webhooks that wait, in the order things happened, due or not. The queues are empty afterwards.
    pub(super) fn take(&mut self) -> Vec<RawWebhook> {
        let mut taken = Vec::new();
        for ((subscription, _), queue) in std::mem::take(&mut self.queues) {
            let Some(subscription) = self.subscriptions.get(&subscription) else {
                continue;
            };
            let raw = |one: &Waiting| RawWebhook::new(subscription, &one.webhook_id, &one.body);
            taken.extend(queue.iter().map(|one| (one.place, raw(one))));
        }
        taken.sort_by_key(|(place, _)| *place);
        taken.into_iter().map(|(_, raw)| raw).collect()
    }

    pub(super) fn waiting(&self) -> usize {
        self.queues.values().map(VecDeque::len).sum()
    }

    /// The head that is to be sent first: the oldest, or with reordering the newest. Within one queue the order never
    /// changes.
    fn head(&self, now: Timestamp) -> Option<((String, String), u64)> {
        let heads = self.queues.iter().filter_map(|(queue, webhooks)| {
            let head = webhooks.front().filter(|head| head.due_at <= now)?;
            Some((head.place, queue))
        });
        let first = if self.mischief.is_reordering {
            heads.max()
        } else {
            heads.min()
        };
        first.map(|(place, queue)| (queue.clone(), place))
    }

    /// `None`: it is too old to be sent at all.
    fn settle(
        &mut self,
        queue: &(String, String),
        place: u64,
        outcome: Option<Outcome>,
        now: Timestamp,
        report: &mut DeliveryReport,
    ) {
        // While it was under way its subscription may have been deleted.
        let Some(subscription) = self.subscriptions.get_mut(&queue.0) else {
            return;
        };
        match outcome {
            Some(Outcome::Accepted) => {
                subscription.accepted();
                report.delivered += 1;
                self.pop(queue, place);
            }
            Some(Outcome::Failed) => {
                report.failed += 1;
                let head = self.queues.get_mut(queue).and_then(VecDeque::front_mut);
                if let Some(head) = head.filter(|head| head.place == place) {
                    head.due_at = now + pause(head.failures);
                    head.failures += 1;
                }
            }
            Some(Outcome::Refused) | None => {
                report.dropped += 1;
                let is_disabled = subscription.dropped(now);
                self.pop(queue, place);
                if is_disabled {
                    report.forgotten += self.forget(&queue.0);
                    report.disabled.insert(queue.0.clone());
                }
            }
        }
    }

    fn pop(&mut self, queue: &(String, String), place: u64) {
        let Some(webhooks) = self.queues.get_mut(queue) else {
            return;
        };
        webhooks.pop_front_if(|head| head.place == place);
        if webhooks.is_empty() {
            self.queues.remove(queue);
        }
    }

    /// Empties the queues of a subscription; answers how many webhooks they held.
    fn forget(&mut self, subscription: &str) -> usize {
        let before = self.waiting();
        self.queues.retain(|(owner, _), _| owner != subscription);
        before - self.waiting()
    }
}

/// How long to wait after a failure that followed so many others.
fn pause(failures: u32) -> SignedDuration {
    let doubled = FIRST_PAUSE.checked_mul(1 << failures.min(16));
    doubled.unwrap_or(LAST_PAUSE).min(LAST_PAUSE)
}
