//! Webhooks: whether each account that expects them has a subscription, PagerDuty delivers to it, and one was ever heard.

use super::code::Code;
use super::finding::{Finding, account as place, said};
use super::site::Site;
use crate::commands::webhooks::{State, is_ours};
use access_core::id::{PagerDutyName, WebhookSubscriptionId};
use access_core::ports::{PING_KEPT, Pings};
use access_sources::Reads;
use access_store::DynamoStore;
use futures::future::join_all;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What one account says of its subscriptions to the receiver, or why it does not.
pub(super) type Seen = BTreeMap<PagerDutyName, Result<Vec<Subscription>, String>>;

/// One subscription that delivers to the receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscription {
    id: String,
    state: State,
    heard: Heard,
}

/// Whether a ping ever arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Heard {
    /// The last one, at this time.
    At(Timestamp),
    /// None that is still remembered.
    Never,
    /// There is no store that could tell.
    Unknown,
    /// There is one, and why it does not tell.
    Unread(String),
}

/// Asks every account that expects webhooks and may be asked about them (`open`): the rest is found already.
pub(super) async fn gather(
    site: &Site<'_>,
    open: &BTreeSet<&PagerDutyName>,
    store: Option<&DynamoStore>,
) -> Seen {
    let accounts = site.config().pagerduty.iter();
    let expecting = accounts
        .filter(|(name, account)| !account.webhook_secrets.is_empty() && open.contains(name));
    let looks = expecting.map(|(name, account)| async move {
        let listed = match site.systems.pagerduty(account, Reads::Webhooks) {
            Ok(source) => source.client().webhook_subscriptions().await,
            Err(reason) => return (name.clone(), Err(reason)),
        };
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => return (name.clone(), Err(said(&error))),
        };
        let mut ours = Vec::new();
        for one in listed {
            if is_ours(name, one.delivery.url.as_ref()) {
                ours.push(Subscription {
                    id: one.id.to_string(),
                    state: State::of(&one),
                    heard: heard(store, name, one.id.as_str()).await,
                });
            }
        }
        (name.clone(), Ok(ours))
    });
    join_all(looks).await.into_iter().collect()
}

async fn heard(store: Option<&DynamoStore>, name: &PagerDutyName, id: &str) -> Heard {
    let Some((store, id)) = store.zip(WebhookSubscriptionId::new(id).ok()) else {
        return Heard::Unknown;
    };
    match store.last_ping(name, &id).await {
        Ok(Some(at)) => Heard::At(at),
        Ok(None) => Heard::Never,
        Err(error) => Heard::Unread(said(&error)),
    }
}

/// What is the matter with the webhooks of each account.
pub(super) fn judge(seen: &Seen, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, answer) in seen {
        let found = |code, what: String| Finding::new(code, place(name), what);
        match answer {
            Err(reason) => findings.push(found(Code::WebhooksUnread, reason.clone())),
            Ok(ours) if ours.is_empty() => {
                let what = format!(
                    "`webhook_secrets` wait for a subscription to a URL that ends in `/{name}`, and there is none"
                );
                findings.push(found(Code::WebhookMissing, what));
            }
            Ok(ours) => findings.extend(ours.iter().filter_map(|one| {
                let (code, what) = of_subscription(one, now)?;
                Some(found(code, what))
            })),
        }
    }
    findings
}

fn of_subscription(one: &Subscription, now: Timestamp) -> Option<(Code, String)> {
    let Subscription { id, state, heard } = one;
    let unheard = |what: &str| {
        let what = format!("no ping of webhook subscription {id} has arrived {what}");
        Some((Code::WebhookUnheard, what))
    };
    match (state, heard) {
        (State::Off, _) => Some((
            Code::WebhookOff,
            format!("webhook subscription {id} is switched off"),
        )),
        (State::Disabled, _) => Some((
            Code::WebhookDisabled,
            format!(
                "PagerDuty delivers nothing to webhook subscription {id} for a day, after three refusals"
            ),
        )),
        (State::Delivering, Heard::Never) => unheard("yet, or in the last 30 days"),
        (State::Delivering, Heard::At(at)) if now.duration_since(*at) > PING_KEPT => {
            unheard("in the last 30 days")
        }
        (State::Delivering, Heard::Unread(reason)) => Some((
            Code::StoreUnread,
            format!(
                "whether a ping of webhook subscription {id} has arrived cannot be read: {reason}"
            ),
        )),
        (State::Delivering, Heard::At(_) | Heard::Unknown) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscriptions_are_judged_by_state_and_by_what_was_heard() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let ago = |days: i64| Heard::At(now - jiff::SignedDuration::from_hours(24 * days));
        let one = |state, heard| {
            Ok(vec![Subscription {
                id: "PWH01".to_owned(),
                state,
                heard,
            }])
        };
        for (case, answer, expected) in [
            ("none", Ok(Vec::new()), Some(Code::WebhookMissing)),
            (
                "unread",
                Err("no answer".to_owned()),
                Some(Code::WebhooksUnread),
            ),
            ("sound", one(State::Delivering, ago(1)), None),
            ("no store", one(State::Delivering, Heard::Unknown), None),
            (
                "a store that is not read",
                one(State::Delivering, Heard::Unread("throttled".to_owned())),
                Some(Code::StoreUnread),
            ),
            (
                "never heard",
                one(State::Delivering, Heard::Never),
                Some(Code::WebhookUnheard),
            ),
            (
                "long ago",
                one(State::Delivering, ago(31)),
                Some(Code::WebhookUnheard),
            ),
            (
                "disabled",
                one(State::Disabled, ago(1)),
                Some(Code::WebhookDisabled),
            ),
            ("off", one(State::Off, Heard::Never), Some(Code::WebhookOff)),
        ] {
            let name = PagerDutyName::new("acme").unwrap();
            let found = judge(&Seen::from([(name, answer)]), now);
            let found: Vec<Code> = found.into_iter().map(|finding| finding.code).collect();
            let expected: Vec<Code> = expected.into_iter().collect();
            assert_eq!(found, expected, "{case}");
        }
    }
}
