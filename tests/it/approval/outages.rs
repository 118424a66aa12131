//! Others are down: the target at an expiry, PagerDuty while on-call status matters, Slack while somebody waits for a card.

use super::{
    ADA, ADMIN, ANNOUNCEMENTS, APPROVALS, Desk, GRACE, GROUPS, LENA, LEO, LINUS, READER, TED,
    keeps_silent, mention, says, slack_id, words,
};
use crate::support::at;
use access_core::audit::StreamName;
use access_core::ports::{AuditLog, Configs};
use access_core::request::{Ended, GrantState};
use simulators::kit::Fault;
use simulators::slack::SlackOutcome;
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn a_grant_that_expires_while_the_target_is_down_is_over_and_closed_when_it_is_back() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let faults = &desk.world.identity_center.kit().faults;
    faults.always("*", Fault::status(503));
    desk.world.clock.set(at("2026-11-03T11:59:30Z"));
    let answer = desk.tick_as_it_can().await;
    assert!(!answer.failures.is_empty(), "it is said that it failed");
    desk.holds(ADMIN, &[ADA], "nobody can take it away now");
    let grants = desk.grants_of(ADA).await;
    let GrantState::Ended { at: ended_at, how } = &grants[0].state else {
        panic!("{grants:?}");
    };
    assert_eq!(
        (*ended_at, how),
        (at("2026-11-03T12:00:00Z"), &Ended::Expired)
    );
    says(&desk.card(), &["*Access ended*", "expired"]);

    desk.world.clock.set(at("2026-11-03T12:05:00Z"));
    let answer = desk.tick_as_it_can().await;
    assert!(!answer.failures.is_empty(), "every tick tries again");
    faults.clear();
    desk.tick_at("12:06:00").await;
    desk.holds(ADMIN, &[], "closed by the first tick that could");
    assert!(desk.world.told_of("Removals Held").is_empty());
}

#[tokio::test]
async fn while_pagerduty_cannot_be_read_nobody_gets_in_by_being_on_call_and_that_is_said() {
    let desk = Desk::open().await;
    let pagerduty = &desk.world.pagerduty;
    pagerduty.faults().always("*", Fault::status(503));
    desk.world.clock.set(at("2026-11-03T12:00:00Z"));
    let answer = desk.tick_as_it_can().await;
    assert!(!answer.failures.is_empty());

    let told = desk
        .types(GRACE, "payments-reader 1h looking at refunds")
        .await;
    says(
        &told,
        &["too little is known", "acme", "nothing was decided"],
    );
    desk.holds_nobody();
    assert!(desk.requests_of(GRACE).await.is_empty(), "it is not kept");

    // Where people can decide they are asked, and see what is not known.
    let told = desk
        .types(GRACE, "payments-admin 1h looking at refunds")
        .await;
    says(&told, &["waits"]);
    says(&desk.card(), &["not known now: acme"]);
    desk.holds_nobody();

    pagerduty.faults().clear();
    desk.tick_at("12:01:00").await;
    let told = desk
        .types(GRACE, "payments-reader 1h looking at refunds")
        .await;
    says(&told, &["You are in payments-reader until"]);
    desk.holds(READER, &[GRACE], "it is known again who is on call");
    desk.presses(LENA, &desk.button(APPROVALS, "approve")).await;
    desk.holds(ADMIN, &[GRACE], "approved");
    says(&desk.card(), &["*Approved* by", &mention(LENA)]);
}

#[tokio::test]
async fn while_slack_shows_no_card_decisions_count_and_the_card_catches_up() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let approve = desk.button(APPROVALS, "approve");
    let faults = &desk.world.slack.kit().faults;
    faults.always("chat.update", Fault::status(503));
    desk.press(LENA, &approve).await;
    assert!(desk.approver.hear(&desk.world).await);
    let grants = desk.grants_of(ADA).await;
    assert_eq!(grants.len(), 1, "decided, whatever the card shows");
    says(&desk.card(), &["Approve", "Deny"]);

    // Slack comes back before the event comes again.
    faults.clear();
    assert_ne!(desk.approver.hear_again(&desk.world).await, 0);
    desk.settle().await;
    desk.holds(ADMIN, &[ADA], "approved");
    says(&desk.card(), &["*Approved* by", &mention(LENA)]);
    keeps_silent(&desk.card(), &["Deny"]);
    let told = desk.presses(LEO, &approve).await;
    says(&told, &["Nothing was done: the request was approved by"]);
}

/// Somebody asks for access, and nobody is shown it, as often as Lambda tries.
async fn asks_in_vain(desk: &Desk, who: &str, text: &str) {
    let slack = &desk.world.slack;
    let typed = slack.type_command(&slack_id(who), ANNOUNCEMENTS, "/access", text);
    assert_eq!(desk.command(&typed).await, SlackOutcome::Said);
    tell_in_vain(desk).await;
}

/// The schedule calls at that time of the day, and nobody is shown what it did.
async fn tick_in_vain(desk: &Desk, time: &str) {
    desk.world.clock.set(at(&format!("2026-11-03T{time}Z")));
    let answer = desk.poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty(), "{time}: {:?}", answer.failures);
    tell_in_vain(desk).await;
}

