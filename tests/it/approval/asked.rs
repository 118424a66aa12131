//! Asked, and put to people: approved, denied with a reason, taken back, timed out, escalated.

use super::{
    ADA, ADMIN, ANNOUNCEMENTS, APPROVALS, BOSS, Desk, LENA, LEO, direct, hours, keeps_silent,
    mention, says, slack_id,
};
use access_core::request::{GrantState, RequestState};
use simulators::slack::SlackOutcome;

#[tokio::test]
async fn a_request_is_asked_in_one_line_and_approved_and_access_ends_to_the_second() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let card = desk.card();
    says(
        &card,
        &[&mention(ADA), "*payments-admin*", "2h", "fixing refunds"],
    );
    says(&card, &["Approve", "Deny", &mention(LENA), &mention(LEO)]);
    says(&desk.direct(ADA), &["Waits for approval", "Take back"]);
    desk.holds(ADMIN, &[], "nobody decided yet");

    let approve = desk.button(APPROVALS, "approve");
    assert_eq!(desk.presses(LENA, &approve).await, "");
    desk.holds(ADMIN, &[ADA], "approved");
    let card = desk.card();
    says(&card, &["*Approved* by", &mention(LENA), "*Access* until"]);
    keeps_silent(&card, &["Deny"]);
    says(&desk.direct(ADA), &["*Approved* by", "Extend", "I'm done"]);
    let grant = &desk.grants_of(ADA).await[0].grant;
    assert_eq!(grant.expires_at.duration_since(grant.starts_at), hours(2));

    desk.tick_at("11:58:30").await;
    desk.holds(ADMIN, &[ADA], "ninety seconds before the end");
    desk.tick_at("11:59:30").await;
    desk.holds(ADMIN, &[], "the tick that waited for the end");
    assert_eq!(desk.world.clock.now(), grant.expires_at);
    desk.tick_at("12:00:30").await;
    says(
        &desk.card(),
        &["*Approved* by", "*Access ended*", "expired"],
    );
    keeps_silent(&desk.direct(ADA), &["I'm done"]);
    assert!(desk.world.told_of("Removals Held").is_empty());
    assert_eq!(
        desk.world.slack.messages(APPROVALS).len(),
        1,
        "one card, drawn anew"
    );
}

#[tokio::test]
async fn a_request_is_asked_in_the_dialog_with_its_mistakes_beside_the_fields() {
    let desk = Desk::open().await;
    assert_eq!(
        desk.types(ADA, "").await,
        "",
        "a dialog opens, nothing is said"
    );
    let wrong = [
        ("group", "payments-admin"),
        ("duration", "soon"),
        ("reason", "  "),
    ];
    let outcome = desk.fills(ADA, &wrong).await;
    let SlackOutcome::Errors(errors) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        errors.into_keys().collect::<Vec<_>>(),
        ["duration", "reason"]
    );
    let long = [
        ("group", "payments-admin"),
        ("duration", "5h"),
        ("reason", "refunds"),
    ];
    let outcome = desk.fills(ADA, &long).await;
    let SlackOutcome::Errors(errors) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(errors.into_keys().collect::<Vec<_>>(), ["duration"]);
    assert!(
        desk.requests_of(ADA).await.is_empty(),
        "nothing was asked yet"
    );

    let right = [
        ("group", "payments-admin"),
        ("duration", "1h"),
        ("reason", "refunds"),
    ];
    assert_eq!(desk.fills(ADA, &right).await, SlackOutcome::Updated);
    desk.presses(LEO, &desk.button(APPROVALS, "approve")).await;
    desk.holds(ADMIN, &[ADA], "approved");
    says(
        &desk.card(),
        &["1h", "refunds", "*Approved* by", &mention(LEO)],
    );
}

#[tokio::test]
async fn a_request_is_denied_with_the_reason_and_nobody_gets_in() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let (approve, deny) = (
        desk.button(APPROVALS, "approve"),
        desk.button(APPROVALS, "deny"),
    );
    desk.presses(LENA, &deny).await;
    desk.holds_nobody();
    let because = [("reason", "use the read-only role first")];
    assert_eq!(desk.fills(LENA, &because).await, SlackOutcome::Closed);
    for shown in [desk.card(), desk.direct(ADA)] {
        says(
            &shown,
            &[
                "*Denied* by",
                &mention(LENA),
                "use the read-only role first",
            ],
        );
        keeps_silent(&shown, &["Approve", "Take back"]);
    }
    // Leo's screen is slow.
    let told = desk.presses(LEO, &approve).await;
    says(&told, &["Nothing was done", "denied by", LENA]);
    says(&desk.card(), &["*Denied* by", &mention(LENA)]);
    desk.holds_nobody();
    assert!(desk.grants_of(ADA).await.is_empty());
}

