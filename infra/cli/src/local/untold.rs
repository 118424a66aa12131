//! What people may not have been told: the local bus forgets with its process, so whoever starts tells again.
//!
//! Only what waits for somebody: a request nobody was shown would wait until its time is up. Whoever was told before sees
//! their message brought up to date, and gets no other.

use super::bus::BusEvent;
use super::delivery::SOURCE;
use access_core::ports::{HeldPlans, OutboxEntry, StoreError};
use access_core::waiting::{requests_that_wait, waiting};
use access_store::DynamoStore;
use jiff::Timestamp;

/// The events of what waits now: requests for a decision, break-glasses for a review, held removals for their release.
///
/// # Errors
/// When not all of it can be read.
pub(super) async fn untold(
    store: &DynamoStore,
    now: Timestamp,
) -> Result<Vec<BusEvent>, StoreError> {
    let requests = requests_that_wait(store).await?;
    let held = store.held().await?.plans;
    let waiting = waiting(now, &requests, &held).into_iter();
    Ok(waiting.map(|it| on_the_bus(now, it.told)).collect())
}

fn on_the_bus(now: Timestamp, told: OutboxEntry) -> BusEvent {
    let OutboxEntry { key, at: _, event } = told;
    let detail = serde_json::from_str(&event.detail());
    BusEvent {
        id: key,
        detail_type: event.detail_type().to_owned(),
        source: SOURCE.to_owned(),
        time: now,
        detail: detail.expect("a detail is JSON"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::LocalStore;
    use access_core::config::{Config, People};
    use access_core::event::Event;
    use access_core::id::{GroupName, PlanId, RequestId};
    use access_core::ports::{HeldPlan, Leases, Requests};
    use access_core::principal::Principal;
    use access_core::request::{Asked, Channel, Kind, Reason, Request, Verdict, ask, cancel};
    use jiff::SignedDuration;
    use std::collections::BTreeSet;

    const CONFIG: &str = r#"
[[group]]
name = "vault"
[group.request]
max = "2h"
timeout = "1h"
approvers = ["person:lena@acme.example"]
break_glass = ["person:nina@acme.example"]
"#;

    fn now() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().unwrap()
    }

    fn nina() -> Principal {
        Principal::new("nina@acme.example").unwrap()
    }

    /// Asks, and answers the request as it is kept.
    async fn asks(store: &DynamoStore, number: u128, kind: Kind, verdict: Verdict) -> Request {
        let config = Config::parse("test", CONFIG).unwrap();
        let id: RequestId = uuid::Uuid::from_u128(number).to_string().parse().unwrap();
        let asked = Asked {
            by: nina(),
            group: GroupName::new("vault").unwrap(),
            duration: SignedDuration::from_mins(5),
            reason: Reason::new("to look").unwrap(),
            at: now(),
            through: Channel::Slack,
            kind,
            key: None,
        };
        let step = ask(now(), &config, id, asked, verdict, None).unwrap();
        store.take(&step).await.unwrap();
        step.request.unwrap()
    }

    /// What is told again, in words, with the ids of requests.
    fn told(events: &[BusEvent]) -> Vec<(String, String)> {
        let told = events.iter().map(|event| {
            assert_eq!(event.source, "rotakey");
            let id = event.detail["request"].as_str().unwrap();
            (event.detail_type.clone(), id.to_owned())
        });
        told.collect()
    }

    #[tokio::test]
    async fn what_waits_for_somebody_is_told_again() {
        let local = LocalStore::open(None).await.unwrap();
        let store = local.store();
        assert!(untold(&store, now()).await.unwrap().is_empty());
        let policies = BTreeSet::from(["p".to_owned()]);
        let wait = || Verdict::Ask {
            policies: policies.clone(),
        };
        let approve = || Verdict::Approve {
            policies: policies.clone(),
        };
        let open = asks(&store, 1, Kind::Access, wait()).await;
        let taken_back = asks(&store, 2, Kind::Access, wait()).await;
        let step = cancel(now(), &People::default(), &taken_back, &nina()).unwrap();
        store.take(&step).await.unwrap();
        asks(&store, 3, Kind::Access, approve()).await;
        let emergency = asks(&store, 4, Kind::BreakGlass, approve()).await;

        let asked = |request: &Request| ("Access Requested".to_owned(), request.id.to_string());
        let events = untold(&store, now()).await.unwrap();
        assert_eq!(told(&events), [asked(&open), asked(&emergency)]);
        for event in events {
            let read = Event::read(&event.detail_type, event.detail);
            assert!(read.is_ok(), "{read:?}");
        }
        let later = now() + SignedDuration::from_hours(1);
        let events = untold(&store, later).await.unwrap();
        assert_eq!(told(&events), [asked(&emergency)], "its time is up");
        local.stop().await.unwrap();
    }

    #[tokio::test]
    async fn removals_that_wait_are_told_again_until_they_are_let_go() {
        let local = LocalStore::open(None).await.unwrap();
        let store = local.store();
        let lease = store.acquire(now(), now() + SignedDuration::from_mins(1));
        let fence = lease.await.unwrap().fence;
        let plan = HeldPlan {
            binding: serde_json::from_value(serde_json::json!({
                "group": "vault",
                "entitlement": "aws:Vault",
            }))
            .unwrap(),
            removals: Vec::new(),
            since: now(),
            released: None,
        };
        let id: PlanId = uuid::Uuid::from_u128(7).to_string().parse().unwrap();
        assert!(store.hold(fence, id, &plan).await.unwrap());
        let events = untold(&store, now()).await.unwrap();
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0].detail_type, "Removals Held");
        assert_eq!(events[0].detail["plan"], id.to_string());
        store.let_go(id, "nina", now()).await.unwrap();
        assert!(untold(&store, now()).await.unwrap().is_empty());
        local.stop().await.unwrap();
    }
}