async fn tell_in_vain(desk: &Desk) {
    desk.approver.hear(&desk.world).await;
    for _again in 0..2 {
        desk.approver.hear_again(&desk.world).await;
    }
    desk.approver.give_up();
}

/// How many messages of a channel say this.
fn saying(desk: &Desk, channel: &str, text: &str) -> usize {
    let messages = desk.world.slack.messages(channel);
    let saying = messages
        .iter()
        .filter(|message| words(message).contains(text));
    saying.count()
}

/// How often the bus was told of that, and by how many keys.
fn told(desk: &Desk, detail_type: &str) -> (usize, usize) {
    let mut told = desk.world.events();
    told.retain(|entry| entry.event.detail_type() == detail_type);
    let keys: BTreeSet<&str> = told.iter().map(|entry| entry.key.as_str()).collect();
    (told.len(), keys.len())
}

/// How often that stands in the trail of the group that is asked for.
async fn sealed(desk: &Desk, detail_type: &str) -> usize {
    let stream: StreamName = "group/payments-admin".parse().expect("a stream");
    let entries = desk.world.store.entries(&stream, 1, 100).await;
    let entries = entries.expect("the trail is read").into_iter();
    entries
        .filter(|entry| entry.detail_type == detail_type)
        .count()
}

#[tokio::test]
async fn what_waits_for_somebody_is_shown_once_when_slack_is_back_and_sealed_once() {
    let desk = Desk::open().await;
    let faults = &desk.world.slack.kit().faults;
    faults.always("chat.postMessage", Fault::status(503));
    asks_in_vain(&desk, ADA, "payments-admin 2h fixing refunds").await;
    asks_in_vain(&desk, TED, "break-glass payments-admin 1h it burns").await;
    for time in ["10:05:00", "10:10:00", "10:15:00"] {
        tick_in_vain(&desk, time).await;
    }
    let burns = "Break-glass: payments-admin";
    let places = [
        (APPROVALS, "fixing refunds"),
        (APPROVALS, burns),
        (ANNOUNCEMENTS, burns),
    ];
    for (channel, text) in places {
        assert_eq!(saying(&desk, channel, text), 0, "{channel}: {text}");
    }

    faults.clear();
    for time in ["10:16:00", "10:20:00", "10:29:00"] {
        desk.tick_at(time).await;
    }
    for (channel, text) in places {
        assert_eq!(saying(&desk, channel, text), 1, "{channel}: {text}");
    }
    // At first, and after ten minutes, in vain; then after twenty.
    assert_eq!(told(&desk, "Access Requested"), (6, 2));
    assert_eq!(sealed(&desk, "Access Requested").await, 2);
    desk.presses(LENA, &desk.button(APPROVALS, "approve")).await;
    desk.holds(ADMIN, &[ADA, TED], "somebody could decide");
}

#[tokio::test]
async fn held_removals_that_slack_did_not_show_are_shown_once_when_it_is_back() {
    let desk = Desk::open().await;
    let limited = format!(
        r#"{GROUPS}
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments"]
lag = "0s"

[limits]
removals_max = 0
"#
    );
    desk.world.configure(&limited).await;
    desk.tick_at("10:01:00").await;
    desk.holds("Payments", &[GRACE], "she is on call");
    let faults = &desk.world.slack.kit().faults;
    faults.always("chat.postMessage", Fault::status(503));
    let (from, until) = (at("2026-11-03T10:01:30Z"), at("2026-11-03T18:00:00Z"));
    let pagerduty = &desk.world.pagerduty;
    pagerduty.create_override("PSCHED1", "PADA", from, until);
    for time in ["10:03:00", "10:10:00"] {
        tick_in_vain(&desk, time).await;
        desk.holds("Payments", &[ADA, GRACE], "a removal waits");
    }
    assert_eq!(saying(&desk, ANNOUNCEMENTS, "1 removal held"), 0);
    faults.clear();
    for time in ["10:16:00", "10:20:00", "10:30:00"] {
        desk.tick_at(time).await;
    }
    assert_eq!(saying(&desk, ANNOUNCEMENTS, "1 removal held"), 1);
    assert_eq!(told(&desk, "Removals Held"), (3, 1));
}

#[tokio::test]
async fn nothing_is_told_again_where_it_is_shown_or_where_nobody_would_show_it() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    for time in ["10:10:00", "10:20:00"] {
        desk.tick_at(time).await;
    }
    assert_eq!(told(&desk, "Access Requested"), (1, 1), "her card is there");

    let faults = &desk.world.slack.kit().faults;
    faults.always("chat.postMessage", Fault::status(503));
    asks_in_vain(&desk, LINUS, "payments-admin 1h fixing refunds").await;
    let (store, now) = (&desk.world.store, desk.world.clock.now());
    let stored = store.latest_config().await.expect("the store is read");
    let text = stored.expect("one is stored").text;
    let parts = text.split_once("[slack]").zip(text.split_once("[api]"));
    let ((before, _), (_, after)) = parts.expect("it has both");
    let without = format!("{before}[api]{after}");
    let policies = BTreeMap::new();
    let saved = store.save_config(now, "test", &without, &policies).await;
    saved.expect("the configuration is stored");
    for time in ["10:30:00", "10:40:00"] {
        desk.tick_at(time).await;
    }
    assert_eq!(
        told(&desk, "Access Requested"),
        (2, 2),
        "nobody is there to show it"
    );
}
