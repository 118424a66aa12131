//! Approvals that lapsed, and how many requests may wait.

use super::{config, pending, policies, told, yes};
use crate::config::Config;
use crate::event::Event;
use crate::request::{Asked, Refusal, Request, approve, has_room};
use crate::world::{at, group, person};
use std::collections::BTreeSet;

#[test]
fn whoever_may_not_approve_any_more_does_not_count_and_is_named() {
    let config = config(2);
    let first = yes(&config, &pending(&config), "grace", "10:10").unwrap();
    let first = first.request.unwrap();
    let by = person("heidi");
    let lapsed = BTreeSet::from([person("grace")]);
    let agree = |config: &Config| {
        let (now, let_by) = (at("10:20"), policies("p"));
        approve(now, config, &first, None, &by, let_by, &lapsed).unwrap()
    };
    let step = agree(&config);
    let events: Vec<_> = step.told().collect();
    let [Event::ApprovalRecorded(event)] = events[..] else {
        panic!("one of two agreed: {events:?}");
    };
    assert_eq!((event.approvals, event.needed), (1, 2));
    assert_eq!(event.dropped, lapsed);
    let next = step.request.unwrap();
    assert_eq!(next.approvals().len(), 1);
    assert_eq!(next.approvals()[0].by, by);
    // Where fewer have to agree by now, what was dropped is told before the grant.
    let step = agree(&super::config(1));
    assert_eq!(told(&step), ["Approval Recorded", "Access Approved"]);
    assert_eq!(step.request.unwrap().approvals().len(), 1);
}

#[test]
fn few_requests_of_one_person_wait_at_once() {
    let config = config(1);
    let request = pending(&config);
    let into = |name: &str| Request {
        asked: Asked {
            group: group(name),
            ..request.asked.clone()
        },
        ..request.clone()
    };
    let many = |count: usize| -> Vec<Request> {
        let names = (0..count).map(|number| format!("group-{number}"));
        names.map(|name| into(&name)).collect()
    };
    let room = |when: &str, pending: &[Request]| {
        has_room(at(when), &config.people, &request.asked, pending)
    };
    let full = |max| Err(Refusal::TooMany { max });
    let mut others = vec![request.clone(); 3];
    for other in &mut others {
        other.asked.by = person("grace");
    }
    for (case, when, pending, expected) in [
        ("none", "10:30", vec![], Ok(())),
        ("two here", "10:30", vec![request.clone(); 2], Ok(())),
        ("three here", "10:30", vec![request.clone(); 3], full(3)),
        ("timed out", "11:00", vec![request.clone(); 3], Ok(())),
        ("another's", "10:30", others, Ok(())),
        ("nineteen elsewhere", "10:30", many(19), Ok(())),
        ("twenty elsewhere", "10:30", many(20), full(20)),
    ] {
        assert_eq!(room(when, &pending), expected, "{case}");
    }
    let mut one_person = config.people.clone();
    one_person.addresses = [(person("lovelace"), person("ada"))].into();
    let mut earlier = vec![request.clone(); 3];
    for other in &mut earlier {
        other.asked.by = person("lovelace");
    }
    let by_another_address = has_room(at("10:30"), &one_person, &request.asked, &earlier);
    assert_eq!(by_another_address, full(3));
}
