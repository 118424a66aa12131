//! A storm of incidents: many wishes, few reconciles, and the right people at the end; and news that comes in while a tick
//! waits.

use super::{Fire, PAYMENTS, SEARCH};
use crate::support::Poller;
use crate::support::receiver::Receiver;
use crate::support::rota::{GRACE, LINUS, people};
use access_core::ports::Clock;
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use oncall_poller::{Answer, Invocation};
use serde_json::json;
use simulators::kit::{Fault, SimClock};
use simulators::pagerduty::{Incident, RawWebhook};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Incidents of a storm, on two services by turns. Each has four events.
const INCIDENTS: usize = 50;

/// Calls about people whom no rota knows: three of them, each asked for once.
const LOOK_UPS_MAX: u64 = 3;

/// All of it within four seconds: triggered for Grace, taken on by Linus, handed to Ada; then all are resolved but one of
/// each service, which Linus gets back. Answers what the bus would tell the poller when everything was received at once,
/// and the two that go on.
async fn storm(fire: &Fire) -> (Vec<Invocation>, Vec<String>) {
    let pagerduty = &fire.world.pagerduty;
    let pass = || fire.world.clock.advance(SignedDuration::from_secs(1));
    let services = [PAYMENTS, SEARCH].into_iter().cycle().take(INCIDENTS);
    let incidents: Vec<String> = services.map(|service| fire.open(service)).collect();
    pass();
    for incident in &incidents {
        pagerduty.acknowledge_incident(incident, "PLINUS");
    }
    pass();
    for incident in &incidents {
        pagerduty.reassign_incident(incident, &["PADA"], None);
    }
    pass();
    let (go_on, over) = incidents.split_at(2);
    for incident in over {
        pagerduty.resolve_incident(incident, Some("PADA"));
    }
    for incident in go_on {
        pagerduty.reassign_incident(incident, &["PLINUS"], None);
    }
    let webhooks = pagerduty.take_webhooks();
    assert_eq!(webhooks.len(), 4 * INCIDENTS);
    let now = fire.world.clock.now();
    for webhook in &webhooks {
        assert_eq!(fire.receiver.take(now, webhook).await, 202);
    }
    (wishes(fire, now), go_on.to_vec())
}

/// What the bus tells the poller since the last time.
fn wishes(fire: &Fire, now: Timestamp) -> Vec<Invocation> {
    let wishes = fire.receiver.wishes().into_iter();
    let event = |wish: oncall_poller::Sync| {
        let detail = json!({"groups": wish.groups, "requested_at": now});
        json!({"detail-type": "Reconcile Requested", "source": "rotakey", "time": now, "detail": detail})
    };
    let wishes = wishes.map(|wish| Invocation::parse(event(wish)).expect("a wish is understood"));
    wishes.collect()
}

/// Has one poller invoked with one wish after another; answers how many of them it worked for.
async fn work(poller: &Poller, wishes: &[Invocation]) -> usize {
    let mut worked = 0;
    for wish in wishes {
        let answer: Answer = poller.invoke(wish).await.expect("the wish is fulfilled");
        assert!(answer.failures.is_empty(), "{:?}", answer.failures);
        worked += usize::from(answer.covered_at.is_none());
    }
    worked
}

/// What one reconcile of everything asks of PagerDuty.
async fn calls_of_one(fire: &Fire) -> u64 {
    let log = fire.world.pagerduty.log();
    log.reset();
    fire.poller.sync().await.expect("the sync succeeds");
    let calls = log.total();
    log.reset();
    calls
}

#[track_caller]
fn holds_linus(fire: &Fire, case: &str) {
    fire.holds(&[LINUS], case);
    assert_eq!(fire.world.members("SearchAdmin"), people(&[LINUS]));
    assert!(fire.world.told_of("Removals Held").is_empty());
}

#[tokio::test]
async fn a_storm_of_two_hundred_events_costs_four_reconciles() {
    let fire = Fire::start("").await;
    let calls = calls_of_one(&fire).await;
    let (wishes_of_all, go_on) = storm(&fire).await;
    assert_eq!(wishes_of_all.len(), 4 * INCIDENTS);
    // Each service at once, then once more when the clocks of receiver and poller cannot be mistaken.
    assert_eq!(work(&fire.poller, &wishes_of_all).await, 4);
    holds_linus(&fire, "after the storm");
    let log = fire.world.pagerduty.log();
    // The last of them finds PagerDuty read late enough by the one before.
    assert!(
        log.total() <= 3 * calls + LOOK_UPS_MAX,
        "{:?}",
        log.counts()
    );

    // What is delivered again finds everything done: not a call, not a write.
    log.reset();
    let writes = fire.poller.store.writes();
    assert_eq!(work(&fire.poller, &wishes_of_all).await, 0);
    assert_eq!((log.total(), fire.poller.store.writes()), (0, writes));

    // What happens next is heard at once.
    fire.world.clock.advance(SignedDuration::from_secs(1));
    fire.world
        .pagerduty
        .resolve_incident(&go_on[0], Some("PLINUS"));
    let now = fire.world.clock.now();
    for webhook in fire.world.pagerduty.take_webhooks() {
        assert_eq!(fire.receiver.take(now, &webhook).await, 202);
    }
    assert_eq!(work(&fire.poller, &wishes(&fire, now)).await, 1);
    assert_eq!(fire.world.clock.now(), now, "nobody waits");
    fire.holds(&[], "resolved");
    assert_eq!(fire.world.members("SearchAdmin"), people(&[LINUS]));
}

