//! Buttons: pressed by the right people, the wrong ones, twice, and too late.

use super::{APPROVALS, Chat, direct, user, value};
use crate::support::{group, principal};
use access_core::ports::{RequestFilter, Requests};
use jiff::SignedDuration;
use simulators::slack::SlackOutcome;

/// Nina asks for an hour in a group, and everybody is told.
async fn asked(name: &str) -> Chat {
    let chat = Chat::new().await;
    chat.says("nina", &format!("{name} 1h refunds fail")).await;
    chat.happens().await;
    chat
}

async fn state(chat: &Chat, name: &str) -> &'static str {
    let filter = RequestFilter::Group(group(name));
    let requests = chat.world.store.requests(&filter).await.unwrap();
    requests[0].state.word()
}

#[tokio::test]
async fn an_approver_approves_and_the_requester_extends_and_is_done() {
    let chat = asked("payments-admin").await;
    let nina = &direct("nina");
    assert!(chat.shows(nina).contains("*Waits for approval*"));
    assert_eq!(chat.presses("lena", APPROVALS, "approve").await, "");
    let card = chat.shows(APPROVALS);
    assert!(card.contains("*Approved* by <@U0LENA>"), "{card}");
    assert!(!card.contains('['), "{card}");
    let told = chat.shows(nina);
    assert!(told.contains("*Access* until"), "{told}");
    assert!(told.contains("[Extend] [I'm done]"), "{told}");

    assert_eq!(chat.presses("nina", nina, "extend").await, "");
    let more = [("duration", "30m"), ("reason", "one more refund")];
    assert_eq!(chat.fills("nina", &more).await, SlackOutcome::Updated);
    chat.happens().await;
    let card = chat.shows(APPROVALS);
    assert!(
        card.starts_with("<@U0NINA> asks for 30m more in *payments-admin*"),
        "{card}"
    );
    chat.presses("leo", APPROVALS, "approve").await;

    let said = chat.presses("nina", nina, "done").await;
    assert!(said.starts_with("You are done in payments-admin"), "{said}");
    for message in chat.sim.messages(nina) {
        let told = super::shown(&message);
        assert!(
            told.contains("*Access ended*") && told.contains("handed back"),
            "{told}"
        );
        assert!(!told.contains('['), "{told}");
    }
}

