//! One invocation's work: refresh what is known, then reconcile what is due, or what somebody asks for.

mod known;
mod minute;

use crate::answer::{Answer, Failure, PollerError};
use crate::ask::accounts_of;
use crate::configured::configured;
use crate::deps::{Configured, Deps, Stored};
use crate::due::{Wanted, items};
use crate::failures;
use crate::incidents::Keeping;
use crate::invocation::Sync;
use crate::lag::{self, News, Shifts};
use crate::measure;
use crate::outbox;
use crate::refresh::Known;
use crate::sweep::Sweep;
use crate::turn::{END_MARGIN, Scope, Taken, Turn, take_turn};
use access_core::facts::Facts;
use access_core::id::{GroupName, PagerDutyName, PagerDutyUserId, PlanId};
use access_core::plan::{Binding, Spent};
use access_core::ports::{HeldPlan, Lease, StoreError, TickRecord};
use access_core::timeline::Timeline;
use function_kit::metrics::{self, Metric};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{info, warn};

/// How often the schedule calls: an edge within this span is this tick's to wait for.
pub const TICK: SignedDuration = SignedDuration::from_mins(1);

/// Bindings in one sweep; more are taken by the next sweep of the same tick. At 20 calls a second and some seven calls a
/// new binding, a sweep takes half a minute at most, so that what it looked at it can also carry out. Together with
/// `[limits]` this bounds what one mistake can do, and it keeps the plans of one sweep small in memory.
const BINDINGS_PER_SWEEP: usize = 100;

/// Takes the lease, works under it, and gives it back with what the next tick should know.
pub(crate) async fn run(
    deps: &Deps,
    now: Timestamp,
    deadline: Timestamp,
    scope: Scope<'_>,
) -> Result<Answer, PollerError> {
    if let Scope::Sync(sync) = scope
        && let Some(plan) = sync.release
    {
        let by = sync.by.as_deref().unwrap_or("direct invoke");
        deps.store.let_go(plan, by, now).await?;
    }
    let Taken {
        mut memory,
        configured,
        lease,
        began_at,
    } = match take_turn(deps, now, deadline, scope).await? {
        Turn::Ours(taken) => taken,
        Turn::Theirs(answer) => return Ok(answer),
    };
    let now = deps.clock.now().max(began_at);
    let mut work = match Work::open(deps, &mut memory, configured, now, Some(lease)).await {
        Ok(work) => work,
        Err(error) => {
            give_back(deps, lease).await;
            return Err(error);
        }
    };
    let done = work.go(now, deadline, scope, began_at).await;
    let Work {
        answer,
        mut record,
        stored,
        held,
        is_cut_short,
        timeline,
        news,
        earlier_news,
        ..
    } = work;
    measure::run(&answer.plans, &held);
    let ended_at = deps.clock.now();
    record.ended_at = Some(ended_at);
    let is_tick = matches!(scope, Scope::Tick);
    if is_tick && done.is_ok() && answer.failures.is_empty() && !is_cut_short {
        record.whole_at = Some(ended_at);
    }
    record.program = Some(env!("CARGO_PKG_VERSION").to_owned());
    let released = deps.store.release(lease.fence, &record).await;
    if let (true, Ok(()), Some(whole_at)) = (is_tick, &released, record.whole_at) {
        metrics::seconds(Metric::SweepAge, ended_at.duration_since(whole_at));
    }
    done?;
    released?;
    memory.stored = Some((lease.fence, stored));
    memory.news = lag::remembered(now, earlier_news, news, &timeline);
    Ok(answer)
}

/// Gives back the lease of a run that could not begin: nobody need wait for its end. What the run before left lies beside the
/// lease and stays as it is; where it cannot be read, or nobody left anything, the lease ends by itself.
async fn give_back(deps: &Deps, lease: Lease) {
    let given_back = match deps.store.last_tick().await {
        Ok(Some(record)) => deps.store.release(lease.fence, &record).await,
        Ok(None) => return,
        Err(error) => Err(error),
    };
    if let Err(error) = given_back {
        warn!(%error, until = %lease.until, "the lease of a run that could not begin is not given back: it ends by itself");
    }
}

