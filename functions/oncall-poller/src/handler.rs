//! The front door: one invocation in, one answer out.

use crate::answer::{Answer, PollerError};
use crate::deps::Deps;
use crate::invocation::Invocation;
use crate::tick::{self, Scope};
use jiff::Timestamp;

/// Does what the invocation asks; safe to run twice on the same one.
///
/// `deadline` is when the invocation must have ended: its lease ends then too.
///
/// # Errors
/// [`PollerError`] when nothing could be done. What failed in part is in [`Answer::failures`].
pub async fn handle(
    deps: &Deps,
    now: Timestamp,
    deadline: Timestamp,
    invocation: &Invocation,
) -> Result<Answer, PollerError> {
    match invocation {
        Invocation::Tick => tick::run(deps, now, deadline, Scope::Tick).await,
        Invocation::Sync(sync) if sync.dry_run => tick::dry_run(deps, now, sync).await,
        Invocation::Sync(sync) => tick::run(deps, now, deadline, Scope::Sync(sync)).await,
    }
}
