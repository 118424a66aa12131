//! What people are told in words, without any markup: whoever shows it escapes it.

use crate::act::Refused;
use access_core::request::{
    Approval, ApprovedHow, DeniedBy, Ended, GrantRecord, GrantState, Refusal, Request, RequestState,
};
use jiff::Timestamp;

/// An instant, where no markup can show it in the reader's own time zone.
pub(super) fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Why nothing was done; whoever lost a race is told what the winner decided.
pub(super) fn refused(refused: &Refused) -> String {
    match refused {
        Refused::Refusal(Refusal::AlreadyResolved(state)) => {
            format!(
                "Nothing was done: the request was {} before.",
                outcome(state)
            )
        }
        Refused::Refusal(Refusal::TimedOut(at)) => {
            format!("Nothing was done: the request timed out at {}.", when(*at))
        }
        Refused::Refusal(Refusal::OwnRequest) => {
            "Nobody decides on their own request, and nobody reviews their own break-glass."
                .to_owned()
        }
        Refused::Refusal(Refusal::AlreadyApprovedBy(_)) => {
            "You have approved this request already; others have to agree too.".to_owned()
        }
        other => sentence(&other.to_string()),
    }
}

/// What became of a request, after "the request was".
fn outcome(state: &RequestState) -> String {
    match state {
        RequestState::Pending { .. } => "put to approvers".to_owned(),
        RequestState::Approved { how, at, grant: _ } => {
            let at = when(*at);
            match how {
                ApprovedHow::ByPeople(approvals) => {
                    format!("approved by {} at {at}", approvers(approvals))
                }
                ApprovedHow::ByPolicy(_) => format!("approved by policy at {at}"),
                ApprovedHow::BreakGlass(_) => format!("approved as an emergency at {at}"),
            }
        }
        RequestState::Denied { by, at, .. } => match by {
            DeniedBy::Person(who) => format!("denied by {who} at {}", when(*at)),
            DeniedBy::Policy => format!("denied by policy at {}", when(*at)),
        },
        RequestState::Cancelled { by, at } => format!("taken back by {by} at {}", when(*at)),
        RequestState::TimedOut { at } => format!("timed out at {}", when(*at)),
    }
}

fn approvers(approvals: &[Approval]) -> String {
    let names = approvals.iter().map(|approval| approval.by.email());
    let names: Vec<&str> = names.collect();
    names.join(", ")
}

/// What a request that was just made has come to, for whoever made it.
pub(super) fn made(now: Timestamp, request: &Request, grant: Option<&GrantRecord>) -> String {
    let group = &request.asked.group;
    match &request.state {
        RequestState::Pending {
            needed,
            times_out_at,
            ..
        } if request.is_open(now) => {
            let many = if *needed > 1 {
                format!("{needed} approvers have")
            } else {
                "an approver has".to_owned()
            };
            format!(
                "Your request for {group} waits: {many} to agree until {}. You will get a message.",
                when(*times_out_at)
            )
        }
        RequestState::Approved { .. } => match grant {
            Some(record) if record.is_live(now) => {
                format!("You are in {group} until {}.", when(record.ends_at()))
            }
            _ => format!("Your request for {group} was approved."),
        },
        RequestState::Denied { reason, .. } if !reason.is_empty() => {
            format!(
                "Your request for {group} was {}: {reason}",
                outcome(&request.state)
            )
        }
        state => format!("Your request for {group} was {}.", outcome(state)),
    }
}

/// How a grant ended, for whoever reads a line about it; `None` while it lasts.
pub(super) fn end(now: Timestamp, record: &GrantRecord) -> Option<&'static str> {
    match &record.state {
        GrantState::Live if record.is_live(now) => None,
        GrantState::Live => Some(Ended::Expired.word()),
        GrantState::Ended { how, .. } => Some(how.word()),
    }
}

/// With a capital at its beginning and a stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.to_uppercase(), characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_and_end_as_sentences_do() {
        for (text, expected) in [
            ("nothing was done", "Nothing was done."),
            ("`x` is none; try again", "`x` is none; try again."),
            ("Done.", "Done."),
            ("", ""),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
