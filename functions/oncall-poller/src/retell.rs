//! Telling again what waits for a person and nobody was shown: an event is tried for minutes, and Slack may be down for longer.

use crate::answer::{Answer, Failure};
use crate::deps::{Configured, Deps};
use access_core::id::PlanId;
use access_core::ports::{HeldPlan, OutboxEntry, StoreError, TickRecord};
use access_core::waiting::{Waiting, requests_that_wait, waiting};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use tracing::{info, warn};

/// How often it is looked whether people were shown what waits for them.
const EVERY: SignedDuration = SignedDuration::from_mins(10);

/// How long what was told the first time may be under way: it is tried three times in about as many minutes.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(5);

/// For how long: what no conversation could be found for in a day, nobody will be shown. The runbook and the alarm on dead
/// letters are there for that.
const TOLD_AGAIN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Tells again what waits for a person and is in no message yet, by the key of the first time. A configuration without a
/// chat-ops app waits for no messages. Nothing else fails because of it; what cannot be read is looked at with the next tick.
pub(crate) async fn tell_again(
    deps: &Deps,
    now: Timestamp,
    configured: &Configured,
    held: &BTreeMap<PlanId, HeldPlan>,
    record: &mut TickRecord,
    answer: &mut Answer,
) {
    let Some(slack) = &configured.config.slack else {
        return;
    };
    let is_due = record
        .shown_at
        .is_none_or(|at| now.duration_since(at) >= EVERY);
    if !is_due {
        return;
    }
    // Held removals are shown in a channel only.
    let has_channel = slack.announcements_channel.is_some() || slack.approvals_channel.is_some();
    let none = BTreeMap::new();
    let held = if has_channel { held } else { &none };
    match look(deps, now, held).await {
        Ok(()) => record.shown_at = Some(now),
        Err(error) => {
            warn!(%error, "nobody knows whether people were shown what waits for them: {error}");
            let subject = "telling people what waits for them";
            answer.failures.insert(Failure::new(subject, error));
        }
    }
}

async fn look(
    deps: &Deps,
    now: Timestamp,
    held: &BTreeMap<PlanId, HeldPlan>,
) -> Result<(), StoreError> {
    let requests = requests_that_wait(deps.store.as_ref()).await?;
    let mut again: Vec<OutboxEntry> = Vec::new();
    for it in waiting(now, &requests, held) {
        let waits_for = now.duration_since(it.told.at);
        let is_worth_it = (UNDER_WAY..TOLD_AGAIN_FOR).contains(&waits_for);
        if is_worth_it && !is_shown(deps, &it).await? {
            again.push(it.told);
        }
    }
    deps.store.post(&again).await?;
    for entry in &again {
        let what = entry.event.detail_type();
        info!(event.key = %entry.key, "{what} is told again: nobody was shown what it tells of");
    }
    Ok(())
}

/// Whether somebody has the message with the button that it waits for. Whoever asked has one of their own, which helps nobody.
async fn is_shown(deps: &Deps, waiting: &Waiting) -> Result<bool, StoreError> {
    let cards = deps.store.cards(waiting.shown_as).await?;
    Ok(cards.iter().any(|card| card.reader == waiting.reader))
}
