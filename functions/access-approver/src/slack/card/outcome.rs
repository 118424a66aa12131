//! What became of a request and of the grant that it made, with who and when.

use super::View;
use access_core::request::{
    ApprovedHow, DeniedBy, Ended, GrantRecord, GrantState, Request, RequestState,
};
use jiff::Timestamp;
use slack_client::block_kit::Mrkdwn;
use std::collections::BTreeSet;

/// In one or two lines.
pub(super) fn of(view: &View<'_>) -> Mrkdwn {
    let line = Mrkdwn::new();
    match &view.request.state {
        RequestState::Pending { times_out_at, .. } => {
            pending(view.now, view.request, *times_out_at)
        }
        RequestState::Approved { how, at, grant: _ } => {
            let approved = line
                .markup("*Approved* ")
                .and(by(view, how))
                .markup(" ")
                .at(*at);
            match view.grant {
                Some(record) => approved.line().and(access(view, record)),
                None => approved,
            }
        }
        RequestState::Denied {
            by,
            at,
            reason,
            policies,
        } => {
            let denied = line.markup("*Denied* by ");
            let denied = match by {
                DeniedBy::Person(who) => denied.and(view.names.who(who)),
                DeniedBy::Policy => denied.and(named(policies)),
            };
            let denied = denied.markup(" ").at(*at);
            if reason.is_empty() {
                denied
            } else {
                denied.text(": ").text(reason)
            }
        }
        RequestState::Cancelled { by, at } => line
            .markup("*Taken back* by ")
            .and(view.names.who(by))
            .markup(" ")
            .at(*at),
        RequestState::TimedOut { at } => timed_out(*at),
    }
}

fn pending(now: Timestamp, request: &Request, times_out_at: Timestamp) -> Mrkdwn {
    if request.is_open(now) {
        Mrkdwn::new()
            .markup("*Waits for approval* until ")
            .at(times_out_at)
    } else {
        timed_out(times_out_at)
    }
}

fn timed_out(at: Timestamp) -> Mrkdwn {
    Mrkdwn::new()
        .markup("*Timed out* ")
        .at(at)
        .text(": nobody decided")
}

fn by(view: &View<'_>, how: &ApprovedHow) -> Mrkdwn {
    match how {
        ApprovedHow::ByPeople(approvals) => {
            let approvers = approvals.iter().map(|approval| &approval.by);
            Mrkdwn::new().text("by ").and(view.names.all(approvers))
        }
        ApprovedHow::ByPolicy(policies) => {
            Mrkdwn::new().text("automatically by ").and(named(policies))
        }
        ApprovedHow::BreakGlass(policies) => Mrkdwn::new()
            .text("as break-glass by ")
            .and(named(policies)),
    }
}

/// The policies by their ids, as `rotakey policy explain` names those that decided.
fn named(policies: &BTreeSet<String>) -> Mrkdwn {
    let Some(first) = policies.first() else {
        return Mrkdwn::new().text("policy: none permits it");
    };
    let line = Mrkdwn::new().text("policy ").code(first);
    match policies.len() {
        1 => line,
        many => line.text(&format!(" and {} more", many - 1)),
    }
}

/// Whether access lasts, and until when.
fn access(view: &View<'_>, record: &GrantRecord) -> Mrkdwn {
    let line = Mrkdwn::new();
    match &record.state {
        GrantState::Live if record.is_live(view.now) => {
            line.markup("*Access* until ").at(record.ends_at())
        }
        GrantState::Live => line.markup("*Access ended* ").at(record.ends_at()),
        GrantState::Ended { at: _, how } => {
            let ended = line
                .markup("*Access ended* ")
                .at(record.ends_at())
                .text(": ");
            match how {
                Ended::Revoked {
                    by,
                    reason,
                    policies: _,
                } => ended
                    .text("revoked by ")
                    .and(view.names.who(by))
                    .text(": ")
                    .text(reason.as_str()),
                Ended::Expired | Ended::HandedBack { .. } | Ended::RuleGone | Ended::Blocked => {
                    ended.text(how.word())
                }
            }
        }
    }
}
