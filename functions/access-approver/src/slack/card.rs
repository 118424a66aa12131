//! Cards: one request as its approvers, whoever asked, and everybody see it. Always drawn from what is stored.

mod facts;
mod outcome;

use super::people::Names;
use crate::act::Briefing;
use access_core::config::duration_words;
use access_core::id::GrantId;
use access_core::principal::Principal;
use access_core::request::{
    ApprovedHow, DeniedBy, Ended, GrantRecord, GrantState, Kind, Request, RequestState, Review,
};
use jiff::Timestamp;
use slack_client::Message;
use slack_client::block_kit::{ActionId, Block, Button, Mrkdwn, Style};
use std::collections::BTreeSet;

pub(super) const APPROVE: &str = "approve";
pub(super) const DENY: &str = "deny";
pub(super) const CANCEL: &str = "cancel";
pub(super) const EXTEND: &str = "extend";
pub(super) const DONE: &str = "done";
pub(super) const REVIEW: &str = "review";
pub(super) const RELEASE: &str = "release";

/// Everything that a card shows.
pub(super) struct View<'a> {
    pub(super) now: Timestamp,
    pub(super) request: &'a Request,
    /// The grant that it made or extended.
    pub(super) grant: Option<&'a GrantRecord>,
    pub(super) briefing: &'a Briefing,
    pub(super) names: &'a Names,
}

/// What an approver needs to decide, with the buttons while anybody can; then what was decided.
pub(super) fn for_approvers(view: &View<'_>) -> Message {
    let asks = asks(view);
    let mut blocks = vec![
        Block::section(&asks),
        Block::quote(view.request.asked.reason.as_str()),
    ];
    let id = view.request.id.to_string();
    if view.request.is_open(view.now) {
        blocks.extend(Block::fields(facts::all(view)));
        let yes = button(APPROVE, "Approve", &id).style(Style::Primary);
        let no = button(DENY, "Deny", &id).style(Style::Danger);
        blocks.extend(Block::actions([yes, no]));
    } else {
        blocks.push(Block::section(&outcome::of(view)));
    }
    blocks.push(Block::context(&small_print(view)));
    Message::new(&asks).blocks(blocks)
}

/// How the request stands, for whoever asked, with what they can do about it.
pub(super) fn for_requester(view: &View<'_>) -> Message {
    let asked = &view.request.asked;
    let length = duration_words(asked.duration);
    let yours = Mrkdwn::new().text("Your request for ");
    let yours = match asked.kind {
        Kind::Access => yours.bold(asked.group.as_str()),
        Kind::Extension { .. } => yours.text("more time in ").bold(asked.group.as_str()),
        Kind::BreakGlass => yours.bold(asked.group.as_str()).text(" by break-glass"),
    };
    let yours = yours.text(&format!(" for {length}"));
    let mut blocks = vec![
        Block::section(&yours),
        Block::quote(asked.reason.as_str()),
        Block::section(&outcome::of(view)),
    ];
    if view.request.is_open(view.now) {
        let back = button(CANCEL, "Take back", &view.request.id.to_string());
        blocks.extend(Block::actions([back]));
    } else if let Some(record) = view.grant.filter(|record| record.is_live(view.now)) {
        blocks.extend(Block::actions(holding(record.grant.id)));
    }
    let summary = yours.text(": ").and(outcome::of(view));
    Message::new(&summary).blocks(blocks)
}

