//! What the bus brings: told once, in any order, however often it comes.

use super::{ANNOUNCEMENTS, APPROVALS, Chat, direct};
use crate::support::{group, noon, principal};
use access_approver::lambda::invoke;
use access_core::event::{CoverageWarning, Event, MembershipChanged, RequestEscalated, Warning};
use access_core::id::{AccountId, PagerDutyName, RequestId, ScheduleId, TargetName};
use access_core::matching::Unmatched;
use access_core::membership::{Cause, Causes};
use access_core::plan::{Action, Binding};
use access_core::ports::{Configs, RequestFilter, Requests};
use function_kit::metrics::{Metric, measured};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::kit::Fault;
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn events_that_come_twice_and_backwards_leave_the_same_messages() {
    let chat = Chat::new().await;
    chat.says("nina", "payments-admin 1h refunds fail").await;
    let mut events = chat.world.told.events();
    for event in &events {
        chat.deliver(event).await;
    }
    chat.presses("lena", APPROVALS, "approve").await;
    let settled = (
        chat.sim.messages(APPROVALS),
        chat.sim.messages(&direct("nina")),
    );
    assert_eq!((settled.0.len(), settled.1.len()), (1, 1));
    events.reverse();
    for event in &events {
        chat.deliver(event).await;
    }
    assert_eq!(chat.sim.messages(APPROVALS), settled.0);
    assert_eq!(chat.sim.messages(&direct("nina")), settled.1);
}

/// Without any channel.
async fn without_channels() -> Chat {
    let chat = Chat::new().await;
    let stored = chat.world.store.latest_config().await.unwrap().unwrap();
    let lines = stored.text.lines();
    let kept: Vec<&str> = lines.filter(|line| !line.contains("_channel = ")).collect();
    let config = kept.join("\n");
    chat.world.configure(&config, &BTreeMap::new()).await;
    chat
}

/// Slack's answer while the token is being replaced; the call did nothing.
fn no_token() -> Fault {
    Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: Some(r#"{"ok":false,"error":"invalid_auth"}"#.to_owned()),
    }
}

/// The escalation of the one request into payments-admin.
async fn escalation(chat: &Chat) -> Event {
    let filter = RequestFilter::Group(group("payments-admin"));
    let request = chat.world.store.requests(&filter).await.unwrap().remove(0);
    Event::RequestEscalated(RequestEscalated {
        request: request.id,
        principal: principal("nina"),
        group: group("payments-admin"),
        to: BTreeSet::from(["person:boss@acme.example".parse().unwrap()]),
        times_out_at: noon(3_600),
    })
}

