//! The tick: refresh what is known, reconcile what is due, and wait for edges that fall before the next tick.

use crate::answer::{Answer, Failure, PollerError};
use crate::configured::configured;
use crate::coverage::{self, FORECAST};
use crate::deps::{Configured, Deps, Memory, Stored};
use crate::due::{Wanted, items};
use crate::incidents::{self, Keeping};
use crate::invocation::Sync;
use crate::outbox;
use crate::refresh::Known;
use crate::sweep::Sweep;
use access_core::event::{Event, SyncFailed, Warning};
use access_core::facts::Facts;
use access_core::id::{GroupName, PlanId, SweepId};
use access_core::plan::Binding;
use access_core::ports::{HeldPlan, Lease, OutboxEntry, StoreError, TickRecord};
use access_core::timeline::Timeline;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{info, warn};

/// How often the schedule calls: an edge within this span is this tick's to wait for.
pub const TICK: SignedDuration = SignedDuration::from_mins(1);

/// How long to wait for another sweep to end: the one before is still at its last edge.
const LEASE_WAIT: SignedDuration = SignedDuration::from_secs(20);

/// How often the lease is asked for while waiting.
const LEASE_RETRY: SignedDuration = SignedDuration::from_millis(500);

/// Bindings in one sweep; more are taken by the next sweep of the same tick. At 20 calls a second and some seven calls a
/// new binding, a sweep takes half a minute at most, so that what it looked at it can also carry out. Together with
/// `[limits]` this bounds what one mistake can do, and it keeps the plans of one sweep small in memory.
const BINDINGS_PER_SWEEP: usize = 100;

/// No sweep is begun this shortly before the invocation must end.
const END_MARGIN: SignedDuration = SignedDuration::from_secs(20);

/// What one invocation is to do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// What is due, and the edges before the next tick.
    Tick,
    /// These groups, once.
    Sync(&'a Sync),
}

/// Takes the lease, works under it, and gives it back with what the next tick should know.
pub(crate) async fn run(
    deps: &Deps,
    now: Timestamp,
    deadline: Timestamp,
    scope: Scope<'_>,
) -> Result<Answer, PollerError> {
    let memory = &mut *deps.memory().await;
    let configured = configured(deps, memory).await?;
    if let Scope::Sync(sync) = scope
        && let Some(plan) = sync.release
    {
        let by = sync.by.as_deref().unwrap_or("direct invoke");
        deps.store.let_go(plan, by, now).await?;
    }
    let lease = match acquire(deps, now, deadline).await {
        Ok(lease) => lease,
        Err(StoreError::Leased { until }) if matches!(scope, Scope::Tick) => {
            info!(%until, "another sweep is under way: this tick leaves the work to it");
            return Ok(Answer {
                busy: true,
                ..Answer::default()
            });
        }
        Err(error) => return Err(error.into()),
    };
    let now = deps.clock.now().max(now);
    let mut work = Work::open(deps, memory, configured, now, Some(lease)).await?;
    let done = work.go(now, deadline, scope).await;
    let Work {
        answer,
        mut record,
        stored,
        ..
    } = work;
    record.ended_at = Some(deps.clock.now());
    let released = deps.store.release(lease.fence, &record).await;
    done?;
    released?;
    memory.stored = record.sweep.map(|sweep| (sweep, stored));
    Ok(answer)
}

/// Plans everything and changes nothing; needs no lease.
pub(crate) async fn dry_run(
    deps: &Deps,
    now: Timestamp,
    sync: &Sync,
) -> Result<Answer, PollerError> {
    let memory = &mut *deps.memory().await;
    let configured = configured(deps, memory).await?;
    let mut work = Work::open(deps, memory, configured, now, None).await?;
    work.refresh(now, true).await?;
    work.sync(now, sync).await?;
    Ok(Answer {
        dry_run: true,
        ..work.answer
    })
}

async fn acquire(deps: &Deps, now: Timestamp, deadline: Timestamp) -> Result<Lease, StoreError> {
    let give_up = (now + LEASE_WAIT).min(deadline);
    loop {
        let now = deps.clock.now().max(now);
        match deps.store.acquire(now, deadline).await {
            Err(StoreError::Leased { .. }) if now < give_up => {
                deps.clock.wait_until(now + LEASE_RETRY).await;
            }
            outcome => return outcome,
        }
    }
}

