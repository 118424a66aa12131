//! How one binding went, written down: its held plans, its state, and what the answer says.

use super::Sweep;
use crate::answer::Failure;
use crate::look::Looked;
use access_core::apply::Report;
use access_core::id::{AccountId, PlanId};
use access_core::plan::{Action, Binding, Plan, Standing};
use access_core::ports::{BindingState, Fence, HeldPlan, StoreError};
use access_core::waiting::removals_held;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tracing::{error, info, warn};

/// How long a release stands that cannot be carried out. A person let go what they saw on that day: whoever comes back and
/// leaves again, or is refused by a target for days, is a matter for another look.
const RELEASE_STANDS: SignedDuration = SignedDuration::from_hours(24);

/// Whether a person let the plan go, and that still stands.
pub(super) fn is_let_go(now: Timestamp, held: &HeldPlan) -> bool {
    let released = held.released.as_ref();
    released.is_some_and(|(_, at)| now.duration_since(*at) < RELEASE_STANDS)
}

/// Accounts whose removal is still to come: held, refused by the target, or not tried.
fn left<'a>(plan: &'a Plan, report: &Report) -> BTreeSet<&'a AccountId> {
    let applied = report.applied.iter().map(|applied| &applied.event);
    let gone: BTreeSet<_> = applied
        .filter(|event| event.action == Action::Remove)
        .map(|event| &event.account)
        .collect();
    let held = plan.held.iter().map(|held| &held.removal);
    let removals = plan.removals.iter().chain(held);
    let accounts = removals.map(|removal| &removal.account);
    accounts.filter(|account| !gone.contains(account)).collect()
}

/// Whether a released plan names something that is still to be done: then the release is needed once more.
fn is_under_way(held: &HeldPlan, left: &BTreeSet<&AccountId>, report: &Report) -> bool {
    let mut removals = held.removals.iter();
    // What the store did not note may be done or not; the next look shows it.
    let is_open =
        report.store.is_some() || removals.any(|held| left.contains(&held.removal.account));
    held.released.is_some() && is_open
}

impl Sweep<'_> {
    /// Writes down how one binding went: held plans, state, and what the answer says.
    pub(super) async fn note(
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
        let held = self.note_held(now, fence, looked, report).await;
        // What could not be written is tried again with the next tick, although nothing else is left to do there.
        let clean = held.is_ok() && report.is_clean() && !looked.plan.continues();
        self.unless_overtaken(binding, held)?;
        let state = self.note_state(now, fence, looked, report, clean).await;
        self.unless_overtaken(binding, state)
    }

    /// Ends releases that stand no longer, whether their groups are looked at or not.
    pub(super) async fn end_old_releases(
        &mut self,
        now: Timestamp,
        fence: Fence,
    ) -> Result<(), StoreError> {
        let old = self
            .held
            .iter()
            .filter(|(_, held)| held.released.is_some() && !is_let_go(now, held));
        let old: Vec<(PlanId, Binding)> =
            old.map(|(id, held)| (*id, held.binding.clone())).collect();
        for (id, binding) in old {
            warn!(plan.id = %id, group = %binding.group, entitlement = %binding.entitlement, "what was let go in {binding} is not done after a day: what is left of it is judged anew");
            let closed = self.close(fence, id).await;
            self.unless_overtaken(&binding, closed)?;
        }
        Ok(())
    }

    async fn close(&mut self, fence: Fence, id: PlanId) -> Result<(), StoreError> {
        self.deps.store.close(fence, id).await?;
        self.held.remove(&id);
        Ok(())
    }

    async fn note_held(
        &mut self,
        now: Timestamp,
        fence: Fence,
        looked: &Looked,
        report: &Report,
    ) -> Result<(), StoreError> {
        let (store, binding, plan) = (self.deps.store.as_ref(), &looked.item.binding, &looked.plan);
        let waits = plan.held.iter().any(|held| !held.reason.is_told());
        if waits {
            // The next read decides; what is held until then, and what was let go, stays as it is.
            return Ok(());
        }
        let told = plan.held_id.filter(|_| plan.told().next().is_some());
        let left = left(plan, report);
        let stale: Vec<PlanId> = self
            .held
            .iter()
            .filter(|(id, held)| held.binding == *binding && told != Some(**id))
            .filter(|(_, held)| !is_under_way(held, &left, report))
            .map(|(id, _)| *id)
            .collect();
        for id in stale {
            self.close(fence, id).await?;
        }
        let Some(id) = told else { return Ok(()) };
        if self.held.contains_key(&id) || self.unread_held.contains(&id) {
            return Ok(());
        }
        let held = HeldPlan {
            binding: binding.clone(),
            removals: plan.held.clone(),
            since: now,
            released: None,
        };
        error!(plan.id = %id, group = %binding.group, entitlement = %binding.entitlement, removals = plan.held.len(), "{} removals of {binding} wait for a person", plan.held.len());
        // Told first: whoever is cut off in between tells it again, and never keeps it to itself.
        store.post(&[removals_held(id, &held)]).await?;
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
        clean: bool,
    ) -> Result<(), StoreError> {
        let (store, binding) = (self.deps.store.as_ref(), &looked.item.binding);
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