/// Plans everything and changes nothing; needs no lease.
pub(crate) async fn dry_run(
    deps: &Deps,
    now: Timestamp,
    deadline: Timestamp,
    sync: &Sync,
) -> Result<Answer, PollerError> {
    let memory = &mut *deps.memory().await;
    let configured = configured(deps, memory).await?;
    let mut work = Work::open(deps, memory, configured, now, None).await?;
    let accounts = accounts_of(&sync.groups, &work.timeline, &work.configured.config);
    work.refresh(now, accounts).await?;
    work.sync(now, deadline, &sync.groups).await?;
    Ok(Answer {
        dry_run: true,
        ..work.answer
    })
}

/// One invocation's work.
struct Work<'a> {
    deps: &'a Deps,
    configured: Configured,
    lease: Option<Lease>,
    record: TickRecord,
    /// The record as it was last kept before the end of the tick.
    kept: Option<TickRecord>,
    known: Known,
    facts: Facts,
    timeline: Timeline,
    /// What the last read of PagerDuty brought to light.
    news: News,
    /// What earlier runs brought to light.
    earlier_news: News,
    stored: Stored,
    held: BTreeMap<PlanId, HeldPlan>,
    /// Plans that are held and cannot be understood: nobody let them go.
    unread_held: BTreeSet<PlanId>,
    /// What the sweeps of this invocation took from the removal budget.
    spent: Spent,
    /// Whoever was looked up while waiting, with or without success.
    asked: BTreeSet<(PagerDutyName, PagerDutyUserId)>,
    /// Whether the coming days were looked at, with or without success.
    looked_ahead: bool,
    /// Whether something was left to the next tick because the time was up.
    is_cut_short: bool,
    answer: Answer,
}

