//! Others are down: the target at an expiry, PagerDuty while on-call status matters, Slack while somebody waits for a card.

use super::{ADA, ADMIN, APPROVALS, Desk, GRACE, LENA, LEO, READER, keeps_silent, mention, says};
use crate::support::at;
use access_core::request::{Ended, GrantState};
use simulators::kit::Fault;

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
