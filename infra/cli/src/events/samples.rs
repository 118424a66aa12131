//! One event of each kind, and of each form that its parts may have.

use access_core::event::{
    AccessApproved, AccessDenied, AccessRequested, ApprovalRecorded, BreakGlassReviewed,
    BreakGlassUsed, ChangeFailed, ConfigurationApplied, CoverageWarning, Event, GrantEnded,
    GrantExtended, MembershipChanged, RemovalsHeld, RemovalsReleased, RequestCancelled,
    RequestEscalated, RequestTimedOut, SyncFailed, Warning, WebhookDisabled, WebhookStop,
    WebhookUnwatched,
};
use access_core::id::{
    AccountId, ChangeId, GrantId, GroupName, PagerDutyName, PagerDutyUserId, PlanId, RequestId,
    ScheduleId, SweepId, TargetName, WebhookSubscriptionId,
};
use access_core::incident::IncidentScope;
use access_core::matching::Unmatched;
use access_core::membership::Cause;
use access_core::plan::{Action, Binding};
use access_core::principal::Principal;
use access_core::request::{Approval, ApprovedHow, Channel, DeniedBy, Ended, Kind, Reason};
use access_core::timeline::Finding;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// One event of every kind and form; `words` stand wherever people or vendors say something: 1 to 500 characters that
/// are no control characters.
pub(crate) fn samples(words: &str) -> Vec<Event> {
    let mut all = changes(words);
    all.extend(sweeps(words));
    all.extend(requests(words));
    all.extend(grants(words));
    all.iter().for_each(known);
    all
}

/// An event that is new does not compile here: give it a sample, a schema, a sentence and a place in OCSF.
fn known(event: &Event) {
    match event {
        Event::MembershipChanged(_)
        | Event::RemovalsHeld(_)
        | Event::SyncFailed(_)
        | Event::CoverageWarning(_)
        | Event::AccessRequested(_)
        | Event::ApprovalRecorded(_)
        | Event::AccessApproved(_)
        | Event::AccessDenied(_)
        | Event::RequestCancelled(_)
        | Event::RequestTimedOut(_)
        | Event::RequestEscalated(_)
        | Event::GrantEnded(_)
        | Event::GrantExtended(_)
        | Event::BreakGlassUsed(_)
        | Event::BreakGlassReviewed(_)
        | Event::RemovalsReleased(_)
        | Event::ChangeFailed(_)
        | Event::WebhookDisabled(_)
        | Event::WebhookUnwatched(_)
        | Event::ConfigurationApplied(_) => {}
    }
}

fn at(hour: i8) -> Timestamp {
    format!("2026-11-23T{hour:02}:00:00Z").parse().unwrap()
}

fn person(name: &str) -> Principal {
    Principal::new(format!("{name}@acme.example")).unwrap()
}

fn group() -> GroupName {
    GroupName::new("payments").unwrap()
}

fn account() -> AccountId {
    AccountId::new("u-1").unwrap()
}

fn pagerduty() -> PagerDutyName {
    PagerDutyName::new("acme").unwrap()
}

fn binding() -> Binding {
    Binding {
        group: group(),
        entitlement: "aws:Payments Operators".parse().unwrap(),
    }
}

fn policies() -> BTreeSet<String> {
    BTreeSet::from(["group.payments.approve.1".to_owned()])
}

fn said(words: &str) -> Reason {
    Reason::new(words).unwrap()
}

