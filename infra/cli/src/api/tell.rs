//! Requests and grants in a few words, and in tables. Times are UTC.

use crate::show::{Look, Tone, count, fitted, harmless, moment};
use access_approver::api::{
    ApprovedWord, EndedWord, GrantView, GrantWord, Grants, KindWord, RequestView, RequestWord,
    Requests, ReviewWord,
};
use access_core::config::duration_words;
use comfy_table::{Cell, Table};
use std::fmt::Write;

/// What became of a request, for whoever did something with it.
pub(crate) fn tell_request(view: &RequestView, look: Look) -> String {
    let id = view.id;
    let length = duration_words(view.duration.0);
    let what = match view.kind {
        KindWord::Access | KindWord::BreakGlass => format!("{} for {length}", view.group),
        // The end may not lie beyond the longest grant from the approval on.
        KindWord::Extension => format!("{} for up to {length} more", view.group),
    };
    match view.state {
        RequestWord::Pending => {
            let agreed = u32::try_from(view.approvals.len()).unwrap_or(u32::MAX);
            let needed = view.approvals_needed.unwrap_or(1).saturating_sub(agreed);
            let needed = count(usize::try_from(needed).unwrap_or(usize::MAX), "approval");
            let until = view.times_out_at.map(moment).unwrap_or_default();
            let state = look.tone(Tone::Warn, "pending");
            format!("{state}: {what} needs {needed} until {until}\nrequest {id}")
        }
        RequestWord::Approved => {
            let by = match view.approved_by {
                Some(ApprovedWord::BreakGlass) => "as an emergency; somebody will review it",
                Some(ApprovedWord::Policy) => "by policy",
                Some(ApprovedWord::People) | None => "by its approvers",
            };
            let grant = view.grant.map(|grant| format!("\ngrant {grant}"));
            let state = look.tone(Tone::Open, "approved");
            format!("{state}: {what}, {by}{}", grant.unwrap_or_default())
        }
        RequestWord::Denied => {
            let by = view.decided_by.as_ref();
            let by = by.map_or("policy".to_owned(), ToString::to_string);
            let why = view.denied_because.as_deref().unwrap_or_default();
            let state = look.tone(Tone::Bad, "denied");
            format!("{state}: {what}, by {by}: {}", harmless(why))
        }
        RequestWord::Cancelled | RequestWord::TimedOut => {
            let state = look.tone(Tone::Faint, view.state);
            format!("{state}: {what}")
        }
    }
}

/// How a grant stands, for whoever did something with it.
pub(crate) fn tell_grant(view: &GrantView, look: Look) -> String {
    let mut said = format!("{}: {} is ", view.group, view.person);
    let until = moment(view.ends_at);
    // Writing to a text does not fail.
    let _ = match view.state {
        GrantWord::Live => write!(said, "{} until {until}", look.tone(Tone::Open, "in")),
        GrantWord::Ended => write!(said, "{} since {until}", look.tone(Tone::Close, "out")),
    };
    if let Some(ended) = view.ended.filter(|ended| *ended != EndedWord::Expired) {
        let _ = write!(said, " ({ended})");
    }
    match view.review {
        Some(ReviewWord::Open) => said.push_str("; its review is open"),
        Some(ReviewWord::Done) => said.push_str("; it is reviewed"),
        None => {}
    }
    said
}

/// Requests, a row each.
pub(crate) fn tell_requests(page: &Requests, look: Look) -> String {
    let mut table = look.table(["asked", "who", "group", "for", "state", "reason", "request"]);
    for view in &page.requests {
        let length = duration_words(view.duration.0);
        let length = match view.kind {
            KindWord::Access => length,
            KindWord::Extension => format!("{length} more"),
            KindWord::BreakGlass => format!("{length}, break-glass"),
        };
        let tone = match view.state {
            RequestWord::Pending => Tone::Warn,
            RequestWord::Approved => Tone::Open,
            RequestWord::Denied => Tone::Bad,
            RequestWord::Cancelled | RequestWord::TimedOut => Tone::Faint,
        };
        table.add_row(vec![
            Cell::new(moment(view.asked_at)),
            Cell::new(&view.by),
            look.cell(Tone::Strong, &view.group),
            Cell::new(length),
            look.cell(tone, view.state),
            Cell::new(harmless(view.reason.as_str())),
            look.cell(Tone::Faint, view.id),
        ]);
    }
    let none = "there are no such requests";
    tell_page(&mut table, &[1, 2, 6], page.next.is_some(), none)
}

/// Grants, a row each.
pub(crate) fn tell_grants(page: &Grants, look: Look) -> String {
    let mut table = look.table(["group", "who", "state", "from", "until", "grant"]);
    for view in &page.grants {
        let (tone, state) = match (view.state, view.ended) {
            (GrantWord::Live, _) => (Tone::Open, view.state.to_string()),
            (GrantWord::Ended, Some(ended)) => (Tone::Faint, ended.to_string()),
            (GrantWord::Ended, None) => (Tone::Faint, view.state.to_string()),
        };
        let state = if view.review == Some(ReviewWord::Open) {
            look.cell(Tone::Warn, format!("{state}, review open"))
        } else {
            look.cell(tone, state)
        };
        table.add_row(vec![
            look.cell(Tone::Strong, &view.group),
            Cell::new(&view.person),
            state,
            Cell::new(moment(view.starts_at)),
            Cell::new(moment(view.ends_at)),
            look.cell(Tone::Faint, view.id),
        ]);
    }
    let none = "there are no such grants";
    tell_page(&mut table, &[0, 1, 5], page.next.is_some(), none)
}

/// A page of a list, the newest first: its rows, with what is copied from them in the columns `whole`, or that there are
/// none, and whether there are older ones.
fn tell_page(table: &mut Table, whole: &[usize], has_older: bool, none: &str) -> String {
    if table.is_empty() {
        return none.to_owned();
    }
    let rows = fitted(table, whole);
    if has_older {
        format!("{rows}\nand older ones: --older shows them")
    } else {
        rows
    }
}