#[tokio::test]
async fn a_storm_upon_two_pollers_costs_a_handful_of_reconciles() {
    let fire = Fire::start("").await;
    let other = fire.world.poller().await;
    let calls = calls_of_one(&fire).await;
    let (wishes, _) = storm(&fire).await;
    let (ours, theirs) = wishes.split_at(wishes.len() / 2);
    let (one, two) = tokio::join!(work(&fire.poller, ours), work(&other, theirs));
    assert!(one + two <= 8, "{one} and {two} reconciles");
    holds_linus(&fire, "after the storm");
    let log = fire.world.pagerduty.log();
    let calls_max = 8 * calls + LOOK_UPS_MAX;
    assert!(log.total() <= calls_max, "{:?}", log.counts());
}

#[tokio::test]
async fn a_demand_is_done_whatever_was_done_before() {
    let fire = Fire::start("").await;
    for _ in 0..2 {
        let answer = fire.poller.sync().await.expect("the sync succeeds");
        assert_eq!((answer.covered_at, answer.plans.len()), (None, 2));
    }
}

/// A clock that jumps; but while it is first waited for, webhooks come in.
struct Interrupted {
    time: SimClock,
    receiver: Receiver,
    webhooks: Mutex<Vec<RawWebhook>>,
}

#[async_trait]
impl Clock for Interrupted {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    async fn wait_until(&self, at: Timestamp) {
        let webhooks = {
            let mut waiting = self.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        for webhook in &webhooks {
            assert_eq!(self.receiver.take(self.now(), webhook).await, 202);
        }
        if self.time.now() < at {
            self.time.set(at);
        }
    }
}

/// Opens an incident for Linus fifty seconds before Grace stops to linger, and lets a tick hear of it while it waits for
/// that.
async fn hears_while_it_waits(mut fire: Fire) {
    let pagerduty = fire.world.pagerduty.clone();
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    pagerduty.resolve_incident(&incident, Some("PGRACE"));
    let edge = pagerduty.clock().now() + SignedDuration::from_mins(30);
    fire.deliver().await;

    fire.world.clock.set(edge - SignedDuration::from_secs(50));
    pagerduty.open_incident(Incident::new("It burns again", PAYMENTS).assigned("PLINUS"));
    // Only the webhook tells of it.
    pagerduty
        .faults()
        .always("GET /incidents", Fault::status(500));
    fire.poller.deps.clock = Arc::new(Interrupted {
        time: fire.world.clock.clone(),
        receiver: fire.world.receiver(),
        webhooks: Mutex::new(pagerduty.take_webhooks()),
    });
    let answer = fire.poller.tick().await.expect("the rest is done");
    assert_eq!(answer.failures.len(), 1, "{:?}", answer.failures);
    fire.holds(&[LINUS], "the new incident, and after the edge");
    let log = fire.world.identity_center.kit().log.requests();
    let added = |it: &&simulators::kit::Logged| it.operation == "CreateGroupMembership";
    let last = log.iter().rfind(added).expect("Linus was added");
    assert_eq!(last.at, edge - SignedDuration::from_secs(45));
}

const LINGERING: &str = "[group.incident]\nlinger = \"30m\"\n";

#[tokio::test]
async fn a_tick_that_waits_for_an_edge_hears_of_an_incident_meanwhile() {
    let fire = Fire::start(LINGERING).await;
    // Linus becomes known by an incident of another group.
    let other = fire.open(SEARCH);
    let pagerduty = &fire.world.pagerduty;
    pagerduty.reassign_incident(&other, &["PLINUS"], None);
    fire.deliver().await;
    hears_while_it_waits(fire).await;
}

#[tokio::test]
async fn a_tick_that_waits_for_an_edge_looks_up_whom_nobody_knows() {
    hears_while_it_waits(Fire::start(LINGERING).await).await;
}

/// A clock that jumps; but while it is first waited for, an event in the outbox is damaged.
struct Spoiling {
    time: SimClock,
    table: aws_sdk_dynamodb::Client,
    is_done: AtomicBool,
}

#[async_trait]
impl Clock for Spoiling {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    async fn wait_until(&self, at: Timestamp) {
        if !self.is_done.swap(true, Ordering::SeqCst) {
            let text = |text: &str| AttributeValue::S(text.to_owned());
            let put = self.table.put_item();
            let put = put.table_name(access_store::embedded::TABLE);
            let put = put.item("pk", text("OUTBOX")).item("sk", text("damaged"));
            let put = put.item("v", AttributeValue::N("1".to_owned()));
            put.send().await.expect("the item is written");
        }
        if self.time.now() < at {
            self.time.set(at);
        }
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_understood_stops_no_edge_and_no_other_event() {
    let mut fire = Fire::start(LINGERING).await;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    let pagerduty = &fire.world.pagerduty;
    pagerduty.resolve_incident(&incident, Some("PGRACE"));
    let edge = pagerduty.clock().now() + SignedDuration::from_mins(30);
    fire.deliver().await;
    fire.holds(&[GRACE], "she lingers");
    fire.world.clock.set(edge - SignedDuration::from_secs(50));
    fire.poller.deps.clock = Arc::new(Spoiling {
        time: fire.world.clock.clone(),
        table: fire.world.table(),
        is_done: AtomicBool::new(false),
    });
    let answer = fire.poller.tick().await.expect("it does what it can");
    let failed: Vec<_> = answer.failures.iter().map(|it| &*it.subject).collect();
    assert_eq!(failed, ["outbox"], "that is told, too");
    fire.holds(&[], "gone at the edge");
    let told = fire.world.told_of("Membership Changed");
    let last = told.last().map(|entry| entry.at);
    assert_eq!(last, Some(edge), "and that is told: {told:?}");
}