fn causes() -> Vec<Cause> {
    let schedule = ScheduleId::new("PABC123").unwrap();
    let on_policy = |schedule| Cause::OnPolicy {
        pagerduty: pagerduty(),
        policy: "PXYZ789".parse().unwrap(),
        level: 1,
        schedule,
        starts_at: None,
        ends_at: None,
    };
    let incident = |of, number| Cause::Incident {
        pagerduty: pagerduty(),
        incident: "Q1".parse().unwrap(),
        number,
        of,
        since: at(7),
        until: None,
    };
    let nested = Cause::Nested {
        group: GroupName::new("leads").unwrap(),
        cause: Box::new(Cause::Standing),
    };
    vec![
        Cause::Shift {
            pagerduty: pagerduty(),
            schedule: schedule.clone(),
            starts_at: Some(at(8)),
            ends_at: None,
        },
        on_policy(Some(schedule)),
        on_policy(None),
        incident(IncidentScope::Service("PSVC001".parse().unwrap()), Some(7)),
        incident(IncidentScope::Team("PTEAM01".parse().unwrap()), None),
        Cause::Grant {
            id: GrantId::nil(),
            starts_at: at(8),
            expires_at: at(9),
        },
        Cause::Standing,
        nested,
    ]
}

fn changes(words: &str) -> Vec<Event> {
    let change = |action, principal: Option<Principal>, until| {
        Event::MembershipChanged(MembershipChanged {
            change: ChangeId::nil(),
            binding: binding(),
            action,
            principal,
            account: account(),
            causes: causes().into_iter().collect(),
            reason: words.to_owned(),
            until,
        })
    };
    let failed = |action, principal: Option<Principal>| {
        Event::ChangeFailed(ChangeFailed {
            change: ChangeId::nil(),
            binding: binding(),
            action,
            principal,
            account: account(),
            error: words.to_owned(),
        })
    };
    vec![
        change(Action::Add, Some(person("ada")), Some(at(17))),
        change(Action::Remove, None, None),
        failed(Action::Add, Some(person("ada"))),
        failed(Action::Remove, None),
        Event::RemovalsHeld(RemovalsHeld {
            plan: PlanId::nil(),
            binding: binding(),
            removals: 6,
            reasons: BTreeSet::from([words.to_owned()]),
        }),
        Event::RemovalsReleased(RemovalsReleased {
            plan: PlanId::nil(),
            binding: binding(),
            removals: 1,
            by: words.to_owned(),
            since: Some(at(17)),
        }),
    ]
}

fn sweeps(words: &str) -> Vec<Event> {
    let warning = |group: Option<GroupName>, warning| {
        Event::CoverageWarning(CoverageWarning {
            group,
            warning,
            from: at(8),
            until: None,
        })
    };
    let schedule = || ScheduleId::new("PABC123").unwrap();
    let unmatched = |reason| Warning::Unmatched {
        principal: person("ada"),
        target: TargetName::new("aws").unwrap(),
        reason,
    };
    let findings = [
        Finding::SourceGone {
            source: "schedule:acme/PABC123".to_owned(),
        },
        Finding::SourceUnread {
            source: "schedule:acme/PABC123".to_owned(),
            reason: words.to_owned(),
        },
        Finding::NeverRead {
            pagerduty: pagerduty(),
        },
        Finding::NameTaken {
            name: words.to_owned(),
            schedule: schedule(),
        },
        Finding::BadName {
            schedule: schedule(),
            reason: words.to_owned(),
        },
    ];
    let unresolved = Warning::Unresolved {
        pagerduty: pagerduty(),
        user: PagerDutyUserId::new("PUSER01").unwrap(),
    };
    let applied = |version, previous| {
        Event::ConfigurationApplied(ConfigurationApplied {
            version,
            by: words.to_owned(),
            previous,
        })
    };
    let stopped = |why| {
        Event::WebhookDisabled(WebhookDisabled {
            pagerduty: pagerduty(),
            subscription: WebhookSubscriptionId::new("PWHOOK1").unwrap(),
            why,
        })
    };
    let mut all = vec![
        Event::SyncFailed(SyncFailed {
            sweep: SweepId::nil(),
            failures: BTreeSet::from([words.to_owned()]),
        }),
        warning(Some(group()), Warning::Uncovered),
        warning(Some(group()), unmatched(Unmatched::NoAccount)),
        warning(Some(group()), unmatched(Unmatched::Inactive)),
        warning(Some(group()), unmatched(Unmatched::Ambiguous)),
        warning(Some(group()), unresolved),
        stopped(WebhookStop::Refusals),
        stopped(WebhookStop::SwitchedOff),
        applied(1, None),
        applied(2, Some(1)),
        Event::WebhookUnwatched(WebhookUnwatched {
            pagerduty: pagerduty(),
            reason: words.to_owned(),
        }),
    ];
    let findings = findings.map(|finding| warning(None, Warning::Finding { finding }));
    all.extend(findings);
    all
}

