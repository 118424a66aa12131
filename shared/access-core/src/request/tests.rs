//! Every decision, at the edges of time and for everybody who may not make it.

mod due;
mod grants;
mod limits;
mod properties;

use super::{
    ApprovedHow, Asked, Channel, GrantRecord, GrantState, Kind, Policies, Reason, Refusal, Request,
    RequestState, Review, Step, Verdict, approve, ask, cancel, deny, escalate, time_out,
};
use crate::config::{Config, RequestRule};
use crate::id::{RequestId, derived};
use crate::world::{World, at, group, person};
use jiff::SignedDuration;
use std::collections::BTreeSet;

pub(super) const GROUP: &str = "payments-admins";

/// Two hours for whoever asks into [`GROUP`] at 10:00, decided until 11:00, by the second list from 10:30 on.
pub(super) fn rule(approvals: u32) -> RequestRule {
    RequestRule {
        max: SignedDuration::from_hours(4),
        approvers: BTreeSet::from(["person:grace@acme.example".parse().unwrap()]),
        auto_approve_on_call: BTreeSet::new(),
        approvals,
        timeout: SignedDuration::from_hours(1),
        escalate_after: Some(SignedDuration::from_mins(30)),
        escalate_to: BTreeSet::from(["person:heidi@acme.example".parse().unwrap()]),
        break_glass: BTreeSet::new(),
    }
}

pub(super) fn config(approvals: u32) -> Config {
    let mut config = World::new().group(GROUP, &[]).config;
    config.requests.insert(group(GROUP), rule(approvals));
    config
}

pub(super) fn words(text: &str) -> Reason {
    Reason::new(text).unwrap()
}

pub(super) fn policies(id: &str) -> Policies {
    Policies::from([id.to_owned()])
}

pub(super) fn id(name: &str) -> RequestId {
    derived(&["request", name])
}

/// What ada asks at 10:00.
pub(super) fn asked(kind: Kind) -> Asked {
    Asked {
        by: person("ada"),
        group: group(GROUP),
        duration: SignedDuration::from_hours(2),
        reason: words("fixing refunds"),
        at: at("10:00"),
        through: Channel::Slack,
        kind,
        key: None,
    }
}

fn people() -> Verdict {
    Verdict::Ask {
        policies: policies("people"),
    }
}

/// Ada's request as people are asked.
pub(super) fn pending(config: &Config) -> Request {
    let asked = asked(Kind::Access);
    let step = ask(at("10:00"), config, id("one"), asked, people(), None);
    step.unwrap().request.unwrap()
}

/// Ada's grant from 10:00 until 12:00.
pub(super) fn granted(config: &Config) -> GrantRecord {
    let verdict = Verdict::Approve {
        policies: policies("on-call"),
    };
    let asked = asked(Kind::Access);
    let step = ask(at("10:00"), config, id("one"), asked, verdict, None);
    step.unwrap().grant.unwrap()
}

fn yes(config: &Config, request: &Request, name: &str, when: &str) -> Result<Step, Refusal> {
    let by = person(name);
    let nobody = BTreeSet::new();
    approve(
        at(when),
        config,
        request,
        None,
        &by,
        policies("approvers"),
        &nobody,
    )
}

fn told(step: &Step) -> Vec<&'static str> {
    step.told().map(crate::event::Event::detail_type).collect()
}

#[test]
fn the_clock_starts_at_the_approval() {
    let config = config(1);
    let step = yes(&config, &pending(&config), "grace", "10:20").unwrap();
    assert_eq!(told(&step), ["Access Approved"]);
    let request = step.request.unwrap();
    let grant = step.grant.unwrap();
    assert_eq!((request.version, grant.version), (2, 1));
    assert_eq!(request.grant(), Some(grant.grant.id));
    assert_eq!(request.approvals().len(), 1);
    assert_eq!(grant.grant.request, request.id);
    assert_eq!(grant.grant.principal, person("ada"));
    assert_eq!(grant.grant.starts_at, at("10:20"));
    assert_eq!(grant.grant.expires_at, at("12:20"));
    assert_eq!((grant.state, grant.break_glass), (GrantState::Live, None));
}

