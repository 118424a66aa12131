//! What somebody holds and asked for, shown to nobody else.

use super::card::{self, CANCEL};
use super::words;
use crate::act::{self, Actor, Refused};
use crate::deps::Deps;
use access_core::config::duration_words;
use access_core::ports::RequestFilter;
use access_core::request::{GrantRecord, Request, RequestState};
use jiff::Timestamp;
use slack_client::Message;
use slack_client::block_kit::{Block, Mrkdwn};

/// Most decided requests and ended grants shown: what is over is of interest for a while.
const PAST_MAX: usize = 5;

/// The person's live grants with their buttons, open requests, and what was last decided.
pub(super) async fn message(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
) -> Result<Message, Refused> {
    let who = &actor.principal;
    let filter = RequestFilter::By(who.clone());
    // At once: somebody waits.
    let (grants, requests) = tokio::join!(
        act::grants(deps, now, actor, Some(who.clone())),
        act::requests(deps, now, actor, filter),
    );
    Ok(shown(now, &grants?, &requests?))
}

pub(super) fn shown(now: Timestamp, grants: &[GrantRecord], requests: &[Request]) -> Message {
    let mut blocks = Vec::new();
    for record in grants.iter().filter(|record| record.is_live(now)) {
        let text = Mrkdwn::new()
            .text("You are in ")
            .bold(record.grant.group.as_str())
            .text(" until ")
            .at(record.ends_at());
        blocks.push(Block::section(&text));
        blocks.extend(Block::actions(card::holding(record.grant.id)));
    }
    for request in requests.iter().filter(|request| request.is_open(now)) {
        let text = Mrkdwn::new()
            .text("You wait for ")
            .bold(request.asked.group.as_str())
            .text(&format!(
                " for {}: ",
                duration_words(request.asked.duration)
            ))
            .text(&progress(request));
        let cancel = card::button(CANCEL, "Take back", &request.id.to_string());
        blocks.push(Block::section_with(&text, cancel));
    }
    if blocks.is_empty() {
        let nothing = "You hold nothing and wait for nothing.";
        blocks.push(Block::section(&Mrkdwn::new().text(nothing)));
    }
    blocks.extend(past(now, grants, requests));
    let summary = Mrkdwn::new().text("What you hold and what you asked for");
    Message::new(&summary).blocks(blocks)
}

fn progress(request: &Request) -> String {
    match &request.state {
        RequestState::Pending {
            approvals, needed, ..
        } => format!("{} of {needed} approvals", approvals.len()),
        state => state.word().to_owned(),
    }
}

/// A line for each of the last things that are over.
fn past(now: Timestamp, grants: &[GrantRecord], requests: &[Request]) -> Option<Block> {
    let ended = grants.iter().filter_map(|record| {
        let how = words::end(now, record)?;
        let group = &record.grant.group;
        Some((record.ends_at(), format!("{group}: access ended, {how}")))
    });
    let decided = requests.iter().filter_map(|request| {
        let group = &request.asked.group;
        let at = match &request.state {
            RequestState::Denied { at, .. }
            | RequestState::Cancelled { at, .. }
            | RequestState::TimedOut { at } => *at,
            RequestState::Pending { times_out_at, .. } if *times_out_at <= now => *times_out_at,
            RequestState::Pending { .. } | RequestState::Approved { .. } => return None,
        };
        let what = match &request.state {
            RequestState::Pending { .. } => "timed out",
            state => state.word(),
        };
        Some((at, format!("{group}: request {what}")))
    });
    let mut all: Vec<(Timestamp, String)> = ended.chain(decided).collect();
    all.sort();
    all.reverse();
    let mut text = Mrkdwn::new();
    for (place, (at, line)) in all.iter().take(PAST_MAX).enumerate() {
        if place > 0 {
            text = text.line();
        }
        text = text.text(line).markup(" ").at(*at);
    }
    (!all.is_empty()).then(|| Block::context(&text))
}
