//! What falls due by itself: escalation, and the end of the time to decide.

use super::{GROUP, config, pending, told};
use crate::request::{Refusal, RequestState, end_due, escalate, goes_by_config, time_out};
use crate::world::{at, group};
use std::slice::from_ref;

#[test]
fn time_runs_out_at_its_instant_and_is_written_once() {
    let config = config(1);
    let request = pending(&config);
    for (when, due) in [
        ("10:29:59", None),
        ("10:30:00", Some("Request Escalated")),
        ("10:30:01", Some("Request Escalated")),
        ("10:59:59", Some("Request Escalated")),
        ("11:00:00", Some("Request Timed Out")),
        ("11:00:01", Some("Request Timed Out")),
    ] {
        let now = at(when);
        let steps = end_due(now, &config, from_ref(&request), &[]);
        let events: Vec<_> = steps.iter().flat_map(told).collect();
        assert_eq!(events, Vec::from_iter(due), "{when}");
        let escalated = due == Some("Request Escalated");
        assert_eq!(request.is_escalated(now), escalated, "{when}");
        assert_eq!(steps.iter().any(goes_by_config), escalated, "{when}");
        for step in steps {
            let written = step.request.unwrap();
            let again = end_due(now, &config, from_ref(&written), &[]);
            assert!(again.is_empty(), "{when}");
            assert_eq!(written.is_escalated(now), escalated, "{when}");
        }
    }
    let over = time_out(at("11:30"), &request).unwrap().request.unwrap();
    assert_eq!(over.state, RequestState::TimedOut { at: at("11:00") });
}

#[test]
fn only_what_is_due_is_written_down() {
    let mut config = config(1);
    let request = pending(&config);
    let early = time_out(at("10:59:59"), &request);
    assert_eq!(early, Err(Refusal::NotYet(at("11:00"))));
    let early = escalate(at("10:29:59"), &config, &request);
    assert_eq!(early, Err(Refusal::NotYet(at("10:30"))));
    let late = escalate(at("11:00"), &config, &request);
    assert_eq!(late, Err(Refusal::TimedOut(at("11:00"))));
    let rule = config.requests.get_mut(&group(GROUP)).unwrap();
    rule.escalate_after = None;
    rule.escalate_to.clear();
    let nobody = escalate(at("10:30"), &config, &request);
    assert_eq!(nobody, Err(Refusal::NothingToDo));
    assert!(!pending(&config).is_escalated(at("10:30")));
}