#[test]
fn a_request_that_is_not_open_cannot_be_decided() {
    let config = config(1);
    let request = pending(&config);
    let late = Err(Refusal::TimedOut(at("11:00")));
    for (when, expected) in [
        ("10:59:59", Ok(())),
        ("11:00:00", late.clone()),
        ("11:00:01", late),
    ] {
        let reason = words("not now");
        let (grace, ada) = (person("grace"), person("ada"));
        let no = deny(at(when), &config, &request, &grace, &reason, policies("p"));
        let back = cancel(at(when), &config.people, &request, &ada);
        assert_eq!(yes(&config, &request, "grace", when).map(drop), expected);
        assert_eq!(no.map(drop), expected, "{when}");
        assert_eq!(back.map(drop), expected, "{when}");
        assert_eq!(request.is_open(at(when)), expected.is_ok(), "{when}");
    }
}

#[test]
fn the_loser_is_told_what_the_winner_decided() {
    let config = config(1);
    let open = pending(&config);
    let reason = words("ask the lead");
    let (grace, ada) = (person("grace"), person("ada"));
    let now = at("10:10");
    let decided = [
        yes(&config, &open, "grace", "10:10").unwrap(),
        deny(now, &config, &open, &grace, &reason, policies("p")).unwrap(),
        cancel(now, &config.people, &open, &ada).unwrap(),
    ];
    for step in decided {
        let request = step.request.unwrap();
        assert_eq!(request.version, 2);
        let already = Refusal::AlreadyResolved(request.state.clone());
        let no = deny(now, &config, &request, &grace, &reason, policies("p"));
        assert_eq!(
            yes(&config, &request, "heidi", "10:11"),
            Err(already.clone())
        );
        assert_eq!(no, Err(already.clone()));
        let back = cancel(now, &config.people, &request, &ada);
        assert_eq!(back, Err(already.clone()));
        assert_eq!(time_out(at("11:00"), &request), Err(already.clone()));
        assert_eq!(escalate(at("10:30"), &config, &request), Err(already));
    }
}

/// A change of the configuration after somebody asked.
type Change<'a> = &'a dyn Fn(&mut Config);

#[test]
fn what_no_policy_can_lift_is_refused() {
    let open = |change: Change<'_>| {
        let mut config = config(1);
        let request = pending(&config);
        change(&mut config);
        (config, request)
    };
    let rule = |config: &mut Config| {
        let rule = config.requests.get_mut(&group(GROUP));
        rule.unwrap().max = SignedDuration::from_hours(1);
    };
    let max = SignedDuration::from_hours(1);
    let no_rule = Refusal::NoRule(group(GROUP));
    let block = |name: &'static str| {
        move |config: &mut Config| {
            config.people.blocked.insert(person(name));
        }
    };
    let block_here = |config: &mut Config| {
        let rule = config.groups.get_mut(&group(GROUP)).unwrap();
        rule.blocked.insert(person("grace"));
    };
    let cases: [(&str, &str, Change<'_>, Refusal); 7] = [
        ("own request", "ada", &|_| {}, Refusal::OwnRequest),
        (
            "blocked approver",
            "grace",
            &block("grace"),
            Refusal::Blocked(person("grace")),
        ),
        (
            "blocked here",
            "grace",
            &block_here,
            Refusal::Blocked(person("grace")),
        ),
        (
            "blocked requester",
            "grace",
            &block("ada"),
            Refusal::Blocked(person("ada")),
        ),
        (
            "rule gone",
            "grace",
            &|it| it.requests.clear(),
            no_rule.clone(),
        ),
        ("group gone", "grace", &|it| it.groups.clear(), no_rule),
        ("shorter now", "grace", &rule, Refusal::TooLong { max }),
    ];
    for (case, by, change, expected) in cases {
        let (config, request) = open(change);
        assert_eq!(yes(&config, &request, by, "10:10"), Err(expected), "{case}");
    }
    let (config, request) = open(&|_| {});
    let reason = words("no");
    let own = deny(
        at("10:10"),
        &config,
        &request,
        &person("ada"),
        &reason,
        policies("p"),
    );
    assert_eq!(own, Err(Refusal::OwnRequest));
    let grace = person("grace");
    let other = cancel(at("10:10"), &config.people, &request, &grace);
    assert_eq!(other, Err(Refusal::NotYours));
}

