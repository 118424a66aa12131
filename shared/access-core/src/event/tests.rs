//! Events read back what they tell, and each has a name of its own.

use super::{
    BreakGlassReviewed, ConfigurationApplied, CoverageWarning, Event, GrantEnded, NotAnEvent,
    RemovalsReleased, SyncFailed, Warning,
};
use crate::id::derived;
use crate::request::{Ended, Reason};
use crate::world::{at, binding, group, person};
use std::collections::BTreeSet;

fn samples() -> Vec<Event> {
    let note = Reason::new("it was needed").unwrap();
    let ended = |ended| {
        Event::GrantEnded(GrantEnded {
            grant: derived(&["grant"]),
            request: derived(&["request"]),
            principal: person("ada"),
            group: group("db"),
            expires_at: at("12:00"),
            at: at("11:00"),
            ended,
        })
    };
    vec![
        ended(Ended::Expired),
        ended(Ended::Revoked {
            by: person("grace"),
            reason: note.clone(),
            policies: BTreeSet::from(["approvers".to_owned()]),
        }),
        Event::BreakGlassReviewed(BreakGlassReviewed {
            grant: derived(&["grant"]),
            request: derived(&["request"]),
            principal: person("ada"),
            group: group("db"),
            by: person("grace"),
            note,
        }),
        Event::RemovalsReleased(RemovalsReleased {
            plan: derived(&["plan"]),
            binding: binding(),
            removals: 3,
            by: "grace@acme.example".to_owned(),
            since: Some(at("10:00")),
        }),
        Event::SyncFailed(SyncFailed {
            sweep: derived(&["sweep"]),
            failures: BTreeSet::from(["event bus: no connection".to_owned()]),
        }),
        Event::CoverageWarning(CoverageWarning {
            group: None,
            warning: Warning::Uncovered,
            from: at("10:00"),
            until: Some(at("11:00")),
        }),
        Event::ConfigurationApplied(ConfigurationApplied {
            version: 2,
            by: "grace@laptop".to_owned(),
            previous: Some(1),
        }),
    ]
}

#[test]
fn an_event_reads_back_what_it_tells() {
    for event in samples() {
        let detail = serde_json::from_str(&event.detail()).unwrap();
        assert_eq!(Event::read(event.detail_type(), detail), Ok(event));
    }
}

#[test]
fn a_release_that_an_older_version_told_is_read() {
    let mut detail = serde_json::json!({
        "plan": "019aab00-0000-7000-8000-000000000003",
        "binding": {"group": "db", "entitlement": "aws:Db"},
        "removals": 1,
        "by": "grace",
    });
    let since = |detail: &serde_json::Value| {
        let Ok(Event::RemovalsReleased(event)) = Event::read("Removals Released", detail.clone())
        else {
            panic!("it is read: {detail}");
        };
        event.since
    };
    assert_eq!(since(&detail), None);
    detail["since"] = "2026-11-22T10:00:00Z".into();
    assert_eq!(since(&detail), Some(at("10:00")));
}

#[test]
fn what_is_no_event_is_refused_without_repeating_it() {
    let unknown = Event::read("Lunch", serde_json::Value::Null);
    assert_eq!(unknown, Err(NotAnEvent::Unknown("Lunch".to_owned())));
    let detail = serde_json::json!({"principal": "ada@acme.example"});
    let malformed = Event::read("Grant Ended", detail).unwrap_err();
    assert!(!malformed.to_string().contains("ada"), "{malformed}");
}
