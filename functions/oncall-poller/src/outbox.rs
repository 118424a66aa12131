//! Sending the outbox, and what is said where not everything went.

use crate::answer::{Answer, Failure};
use crate::deps::{Configured, Deps};
use crate::notes;
use access_core::facts::Facts;
use access_core::outbox::{Flushed, flush as send};
use access_core::ports::StoreError;
use tracing::warn;

/// Seals every unsent event into the audit trail, puts it on the bus, and forgets it; the rest goes with the next tick.
/// Then what was sent is noted on the incidents it concerns.
pub(crate) async fn flush(
    deps: &Deps,
    configured: &Configured,
    facts: &Facts,
    answer: &mut Answer,
) -> Result<(), StoreError> {
    let Flushed {
        sent,
        left,
        refused,
        unsealed,
        unread,
        bus,
    } = send(deps.store.as_ref(), deps.bus.as_ref()).await?;
    for (stream, error) in &unsealed {
        warn!(%stream, %error, "audit stream {stream} could not be added to; its events wait");
        let subject = format!("audit stream {stream}");
        answer.failures.insert(Failure::new(subject, error));
    }
    if let Some((place, reason)) = unread.first_key_value() {
        let events = unread.len();
        warn!(events, %place, %reason, "{events} of the events that wait cannot be understood, the first of them {place}: {reason}");
        // The same words as long as it goes on: it is told once.
        let error = format!(
            "{events} of the events that wait cannot be understood: update Rotakey to the version that wrote them"
        );
        answer.failures.insert(Failure::new("outbox", error));
    }
    if let Some(error) = bus {
        warn!(events = left, %error, "the event bus took nothing; {left} events wait");
        answer.failures.insert(Failure::new("event bus", error));
    } else if refused > 0 {
        warn!(
            events = refused,
            "the event bus refused {refused} events; they are sent again"
        );
        answer.failures.insert(Failure::new(
            "event bus",
            "some events were refused and are sent again",
        ));
    }
    notes::write(configured, facts, &sent).await;
    Ok(())
}
