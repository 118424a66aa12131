//! How webhooks travel: signed, in order, again after failures, not at all after refusals; and mischief.

use std::net::TcpListener;
use std::time::Duration;

use pagerduty_client::webhook;
use secrecy::SecretString;
use simulators::pagerduty::{DeliveryReport, WebhookFilter, WebhookSubscription};

use crate::support::{World, at};
use crate::webhook_receiver::{ANN, Receiver, SECRET, fire, minutes, world};

async fn deliver(world: &World) -> DeliveryReport {
    world.pd.deliver_webhooks().await
}

fn delivered(delivered: usize) -> DeliveryReport {
    DeliveryReport {
        delivered,
        ..DeliveryReport::default()
    }
}

#[tokio::test]
async fn webhooks_are_signed_posts_with_the_documented_headers() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let subscription = receiver.subscribe(&world.pd);
    fire(&world.pd, "Q1");
    assert!(receiver.seen().is_empty(), "nothing is sent by itself");
    assert_eq!(deliver(&world).await, delivered(1));
    let seen = &receiver.seen()[0];
    assert_eq!(seen.header("user-agent"), "PagerDuty-Webhook/V3.0");
    assert_eq!(seen.header("content-type"), "application/json");
    assert_eq!(seen.header("accept"), "application/json");
    assert_eq!(seen.header("x-webhook-subscription"), subscription);
    assert_eq!(seen.header("x-webhook-id").len(), 26);
    let secrets = [SecretString::from(SECRET)];
    let signature = seen.header("x-pagerduty-signature");
    assert_eq!(webhook::verify(signature, &seen.body, &secrets), Ok(()));
    assert_eq!(deliver(&world).await, delivered(0), "once is enough");
}

#[tokio::test]
async fn two_secrets_sign_while_one_is_rotated() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let subscription = receiver.subscribe(&world.pd);
    let cases = [(Some("fresh"), 2, true), (None, 1, false)];
    for (second, signatures, is_fresh_good) in cases {
        world.pd.set_second_webhook_secret(&subscription, second);
        fire(&world.pd, "Q1");
        let webhook = world.pd.take_webhooks().remove(0);
        let header = webhook.header("x-pagerduty-signature");
        assert_eq!(header.split(',').count(), signatures);
        for (secret, is_good) in [(SECRET, true), ("fresh", is_fresh_good), ("other", false)] {
            let secrets = [SecretString::from(secret)];
            let outcome = webhook::verify(header, &webhook.body, &secrets);
            assert_eq!(outcome.is_ok(), is_good, "{secret} {second:?}");
        }
    }
}

#[tokio::test]
async fn a_failing_webhook_holds_back_its_own_incident_only() {
    let (world, receiver) = (world().await, Receiver::start().await);
    receiver.subscribe(&world.pd);
    fire(&world.pd, "Q1");
    world.pd.acknowledge_incident("Q1", ANN);
    fire(&world.pd, "Q2");
    receiver.answer(&[503]);
    let report = deliver(&world).await;
    assert_eq!((report.delivered, report.failed, report.waiting), (1, 1, 2));
    let first = receiver.seen()[0].header("x-webhook-id").to_owned();
    assert_eq!(receiver.lines(), ["Q1 triggered", "Q2 triggered"]);

    let report = deliver(&world).await;
    assert_eq!((report.delivered, report.waiting), (0, 2), "it is not due");
    world.pd.clock().advance(minutes(1));
    assert_eq!(deliver(&world).await, delivered(2));
    let again = receiver.seen()[0].header("x-webhook-id").to_owned();
    assert_eq!(again, first, "a repeat has the same id");
    assert_eq!(receiver.lines(), ["Q1 triggered", "Q1 acknowledged"]);
}

