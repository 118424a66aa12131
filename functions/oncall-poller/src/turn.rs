//! Whose turn it is: waiting for the lease, and wishes that another run has fulfilled meanwhile.

use crate::answer::{Answer, PollerError};
use crate::configured::configured;
use crate::deps::{Configured, Deps, Memory};
use crate::invocation::{Sync, Wish};
use access_core::id::GroupName;
use access_core::ports::{Covered, Lease, Left, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tokio::sync::MutexGuard;
use tracing::{debug, info};

/// How long a tick, or somebody who asks directly, waits for another sweep to end: the one before is still at its last
/// edge.
const LEASE_WAIT: SignedDuration = SignedDuration::from_secs(20);

/// How often the lease is asked for while waiting.
const LEASE_RETRY: SignedDuration = SignedDuration::from_millis(500);

/// No sweep is begun this shortly before the invocation must end.
pub(crate) const END_MARGIN: SignedDuration = SignedDuration::from_secs(20);

/// What one invocation is to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// What is due, and the edges before the next tick.
    Tick,
    /// Somebody asks for these groups and waits for the answer: it is always done.
    Sync(&'a Sync),
    /// The bus asks for these groups: it is done unless it was.
    Wish(&'a Wish),
}

impl<'a> Scope<'a> {
    /// The groups to look at whether due or not; none named means all. `None` for a tick.
    pub(crate) fn groups(self) -> Option<&'a BTreeSet<GroupName>> {
        match self {
            Self::Tick => None,
            Self::Sync(sync) => Some(&sync.groups),
            Self::Wish(wish) => Some(&wish.groups),
        }
    }

    /// What is read from then on is new enough; `None`: only what is read now.
    pub(crate) fn requested_at(self) -> Option<Timestamp> {
        match self {
            Self::Tick | Self::Sync(_) => None,
            Self::Wish(wish) => wish.requested_at,
        }
    }

    /// Until when to wait for others. A wish waits for as long as there would be time to fulfil it: whoever is at work
    /// probably does, or the one after.
    fn waits_until(self, now: Timestamp, deadline: Timestamp) -> Timestamp {
        match self {
            Self::Tick | Self::Sync(_) => deadline.min(now + LEASE_WAIT),
            Self::Wish(_) => deadline - END_MARGIN,
        }
    }
}

/// What came of waiting.
pub(crate) enum Turn<'a> {
    /// It is this invocation's turn.
    Ours(Taken<'a>),
    /// Somebody else did the work, or does it.
    Theirs(Answer),
}

/// The lease, and what was read to get it.
pub(crate) struct Taken<'a> {
    pub(crate) memory: MutexGuard<'a, Memory>,
    pub(crate) configured: Configured,
    pub(crate) lease: Lease,
    /// Nothing that this run knows of was read before.
    pub(crate) began_at: Timestamp,
}

/// Waits for the lease and takes it, unless nothing is left to do.
///
/// # Errors
/// [`StoreError::Leased`] when others did not end in time; a tick leaves the work to them instead.
pub(crate) async fn take_turn<'a>(
    deps: &'a Deps,
    now: Timestamp,
    deadline: Timestamp,
    scope: Scope<'_>,
) -> Result<Turn<'a>, PollerError> {
    let give_up = scope.waits_until(now, deadline);
    loop {
        let mut memory = deps.memory().await;
        // Before everything that this run reads, the configuration too: it is what makes `began_at` true.
        let began_at = deps.clock.now().max(now);
        let next_try = match left(deps, began_at, scope).await? {
            Left::Nothing { covered_at } => return Ok(Turn::Theirs(fulfilled(covered_at))),
            Left::Doubt { sure_at } if began_at < sure_at && sure_at < give_up => {
                debug!(%sure_at, "a run has probably fulfilled the wish: one that begins later makes sure");
                sure_at
            }
            Left::Doubt { .. } | Left::All => {
                let configured = configured(deps, &mut memory).await?;
                match deps.store.acquire(began_at, deadline).await {
                    Ok(lease) => {
                        return Ok(Turn::Ours(Taken {
                            memory,
                            configured,
                            lease,
                            began_at,
                        }));
                    }
                    Err(StoreError::Leased { until }) if began_at >= give_up => {
                        return too_late(scope, until);
                    }
                    Err(StoreError::Leased { .. }) => began_at + LEASE_RETRY,
                    Err(error) => return Err(error.into()),
                }
            }
        };
        drop(memory);
        deps.clock.wait_until(next_try).await;
    }
}

/// What finished runs leave of the work, by one read of the store.
///
/// Why a wish may be dropped: what it wants to be seen was stored before it was made (`requested_at`), and the run that
/// covered it read everything later (`began_at`), so that run's plans rest on it. What that run could not carry out is
/// due at the next tick, as after any run. Clocks that differ are allowed for in [`Covered::left`]; beyond what is allowed
/// they cost a minute, since the tick looks at everything that changed.
async fn left(deps: &Deps, now: Timestamp, scope: Scope<'_>) -> Result<Left, StoreError> {
    let (Some(groups), Some(requested_at)) = (scope.groups(), scope.requested_at()) else {
        return Ok(Left::All);
    };
    let record = deps.store.last_tick().await?;
    let covered: Covered = record.map(|record| record.covered).unwrap_or_default();
    Ok(covered.left(now, requested_at, groups))
}

fn fulfilled(covered_at: Timestamp) -> Answer {
    info!(%covered_at, "nothing is left to do: a run that began at {covered_at} has done what was wished");
    Answer {
        covered_at: Some(covered_at),
        ..Answer::default()
    }
}

fn too_late<'a>(scope: Scope<'_>, until: Timestamp) -> Result<Turn<'a>, PollerError> {
    match scope {
        Scope::Tick => {
            info!(%until, "another sweep is under way: this tick leaves the work to it");
            Ok(Turn::Theirs(Answer {
                busy: true,
                ..Answer::default()
            }))
        }
        Scope::Sync(_) | Scope::Wish(_) => Err(StoreError::Leased { until }.into()),
    }
}
