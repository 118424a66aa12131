//! On-call facts that cannot be relied on: nobody is on call by them, and the answer says so.

use super::world::{acme, approve, asked, at, config, facts, noon, person, policies, request};
use crate::{Question, Situation, Unknown};
use access_core::facts::{Facts, Grant, Reading};
use access_core::group::Source;
use access_core::id::{EscalationPolicyId, GroupName};
use access_core::incident::{Incident, IncidentKey, Seen, Sighting, Snapshot, Status};
use jiff::Timestamp;
use std::collections::BTreeSet;

fn source(text: &str) -> Source {
    text.parse().unwrap()
}

#[test]
fn without_fresh_facts_nobody_is_on_call_and_the_answer_says_so() {
    let policy = EscalationPolicyId::new("PPOLICY").unwrap();
    let change = |change: &dyn Fn(&mut Facts)| {
        let mut facts = facts(at("12:00:00"));
        change(&mut facts);
        facts
    };
    let reading = |reading: Reading| {
        change(&|facts: &mut Facts| {
            let rota = &mut facts.pagerduty.get_mut(&acme()).unwrap().rota;
            rota.escalation_policies.get_mut(&policy).unwrap().reading = reading.clone();
        })
    };
    let failed = Reading::Failed {
        read_at: Some(at("11:59:00")),
        reason: "503".to_owned(),
    };
    for (case, facts, says) in [
        (
            "read an hour ago and a second",
            facts(at("10:59:59")),
            "was last read at",
        ),
        ("never read", Facts::default(), "was never read"),
        (
            "policy not read",
            reading(failed),
            "could not be read (503)",
        ),
        ("policy gone", reading(Reading::Gone), "does not know"),
        (
            "past what was read",
            change(&|facts: &mut Facts| {
                let account = facts.pagerduty.get_mut(&acme()).unwrap();
                account.freshness.covers_until = at("12:00:00");
            }),
            "was last read at",
        ),
    ] {
        let situation = Situation::of(&config(), &facts, at("12:00:00"));
        let asked = asked("ada");
        let decision = policies().decide(&Question::ApproveAutomatically(&asked), &situation);
        assert!(!decision.allowed && !decision.unknown.is_empty(), "{case}");
        assert!(
            decision.why.iter().any(|why| why.contains(says)),
            "{case}: {:?}",
            decision.why
        );
    }
    let situation = Situation::of(&config(), &facts(at("11:00:00")), at("12:00:00"));
    let asked = asked("ada");
    let decision = policies().decide(&Question::ApproveAutomatically(&asked), &situation);
    assert!(
        decision.allowed && decision.unknown.is_empty(),
        "an hour old"
    );
}

#[test]
fn members_by_facts_that_are_too_old_are_no_approvers() {
    let stale = Situation::of(&config(), &facts(at("10:00:00")), at("12:00:00"));
    let (request, ada, lea) = (request("zoe"), person("ada"), person("lea"));
    assert!(!policies().decide(&approve(&ada, &request), &stale).allowed);
    let decision = policies().decide(&approve(&lea, &request), &stale);
    assert!(decision.allowed, "a standing member needs no PagerDuty");
}

#[test]
fn what_does_not_concern_a_decision_is_not_named() {
    let stale = Situation::of(&config(), &Facts::default(), at("12:00:00"));
    assert!(!stale.unknown().is_empty());
    let administer = Question::Administer {
        who: &person("root"),
        through: asked("root").through,
    };
    let decision = policies().decide(&administer, &stale);
    assert!(decision.allowed && decision.unknown.is_empty());
    let unknown = Unknown::NeverRead { pagerduty: acme() };
    assert!(unknown.hides(&source("schedule:acme/PSCHED")));
    assert!(!unknown.hides(&source("schedule:other/PSCHED")));
    assert!(!unknown.hides(&source("incident:acme/service/PSVC")));
}

#[test]
fn a_situation_knows_who_is_where() {
    let mut facts = facts(at("12:00:00"));
    let zoe = person("zoe");
    let grant = |from: &str, until: &str| Grant {
        id: "00000000-0000-0000-0000-000000000001".parse().unwrap(),
        request: "00000000-0000-0000-0000-000000000000".parse().unwrap(),
        principal: zoe.clone(),
        group: "payments-leads".parse().unwrap(),
        starts_at: at(from),
        expires_at: at(until),
    };
    facts.grants = vec![grant("10:00:00", "12:00:00")];
    let over = Situation::of(&config(), &facts, at("12:00:00"));
    assert!(
        over.standing(&zoe)
            .is_none_or(|standing| standing.granted.is_empty())
    );
    facts.grants = vec![grant("12:00:00", "13:00:00")];
    let holds = Situation::of(&config(), &facts, at("12:00:00"));
    let standing = holds.standing(&zoe).unwrap();
    let leads = GroupName::new("payments-leads").unwrap();
    assert!(standing.granted.contains(&leads));
    assert!(standing.places.contains(&source("group:payments-leads")));

    let noon = noon();
    let first = noon.people_of(&source("escalation_policy:acme/PPOLICY#1"));
    assert_eq!(first, BTreeSet::from([person("ada")]));
    let any = noon.people_of(&source("escalation_policy:acme/PPOLICY"));
    assert_eq!(any, BTreeSet::from([person("ada"), person("bob")]));
    let herself = noon.people_of(&source("person:zoe@acme.example"));
    assert_eq!(herself, BTreeSet::from([zoe]));
    assert!(noon.people().any(|known| *known == person("cto")));
}

#[test]
fn whoever_works_on_an_open_incident_is_there_until_a_day_has_passed() {
    let mut facts = facts(at("12:00:00"));
    let key: IncidentKey = "acme/PINC".parse().unwrap();
    let mut incident = Incident::new(key.clone());
    let snapshot = Snapshot {
        status: Status::Triggered,
        number: Some(7),
        urgency: None,
        priority: None,
        service: Some("PSVC".parse().unwrap()),
        teams: None,
        escalation_policy: None,
        assignees: Some(["PBOB".parse().unwrap()].into()),
    };
    incident.see(Sighting {
        id: "event-1".parse().unwrap(),
        at: at("11:00:00"),
        what: Seen::Incident {
            snapshot,
            acknowledged_by: None,
        },
    });
    facts.incidents.insert(key, incident);
    let there = source("incident:acme/service/PSVC");
    let day: Timestamp = "2026-11-23T11:00:00Z".parse().unwrap();
    for (now, works) in [(at("12:00:00"), true), (day, false)] {
        let situation = Situation::of(&config(), &facts, now);
        assert!(situation.has_incident(&there));
        assert_eq!(
            situation.people_of(&there).contains(&person("bob")),
            works,
            "{now}"
        );
    }
}
