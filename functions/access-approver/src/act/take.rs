//! Writing a decision, then telling of it.

use super::Refused;
use crate::deps::Deps;
use access_core::event::Event;
use access_core::id::GroupName;
use access_core::outbox::{Flushed, flush};
use access_core::ports::StoreError;
use access_core::request::Step;
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;
use tracing::{info, warn};

/// How often a decision is made anew because another came first. Each time one of the others has succeeded.
pub(super) const TRIES_MAX: usize = 5;

/// What telling may take: somebody may wait for it, Slack for no more than three seconds. What is left goes with the next
/// tick, within a minute.
const TELL_WITHIN: Duration = Duration::from_secs(1);

/// Whether a decision was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Written,
    /// Another came first: read again, then decide again.
    Beaten,
}

/// A decision that is written, and nobody knows of it yet.
pub(crate) struct Untold {
    now: Timestamp,
    /// The groups whose members it changes.
    moved: BTreeSet<GroupName>,
}

/// Writes a decision over the versions that it was made from, and if it was, tells of it.
pub(super) async fn take(deps: &Deps, now: Timestamp, step: &Step) -> Result<Taken, Refused> {
    match deps.store.take(step).await {
        Ok(()) => {}
        Err(StoreError::Conflict(_)) => return Ok(Taken::Beaten),
        Err(error) => return Err(error.into()),
    }
    for event in step.told() {
        note(event);
    }
    let moved: BTreeSet<GroupName> = step.told().filter_map(moved).cloned().collect();
    tell(deps, now, moved).await;
    Ok(Taken::Written)
}

/// Others were always first.
pub(super) fn beaten() -> Refused {
    Refused::Unavailable("others decide on the same thing at this moment".to_owned())
}

/// Sends what waits to be told, and has these groups reconciled; none named: nobody is woken. Nothing depends on it: the
/// next tick does both. It is put off where something comes after the answer.
pub(super) async fn tell(deps: &Deps, now: Timestamp, moved: BTreeSet<GroupName>) {
    if let Some(untold) = deps.put_off(Untold { now, moved }) {
        send(deps, &untold).await;
    }
}

/// Tells what was put off, if anything was.
pub(crate) async fn tell_rest(deps: &Deps) {
    for untold in deps.untold() {
        send(deps, &untold).await;
    }
}

async fn send(deps: &Deps, untold: &Untold) {
    let Untold { now, moved } = untold;
    let send = async {
        match flush(&*deps.store, &*deps.bus).await {
            Ok(flushed) => note_what_waits(flushed),
            Err(error) => warn!(%error, "events wait for the next tick: {error}"),
        }
    };
    let wake = async {
        if moved.is_empty() {
            return;
        }
        if let Err(error) = deps.wake.reconcile(*now, moved).await {
            warn!(%error, "nobody could be asked to reconcile: the next tick does");
        }
    };
    let both = async { tokio::join!(send, wake) };
    if tokio::time::timeout(TELL_WITHIN, both).await.is_err() {
        warn!("telling takes too long: the next tick goes on with it");
    }
}

/// What was not told.
fn note_what_waits(flushed: Flushed) {
    let Flushed {
        sent: _,
        left,
        refused: _,
        unsealed,
        unread,
        bus,
    } = flushed;
    if left > 0 {
        let streams = unsealed.len();
        let error = bus.map(|error| error.to_string()).unwrap_or_default();
        warn!(left, streams, error, "{left} events wait for the next tick");
    }
    if !unread.is_empty() {
        let events = unread.len();
        warn!(
            events,
            "{events} of the events that wait cannot be understood: the tick tells of them"
        );
    }
}

/// The group whose members an event changes, if it does.
fn moved(event: &Event) -> Option<&GroupName> {
    match event {
        Event::AccessApproved(_) | Event::GrantEnded(_) => event.group(),
        _ => None,
    }
}

/// One line for one event, without addresses and reasons.
fn note(event: &Event) {
    if let Event::GrantEnded(_) = event {
        metrics::count(Metric::GrantsEnded, 1);
    }
    let what = event.detail_type();
    let group = event.group().map(GroupName::as_str).unwrap_or_default();
    info!(group, event.kind = what, "{what} in group {group}");
}