#[tokio::test]
async fn denial_takes_a_reason_and_tells_it() {
    let chat = asked("payments-admin").await;
    assert_eq!(chat.presses("leo", APPROVALS, "deny").await, "");
    assert_eq!(state(&chat, "payments-admin").await, "pending");
    let outcome = chat
        .fills("leo", &[("reason", "use the <!channel> *runbook*")])
        .await;
    assert_eq!(outcome, SlackOutcome::Closed);
    chat.happens().await;
    for channel in [APPROVALS, &direct("nina")] {
        let told = chat.shows(channel);
        assert!(told.contains("*Denied* by <@U0LEO>"), "{told}");
        assert!(
            told.contains("use the &lt;!channel&gt; *runbook*"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn two_who_press_at_once_make_one_decision_and_the_second_is_told() {
    let chat = asked("payments-admin").await;
    let card = chat.last(APPROVALS);
    let id = value(&card, "approve").unwrap();
    chat.presses_again("lena", APPROVALS, &card, "approve", &id)
        .await;
    for name in ["lena", "leo"] {
        let said = chat
            .presses_again(name, APPROVALS, &card, "approve", &id)
            .await;
        let expected = "Nothing was done: the request was approved by lena@acme.example";
        assert!(said.starts_with(expected), "{said}");
    }
    // A dialog that was open all the while is as late.
    chat.presses_again("leo", APPROVALS, &card, "deny", &id)
        .await;
    let outcome = chat.fills("leo", &[("reason", "too late")]).await;
    assert!(matches!(outcome, SlackOutcome::Errors(_)), "{outcome:?}");
    assert_eq!(state(&chat, "payments-admin").await, "approved");
}

#[tokio::test]
async fn buttons_do_nothing_for_those_who_may_not() {
    let chat = asked("payments-admin").await;
    let card = chat.last(APPROVALS);
    let id = value(&card, "approve").unwrap();
    for (name, expected) in [
        ("nina", "Nobody decides on their own request"),
        ("ted", "No policy permits it"),
        ("boss", "No policy permits it"),
    ] {
        let said = chat
            .presses_again(name, APPROVALS, &card, "approve", &id)
            .await;
        assert!(said.starts_with(expected), "{name}: {said}");
    }
    for (action, value) in [("approve", "no id"), ("explode", id.as_str())] {
        let said = chat
            .presses_again("lena", APPROVALS, &card, action, value)
            .await;
        assert_eq!(said, "", "{action}");
    }
    assert_eq!(state(&chat, "payments-admin").await, "pending");
}

#[tokio::test]
async fn several_approvals_are_counted_on_the_card() {
    let chat = asked("vault").await;
    assert!(chat.shows(APPROVALS).contains("*Approvals*\n0 of 2"));
    chat.presses("lena", APPROVALS, "approve").await;
    assert!(
        chat.shows(APPROVALS)
            .contains("*Approvals*\n1 of 2: <@U0LENA>")
    );
    let said = chat.presses("lena", APPROVALS, "approve").await;
    assert!(
        said.starts_with("You have approved this request already"),
        "{said}"
    );
    chat.presses("leo", APPROVALS, "approve").await;
    let card = chat.shows(APPROVALS);
    assert!(card.contains("*Approved* by <@U0LENA>, <@U0LEO>"), "{card}");
}

#[tokio::test]
async fn a_request_can_be_taken_back_and_times_out_by_itself() {
    let chat = asked("payments-admin").await;
    let said = chat.presses("nina", &direct("nina"), "cancel").await;
    assert_eq!(said, "You took your request for payments-admin back.");
    assert!(chat.shows(APPROVALS).contains("*Taken back* by <@U0NINA>"));

    let chat = asked("payments-admin").await;
    chat.pass(SignedDuration::from_hours(1));
    let said = chat.presses("lena", APPROVALS, "approve").await;
    assert_eq!(
        said,
        "Nothing was done: the request timed out at 2026-11-22 13:00 UTC."
    );
}

#[tokio::test]
async fn break_glass_is_loud_and_reviewed_by_somebody_else() {
    let chat = Chat::new().await;
    let said = chat
        .says("ted", "break-glass payments-admin 1h everything burns")
        .await;
    assert!(
        said.starts_with("You are in payments-admin until"),
        "{said}"
    );
    chat.happens().await;
    for channel in [APPROVALS, super::ANNOUNCEMENTS] {
        let card = chat.shows(channel);
        assert!(card.starts_with("🚨 Break-glass: payments-admin"), "{card}");
        assert!(card.contains("[Review]"), "{card}");
    }
    chat.presses("ted", APPROVALS, "review").await;
    let outcome = chat.fills("ted", &[("reason", "it was me")]).await;
    assert!(matches!(outcome, SlackOutcome::Errors(_)), "{outcome:?}");
    chat.presses("ada", super::ANNOUNCEMENTS, "review").await;
    assert!(chat.sim.view_of(&user("ada")).is_some());
    let outcome = chat.fills("ada", &[("reason", "rightly used")]).await;
    assert_eq!(outcome, SlackOutcome::Closed);
    chat.happens().await;
    for channel in [APPROVALS, super::ANNOUNCEMENTS] {
        let card = chat.shows(channel);
        assert!(card.contains("*Reviewed* by <@U0ADA>"), "{card}");
        assert!(
            card.contains("rightly used") && !card.contains('['),
            "{card}"
        );
    }
    let grants = chat.world.store.grants_of(&principal("ted")).await.unwrap();
    assert!(!grants[0].awaits_review());
}