#[tokio::test]
async fn a_request_that_is_taken_back_cannot_be_approved() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let approve = desk.button(APPROVALS, "approve");
    let cancel = desk.button(&direct(ADA), "cancel");
    let told = desk.presses(LENA, &cancel).await;
    says(&told, &["belongs to somebody else"]);
    says(&desk.card(), &["Approve"]);

    let told = desk.presses(ADA, &cancel).await;
    says(&told, &["You took your request for payments-admin back"]);
    for shown in [desk.card(), desk.direct(ADA)] {
        says(&shown, &["*Taken back* by", &mention(ADA)]);
    }
    says(&desk.presses(LENA, &approve).await, &["taken back by", ADA]);
    desk.tick_at("10:01:00").await;
    desk.holds_nobody();
}

#[tokio::test]
async fn a_request_times_out_by_comparison_of_times_and_nobody_can_approve_it_then() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let approve = desk.button(APPROVALS, "approve");
    // Nobody has written it down yet.
    desk.world.clock.set(super::at("2026-11-03T11:00:00Z"));
    let told = desk.presses(LENA, &approve).await;
    says(&told, &["timed out at 2026-11-03 11:00 UTC"]);
    desk.tick_at("11:00:10").await;
    for shown in [desk.card(), desk.direct(ADA)] {
        says(&shown, &["*Timed out*", "nobody decided"]);
        keeps_silent(&shown, &["Deny", "Take back"]);
    }
    let told = desk.presses(LEO, &approve).await;
    says(&told, &["timed out"]);
    let state = &desk.requests_of(ADA).await[0].state;
    assert!(matches!(state, RequestState::TimedOut { .. }), "{state:?}");
    desk.holds_nobody();
}

#[tokio::test]
async fn when_nobody_decides_the_second_list_may() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let approve = desk.button(APPROVALS, "approve");
    let told = desk.presses(BOSS, &approve).await;
    assert!(!told.is_empty(), "not yet");
    desk.holds(ADMIN, &[], "refused before the escalation");

    desk.tick_at("10:30:00").await;
    let messages = desk.world.slack.messages(APPROVALS);
    let all: Vec<String> = messages.iter().map(super::words).collect();
    says(&all[0], &["escalated", &mention(BOSS)]);
    says(&all[1], &["*Escalated*", &mention(BOSS), &mention(ADA)]);
    assert_eq!(desk.presses(BOSS, &approve).await, "");
    desk.holds(ADMIN, &[ADA], "approved by the second list");
    let card = super::words(&desk.world.slack.messages(APPROVALS)[0]);
    says(&card, &["*Approved* by", &mention(BOSS)]);
}

#[tokio::test]
async fn an_approver_who_left_decides_nothing_and_blocks_nothing() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let approve = desk.button(APPROVALS, "approve");
    let left = super::GROUPS.replace("\"person:lena@acme.example\", ", "");
    desk.world.configure(&left).await;
    let told = desk.presses(LENA, &approve).await;
    assert!(!told.is_empty(), "Lena is told that she may not");
    desk.holds(ADMIN, &[], "Lena leads payments no more");

    // Whoever leaves the company loses their Slack account as well.
    desk.world.slack.deactivate(BOSS);
    desk.world
        .clock
        .advance(jiff::SignedDuration::from_mins(31));
    desk.tick().await;
    let told = desk.presses(BOSS, &approve).await;
    says(&told, &["deactivated"]);
    desk.holds(ADMIN, &[], "the boss left too");

    assert_eq!(desk.presses(LEO, &approve).await, "");
    desk.holds(ADMIN, &[ADA], "Leo stayed");
    let first = super::words(&desk.world.slack.messages(APPROVALS)[0]);
    says(&first, &["*Approved* by", &mention(LEO)]);
    keeps_silent(&first, &[&mention(LENA)]);
}

#[tokio::test]
async fn what_slack_sends_twice_is_asked_and_decided_once() {
    let desk = Desk::open().await;
    let slack = &desk.world.slack;
    let text = "payments-admin 2h fixing refunds";
    let typed = slack.type_command(&slack_id(ADA), ANNOUNCEMENTS, "/access", text);
    for sent in [typed.clone(), typed.clone().retried(1), typed.retried(2)] {
        assert_eq!(desk.command(&sent).await, SlackOutcome::Said);
        desk.settle().await;
    }
    assert_eq!(desk.requests_of(ADA).await.len(), 1);
    assert_eq!(slack.messages(APPROVALS).len(), 1);

    let approve = desk.button(APPROVALS, "approve");
    let (channel, ts) = (&approve.channel, &approve.ts);
    let pressed = slack.press(&slack_id(LENA), channel, ts, "approve", &approve.value);
    for sent in [pressed.clone(), pressed.clone().retried(1), pressed] {
        assert_eq!(desk.interaction(&sent).await, SlackOutcome::Nothing);
        desk.settle().await;
    }
    desk.holds(ADMIN, &[ADA], "approved once");
    let grants = desk.grants_of(ADA).await;
    assert_eq!((grants.len(), grants[0].version), (1, 1), "{grants:?}");
    assert_eq!(grants[0].state, GrantState::Live);
    assert_eq!(desk.world.told_of("Access Approved").len(), 1);
    says(&desk.card(), &["*Approved* by", &mention(LENA)]);
}