fn requests(words: &str) -> Vec<Event> {
    let asked = |kind, times_out_at, through| {
        Event::AccessRequested(AccessRequested {
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            duration: SignedDuration::from_mins(90),
            reason: said(words),
            through,
            kind,
            times_out_at,
            policies: policies(),
        })
    };
    let denied = |by| {
        Event::AccessDenied(AccessDenied {
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            by,
            reason: words.to_owned(),
            policies: policies(),
        })
    };
    let extension = Kind::Extension {
        grant: GrantId::nil(),
    };
    vec![
        asked(Kind::Access, Some(at(12)), Channel::Slack),
        asked(extension, None, Channel::Api),
        asked(Kind::BreakGlass, None, Channel::Api),
        Event::ApprovalRecorded(ApprovalRecorded {
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            by: person("lea"),
            policies: policies(),
            approvals: 1,
            needed: 2,
            dropped: BTreeSet::from([person("leo")]),
        }),
        denied(DeniedBy::Person(person("lea"))),
        denied(DeniedBy::Policy),
        Event::RequestCancelled(RequestCancelled {
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
        }),
        Event::RequestTimedOut(RequestTimedOut {
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            at: at(12),
        }),
        Event::RequestEscalated(RequestEscalated {
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            to: BTreeSet::from(["group:leads".parse().unwrap()]),
            times_out_at: at(12),
        }),
    ]
}

fn grants(words: &str) -> Vec<Event> {
    let approved = |kind, how| {
        Event::AccessApproved(AccessApproved {
            request: RequestId::nil(),
            grant: GrantId::nil(),
            principal: person("ada"),
            group: group(),
            reason: said(words),
            kind,
            how,
            starts_at: at(8),
            expires_at: at(9),
        })
    };
    let approval = Approval {
        by: person("lea"),
        at: at(8),
        policies: policies(),
    };
    let ended = |ended| {
        Event::GrantEnded(GrantEnded {
            grant: GrantId::nil(),
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            expires_at: at(9),
            at: at(9),
            ended,
        })
    };
    let revoked = Ended::Revoked {
        by: person("lea"),
        reason: said(words),
        policies: policies(),
    };
    vec![
        approved(Kind::Access, ApprovedHow::ByPeople(vec![approval])),
        approved(Kind::Access, ApprovedHow::ByPolicy(policies())),
        approved(Kind::BreakGlass, ApprovedHow::BreakGlass(policies())),
        ended(Ended::Expired),
        ended(Ended::HandedBack { by: person("ada") }),
        ended(revoked),
        ended(Ended::RuleGone),
        ended(Ended::Blocked),
        Event::GrantExtended(GrantExtended {
            grant: GrantId::nil(),
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            before: at(9),
            expires_at: at(10),
        }),
        Event::BreakGlassUsed(BreakGlassUsed {
            request: RequestId::nil(),
            grant: GrantId::nil(),
            principal: person("ada"),
            group: group(),
            reason: said(words),
            expires_at: at(9),
            policies: policies(),
        }),
        Event::BreakGlassReviewed(BreakGlassReviewed {
            grant: GrantId::nil(),
            request: RequestId::nil(),
            principal: person("ada"),
            group: group(),
            by: person("lea"),
            note: said(words),
        }),
    ]
}
