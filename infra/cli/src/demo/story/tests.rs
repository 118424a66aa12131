//! What the lines say.

use super::*;
use access_core::event::{AccessApproved, CoverageWarning, GrantEnded, Warning};
use access_core::id::{AccountId, ChangeId, GroupName, PagerDutyName, PlanId, RequestId};
use access_core::membership::Cause;
use access_core::plan::Binding;
use access_core::request::{Approval, ApprovedHow, Ended, Kind, Reason};
use serde_json::{Value, to_value};
use simulators::company::{PAYMENTS_PRIMARY, company};
use simulators::kit::SimClock;

const EDGE: &str = "2026-11-23T08:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn story() -> Story {
    let account = company(SimClock::at(at("2026-11-23T07:30:00Z")));
    let mut names = Names::default();
    let ada = Principal::new("ada@acme.example").unwrap();
    names.people.insert(ada, "Ada Lovelace".to_owned());
    let schedules = &mut names.rota.schedules;
    schedules.insert(
        ScheduleId::new(PAYMENTS_PRIMARY).unwrap(),
        "Payments Primary".to_owned(),
    );
    Story::new(names, Look::plain(), account)
}

fn event(time: &str, detail_type: &str, detail: Value) -> BusEvent {
    let [id, source] = ["1", "rotakey"].map(str::to_owned);
    let (time, detail_type) = (at(time), detail_type.to_owned());
    BusEvent {
        id,
        detail_type,
        source,
        time,
        detail,
    }
}

fn binding(entitlement: &str) -> Binding {
    Binding {
        group: GroupName::new("payments").unwrap(),
        entitlement: entitlement.parse().unwrap(),
    }
}

/// Somebody moves at the handoff of Monday morning.
fn moves(time: &str, action: Action, email: &str, entitlement: &str) -> BusEvent {
    let (starts_at, ends_at) = match action {
        Action::Add => (EDGE, "2026-11-30T08:00:00Z"),
        Action::Remove => ("2026-11-16T08:00:00Z", EDGE),
    };
    let cause = Cause::Shift {
        pagerduty: PagerDutyName::new("acme").unwrap(),
        schedule: ScheduleId::new(PAYMENTS_PRIMARY).unwrap(),
        starts_at: Some(at(starts_at)),
        ends_at: Some(at(ends_at)),
    };
    let change = MembershipChanged {
        change: ChangeId::nil(),
        binding: binding(entitlement),
        action,
        principal: Some(Principal::new(email).unwrap()),
        account: AccountId::new("u-1").unwrap(),
        causes: [cause].into_iter().collect(),
        reason: String::new(),
        until: None,
    };
    event(time, "Membership Changed", to_value(change).unwrap())
}

#[test]
fn a_handoff_is_one_person_coming_and_one_going_wherever_that_is() {
    let mut story = story();
    story.take(moves(
        "2026-11-23T07:55:00Z",
        Action::Add,
        "ada@acme.example",
        "slack:payments",
    ));
    story.take(moves(
        "2026-11-23T07:55:00Z",
        Action::Add,
        "ada@acme.example",
        "aws:Operators",
    ));
    story.take(moves(
        "2026-11-23T08:05:00Z",
        Action::Remove,
        "bob@acme.example",
        "aws:Operators",
    ));
    assert!(story.has_news());
    assert_eq!(
        story.tell(),
        [
            "Mon 23 Nov 07:55  + Ada Lovelace       5 min before Payments Primary, 08:00 until Mon 30 Nov 08:00",
            "                    aws:Operators, slack:payments",
            "Mon 23 Nov 08:05  - bob@acme.example   5 min after Payments Primary ended, 08:00",
            "                    aws:Operators",
        ]
    );
    assert_eq!((story.handoffs(), story.has_news()), (1, false));
    assert_eq!(
        (story.handoff_at(1), story.handoff_at(2)),
        (Some(at(EDGE)), None)
    );
    let summary = story.summary(SignedDuration::from_mins(90));
    assert_eq!(
        summary,
        "1 handoff in 1 h 30 min: 1 arrival, 1 departure; everybody was in at least 5 min before their shift"
    );
}

#[test]
fn what_is_held_and_what_lies_ahead_is_told_once_for_all() {
    let mut story = story();
    let held = RemovalsHeld {
        plan: PlanId::nil(),
        binding: binding("aws:Operators"),
        removals: 1,
        reasons: BTreeSet::from(["nobody is on call".to_owned()]),
    };
    story.take(event(EDGE, "Removals Held", to_value(held).unwrap()));
    for day in ["2026-11-24T22:00:00Z", "2026-11-25T22:00:00Z"] {
        let warning = CoverageWarning {
            group: Some(GroupName::new("payments").unwrap()),
            warning: Warning::Uncovered,
            from: at(day),
            until: None,
        };
        story.take(event(EDGE, "Coverage Warning", to_value(warning).unwrap()));
    }
    assert_eq!(
        story.tell(),
        [
            "Mon 23 Nov 08:00  ! payments on aws:Operators keeps 1 member: nobody is on call",
            "                    ? ahead: payments: nobody is on call, 2 times, first Tue 24 Nov 22:00",
        ]
    );
}

