//! One sweep: look at bindings, check all plans together, carry them out, write down how it went.

mod noted;

use crate::answer::{Answer, Failure};
use crate::deps::{Configured, Deps};
use crate::due::Item;
use crate::lag::{self, Shifts};
use crate::look::{Looked, look};
use crate::protected::Protected;
use access_core::apply::{Hands, Report, carry_out};
use access_core::id::PlanId;
use access_core::plan::{Binding, Plan, Released, Spent, check};
use access_core::ports::{BindingState, HeldPlan, Lease, StoreError};
use function_kit::metrics::{self, Metric};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tracing::warn;

/// Bindings looked at side by side. Identity Center allows 20 calls a second for all of them together, which its
/// adapter keeps to; more at once would only queue there.
const LOOKS_AT_ONCE: usize = 8;

/// No change is begun this shortly before the lease ends: one batch, its retries included, takes less.
const LEASE_MARGIN: SignedDuration = SignedDuration::from_secs(15);

/// What a sweep works with.
pub(crate) struct Sweep<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) configured: &'a Configured,
    /// The lease; `None` for a dry run, which writes nothing.
    pub(crate) lease: Option<Lease>,
    pub(crate) shifts: Shifts<'a>,
    pub(crate) held: &'a mut BTreeMap<PlanId, HeldPlan>,
    /// Plans that are held and cannot be understood: they stay held, and are not written over.
    pub(crate) unread_held: &'a BTreeSet<PlanId>,
    /// What earlier sweeps of this invocation took from the removal budget.
    pub(crate) spent: &'a mut Spent,
    pub(crate) states: &'a mut BTreeMap<Binding, BindingState>,
    /// Set where changes are left to the next tick because the time is up.
    pub(crate) is_cut_short: &'a mut bool,
    pub(crate) answer: &'a mut Answer,
}

