//! Requests and grants as they go over the wire, as of now: what is over by its time is shown so, written down or not.

use super::wire::{
    ApprovalView, ApprovedWord, EndedWord, GrantView, GrantWord, KindWord, RequestView,
    RequestWord, ReviewWord, Span, Through,
};
use access_core::facts::Grant;
use access_core::principal::Principal;
use access_core::request::{
    Approval, ApprovedHow, Asked, Channel, DeniedBy, Ended, GrantRecord, GrantState, Kind, Reason,
    Request, RequestState, Review,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// A request as of `now`.
pub(super) fn request(now: Timestamp, request: Request) -> RequestView {
    let Request {
        id,
        version: _,
        asked,
        state,
    } = request;
    let Asked {
        by,
        group,
        duration,
        reason,
        at,
        through,
        kind,
        key: _,
    } = asked;
    let (kind, extends) = match kind {
        Kind::Access => (KindWord::Access, None),
        Kind::Extension { grant } => (KindWord::Extension, Some(grant)),
        Kind::BreakGlass => (KindWord::BreakGlass, None),
    };
    let view = RequestView {
        id,
        group,
        by,
        duration: Span(duration),
        reason,
        asked_at: at,
        through: match through {
            Channel::Slack => Through::Slack,
            Channel::Api => Through::Api,
        },
        kind,
        extends,
        state: RequestWord::Pending,
        approvals: Vec::new(),
        approvals_needed: None,
        escalates_at: None,
        times_out_at: None,
        decided_at: None,
        decided_by: None,
        denied_because: None,
        approved_by: None,
        policies: BTreeSet::new(),
        grant: None,
    };
    with_state(now, view, state)
}

fn with_state(now: Timestamp, view: RequestView, state: RequestState) -> RequestView {
    match state {
        RequestState::Pending {
            approvals,
            needed,
            escalates_at,
            escalated_at: _,
            times_out_at,
        } => {
            let is_open = now < times_out_at;
            RequestView {
                state: if is_open {
                    RequestWord::Pending
                } else {
                    RequestWord::TimedOut
                },
                policies: policies(&approvals),
                approvals: approvals.into_iter().map(approval).collect(),
                approvals_needed: is_open.then_some(needed),
                escalates_at: escalates_at.filter(|_| is_open),
                times_out_at: is_open.then_some(times_out_at),
                decided_at: (!is_open).then_some(times_out_at),
                ..view
            }
        }
        RequestState::Approved { how, at, grant } => {
            let (word, approvals, policies) = match how {
                ApprovedHow::ByPeople(approvals) => {
                    let policies = policies(&approvals);
                    (ApprovedWord::People, approvals, policies)
                }
                ApprovedHow::ByPolicy(policies) => (ApprovedWord::Policy, Vec::new(), policies),
                ApprovedHow::BreakGlass(policies) => {
                    (ApprovedWord::BreakGlass, Vec::new(), policies)
                }
            };
            RequestView {
                state: RequestWord::Approved,
                approvals: approvals.into_iter().map(approval).collect(),
                decided_at: Some(at),
                approved_by: Some(word),
                policies,
                grant: Some(grant),
                ..view
            }
        }
        RequestState::Denied {
            by,
            at,
            reason,
            policies,
        } => RequestView {
            state: RequestWord::Denied,
            decided_at: Some(at),
            decided_by: match by {
                DeniedBy::Person(person) => Some(person),
                DeniedBy::Policy => None,
            },
            denied_because: Some(reason),
            policies,
            ..view
        },
        RequestState::Cancelled { by, at } => RequestView {
            state: RequestWord::Cancelled,
            decided_at: Some(at),
            decided_by: Some(by),
            ..view
        },
        RequestState::TimedOut { at } => RequestView {
            state: RequestWord::TimedOut,
            decided_at: Some(at),
            ..view
        },
    }
}

fn approval(approval: Approval) -> ApprovalView {
    let Approval {
        by,
        at,
        policies: _,
    } = approval;
    ApprovalView { by, at }
}

fn policies(approvals: &[Approval]) -> BTreeSet<String> {
    let all = approvals.iter().flat_map(|approval| &approval.policies);
    all.cloned().collect()
}

/// A grant as of `now`.
pub(super) fn grant(now: Timestamp, record: GrantRecord) -> GrantView {
    let (is_live, ends_at) = (record.is_live(now), record.ends_at());
    let GrantRecord {
        grant,
        version: _,
        state,
        break_glass,
    } = record;
    let Grant {
        id,
        request,
        principal,
        group,
        starts_at,
        expires_at: _,
    } = grant;
    let (ended, ended_by, revoked_because) = match state {
        GrantState::Live if is_live => (None, None, None),
        GrantState::Live => (Some(EndedWord::Expired), None, None),
        GrantState::Ended { at: _, how } => end(how),
    };
    let (review, reviewed_by, review_note) = match break_glass {
        None => (None, None, None),
        Some(Review::Open) => (Some(ReviewWord::Open), None, None),
        Some(Review::Done { by, at: _, note }) => (Some(ReviewWord::Done), Some(by), Some(note)),
    };
    GrantView {
        id,
        request,
        group,
        person: principal,
        starts_at,
        ends_at,
        state: if is_live {
            GrantWord::Live
        } else {
            GrantWord::Ended
        },
        ended,
        ended_by,
        revoked_because,
        review,
        reviewed_by,
        review_note,
    }
}

fn end(how: Ended) -> (Option<EndedWord>, Option<Principal>, Option<Reason>) {
    let (word, by, reason) = match how {
        Ended::Expired => (EndedWord::Expired, None, None),
        Ended::HandedBack { by } => (EndedWord::HandedBack, Some(by), None),
        Ended::Revoked {
            by,
            reason,
            policies: _,
        } => (EndedWord::Revoked, Some(by), Some(reason)),
        Ended::RuleGone => (EndedWord::RuleGone, None, None),
        Ended::Blocked => (EndedWord::Blocked, None, None),
    };
    (Some(word), by, reason)
}
