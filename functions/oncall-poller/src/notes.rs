//! Notes on incidents: whoever works on one reads there who was let in and who is out again.

use crate::deps::Configured;
use access_core::facts::Facts;
use access_core::incident::{Note, notes};
use access_core::ports::{IncidentNotes, OutboxEntry};
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tracing::{info, warn};

/// Notes under way at once: PagerDuty allows 960 calls a minute, and most flushes have one or two notes.
const AT_ONCE: usize = 4;

/// All notes of one flush. Handoffs wait for them.
const WRITE_MAX: Duration = Duration::from_secs(5);

/// Writes what these events say on their incidents. They were taken by the bus and forgotten before: whatever fails or is
/// cut off here is lost, and nothing is written twice. Nothing else fails because of it.
pub(crate) async fn write(configured: &Configured, facts: &Facts, told: &[OutboxEntry]) {
    if configured.notes.is_empty() {
        return;
    }
    let notes = notes(&configured.config, facts, told);
    let mut writes = Vec::new();
    for note in &notes {
        if let Some(account) = configured.notes.get(&note.incident.pagerduty) {
            writes.push(one(account.as_ref(), note));
        }
    }
    let mut left = writes.len();
    let all = async {
        let mut written = stream::iter(writes).buffer_unordered(AT_ONCE);
        while written.next().await.is_some() {
            left -= 1;
        }
    };
    if tokio::time::timeout(WRITE_MAX, all).await.is_err() {
        warn!(
            left,
            "PagerDuty takes too long: {left} notes on incidents are left out"
        );
    }
}

async fn one(account: &dyn IncidentNotes, note: &Note) {
    let Note {
        incident,
        group,
        text,
    } = note;
    match account.note(&incident.id, text).await {
        Ok(()) => info!(%incident, %group, "noted on incident {incident} what changed in {group}"),
        Err(error) => {
            warn!(%incident, %group, %error, "no note on incident {incident} about {group}: {error}");
        }
    }
}