#[tokio::test]
async fn a_break_glass_is_told_to_every_approver_whether_or_not_there_is_a_channel() {
    for chat in [without_channels().await, Chat::new().await] {
        chat.says("ted", "break-glass payments-admin 1h everything burns")
            .await;
        chat.happens().await;
        for name in ["lena", "leo"] {
            let told = chat.shows(&direct(name));
            assert!(told.starts_with("🚨 Break-glass: payments-admin"), "{told}");
            assert!(told.contains("[Review]"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_break_glass_into_a_group_without_approvers_is_told_to_administrators() {
    let chat = without_channels().await;
    let stored = chat.world.store.latest_config().await.unwrap().unwrap();
    let approvers = "approvers = [\"group:payments-leads\"]\nauto";
    let config = stored.text.replace(approvers, "auto");
    assert_ne!(config, stored.text);
    chat.world.configure(&config, &BTreeMap::new()).await;
    chat.says("ted", "break-glass payments-admin 1h everything burns")
        .await;
    chat.happens().await;
    let told = chat.shows(&direct("ada"));
    assert!(told.starts_with("🚨 Break-glass"), "{told}");
}

#[tokio::test]
async fn without_a_channel_an_escalation_reaches_each_of_the_second_list() {
    let chat = without_channels().await;
    chat.says("nina", "payments-admin 1h refunds fail").await;
    chat.happens().await;
    assert_eq!(chat.sim.messages(&direct("lena")).len(), 1);
    assert_eq!(chat.sim.messages(&direct("boss")), []);
    chat.pass(SignedDuration::from_mins(30));
    let escalated = escalation(&chat).await;
    for _ in 0..2 {
        chat.deliver(&escalated).await;
    }
    assert!(chat.shows(&direct("boss")).contains("[Approve]"));
    for name in ["boss", "lena", "leo", "nina"] {
        assert_eq!(chat.sim.messages(&direct(name)).len(), 1, "{name}");
    }
}

#[tokio::test]
async fn while_slack_knows_nobody_the_event_comes_again() {
    let chat = without_channels().await;
    chat.says("nina", "payments-admin 1h refunds fail").await;
    let events = chat.world.told.events();
    let faults = &chat.sim.kit().faults;
    for call in ["users.lookupByEmail", "conversations.open"] {
        faults.always(call, no_token());
        let detail: Value = serde_json::from_str(&events[0].detail()).unwrap();
        let payload = json!({"detail-type": events[0].detail_type(), "detail": detail});
        let told = invoke(&chat.world.deps, chat.now(), payload).await;
        assert!(told.is_err(), "{call}");
        assert_eq!(chat.sim.messages(&direct("lena")), [], "{call}");
        faults.clear();
    }
    chat.deliver(&events[0]).await;
    assert!(chat.shows(&direct("lena")).contains("[Approve]"));
}

#[tokio::test]
async fn of_two_who_post_one_card_at_once_one_does() {
    let chat = Chat::new().await;
    chat.says("nina", "payments-admin 1h refunds fail").await;
    let events = chat.world.told.events();
    let asked = || async {
        let detail: Value = serde_json::from_str(&events[0].detail()).unwrap();
        let payload = json!({"detail-type": events[0].detail_type(), "detail": detail});
        invoke(&chat.world.deps, chat.now(), payload).await
    };
    let answers = tokio::join!(asked(), asked(), asked(), asked());
    drop(answers);
    assert_eq!(chat.sim.messages(APPROVALS).len(), 1);
    assert_eq!(chat.sim.messages(&direct("nina")).len(), 1);
    // Whoever came second is heard again, and finds it done.
    asked().await.unwrap();
    assert_eq!(chat.sim.messages(APPROVALS).len(), 1);
}

#[tokio::test]
async fn a_card_that_slack_did_not_take_is_posted_when_the_event_comes_again() {
    let chat = Chat::new().await;
    chat.says("nina", "payments-admin 1h refunds fail").await;
    let events = chat.world.told.events();
    let detail: Value = serde_json::from_str(&events[0].detail()).unwrap();
    let payload = json!({"detail-type": events[0].detail_type(), "detail": detail});
    let faults = &chat.sim.kit().faults;
    faults.always("chat.postMessage", no_token());
    let (told, found) = measured(invoke(&chat.world.deps, chat.now(), payload)).await;
    assert!(told.is_err());
    // The approvers' card, and the message of whoever asked.
    assert_eq!(found.of(Metric::SlackCallsFailed), [2.0]);
    faults.clear();
    chat.deliver(&events[0]).await;
    assert_eq!(chat.sim.messages(APPROVALS).len(), 1);
}

#[tokio::test]
async fn a_request_decided_before_it_was_told_shows_no_buttons() {
    let chat = Chat::new().await;
    chat.says("nina", "payments-admin 1h refunds fail").await;
    let asked = chat.world.told.events();
    let filter = RequestFilter::Group(group("payments-admin"));
    let request = chat.world.store.requests(&filter).await.unwrap().remove(0);
    let lena = crate::support::api("lena");
    access_approver::act::approve(&chat.world.deps, chat.now(), &lena, request.id)
        .await
        .unwrap();
    // The approval overtakes the request on the bus.
    let approved = chat.world.told.events();
    for event in approved.iter().chain(&asked) {
        chat.deliver(event).await;
    }
    assert_eq!(chat.sim.messages(APPROVALS), []);
    assert!(
        chat.shows(&direct("nina"))
            .contains("*Approved* by <@U0LENA>")
    );
}

#[tokio::test]
async fn an_escalation_calls_the_second_list_once() {
    let chat = Chat::new().await;
    chat.says("nina", "payments-admin 1h refunds fail").await;
    chat.happens().await;
    chat.pass(SignedDuration::from_mins(30));
    let escalated = escalation(&chat).await;
    chat.deliver(&escalated).await;
    chat.deliver(&escalated).await;
    assert_eq!(chat.sim.messages(APPROVALS).len(), 2);
    let called = chat.shows(APPROVALS);
    assert!(called.contains("<@U0BOSS>"), "{called}");
    let card = super::shown(&chat.sim.messages(APPROVALS)[0]);
    assert!(card.contains("escalated"), "{card}");
}

fn changed(action: Action, name: &str, account: &str, from: i64, until: i64) -> Event {
    let shift = Cause::Shift {
        pagerduty: PagerDutyName::new("acme").unwrap(),
        schedule: ScheduleId::new("PSCHED1").unwrap(),
        starts_at: Some(noon(from)),
        ends_at: Some(noon(until)),
    };
    Event::MembershipChanged(MembershipChanged {
        change: "019aab00-0000-7000-8000-000000000009".parse().unwrap(),
        binding: Binding {
            group: group("payments-admin"),
            entitlement: "aws:PaymentsAdmin".parse().unwrap(),
        },
        action,
        principal: Some(principal(name)),
        account: AccountId::new(account).unwrap(),
        causes: Causes::from_iter([shift]),
        reason: "on call".to_owned(),
        until: Some(noon(until)),
    })
}

#[tokio::test]
async fn a_handoff_is_announced_once_for_its_group() {
    let chat = Chat::new().await;
    let comes = changed(Action::Add, "alice", "one", 300, 3_600);
    let elsewhere = changed(Action::Add, "alice", "two", 300, 3_600);
    let goes = changed(Action::Remove, "ted", "three", -3_600, 300);
    for event in [&comes, &comes, &elsewhere, &goes] {
        chat.deliver(event).await;
    }
    assert_eq!(chat.sim.messages(ANNOUNCEMENTS).len(), 1);
    let told = chat.shows(ANNOUNCEMENTS);
    assert!(
        told.starts_with("*payments-admin*: <@U0ALICE> on call from "),
        "{told}"
    );
    // A membership that is made again in the middle of a shift is no handoff.
    let again = changed(Action::Add, "ted", "four", -7_200, 7_200);
    chat.deliver(&again).await;
    assert_eq!(chat.sim.messages(ANNOUNCEMENTS).len(), 1);
}

#[tokio::test]
async fn warnings_are_told_once_with_what_to_do() {
    let chat = Chat::new().await;
    let warning = Event::CoverageWarning(CoverageWarning {
        group: Some(group("payments-admin")),
        warning: Warning::Unmatched {
            principal: principal("alice"),
            target: TargetName::new("aws").unwrap(),
            reason: Unmatched::NoAccount,
        },
        from: noon(3_600),
        until: None,
    });
    chat.deliver(&warning).await;
    chat.deliver(&warning).await;
    assert_eq!(chat.sim.messages(ANNOUNCEMENTS).len(), 1);
    let told = chat.shows(ANNOUNCEMENTS);
    assert!(
        told.starts_with(":warning: *payments-admin*: <@U0ALICE> goes on call"),
        "{told}"
    );
    assert!(
        told.contains("no account there has this e-mail address"),
        "{told}"
    );
}

#[tokio::test]
async fn events_of_what_is_not_stored_tell_nobody() {
    let chat = Chat::new().await;
    let unknown: RequestId = "019aab00-0000-7000-8000-00000000000a".parse().unwrap();
    let escalated = Event::RequestEscalated(RequestEscalated {
        request: unknown,
        principal: principal("nina"),
        group: group("payments-admin"),
        to: BTreeSet::new(),
        times_out_at: noon(3_600),
    });
    chat.deliver(&escalated).await;
    assert_eq!(chat.sim.messages(APPROVALS), []);
}
