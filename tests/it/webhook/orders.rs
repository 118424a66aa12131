//! The same end state whatever order webhooks come in, however often, and whichever one is lost: enumerated.

use super::{Fire, PAYMENTS};
use crate::support::rota::{ADA, LINUS};
use jiff::SignedDuration;
use simulators::kit::Fault;
use simulators::pagerduty::RawWebhook;

/// Everything that happens, a minute apart.
const EVENTS: usize = 4;

/// What is to become of the deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// All arrive, and PagerDuty answers no question about incidents.
    Alone,
    /// All arrive, each a second time after all the others.
    Twice,
    /// This one never arrives; the next sweep repairs what it would have told.
    Without(usize),
}

/// Triggered for Grace, acknowledged by Linus, who was asked and agreed; then Ada has it, or it is over.
fn happen(fire: &Fire, is_resolved: bool) -> Vec<RawWebhook> {
    let pagerduty = &fire.world.pagerduty;
    let pass = || fire.world.clock.advance(SignedDuration::from_mins(1));
    let incident = fire.open(PAYMENTS);
    pass();
    pagerduty.acknowledge_incident(&incident, "PGRACE");
    pass();
    // The first tells of nobody who agreed: only the answer counts.
    pagerduty.add_responder(&incident, "PLINUS", Some("PGRACE"));
    let mut webhooks = pagerduty.take_webhooks();
    webhooks.truncate(2);
    pagerduty.accept_responder(&incident, "PLINUS");
    pass();
    if is_resolved {
        pagerduty.resolve_incident(&incident, Some("PGRACE"));
    } else {
        pagerduty.reassign_incident(&incident, &["PADA"], Some("PGRACE"));
    }
    pass();
    webhooks.extend(pagerduty.take_webhooks());
    webhooks
}

/// Every order of the numbers below `count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else {
        return vec![vec![]];
    };
    let shorter = orders(last).into_iter();
    let longer = shorter.flat_map(|order| {
        (0..count).map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    });
    longer.collect()
}

async fn ends_alike(is_resolved: bool, expected: &[&str]) {
    let fates = [Fate::Alone, Fate::Twice].into_iter();
    let fates: Vec<Fate> = fates.chain((0..EVENTS).map(Fate::Without)).collect();
    for order in orders(EVENTS) {
        for fate in &fates {
            let case = format!("{order:?}, {fate:?}");
            let fire = Fire::start("").await;
            let webhooks = happen(&fire, is_resolved);
            assert_eq!(webhooks.len(), EVENTS, "{case}");
            let now = fire.world.pagerduty.clock().now();
            let mut arrive: Vec<usize> = order.clone();
            match *fate {
                Fate::Alone => {}
                Fate::Twice => arrive.extend(order.iter().rev()),
                Fate::Without(lost) => arrive.retain(|event| *event != lost),
            }
            for event in arrive {
                let status = fire.receiver.take(now, &webhooks[event]).await;
                assert_eq!(status, 202, "{case}");
            }
            fire.world.clock.advance(SignedDuration::from_mins(1));
            if *fate == Fate::Alone {
                let faults = fire.world.pagerduty.faults();
                faults.always("GET /incidents", Fault::status(500));
                let answer = fire.poller.tick().await.expect("the rest is done");
                assert_eq!(answer.failures.len(), 1, "{case}: {:?}", answer.failures);
            } else {
                fire.tick().await;
            }
            fire.holds(expected, &case);
        }
    }
}

#[tokio::test]
async fn the_order_of_webhooks_does_not_matter_to_an_open_incident() {
    ends_alike(false, &[ADA, LINUS]).await;
}

#[tokio::test]
async fn nothing_that_comes_late_opens_what_is_over() {
    ends_alike(true, &[]).await;
}