/// A break-glass, for everybody, until somebody reviewed it and after.
pub(super) fn for_everybody(view: &View<'_>) -> Message {
    let asked = &view.request.asked;
    let group = asked.group.as_str();
    let who = Mrkdwn::new()
        .and(view.names.who(&asked.by))
        .text(" let themselves into ")
        .bold(group)
        .text(&format!(
            " for {} without an approval.",
            duration_words(asked.duration)
        ));
    let mut blocks = vec![
        Block::header(&format!("🚨 Break-glass: {group}")),
        Block::section(&who),
        Block::quote(asked.reason.as_str()),
        Block::section(&outcome::of(view)),
    ];
    blocks.extend(Block::fields(facts::around(view)));
    match view
        .grant
        .and_then(|record| Some((record, record.break_glass.as_ref()?)))
    {
        Some((record, Review::Open)) => {
            let review = button(REVIEW, "Review", &record.grant.id.to_string());
            blocks.extend(Block::actions([review.style(Style::Primary)]));
            let due = "Somebody else has to look at it afterwards.";
            blocks.push(Block::context(&Mrkdwn::new().text(due)));
        }
        Some((_, Review::Done { by, at, note })) => {
            let reviewed = Mrkdwn::new()
                .markup("*Reviewed* by ")
                .and(view.names.who(by))
                .markup(" ")
                .at(*at)
                .text(": ")
                .text(note.as_str());
            blocks.push(Block::section(&reviewed));
        }
        None => {}
    }
    Message::new(&Mrkdwn::new().markup(":rotating_light: ").and(who)).blocks(blocks)
}

/// Extend and "I'm done".
pub(super) fn holding(grant: GrantId) -> [Button; 2] {
    let id = grant.to_string();
    [
        button(EXTEND, "Extend", &id),
        button(DONE, "I'm done", &id).style(Style::Primary),
    ]
}

pub(super) fn button(action: &'static str, text: &str, id: &str) -> Button {
    let button = Button::new(ActionId::new(action), text).value(id);
    button.expect("an id is short")
}

/// Everybody whom a card names: who asked, decided, ended or reviewed, and the first of those who may decide.
pub(super) fn people(
    request: &Request,
    grant: Option<&GrantRecord>,
    briefing: &Briefing,
) -> BTreeSet<Principal> {
    let mut people = BTreeSet::from([request.asked.by.clone()]);
    people.extend(
        request
            .approvals()
            .iter()
            .map(|approval| approval.by.clone()),
    );
    match &request.state {
        RequestState::Denied {
            by: DeniedBy::Person(by),
            ..
        }
        | RequestState::Cancelled { by, .. } => {
            people.insert(by.clone());
        }
        RequestState::Pending { .. }
        | RequestState::Approved { .. }
        | RequestState::Denied { .. }
        | RequestState::TimedOut { .. } => {}
    }
    if let Some(record) = grant {
        if let GrantState::Ended {
            how: Ended::Revoked { by, .. },
            ..
        } = &record.state
        {
            people.insert(by.clone());
        }
        if let Some(Review::Done { by, .. }) = &record.break_glass {
            people.insert(by.clone());
        }
    }
    people.extend(
        briefing
            .approvers
            .iter()
            .take(facts::APPROVERS_MAX)
            .cloned(),
    );
    people
}

/// Whether everybody has to hear of it.
pub(super) fn is_loud(request: &Request) -> bool {
    matches!(
        &request.state,
        RequestState::Approved {
            how: ApprovedHow::BreakGlass(_),
            ..
        }
    )
}

fn asks(view: &View<'_>) -> Mrkdwn {
    let asked = &view.request.asked;
    let length = duration_words(asked.duration);
    let who = view.names.who(&asked.by);
    let group = asked.group.as_str();
    match asked.kind {
        Kind::Access => who
            .text(" asks for ")
            .bold(group)
            .text(&format!(" for {length}")),
        Kind::Extension { .. } => who
            .text(&format!(" asks for {length} more in "))
            .bold(group),
        Kind::BreakGlass => who
            .text(" asks for ")
            .bold(group)
            .text(&format!(" for {length}, by break-glass")),
    }
}

fn small_print(view: &View<'_>) -> Mrkdwn {
    let asked = Mrkdwn::new().text("Asked ").at(view.request.asked.at);
    match &view.request.state {
        RequestState::Pending { times_out_at, .. } if view.request.is_open(view.now) => {
            let open = asked.text(" · open until ").at(*times_out_at);
            if view.request.is_escalated(view.now) {
                open.text(" · escalated: the second list may decide too")
            } else {
                open
            }
        }
        _ => asked,
    }
}
