//! The front door: one invocation in, one answer out.

use crate::answer::{Answer, PollerError};
use crate::deps::Deps;
use crate::invocation::Invocation;
use crate::tick;
use crate::turn::Scope;
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
    let scope = match invocation {
        Invocation::Tick => Scope::Tick,
        Invocation::Sync(sync) if sync.dry_run => {
            return tick::dry_run(deps, now, deadline, sync).await;
        }
        Invocation::Sync(sync) => Scope::Sync(sync),
        Invocation::Wish(wish) => Scope::Wish(wish),
    };
    tick::run(deps, now, deadline, scope).await
}