impl Sweep<'_> {
    /// Looks at every item, holds what is suspicious in all of them together, and carries the rest out.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] when a later sweep took over: then nothing more may be done.
    pub(crate) async fn run(&mut self, now: Timestamp, items: Vec<Item>) -> Result<(), StoreError> {
        let mut looked = self.look(now, items).await;
        if let Some(lease) = self.lease {
            self.end_old_releases(now, lease.fence).await?;
        }
        let mut plans: Vec<Plan> = looked.iter().map(|looked| looked.plan.clone()).collect();
        let known = self.held.keys().chain(self.unread_held);
        let known: BTreeSet<PlanId> = known.copied().collect();
        let released = self
            .held
            .values()
            .filter(|held| noted::is_let_go(now, held));
        let released: Vec<Released> = released
            .map(|held| Released::new(held.binding.clone(), &held.removals))
            .collect();
        let due: BTreeSet<&Binding> = looked.iter().map(|looked| &looked.item.binding).collect();
        let elsewhere = self.states.iter().filter(|(it, _)| !due.contains(it));
        check(
            &mut plans,
            elsewhere.map(|(_, state)| state.removable).sum(),
            self.spent,
            &self.configured.config.limits,
            &known,
            &released,
        );
        for (looked, plan) in looked.iter_mut().zip(plans) {
            looked.plan = plan;
        }
        if let Some(lease) = self.lease {
            self.carry_out(now, lease, &looked).await?;
        }
        self.answer
            .plans
            .extend(looked.into_iter().map(|looked| looked.plan));
        Ok(())
    }

    async fn look(&mut self, now: Timestamp, items: Vec<Item>) -> Vec<Looked> {
        let (store, configured, pen) = (
            self.deps.store.as_ref(),
            self.configured,
            self.lease.map(|lease| lease.fence),
        );
        let targets = items
            .iter()
            .map(|item| item.binding.entitlement.target.clone());
        let protected = &Protected::look_up(configured, targets.collect()).await;
        let looks = items.into_iter().map(|item| async move {
            let key = item.binding.clone();
            (
                key,
                look(now, store, configured, protected, item, pen).await,
            )
        });
        let mut looks: Vec<_> = futures::stream::iter(looks)
            .buffer_unordered(LOOKS_AT_ONCE)
            .collect()
            .await;
        looks.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut looked = Vec::with_capacity(looks.len());
        for (binding, look) in looks {
            match look {
                Ok(look) => match self.shares_a_group(&look, &looked) {
                    None => looked.push(look),
                    Some(other) => self.fail(Failure::new(&binding, format!("{other} leads to the same group in the target: make one group with both as sources"))),
                },
                Err(failure) => self.fail(failure),
            }
        }
        looked
    }

    /// The other binding that leads to the same target group, by another spelling of its name.
    fn shares_a_group(&self, look: &Looked, before: &[Looked]) -> Option<Binding> {
        let ours = &look.item.binding;
        let same = |binding: &Binding, group: Option<&access_core::id::TargetGroupId>| {
            binding != ours
                && !look.item.inherits.contains(binding)
                && binding.entitlement.target == ours.entitlement.target
                && group == Some(&look.plan.target_group)
        };
        let stored = self
            .states
            .iter()
            .find(|(binding, state)| {
                same(binding, state.target_group.as_ref()) && **binding < *ours
            })
            .map(|(binding, _)| binding);
        let sibling = before
            .iter()
            .map(|other| (&other.item.binding, &other.plan.target_group))
            .find(|(binding, group)| same(binding, Some(group)));
        stored.or(sibling.map(|(binding, _)| binding)).cloned()
    }

    fn fail(&mut self, failure: Failure) {
        warn!(subject = %failure.subject, error = %failure.error, "{failure}");
        self.answer.failures.insert(failure);
    }

    /// Carries every plan out, and writes down how it went. What the store refuses of one binding stops no other.
    async fn carry_out(
        &mut self,
        now: Timestamp,
        lease: Lease,
        looked: &[Looked],
    ) -> Result<(), StoreError> {
        let (store, clock) = (self.deps.store.as_ref(), self.deps.clock.as_ref());
        let mut refused = self.begin(lease, looked).await?;
        let goes_on = || clock.now() < lease.until - LEASE_MARGIN;
        // Collected first: a stream that still holds a closure is not `Send` for every lifetime.
        let works: Vec<_> = looked
            .iter()
            .map(|looked| (looked, refused.remove(&looked.item.binding)))
            .map(|(looked, refused)| async {
                let hands = Hands {
                    target: looked.target.as_ref(),
                    store,
                    fence: lease.fence,
                    goes_on: &goes_on,
                };
                let report = match refused {
                    Some(error) => Report::not_begun(&looked.plan, error),
                    None if looked.plan.is_empty() => Report::default(),
                    None => carry_out(now, &looked.plan, &hands).await,
                };
                (report, clock.now())
            })
            .collect();
        let reports: Vec<(Report, Timestamp)> = futures::stream::iter(works)
            .buffered(LOOKS_AT_ONCE)
            .collect()
            .await;
        for (looked, (report, confirmed_at)) in looked.iter().zip(reports) {
            lag::record(now, confirmed_at, self.shifts, looked, &report);
            metrics::count(Metric::ChangesFailed, report.failed.len());
            self.note(now, lease.fence, looked, &report).await?;
        }
        Ok(())
    }

    /// Writes down which bindings are about to change; answers those of which the store refuses that: nothing may change
    /// there.
    async fn begin(
        &mut self,
        lease: Lease,
        looked: &[Looked],
    ) -> Result<BTreeMap<Binding, StoreError>, StoreError> {
        let store = self.deps.store.as_ref();
        // Collected first: a stream that still holds a closure is not `Send` for every lifetime.
        let begun: Vec<_> = looked
            .iter()
            .filter_map(|looked| Some((&looked.item.binding, looked.begun()?)))
            .map(|(binding, state)| async move {
                let saved = store.save_binding(lease.fence, binding, &state).await;
                (binding, state, saved)
            })
            .collect();
        let mut begun = futures::stream::iter(begun).buffer_unordered(LOOKS_AT_ONCE);
        let mut refused = BTreeMap::new();
        while let Some((binding, state, saved)) = begun.next().await {
            match saved {
                // Remembered, too: should the end of it not be written, this process looks again as any other would.
                Ok(()) => {
                    self.states.insert(binding.clone(), state);
                }
                Err(StoreError::Overtaken) => return Err(StoreError::Overtaken),
                Err(error) => {
                    refused.insert(binding.clone(), error);
                }
            }
        }
        Ok(refused)
    }

    /// What the store refuses of one binding is told, and stops no other; a later sweep that took over stops them all.
    fn unless_overtaken(
        &mut self,
        binding: &Binding,
        written: Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match written {
            Err(StoreError::Overtaken) => Err(StoreError::Overtaken),
            Err(error) => {
                self.fail(Failure::new(binding, error));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}