#[test]
fn who_is_let_in_nowhere_is_told_when_the_time_comes() {
    let mut story = story();
    let warning = CoverageWarning {
        group: Some(GroupName::new("payments").unwrap()),
        warning: Warning::Unmatched {
            principal: Principal::new("ada@acme.example").unwrap(),
            target: "aws".parse().unwrap(),
            reason: access_core::matching::Unmatched::NoAccount,
        },
        from: at(EDGE),
        until: None,
    };
    story.take(event(
        "2026-11-23T07:31:00Z",
        "Coverage Warning",
        to_value(warning).unwrap(),
    ));
    assert!(
        story.tell()[0]
            .ends_with("Ada Lovelace goes on call without an account in aws, Mon 23 Nov 08:00")
    );
    story.take(moves(
        "2026-11-23T07:55:00Z",
        Action::Add,
        "bob@acme.example",
        "aws:Operators",
    ));
    assert_eq!(story.tell().len(), 2, "it is not time yet");
    story.take(moves(
        "2026-11-23T08:05:00Z",
        Action::Remove,
        "bob@acme.example",
        "aws:Operators",
    ));
    let left_out = &story.tell()[0];
    assert_eq!(
        left_out,
        "Mon 23 Nov 08:00  ? Ada Lovelace       is on call, and let in nowhere: no account in aws"
    );
    let summary = story.summary(SignedDuration::from_mins(90));
    assert!(
        summary.ends_with("; everybody with an account was in at least 5 min before their shift; let in nowhere without one: 1 person"),
        "{summary}"
    );
}

#[test]
fn an_override_is_called_one() {
    let mut story = story();
    let (from, until) = (at(EDGE), at("2026-11-30T08:00:00Z"));
    story
        .account
        .create_override(PAYMENTS_PRIMARY, "PCHLOEM", from, until);
    story.take(moves(
        "2026-11-23T08:01:00Z",
        Action::Add,
        "chloe.martin@acme.example",
        "aws:Operators",
    ));
    let line = &story.tell()[0];
    assert!(
        line.contains("1 min after Payments Primary (an override), 08:00"),
        "{line}"
    );
}

#[test]
fn a_request_is_told_from_the_approval_to_the_end() {
    let (grant, request) = (GrantId::nil(), RequestId::nil());
    let group = GroupName::new("payments").unwrap();
    let ada = Principal::new("ada@acme.example").unwrap();
    let (starts_at, expires_at) = (at("2026-11-23T07:44:00Z"), at("2026-11-23T09:44:00Z"));
    let approval = Approval {
        by: ada.clone(),
        at: starts_at,
        policies: BTreeSet::new(),
    };
    let approved = AccessApproved {
        request,
        grant,
        principal: Principal::new("bob@acme.example").unwrap(),
        group: group.clone(),
        reason: Reason::new("fixing refunds").unwrap(),
        kind: Kind::Access,
        how: ApprovedHow::ByPeople(vec![approval]),
        starts_at,
        expires_at,
    };
    let moved = |time: &str, action| {
        let cause = Cause::Grant {
            id: grant,
            starts_at,
            expires_at,
        };
        let mut event = moves(time, action, "bob@acme.example", "aws:Admins");
        event.detail["causes"] = to_value([cause]).unwrap();
        event
    };
    let mut story = story();
    story.take(event(
        "2026-11-23T07:44:00Z",
        "Access Approved",
        to_value(approved).unwrap(),
    ));
    story.take(moved("2026-11-23T07:44:00Z", Action::Add));
    assert_eq!(
        story.tell(),
        [
            "Mon 23 Nov 07:44  > payments: approved by Ada Lovelace, until Mon 23 Nov 09:44",
            "Mon 23 Nov 07:44  + bob@acme.example   approved by Ada Lovelace, until Mon 23 Nov 09:44",
            "                    aws:Admins",
        ]
    );
    let ended = GrantEnded {
        grant,
        request,
        principal: ada,
        group,
        expires_at,
        at: at("2026-11-23T08:10:00Z"),
        ended: Ended::Expired,
    };
    story.take(event(
        "2026-11-23T08:10:00Z",
        "Grant Ended",
        to_value(ended).unwrap(),
    ));
    story.take(moved("2026-11-23T08:10:00Z", Action::Remove));
    let told = story.tell();
    assert_eq!(
        told[0],
        "Mon 23 Nov 08:10  > payments: the grant of Ada Lovelace is over: expired"
    );
    assert!(
        told[1].ends_with("- bob@acme.example   expired"),
        "{told:?}"
    );
    assert_eq!(story.handoffs(), 0, "a grant is no handoff");
}