#[tokio::test]
async fn failures_that_may_pass_are_tried_again_and_others_are_not() {
    let cases = [
        (200, "delivered"),
        (202, "delivered"),
        (204, "delivered"),
        (500, "failed"),
        (503, "failed"),
        (429, "failed"),
        (302, "dropped"),
        (400, "dropped"),
        (401, "dropped"),
        (404, "dropped"),
        (408, "dropped"),
    ];
    let (world, receiver) = (world().await, Receiver::start().await);
    for (status, expected) in cases {
        let subscription = receiver.subscribe(&world.pd);
        receiver.answer(&[status]);
        fire(&world.pd, "Q1");
        let report = deliver(&world).await;
        let counts = [
            ("delivered", report.delivered),
            ("failed", report.failed),
            ("dropped", report.dropped),
        ];
        for (name, count) in counts {
            assert_eq!(count, usize::from(name == expected), "{status}: {name}");
        }
        world.pd.remove_webhook_subscription(&subscription);
    }
}

#[tokio::test]
async fn receivers_that_are_slow_or_away_are_tried_again() {
    let world = world().await;
    // Both accept connections, at most, and never answer.
    let mute = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let away = {
        let closed = TcpListener::bind("127.0.0.1:0").expect("a free port");
        closed.local_addr().expect("bound")
    };
    world.pd.set_webhook_timeout(Duration::from_millis(50));
    for address in [mute.local_addr().expect("bound"), away] {
        let url = format!("http://{address}/");
        let subscription = WebhookSubscription::new(&url, WebhookFilter::Account);
        let subscription = world.pd.add_webhook_subscription(subscription);
        fire(&world.pd, "Q1");
        let report = deliver(&world).await;
        assert_eq!((report.failed, report.waiting), (1, 1));
        world.pd.remove_webhook_subscription(&subscription);
    }
}

#[tokio::test]
async fn pauses_grow_and_end_after_two_days() {
    let (world, receiver) = (world().await, Receiver::start().await);
    receiver.subscribe(&world.pd);
    fire(&world.pd, "Q1");
    receiver.answer(&[500; 500]);
    let mut tries = Vec::new();
    let mut dropped = 0;
    for minute in 0..=49 * 60 {
        let report = deliver(&world).await;
        dropped += report.dropped;
        if report.failed > 0 {
            tries.push(minute);
        }
        world.pd.clock().advance(minutes(1));
    }
    assert_eq!(tries[..6], [0, 1, 2, 3, 5, 9]);
    let last = *tries.last().expect("some");
    assert!(
        tries.len() > 48 && last > 46 * 60 && last <= 48 * 60,
        "{tries:?}"
    );
    assert_eq!(dropped, 1);
    assert!(world.pd.take_webhooks().is_empty());
}

#[tokio::test]
async fn three_drops_in_a_row_disable_a_subscription_for_a_day() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let subscription = receiver.subscribe(&world.pd);
    for id in ["Q1", "Q2", "Q3", "Q4"] {
        fire(&world.pd, id);
    }
    receiver.answer(&[400, 400, 202, 400]);
    let report = deliver(&world).await;
    assert_eq!((report.dropped, report.delivered), (3, 1));
    assert!(report.disabled.is_empty(), "not in a row");
    assert_eq!(receiver.lines().len(), 4);

    for id in ["Q5", "Q6", "Q7"] {
        fire(&world.pd, id);
    }
    receiver.answer(&[404, 404]);
    let report = deliver(&world).await;
    assert_eq!(
        (report.dropped, report.forgotten, report.waiting),
        (2, 1, 0)
    );
    assert!(report.disabled.contains(&subscription));
    let path = format!("/webhook_subscriptions/{subscription}");
    let is_disabled = |body: &serde_json::Value| {
        body["webhook_subscription"]["delivery_method"]["temporarily_disabled"] == true
    };
    assert!(is_disabled(&world.get(&path).await));
    receiver.lines();

    world.pd.clock().set(at("2026-11-23T09:59:59Z"));
    world.pd.resolve_incident("Q7", None);
    assert_eq!(deliver(&world).await, delivered(0), "what happens is lost");
    world.pd.clock().set(at("2026-11-23T10:00:00Z"));
    assert!(!is_disabled(&world.get(&path).await));
    fire(&world.pd, "Q8");
    assert_eq!(deliver(&world).await, delivered(1));
    assert_eq!(receiver.lines(), ["Q8 triggered"]);
}

