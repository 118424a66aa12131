//! Who waits for whom, and that it is told again by the key of the first time.

use super::{Waiting, held_shown_as, removals_held, waiting};
use crate::audit::StreamName;
use crate::config::{Config, People, RequestRule};
use crate::event::Event;
use crate::id::{PlanId, derived};
use crate::ports::{CardReader, HeldPlan};
use crate::request::{
    Asked, Channel, Kind, Policies, Reason, Request, Step, Verdict, ask, cancel, time_out,
};
use crate::world::{World, at, binding, group, person};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

const GROUP: &str = "payments-admins";

/// People decide until 11:00.
fn config() -> Config {
    let mut config = World::new().group(GROUP, &[]).config;
    let rule = RequestRule {
        max: SignedDuration::from_hours(4),
        approvers: BTreeSet::from(["person:grace@acme.example".parse().unwrap()]),
        auto_approve_on_call: BTreeSet::new(),
        approvals: 2,
        timeout: SignedDuration::from_hours(1),
        escalate_after: None,
        escalate_to: BTreeSet::new(),
        break_glass: BTreeSet::new(),
    };
    config.requests.insert(group(GROUP), rule);
    config
}

fn policies() -> Policies {
    Policies::from(["policy".to_owned()])
}

fn people() -> Verdict {
    Verdict::Ask {
        policies: policies(),
    }
}

fn nobody() -> Verdict {
    Verdict::Approve {
        policies: policies(),
    }
}

/// What Ada asks at 10:00, to a fraction of a second.
fn asks(kind: Kind, verdict: Verdict) -> Step {
    let now = at("10:00") + SignedDuration::from_millis(120);
    let asked = Asked {
        by: person("ada"),
        group: group(GROUP),
        duration: SignedDuration::from_hours(2),
        reason: Reason::new("it burns").unwrap(),
        at: now,
        through: Channel::Slack,
        kind,
        key: None,
    };
    let id = derived(&["request", "one"]);
    ask(now, &config(), id, asked, verdict, None).unwrap()
}

fn at_half_past(request: &Request) -> Vec<Waiting> {
    waiting(at("10:30"), from_ref(request), &BTreeMap::new())
}

#[test]
fn whatever_waits_is_told_again_by_the_key_of_the_first_time() {
    for (case, kind, verdict, reader) in [
        ("a request", Kind::Access, people(), CardReader::Approver),
        (
            "a break-glass that people decide",
            Kind::BreakGlass,
            people(),
            CardReader::Approver,
        ),
        (
            "a break-glass",
            Kind::BreakGlass,
            nobody(),
            CardReader::Everybody,
        ),
    ] {
        let step = asks(kind, verdict);
        let first = &step.events[0];
        assert!(matches!(first.event, Event::AccessRequested(_)), "{case}");
        let made = step.request.as_ref().unwrap();
        // Approvals and escalations write it again.
        let written = Request {
            version: made.version + 2,
            ..made.clone()
        };
        for request in [made, &written] {
            let found = at_half_past(request);
            let [again] = &found[..] else {
                panic!("{case}: {found:?}");
            };
            assert_eq!((again.shown_as, again.reader), (made.id, reader), "{case}");
            let told = &again.told;
            assert_eq!((&told.key, told.at), (&first.key, first.at), "{case}");
            let streams = [&told.event, &first.event].map(StreamName::of);
            assert_eq!(streams[0], streams[1], "{case}: where the key is known");
        }
    }
}

#[test]
fn what_is_decided_or_over_waits_for_nobody() {
    let pending = asks(Kind::Access, people()).request.unwrap();
    let no = Verdict::Deny {
        policies: policies(),
        reason: "no".to_owned(),
    };
    let (ada, over) = (person("ada"), at("11:01"));
    for (case, step) in [
        ("approved by policy", asks(Kind::Access, nobody())),
        ("denied", asks(Kind::Access, no)),
        (
            "taken back",
            cancel(at("10:20"), &People::default(), &pending, &ada).unwrap(),
        ),
        ("timed out", time_out(over, &pending).unwrap()),
    ] {
        assert_eq!(at_half_past(&step.request.unwrap()), [], "{case}");
    }
    let late = waiting(over, from_ref(&pending), &BTreeMap::new());
    assert_eq!(late, [], "its time is up, and nobody wrote that down yet");
}

#[test]
fn held_removals_wait_until_somebody_lets_them_go_and_each_time_anew() {
    let id: PlanId = derived(&["plan"]);
    let plan = HeldPlan {
        binding: binding(),
        removals: Vec::new(),
        since: at("10:00"),
        released: None,
    };
    let of = |plan: &HeldPlan| waiting(at("10:30"), &[], &BTreeMap::from([(id, plan.clone())]));
    let expected = Waiting {
        shown_as: held_shown_as(id, plan.since),
        reader: CardReader::Everybody,
        told: removals_held(id, &plan),
    };
    assert_eq!(of(&plan), std::slice::from_ref(&expected));
    let again = HeldPlan {
        since: at("10:20"),
        ..plan.clone()
    };
    let found = of(&again);
    let [again] = &found[..] else {
        panic!("{found:?}");
    };
    assert_ne!(again.shown_as, expected.shown_as);
    assert_ne!(again.told.key, expected.told.key);
    let released = HeldPlan {
        released: Some(("lena".to_owned(), at("10:25"))),
        ..plan
    };
    assert_eq!(of(&released), []);
}