impl Work<'_> {
    async fn go(
        &mut self,
        now: Timestamp,
        deadline: Timestamp,
        scope: Scope<'_>,
        began_at: Timestamp,
    ) -> Result<(), PollerError> {
        self.flush_if_possible().await?;
        match scope.groups() {
            None => {
                // A tick covers no wish: it looks only at what changed.
                let due = self.known.due(now, &self.configured);
                self.refresh(now, due).await?;
                self.tick(now, deadline).await?;
            }
            Some(groups) => {
                let accounts = accounts_of(groups, &self.timeline, &self.configured.config);
                let due = self
                    .known
                    .unread_since(now, scope.requested_at(), &accounts);
                self.refresh(now, due).await?;
                // What could not be read is not known, and covers nothing.
                let covered_at = self.known.since(began_at, &accounts);
                let there = match scope {
                    Scope::Wish(_) => self.left_of(groups),
                    Scope::Tick | Scope::Sync(_) => groups.clone(),
                };
                // A wish of which nothing is left is no wish for everything.
                let is_void = there.is_empty() && !groups.is_empty();
                if (is_void || self.sync(now, deadline, &there).await?)
                    && let Some(covered_at) = covered_at
                {
                    // Not those around them: the accounts of their other sources were not read for it.
                    self.record.covered.note(covered_at, groups);
                }
                self.note_duration(now);
            }
        }
        let (answer, record) = (&self.answer, &mut self.record);
        let told = failures::tell(self.deps, now, scope, self.looked_ahead, answer, record).await;
        // What was done is told although what failed beside it cannot be.
        self.flush().await?;
        Ok(told?)
    }

    /// The groups that there still are of those that the bus asks for: whoever wished for them went by a configuration that
    /// may be a minute old. Somebody who asks directly is told of a group that there is not.
    fn left_of(&self, groups: &BTreeSet<GroupName>) -> BTreeSet<GroupName> {
        let (there, gone): (BTreeSet<_>, BTreeSet<_>) =
            groups.iter().cloned().partition(|name| self.knows(name));
        for name in &gone {
            info!(group = %name, "the wish names group {name}, which there is not: it is left out");
        }
        there
    }

    /// Whether the group is configured, or was and is not yet undone.
    fn knows(&self, name: &GroupName) -> bool {
        let mut bindings = self.stored.bindings.states.keys();
        self.timeline.groups.contains_key(name) || bindings.any(|binding| binding.group == *name)
    }

    /// Looks at the groups asked for, once, and at those around them: whoever loses the one loses the other with it, not with
    /// the next tick. Answers whether the time sufficed for all of them.
    ///
    /// Whoever asks directly gets the same, so that plans show all that comes of a change; the next tick would do it anyway.
    ///
    /// What failed was told, and is due at every tick until it succeeds: it counts as looked at.
    async fn sync(
        &mut self,
        now: Timestamp,
        deadline: Timestamp,
        groups: &BTreeSet<GroupName>,
    ) -> Result<bool, PollerError> {
        if let Some(name) = groups.iter().find(|name| !self.knows(name)) {
            return Err(PollerError::NoSuchGroup(name.clone()));
        }
        let groups = self.configured.config.with_groups_around(groups.clone());
        let all = items(
            now,
            &self.configured,
            &self.facts,
            &self.timeline,
            &self.stored.bindings,
            Wanted::Groups(&groups),
        );
        let mut left = all.len();
        for sweep in all.chunks(BINDINGS_PER_SWEEP) {
            if !self.has_time(deadline) {
                let error = format!("the time was up before {left} bindings were looked at");
                self.answer.failures.insert(Failure::new("sync", error));
                return Ok(false);
            }
            self.sweep(now, sweep.to_vec()).await?;
            left -= sweep.len();
        }
        Ok(true)
    }

    /// Tells what was done until now.
    async fn flush(&mut self) -> Result<(), PollerError> {
        let (configured, facts) = (&self.configured, &self.facts);
        outbox::flush(self.deps, configured, facts, &mut self.answer).await?;
        Ok(())
    }

    /// Tells what was done until now. What the store does not give out waits: no handoff waits with it.
    async fn flush_if_possible(&mut self) -> Result<(), PollerError> {
        match self.flush().await {
            Err(PollerError::Store(error)) if error != StoreError::Overtaken => {
                warn!(%error, "nothing can be told now; it waits");
                self.answer.failures.insert(Failure::new("outbox", error));
                Ok(())
            }
            done => done,
        }
    }

    /// Sweeps until nothing more is due at `now`, or the time is up.
    async fn reconcile(
        &mut self,
        now: Timestamp,
        deadline: Timestamp,
        forced: &BTreeSet<Binding>,
    ) -> Result<(), PollerError> {
        let due = items(
            now,
            &self.configured,
            &self.facts,
            &self.timeline,
            &self.stored.bindings,
            Wanted::Due(forced),
        );
        for sweep in due.chunks(BINDINGS_PER_SWEEP) {
            if !self.has_time(deadline) {
                info!("the time is up: what is left is due at the next tick");
                break;
            }
            self.sweep(now, sweep.to_vec()).await?;
            let passed = |edge: Timestamp| edge <= self.deps.clock.now();
            if self.timeline.next_change(now).is_some_and(passed) {
                // An edge goes before the rest, which is due again at that edge.
                break;
            }
        }
        Ok(())
    }

    /// Records how long it took until all that was due at `started` was done.
    fn note_duration(&self, started: Timestamp) {
        let took = self.deps.clock.now().duration_since(started);
        metrics::seconds(Metric::SweepDuration, took);
    }

    /// Whether there is time for what comes next; notes when there is not.
    fn has_time(&mut self, deadline: Timestamp) -> bool {
        let has_time = self.deps.clock.now() < deadline - END_MARGIN;
        self.is_cut_short |= !has_time;
        has_time
    }

    async fn sweep(
        &mut self,
        now: Timestamp,
        items: Vec<crate::due::Item>,
    ) -> Result<(), PollerError> {
        if items.is_empty() {
            return Ok(());
        }
        let mut sweep = Sweep {
            deps: self.deps,
            configured: &self.configured,
            lease: self.lease,
            shifts: Shifts {
                timeline: &self.timeline,
                news: &self.news,
                earlier_news: &self.earlier_news,
            },
            held: &mut self.held,
            unread_held: &self.unread_held,
            spent: &mut self.spent,
            states: &mut self.stored.bindings.states,
            is_cut_short: &mut self.is_cut_short,
            answer: &mut self.answer,
        };
        Ok(sweep.run(now, items).await?)
    }
}

/// Whether what is found out is written down: under a lease it is.
fn keeping(lease: Option<Lease>) -> Keeping {
    lease.map_or(Keeping::Dry, |_| Keeping::Kept)
}
