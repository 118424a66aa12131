//! What people may not have been told: the local bus forgets with its process, so whoever starts tells again.
//!
//! Only what waits for somebody: a request nobody was shown would wait until its time is up. Whoever was told before sees
//! their message brought up to date, and gets no other.

use super::bus::BusEvent;
use super::delivery::SOURCE;
use access_core::event::{AccessRequested, Event, RemovalsHeld};
use access_core::ports::{HeldPlans, RequestFilter, Requests, StoreError};
use access_core::request::Request;
use access_store::DynamoStore;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The events of what waits now: requests for a decision, break-glasses for a review, held removals for their release.
///
/// # Errors
/// When not all of it can be read.
pub(super) async fn untold(
    store: &DynamoStore,
    now: Timestamp,
) -> Result<Vec<BusEvent>, StoreError> {
    let mut requests = store.requests(&RequestFilter::Pending).await?;
    requests.retain(|request| request.is_open(now));
    for record in store.unreviewed().await? {
        requests.extend(store.request(record.grant.request).await?);
    }
    let held = store.held().await?.into_iter();
    let held = held.filter(|(_, plan)| plan.released.is_none());
    let events = requests.iter().map(asked);
    let events =
        events.chain(held.map(|(id, plan)| Event::RemovalsHeld(RemovalsHeld::of(id, &plan))));
    Ok(events
        .enumerate()
        .map(|(number, event)| on_the_bus(now, number, &event))
        .collect())
}

/// As it was told when it was made, but for the policies, which its audit entry names.
fn asked(request: &Request) -> Event {
    Event::AccessRequested(AccessRequested::of(request, BTreeSet::new()))
}

fn on_the_bus(now: Timestamp, number: usize, event: &Event) -> BusEvent {
    let detail = serde_json::from_str(&event.detail());
    BusEvent {
        id: format!("again-{number}"),
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
    use access_core::config::Config;
    use access_core::id::{GroupName, PlanId, RequestId};
    use access_core::ports::{HeldPlan, Leases};
    use access_core::principal::Principal;
    use access_core::request::{Asked, Channel, Kind, Reason, Verdict, ask, cancel};
    use jiff::SignedDuration;

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
        let step = cancel(now(), &taken_back, &nina()).unwrap();
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