#[test]
fn several_approvals_are_of_different_people_who_still_count() {
    let mut config = config(3);
    let mut request = pending(&config);
    for name in ["grace", "heidi"] {
        let step = yes(&config, &request, name, "10:10").unwrap();
        assert_eq!(told(&step), ["Approval Recorded"]);
        assert_eq!(step.grant, None);
        request = step.request.unwrap();
    }
    assert_eq!(request.version, 3);
    let again = yes(&config, &request, "grace", "10:11");
    assert_eq!(again, Err(Refusal::AlreadyApprovedBy(person("grace"))));

    config.people.blocked.insert(person("heidi"));
    let step = yes(&config, &request, "ivan", "10:12").unwrap();
    assert_eq!(told(&step), ["Approval Recorded"], "heidi's does not count");
    let step = yes(&config, &step.request.unwrap(), "judy", "10:13").unwrap();
    let request = step.request.unwrap();
    let by: Vec<_> = request.approvals().iter().map(|it| it.by.clone()).collect();
    assert_eq!(by, ["grace", "ivan", "judy"].map(person));
    assert_eq!(step.grant.unwrap().grant.starts_at, at("10:13"));
}

#[test]
fn fewer_approvals_are_enough_once_the_rule_says_so() {
    let strict = config(3);
    let step = yes(&strict, &pending(&strict), "grace", "10:10").unwrap();
    let step = yes(&config(2), &step.request.unwrap(), "heidi", "10:11").unwrap();
    assert!(step.grant.is_some());
}

#[test]
fn policies_may_decide_at_once() {
    let config = config(1);
    let verdict = |word| match word {
        "deny" => Verdict::Deny {
            policies: policies("third-level"),
            reason: "only level 1".to_owned(),
        },
        "approve" => Verdict::Approve {
            policies: policies("on-call"),
        },
        _ => people(),
    };
    for (case, kind, word, events, state) in [
        (
            "people",
            Kind::Access,
            "ask",
            vec!["Access Requested"],
            "pending",
        ),
        (
            "denied",
            Kind::Access,
            "deny",
            vec!["Access Requested", "Access Denied"],
            "denied",
        ),
        (
            "at once",
            Kind::Access,
            "approve",
            vec!["Access Requested", "Access Approved"],
            "approved",
        ),
        (
            "emergency",
            Kind::BreakGlass,
            "approve",
            vec!["Access Requested", "Access Approved", "Break Glass Used"],
            "approved",
        ),
        (
            "no emergency",
            Kind::BreakGlass,
            "ask",
            vec!["Access Requested"],
            "pending",
        ),
    ] {
        let asked = asked(kind);
        let step = ask(at("10:00"), &config, id("one"), asked, verdict(word), None).unwrap();
        assert_eq!(told(&step), events, "{case}");
        let keys: BTreeSet<_> = step.events.iter().map(|entry| &entry.key).collect();
        assert_eq!(keys.len(), events.len(), "{case}");
        let request = step.request.unwrap();
        assert_eq!(
            (request.version, request.state.word()),
            (1, state),
            "{case}"
        );
        assert_eq!(step.grant.is_some(), state == "approved", "{case}");
        let awaits = step
            .grant
            .is_some_and(|grant| grant.break_glass == Some(Review::Open));
        assert_eq!(awaits, case == "emergency", "{case}");
    }
}