/// One invocation's work.
struct Work<'a> {
    deps: &'a Deps,
    configured: Configured,
    lease: Option<Lease>,
    record: TickRecord,
    known: Known,
    facts: Facts,
    timeline: Timeline,
    stored: Stored,
    held: BTreeMap<PlanId, HeldPlan>,
    /// Whether the coming days were looked at, with or without success.
    looked_ahead: bool,
    answer: Answer,
}

impl<'a> Work<'a> {
    async fn open(
        deps: &'a Deps,
        memory: &mut Memory,
        configured: Configured,
        now: Timestamp,
        lease: Option<Lease>,
    ) -> Result<Self, PollerError> {
        let store = &deps.store;
        let record = store.last_tick().await?.unwrap_or_default();
        let remembered = memory
            .stored
            .take()
            .filter(|(sweep, _)| record.sweep == Some(*sweep));
        let stored = match remembered {
            Some((_, stored)) => stored,
            None => Stored {
                rotas: store.rotas().await?,
                bindings: store.bindings().await?,
            },
        };
        let held = store.held().await?;
        let known = Known::new(stored.rotas.clone(), &record);
        let mut facts = known.facts();
        incidents::add_known(deps, &configured.config, &mut facts).await?;
        let timeline = Timeline::of(&configured.config, &facts);
        let sweep = lease.map(|_| sweep_id(now));
        let answer = Answer {
            sweep,
            ..Answer::default()
        };
        Ok(Self {
            deps,
            configured,
            lease,
            record: TickRecord { sweep, ..record },
            known,
            facts,
            timeline,
            stored,
            held,
            looked_ahead: false,
            answer,
        })
    }

    async fn go(
        &mut self,
        now: Timestamp,
        deadline: Timestamp,
        scope: Scope<'_>,
    ) -> Result<(), PollerError> {
        outbox::flush(self.deps, &mut self.answer).await?;
        self.refresh(now, matches!(scope, Scope::Sync(_))).await?;
        match scope {
            Scope::Sync(sync) => self.sync(now, sync).await?,
            Scope::Tick => self.tick(now, deadline).await?,
        }
        self.tell_failures(now, scope).await?;
        outbox::flush(self.deps, &mut self.answer).await?;
        Ok(())
    }

    /// Reads PagerDuty where that is due, and keeps what changed.
    async fn refresh(&mut self, now: Timestamp, always: bool) -> Result<(), PollerError> {
        let due = self.known.due(now, &self.configured, always);
        let refreshed = self.known.refresh(now, &self.configured, &due).await;
        if let Some(lease) = self.lease {
            for name in &refreshed.changed {
                let (rota, freshness) = (&self.known.rotas[name], &self.known.freshness[name]);
                self.deps
                    .store
                    .save_rota(lease.fence, name, rota, freshness)
                    .await?;
            }
        }
        let keeping = if self.lease.is_some() {
            Keeping::Kept
        } else {
            Keeping::Dry
        };
        let rota = self.known.facts();
        self.facts.pagerduty = rota.pagerduty;
        let (deps, configured) = (self.deps, &self.configured);
        // An account that does not answer about its rota is not asked for more in the same tick.
        let failing = &self.known.failing_since;
        let answering = due.into_iter().filter(|name| !failing.contains_key(name));
        let due = answering.collect();
        let unread =
            incidents::refresh(now, deps, configured, &due, keeping, &mut self.facts).await?;
        self.answer.failures.extend(unread);
        self.timeline = Timeline::of(&self.configured.config, &self.facts);
        self.stored.rotas.clone_from(&self.known.rotas);
        self.record.freshness.clone_from(&self.known.freshness);
        self.record
            .failing_since
            .clone_from(&self.known.failing_since);
        self.answer.freshness.clone_from(&self.known.freshness);
        self.answer.failures.extend(refreshed.failures);
        self.answer.findings = findings(&self.timeline);
        Ok(())
    }

