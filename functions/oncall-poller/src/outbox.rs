//! Sending the outbox: events leave it only when the bus took them.

use crate::answer::{Answer, Failure};
use crate::deps::Deps;
use access_core::ports::StoreError;
use tracing::warn;

/// Puts every unsent event on the bus, and forgets those it took; the rest goes with the next tick.
pub(crate) async fn flush(deps: &Deps, answer: &mut Answer) -> Result<(), StoreError> {
    let unsent = deps.store.unsent().await?;
    if unsent.is_empty() {
        return Ok(());
    }
    let taken = match deps.bus.put(&unsent).await {
        Ok(taken) => taken,
        Err(error) => {
            warn!(events = unsent.len(), %error, "the event bus took nothing; {} events wait", unsent.len());
            answer.failures.insert(Failure::new("event bus", error));
            return Ok(());
        }
    };
    let sent: Vec<String> = unsent
        .iter()
        .zip(&taken)
        .filter(|(_, taken)| **taken)
        .map(|(entry, _)| entry.key.clone())
        .collect();
    if sent.len() < unsent.len() {
        let left = unsent.len() - sent.len();
        warn!(
            events = left,
            "the event bus refused {left} events; they are sent again"
        );
        answer.failures.insert(Failure::new(
            "event bus",
            "some events were refused and are sent again",
        ));
    }
    deps.store.sent(&sent).await
}