#[test]
fn nobody_is_two_people_by_having_two_addresses() {
    let before = config(2);
    let mut config = before.clone();
    let further = [("lovelace", "ada"), ("hopper", "grace")];
    let further = further.map(|(further, main)| (person(further), person(main)));
    config.people.addresses = further.into();
    let asked = asked(Kind::Access);
    let pending = ask(at("10:00"), &config, id("one"), asked, people(), None).unwrap();
    let pending = pending.request.unwrap();
    let yes = |config: &Config, request: &Request, name: &str| {
        let by = person(name);
        approve(
            at("10:01"),
            config,
            request,
            None,
            &by,
            policies("leads"),
            &BTreeSet::new(),
        )
    };
    for name in ["ada", "lovelace"] {
        assert_eq!(
            yes(&config, &pending, name),
            Err(Refusal::OwnRequest),
            "{name}"
        );
        let (by, no) = (person(name), words("no"));
        let denied = deny(at("10:01"), &config, &pending, &by, &no, policies("leads"));
        assert_eq!(denied, Err(Refusal::OwnRequest), "{name}");
    }
    let once = yes(&config, &pending, "grace").unwrap().request.unwrap();
    let again = yes(&config, &once, "hopper");
    assert_eq!(again, Err(Refusal::AlreadyApprovedBy(person("hopper"))));

    // Approvals from before the configuration said whose the addresses are.
    for name in ["lovelace", "hopper"] {
        let early = yes(&before, &pending, name).unwrap().request.unwrap();
        let step = yes(&config, &early, "heidi").unwrap();
        assert_eq!(step.grant.is_some(), name == "hopper", "{name}");
    }
    // So is a request of theirs, whichever address asked.
    let back = |config: &Config, name: &str| {
        let back = cancel(at("10:01"), &config.people, &pending, &person(name));
        back.map(drop)
    };
    assert_eq!(back(&before, "lovelace"), Err(Refusal::NotYours));
    assert_eq!(back(&config, "lovelace"), Ok(()));
    assert_eq!(back(&config, "hopper"), Err(Refusal::NotYours));

    config.people.blocked.insert(person("grace"));
    let blocked = yes(&config, &pending, "hopper");
    assert_eq!(blocked, Err(Refusal::Blocked(person("hopper"))));
}

#[test]
fn only_what_the_group_allows_can_be_asked_for() {
    let mut config = config(1);
    let hours = SignedDuration::from_hours;
    let second = SignedDuration::from_secs(1);
    let max = hours(4);
    for (case, duration, expected) in [
        ("nothing", SignedDuration::ZERO, Err(Refusal::NoTime)),
        ("less", -second, Err(Refusal::NoTime)),
        ("a second", second, Ok(())),
        ("all", max, Ok(())),
        ("a second more", max + second, Err(Refusal::TooLong { max })),
    ] {
        let asked = Asked {
            duration,
            ..asked(Kind::Access)
        };
        let step = ask(at("10:00"), &config, id("one"), asked, people(), None);
        assert_eq!(step.map(drop), expected, "{case}");
    }
    config.people.blocked.insert(person("ada"));
    let verdict = Verdict::Approve {
        policies: policies("everybody"),
    };
    let step = ask(
        at("10:00"),
        &config,
        id("one"),
        asked(Kind::Access),
        verdict,
        None,
    );
    assert_eq!(step, Err(Refusal::Blocked(person("ada"))));
    config.requests.clear();
    let step = ask(
        at("10:00"),
        &config,
        id("one"),
        asked(Kind::Access),
        people(),
        None,
    );
    assert_eq!(step, Err(Refusal::NoRule(group(GROUP))));
}

#[test]
fn who_approved_is_kept_with_the_policies_that_let_them() {
    let config = config(1);
    let step = yes(&config, &pending(&config), "grace", "10:20").unwrap();
    let RequestState::Approved { how, at: when, .. } = step.request.unwrap().state else {
        panic!("it was approved");
    };
    let ApprovedHow::ByPeople(approvals) = how else {
        panic!("it was approved by a person");
    };
    assert_eq!(when, at("10:20"));
    assert_eq!(approvals[0].by, person("grace"));
    assert_eq!(approvals[0].policies, policies("approvers"));
}
