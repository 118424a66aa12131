//! Whether webhooks still come: the poller warns when PagerDuty has stopped, and fails for nothing that it may not see.

use super::{Fire, PAYMENTS};
use crate::support::rota::{GRACE, people};
use access_core::event::{Event, WebhookDisabled, WebhookStop};
use function_kit::metrics::{Metric, measured};
use jiff::SignedDuration;
use simulators::kit::Fault;
use simulators::pagerduty::{DeliveryReport, WebhookFilter, WebhookSubscription};

const SUBSCRIPTION: &str = "PWHHEALTH";

/// Three pings are refused: nothing takes them at PagerDuty's own address.
async fn disable(fire: &Fire) {
    let pagerduty = &fire.world.pagerduty;
    let server = pagerduty.serve().await.expect("a loopback port is free");
    let nowhere = format!("{}/nowhere/acme", server.url());
    let subscription = WebhookSubscription::new(&nowhere, WebhookFilter::Account);
    pagerduty.add_webhook_subscription(subscription.id(SUBSCRIPTION));
    for _ping in 0..3 {
        pagerduty.ping_webhook_subscription(SUBSCRIPTION);
    }
    let DeliveryReport { disabled, .. } = pagerduty.deliver_webhooks().await;
    assert_eq!(disabled, people(&[SUBSCRIPTION]));
}

/// A tick in each of so many minutes from now on.
async fn ticks(fire: &Fire, minutes: u32) {
    for _minute in 0..minutes {
        fire.world.clock.advance(SignedDuration::from_mins(1));
        fire.tick().await;
    }
}

fn told(fire: &Fire) -> Vec<WebhookDisabled> {
    let events = fire.world.told_of("Webhook Disabled").into_iter();
    let disabled = |event| match event {
        Event::WebhookDisabled(disabled) => disabled,
        other => panic!("{other:?}"),
    };
    events.map(|entry| disabled(entry.event)).collect()
}

#[tokio::test]
async fn a_disabled_subscription_is_told_once_for_as_long_as_it_is() {
    let fire = Fire::start("").await;
    disable(&fire).await;
    ticks(&fire, 9).await;
    assert_eq!(told(&fire), [], "it was looked at a moment before");
    ticks(&fire, 60).await;
    let expected = WebhookDisabled {
        pagerduty: "acme".parse().expect("an account's name"),
        subscription: SUBSCRIPTION.parse().expect("a subscription's id"),
        why: WebhookStop::Refusals,
    };
    assert_eq!(told(&fire), std::slice::from_ref(&expected));

    // A day later it delivers again; what is stopped once more is told once more.
    fire.world.clock.advance(SignedDuration::from_hours(24));
    ticks(&fire, 20).await;
    fire.world
        .pagerduty
        .remove_webhook_subscription(SUBSCRIPTION);
    disable(&fire).await;
    ticks(&fire, 20).await;
    assert_eq!(told(&fire), [expected.clone(), expected]);
}

#[tokio::test]
async fn a_disabled_subscription_is_counted_at_each_look_until_it_delivers_again() {
    let fire = Fire::start("").await;
    disable(&fire).await;
    for (hours, expected) in [(1, [1.0]), (2, [1.0]), (30, [0.0])] {
        fire.world.clock.advance(SignedDuration::from_hours(hours));
        let ((), found) = measured(fire.tick()).await;
        assert_eq!(found.of(Metric::WebhookDisabled), expected, "{hours}");
        fire.world.clock.advance(SignedDuration::from_mins(1));
        let ((), found) = measured(fire.tick()).await;
        assert!(found.of(Metric::WebhookDisabled).is_empty(), "{hours}");
    }
}

#[tokio::test]
async fn who_may_not_see_subscriptions_is_told_so_once_and_nothing_fails() {
    let fire = Fire::start("").await;
    let faults = fire.world.pagerduty.faults();
    faults.always("GET /webhook_subscriptions", Fault::status(403));
    ticks(&fire, 40).await;
    assert_eq!(fire.world.told_of("Webhook Unwatched").len(), 1);
    fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "incidents are seen all the same");
    assert!(fire.world.told_of("Sync Failed").is_empty());
}

#[tokio::test]
async fn a_look_that_fails_takes_no_warning_back() {
    let fire = Fire::start("").await;
    disable(&fire).await;
    ticks(&fire, 10).await;
    let faults = fire.world.pagerduty.faults();
    faults.always("GET /webhook_subscriptions", Fault::status(500));
    ticks(&fire, 20).await;
    faults.clear();
    ticks(&fire, 20).await;
    assert_eq!(told(&fire).len(), 1);
    assert!(fire.world.told_of("Sync Failed").is_empty());
}

#[tokio::test]
async fn without_groups_of_incidents_nobody_asks_for_subscriptions() {
    let fire = Fire::start("").await;
    let log = fire.world.pagerduty.log();
    assert_eq!(log.count("GET /webhook_subscriptions"), 1);
    let standing = "[[group]]\nname = \"standing\"\nsources = [\"person:grace@acme.example\"]\nentitlements = [\"aws:Standing\"]\n";
    fire.world.configure(standing).await;
    ticks(&fire, 20).await;
    assert_eq!(log.count("GET /webhook_subscriptions"), 1);
}
