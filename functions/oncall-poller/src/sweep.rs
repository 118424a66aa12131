//! One sweep: look at bindings, check all plans together, carry them out, write down how it went.

use crate::answer::{Answer, Failure};
use crate::deps::{Configured, Deps};
use crate::due::Item;
use crate::lag::{self, Shifts};
use crate::look::{Looked, look};
use crate::protected::Protected;
use access_core::apply::{Hands, Report, carry_out};
use access_core::event::{Event, RemovalsHeld};
use access_core::id::PlanId;
use access_core::plan::{Binding, Plan, Spent, Standing, check};
use access_core::ports::{BindingState, Fence, HeldPlan, Lease, OutboxEntry, StoreError};
use function_kit::metrics::{self, Metric};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use tracing::{error, info, warn};

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
        let mut plans: Vec<Plan> = looked.iter().map(|looked| looked.plan.clone()).collect();
        let known: BTreeSet<PlanId> = self.held.keys().copied().collect();
        let released: BTreeSet<PlanId> = self
            .held
            .iter()
            .filter(|(_, held)| held.released.is_some())
            .map(|(id, _)| *id)
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

    async fn carry_out(
        &mut self,
        now: Timestamp,
        lease: Lease,
        looked: &[Looked],
    ) -> Result<(), StoreError> {
        let (store, clock) = (self.deps.store.as_ref(), self.deps.clock.as_ref());
        // Collected first: a stream that still holds a closure is not `Send` for every lifetime.
        let begun: Vec<_> = looked
            .iter()
            .filter_map(|looked| Some((&looked.item.binding, looked.begun()?)))
            .map(|(binding, state)| async move {
                store.save_binding(lease.fence, binding, &state).await
            })
            .collect();
        let mut begun = futures::stream::iter(begun).buffer_unordered(LOOKS_AT_ONCE);
        while let Some(saved) = begun.next().await {
            saved?;
        }
        drop(begun);
        let goes_on = || clock.now() < lease.until - LEASE_MARGIN;
        let works: Vec<_> = looked
            .iter()
            .map(|looked| async {
                let hands = Hands {
                    target: looked.target.as_ref(),
                    store,
                    fence: lease.fence,
                    goes_on: &goes_on,
                };
                let report = if looked.plan.is_empty() {
                    Report::default()
                } else {
                    carry_out(now, &looked.plan, &hands).await
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

    /// Writes down how one binding went: held plans, state, and what the answer says.
    async fn note(
        &mut self,
        now: Timestamp,
        fence: Fence,
        looked: &Looked,
        report: &Report,
    ) -> Result<(), StoreError> {
        let binding = &looked.item.binding;
        for applied in &report.applied {
            let event = &applied.event;
            let principal = event
                .principal
                .as_ref()
                .map(|principal| principal.id().to_string());
            info!(change = %event.change, group = %binding.group, entitlement = %binding.entitlement, principal, action = ?event.action, "{:?} in {binding}", event.action);
        }
        for failed in &report.failed {
            self.fail(Failure::new(binding, &failed.error));
        }
        match &report.store {
            Some(StoreError::Overtaken) => return Err(StoreError::Overtaken),
            Some(error) => self.fail(Failure::new(binding, error)),
            None if report.left > 0 => {
                *self.is_cut_short = true;
                info!(group = %binding.group, left = report.left, "the time is up: {} changes of {binding} go with the next tick", report.left);
            }
            None => {}
        }
        self.answer.changes += report.applied.len();
        self.note_held(now, fence, looked).await?;
        self.note_state(now, fence, looked, report).await
    }

    async fn note_held(
        &mut self,
        now: Timestamp,
        fence: Fence,
        looked: &Looked,
    ) -> Result<(), StoreError> {
        let (store, binding, plan) = (self.deps.store.as_ref(), &looked.item.binding, &looked.plan);
        let waits = plan.held.iter().any(|held| !held.reason.is_told());
        if waits {
            // The next read decides; what is held until then, and what was let go, stays as it is.
            return Ok(());
        }
        let told = plan.held_id.filter(|_| plan.told().next().is_some());
        let stale: Vec<PlanId> = self
            .held
            .iter()
            .filter(|(id, held)| held.binding == *binding && told != Some(**id))
            .map(|(id, _)| *id)
            .collect();
        for id in stale {
            store.close(fence, id).await?;
            self.held.remove(&id);
        }
        let Some(id) = told else { return Ok(()) };
        if self.held.contains_key(&id) {
            return Ok(());
        }
        let held = HeldPlan {
            binding: binding.clone(),
            removals: plan.held.clone(),
            since: now,
            released: None,
        };
        let event = RemovalsHeld::of(id, &held);
        error!(plan.id = %id, group = %binding.group, entitlement = %binding.entitlement, removals = plan.held.len(), "{} removals of {binding} wait for a person", plan.held.len());
        // Told first: whoever is cut off in between tells it again, and never keeps it to itself.
        store
            .post(&[OutboxEntry {
                key: format!("{now}/held/{id}"),
                at: now,
                event: Event::RemovalsHeld(event),
            }])
            .await?;
        store.hold(fence, id, &held).await?;
        self.held.insert(id, held);
        Ok(())
    }

    async fn note_state(
        &mut self,
        now: Timestamp,
        fence: Fence,
        looked: &Looked,
        report: &Report,
    ) -> Result<(), StoreError> {
        let (store, binding) = (self.deps.store.as_ref(), &looked.item.binding);
        let clean = report.is_clean() && !looked.plan.continues();
        let gone =
            looked.item.standing == Standing::Removed && clean && looked.plan.held.is_empty();
        if gone {
            store.drop_binding(fence, binding).await?;
            self.states.remove(binding);
            info!(group = %binding.group, entitlement = %binding.entitlement, "{binding} left the configuration and holds nothing more");
            return Ok(());
        }
        if report.store.is_none() {
            self.take_over(now, fence, looked).await?;
        }
        let state = BindingState {
            target_group: Some(looked.plan.target_group.clone()),
            fingerprint: clean.then(|| looked.item.brought_into_line(!looked.plan.held.is_empty())),
            observed_at: Some(now),
            clean,
            removable: looked.plan.removable,
            origin: looked.item.origin.clone(),
            creation: looked.state.creation,
        };
        store.save_binding(fence, binding, &state).await?;
        self.states.insert(binding.clone(), state);
        Ok(())
    }

    /// Forgets the bindings that this one took over, now that their records stand under its name.
    async fn take_over(
        &mut self,
        now: Timestamp,
        fence: Fence,
        looked: &Looked,
    ) -> Result<(), StoreError> {
        for (before, accounts) in &looked.inherited {
            let forget = Plan::forgetting(
                before.clone(),
                looked.plan.target_group.clone(),
                accounts.clone(),
            );
            self.deps.store.begin(fence, now, &forget).await?;
            self.deps.store.drop_binding(fence, before).await?;
            self.states.remove(before);
            info!(group = %looked.item.binding.group, before = %before.group, "{} takes over from {before}", looked.item.binding);
        }
        Ok(())
    }
}