#[tokio::test]
async fn enabling_ends_the_day_early() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let subscription = receiver.subscribe(&world.pd);
    receiver.answer(&[400; 3]);
    for id in ["Q1", "Q2", "Q3"] {
        fire(&world.pd, id);
    }
    deliver(&world).await;
    let path = format!("/webhook_subscriptions/{subscription}/enable");
    let (status, body) = world.post(&path, &serde_json::json!({})).await;
    assert_eq!(status, 200);
    let method = &body["webhook_subscription"]["delivery_method"];
    assert_eq!(method["temporarily_disabled"], false);
    receiver.lines();
    world.pd.resolve_incident("Q1", None);
    assert_eq!(deliver(&world).await, delivered(1));
    assert_eq!(receiver.lines(), ["Q1 resolved"]);
}

#[tokio::test]
async fn mischief_loses_repeats_and_reorders() {
    let (world, receiver) = (world().await, Receiver::start().await);
    receiver.subscribe(&world.pd);
    let story = || {
        fire(&world.pd, "Q1");
        fire(&world.pd, "Q2");
        world.pd.acknowledge_incident("Q1", ANN);
        world.pd.resolve_incident("Q2", None);
    };

    story();
    world.pd.lose_webhooks(1);
    let report = deliver(&world).await;
    assert_eq!((report.lost, report.delivered, report.waiting), (1, 3, 0));
    assert_eq!(
        receiver.lines(),
        ["Q2 triggered", "Q1 acknowledged", "Q2 resolved"]
    );

    story();
    world.pd.repeat_webhooks(1);
    let report = deliver(&world).await;
    assert_eq!((report.repeated, report.delivered), (1, 4));
    let seen = receiver.seen();
    assert_eq!(seen[0].body, seen[1].body);
    assert_eq!(
        seen[0].header("x-webhook-id"),
        seen[1].header("x-webhook-id")
    );
    assert_eq!(receiver.lines().len(), 5);

    story();
    world.pd.reorder_webhooks(true);
    assert_eq!(deliver(&world).await, delivered(4));
    assert_eq!(
        receiver.lines(),
        [
            "Q2 triggered",
            "Q2 resolved",
            "Q1 triggered",
            "Q1 acknowledged"
        ]
    );
}

#[tokio::test]
async fn webhooks_taken_out_can_be_sent_by_hand() {
    let (world, receiver) = (world().await, Receiver::start().await);
    receiver.subscribe(&world.pd);
    fire(&world.pd, "Q2");
    fire(&world.pd, "Q1");
    world.pd.resolve_incident("Q2", None);
    let mut taken = world.pd.take_webhooks();
    assert_eq!(deliver(&world).await, delivered(0), "nothing is left");
    let types: Vec<_> = taken
        .iter()
        .map(|one| one.event()["event_type"].clone())
        .collect();
    assert_eq!(
        types,
        [
            "incident.triggered",
            "incident.triggered",
            "incident.resolved"
        ]
    );
    assert!(!format!("{taken:?}").contains("v1="));
    taken.reverse();
    for webhook in &taken {
        assert_eq!(world.pd.post_webhook(webhook).await, Some(202));
    }
    assert_eq!(
        receiver.lines(),
        ["Q2 resolved", "Q1 triggered", "Q2 triggered"]
    );
}

#[tokio::test]
async fn deliveries_that_overlap_send_nothing_twice() {
    let (world, receiver) = (world().await, Receiver::start().await);
    receiver.subscribe(&world.pd);
    for n in 0..20 {
        fire(&world.pd, &format!("Q{n}"));
    }
    let (one, two) = tokio::join!(world.pd.deliver_webhooks(), world.pd.deliver_webhooks());
    assert_eq!(one.delivered + two.delivered, 20);
    assert_eq!(receiver.lines().len(), 20);
}

#[tokio::test]
async fn the_world_shows_no_secret() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let subscription = receiver.subscribe(&world.pd);
    world
        .pd
        .set_second_webhook_secret(&subscription, Some("fresh-secret"));
    let said = format!("{:?} {:?}", world.pd, world.pd.webhook_subscriptions());
    assert!(!said.contains(SECRET) && !said.contains("fresh-secret"));
}
