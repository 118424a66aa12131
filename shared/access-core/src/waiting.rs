//! What waits for a person. An event told of it once, and whatever should have shown it may have failed for good: it can be
//! told again from what is stored, until somebody was shown it.

#[cfg(test)]
mod tests;

use crate::event::{AccessRequested, Event, RemovalsHeld};
use crate::id::{PlanId, RequestId, derived};
use crate::ports::{CardReader, HeldPlan, OutboxEntry, RequestFilter, Requests, StoreError};
use crate::request::{ApprovedHow, Request, RequestState, first_key};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// What chat messages about it are kept under.
    pub shown_as: RequestId,
    /// Whose message has the button that it waits for.
    pub reader: CardReader,
    /// What tells of it, with the time and the key of the first time: the audit trail holds it once, however often it is
    /// told. Of a request it names no policies, which the entry there does.
    pub told: OutboxEntry,
}

/// Open requests wait for a decision, break-glasses for their review, held removals for their release.
///
/// Of break-glasses `requests` holds those that nobody reviewed, as [`requests_that_wait`] does.
#[must_use]
pub fn waiting(
    now: Timestamp,
    requests: &[Request],
    held: &BTreeMap<PlanId, HeldPlan>,
) -> Vec<Waiting> {
    let requests = requests.iter().filter_map(|request| {
        let reader = reader_of(now, request)?;
        Some(Waiting {
            shown_as: request.id,
            reader,
            told: asked(request),
        })
    });
    let held = held.iter().filter(|(_, plan)| plan.released.is_none());
    let held = held.map(|(id, plan)| Waiting {
        shown_as: held_shown_as(*id, plan.since),
        reader: CardReader::Everybody,
        told: removals_held(*id, plan),
    });
    requests.chain(held).collect()
}

/// Requests that nobody decided, as stored, whose time may be up; then those of break-glasses that nobody reviewed.
///
/// # Errors
/// When not all of them can be read.
pub async fn requests_that_wait<S: Requests + Sync + ?Sized>(
    store: &S,
) -> Result<Vec<Request>, StoreError> {
    let mut requests = store.requests(&RequestFilter::Pending).await?;
    for record in store.unreviewed().await? {
        requests.extend(store.request(record.grant.request).await?);
    }
    Ok(requests)
}

/// What tells of a held plan, the same however often: its key goes by the time since which it is held.
#[must_use]
pub fn removals_held(id: PlanId, plan: &HeldPlan) -> OutboxEntry {
    OutboxEntry {
        key: format!("{}/held/{id}", plan.since),
        at: plan.since,
        event: Event::RemovalsHeld(RemovalsHeld::of(id, plan)),
    }
}

/// What the message about a held plan is kept under. The same removals held once more are another matter, with a message of
/// their own: what the one before says is over.
#[must_use]
pub fn held_shown_as(id: PlanId, since: Timestamp) -> RequestId {
    derived(&["held", &id.to_string(), &since.to_string()])
}

/// For whom the message is made that a request waits with; `None`: it waits for nobody.
fn reader_of(now: Timestamp, request: &Request) -> Option<CardReader> {
    match &request.state {
        RequestState::Pending { .. } => request.is_open(now).then_some(CardReader::Approver),
        RequestState::Approved {
            how: ApprovedHow::BreakGlass(_),
            ..
        } => Some(CardReader::Everybody),
        RequestState::Approved { .. }
        | RequestState::Denied { .. }
        | RequestState::Cancelled { .. }
        | RequestState::TimedOut { .. } => None,
    }
}

fn asked(request: &Request) -> OutboxEntry {
    OutboxEntry {
        key: first_key(request),
        at: request.asked.at,
        event: Event::AccessRequested(AccessRequested::of(request, BTreeSet::new())),
    }
}