    /// Looks at the groups asked for, once.
    async fn sync(&mut self, now: Timestamp, sync: &Sync) -> Result<(), PollerError> {
        let known = |name: &&GroupName| {
            !self.timeline.groups.contains_key(*name)
                && !self
                    .stored
                    .bindings
                    .keys()
                    .any(|binding| binding.group == **name)
        };
        if let Some(name) = sync.groups.iter().find(known) {
            return Err(PollerError::NoSuchGroup(name.clone()));
        }
        let all = items(
            now,
            &self.configured,
            &self.facts,
            &self.timeline,
            &self.stored.bindings,
            Wanted::Groups(&sync.groups),
        );
        self.sweep(now, all).await
    }

    /// Reconciles what is due now, looks ahead, then reconciles at every edge before the next tick.
    async fn tick(&mut self, started: Timestamp, deadline: Timestamp) -> Result<(), PollerError> {
        let released = self.held.values().filter(|held| held.released.is_some());
        let forced: BTreeSet<Binding> = released.map(|held| held.binding.clone()).collect();
        self.reconcile(started, deadline, &forced).await?;
        if self.has_time(deadline) {
            self.look_ahead(started).await?;
        }
        let mut now = started;
        let last = (started + TICK).min(deadline - END_MARGIN);
        while let Some(edge) = self.timeline.next_change(now).filter(|edge| *edge <= last) {
            // What was done until now is told before the wait, not after it.
            outbox::flush(self.deps, &mut self.answer).await?;
            self.deps.clock.wait_until(edge).await;
            now = edge;
            self.reconcile(now, deadline, &BTreeSet::new()).await?;
        }
        Ok(())
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

    fn has_time(&self, deadline: Timestamp) -> bool {
        self.deps.clock.now() < deadline - END_MARGIN
    }

    async fn look_ahead(&mut self, now: Timestamp) -> Result<(), PollerError> {
        self.looked_ahead = coverage::look_ahead(
            self.deps,
            now,
            &self.configured,
            &mut self.record,
            &mut self.answer,
        )
        .await?;
        Ok(())
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
            held: &mut self.held,
            states: &mut self.stored.bindings,
            answer: &mut self.answer,
        };
        Ok(sweep.run(now, items).await?)
    }

    /// Tells the bus what failed, once for as long as the same things fail.
    async fn tell_failures(&mut self, now: Timestamp, scope: Scope<'_>) -> Result<(), PollerError> {
        let failures: BTreeSet<String> = self
            .answer
            .failures
            .iter()
            .map(Failure::to_string)
            .collect();
        if !failures.is_subset(&self.record.failures) {
            warn!(
                failures = failures.len(),
                "{} things failed; everything else was done",
                failures.len()
            );
            if let Some(sweep) = self.answer.sweep {
                let event = Event::SyncFailed(SyncFailed {
                    sweep,
                    failures: failures.clone(),
                });
                self.deps
                    .store
                    .post(&[OutboxEntry {
                        key: format!("{now}/failed/{sweep}"),
                        at: now,
                        event,
                    }])
                    .await?;
            }
        }
        // What was not tried again goes on: the coming days, which are not looked at in every tick, and what a sync of
        // some groups left alone.
        let some = matches!(scope, Scope::Sync(sync) if !sync.groups.is_empty());
        let known = std::mem::take(&mut self.record.failures).into_iter();
        let goes_on =
            known.filter(|failure| some || failure.starts_with(FORECAST) && !self.looked_ahead);
        self.record.failures = failures;
        self.record.failures.extend(goes_on);
        Ok(())
    }
}

/// What is wrong with the sources of each group.
fn findings(timeline: &Timeline) -> BTreeMap<GroupName, BTreeSet<Warning>> {
    let groups = timeline.groups.iter();
    let groups = groups.filter(|(_, group)| !group.findings.is_empty());
    let warnings = groups.map(|(name, group)| {
        let findings = group.findings.iter().cloned();
        let warnings = findings.map(|finding| Warning::Finding { finding });
        (name.clone(), warnings.collect())
    });
    warnings.collect()
}

fn sweep_id(now: Timestamp) -> SweepId {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    SweepId::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        seconds,
        nanoseconds,
    ))
}
