//! One decision as it is written: the rows one version further, and what is told of it.

use super::{GrantRecord, Request};
use crate::event::Event;
use crate::id::RequestId;
use crate::ports::OutboxEntry;
use jiff::Timestamp;

/// One decision, to be written whole or not at all.
///
/// A row of version 1 must not be there yet; any other replaces just the version before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The request as it is to be; `None`: none is touched.
    pub request: Option<Request>,
    /// The grant as it is to be; `None`: none is touched.
    pub grant: Option<GrantRecord>,
    /// What is told of it, with keys that are the same whenever this very decision is made again.
    pub events: Vec<OutboxEntry>,
}

impl Step {
    /// A decision at `at`; at least one row changes and at least one event tells of it.
    pub(super) fn new(
        at: Timestamp,
        request: Option<Request>,
        grant: Option<GrantRecord>,
        events: Vec<Event>,
    ) -> Self {
        let row = match (&request, &grant) {
            (Some(request), _) => row_of(request.id, request.version),
            (None, Some(grant)) => format!("grant/{}/{}", grant.grant.id, grant.version),
            (None, None) => unreachable!("a decision changes a row"),
        };
        let entry = |(number, event)| OutboxEntry {
            key: key(at, &row, number),
            at,
            event,
        };
        Self {
            request,
            grant,
            events: events.into_iter().enumerate().map(entry).collect(),
        }
    }

    /// What happened, without the keys.
    pub fn told(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().map(|entry| &entry.event)
    }
}

/// The key of the event that told first of a request, whatever became of it since: the first step's first event.
pub(crate) fn first_key(request: &Request) -> String {
    key(request.asked.at, &row_of(request.id, 1), 0)
}

fn row_of(request: RequestId, version: u64) -> String {
    format!("request/{request}/{version}")
}

fn key(at: Timestamp, row: &str, number: usize) -> String {
    format!("{at:.9}/{row}/{number}")
}
