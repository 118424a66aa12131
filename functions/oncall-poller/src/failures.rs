//! Telling what failed: once for as long as the same things fail.

use crate::answer::{Answer, Failure};
use crate::coverage::FORECAST;
use crate::deps::Deps;
use crate::turn::Scope;
use access_core::event::{Event, SyncFailed};
use access_core::ports::{OutboxEntry, StoreError, TickRecord};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::warn;

/// Posts what failed and was not told before, and notes what goes on. `looked_ahead`: the coming days were looked at, with
/// or without success.
pub(crate) async fn tell(
    deps: &Deps,
    now: Timestamp,
    scope: Scope<'_>,
    looked_ahead: bool,
    answer: &Answer,
    record: &mut TickRecord,
) -> Result<(), StoreError> {
    let failures: BTreeSet<String> = answer.failures.iter().map(Failure::to_string).collect();
    if !failures.is_subset(&record.failures) {
        warn!(
            failures = failures.len(),
            "{} things failed; everything else was done",
            failures.len()
        );
        if let Some(sweep) = answer.sweep {
            let event = Event::SyncFailed(SyncFailed {
                sweep,
                failures: failures.clone(),
            });
            let entry = OutboxEntry {
                key: format!("{now}/failed/{sweep}"),
                at: now,
                event,
            };
            deps.store.post(&[entry]).await?;
        }
    }
    // What was not tried again goes on: the coming days, which are not looked at in every tick, and what a sync of
    // some groups left alone.
    let some = scope.groups().is_some_and(|groups| !groups.is_empty());
    let known = std::mem::take(&mut record.failures).into_iter();
    let goes_on = known.filter(|failure| some || failure.starts_with(FORECAST) && !looked_ahead);
    record.failures = failures;
    record.failures.extend(goes_on);
    Ok(())
}
