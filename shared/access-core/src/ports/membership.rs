//! What is kept of memberships: bindings, records with their journal, and plans whose removals wait.

use super::store::{Fence, StoreError};
use crate::apply::{Applied, ChangeFailure};
use crate::id::{AccountId, ChangeId, GroupName, PlanId, TargetGroupId};
use crate::membership::Record;
use crate::plan::{Action, Binding, HeldRemoval, Plan};
use crate::principal::Principal;
use crate::timeline::GroupOrigin;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of every binding that ever held members and is not yet cleared away.
#[async_trait]
pub trait Bindings {
    /// Every binding's state; one that cannot be understood stands in no other's way.
    ///
    /// # Errors
    /// When not all can be read.
    async fn bindings(&self) -> Result<KnownBindings, StoreError>;
    /// Keeps a binding's state.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], or when it cannot be written.
    async fn save_binding(
        &self,
        fence: Fence,
        binding: &Binding,
        state: &BindingState,
    ) -> Result<(), StoreError>;
    /// Clears a binding away that has left the configuration and holds nothing more; a repeat changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], or when it cannot be written.
    async fn drop_binding(&self, fence: Fence, binding: &Binding) -> Result<(), StoreError>;
}

/// Bindings as they are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownBindings {
    /// The state of every binding that can be understood.
    pub states: BTreeMap<Binding, BindingState>,
    /// What cannot be understood, by where it lies. Never to be taken for bindings that are new.
    pub unread: BTreeMap<String, UnreadBinding>,
}

impl KnownBindings {
    /// Whether a binding has to be left alone: what is known of it, or of one that it may have to take over from, cannot be
    /// understood.
    #[must_use]
    pub fn is_unread(&self, binding: &Binding) -> bool {
        let mut unread = self.unread.values().filter_map(|one| one.binding.as_ref());
        unread.any(|unread| unread.entitlement == binding.entitlement)
    }
}

/// What is known of a binding, and cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadBinding {
    /// Which one, where its place tells.
    pub binding: Option<Binding>,
    /// What is the matter with it.
    pub reason: String,
}

/// What is known of one binding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingState {
    /// Where its group's rule comes from.
    pub origin: GroupOrigin,
    /// Whether Rotakey made the target group.
    pub creation: Creation,
    /// The target's own id of the group, once known.
    pub target_group: Option<TargetGroupId>,
    /// What was wanted when the binding was last brought into line, in a form that can only be compared.
    pub fingerprint: Option<String>,
    /// When the target group was last looked at.
    pub observed_at: Option<Timestamp>,
    /// Whether every change of that look succeeded, and none went on with what an earlier sweep had begun.
    pub clean: bool,
    /// How many memberships that look found that are Rotakey's to remove.
    #[serde(default)]
    pub removable: usize,
}

/// Whether Rotakey made a target group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Creation {
    /// It was there.
    #[default]
    Found,
    /// Rotakey is about to create it, or did so and was cut off before it knew.
    Begun,
    /// Rotakey created it.
    Ours,
}

/// Records of memberships and the journal of their changes.
#[async_trait]
pub trait Memberships {
    /// Every record of one binding.
    ///
    /// # Errors
    /// When not all can be read.
    async fn records(&self, binding: &Binding) -> Result<BTreeMap<AccountId, Record>, StoreError>;
    /// Every record of one person, by binding.
    ///
    /// # Errors
    /// When not all can be read.
    async fn records_of(&self, principal: &Principal)
    -> Result<Vec<(Binding, Record)>, StoreError>;
    /// Before anything is changed: settles what earlier sweeps left open, rewrites records, and writes down every
    /// addition and removal as decided. What was begun before is not written again. Safe to repeat.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], or when not all could be written: then nothing may be applied.
    async fn begin(&self, fence: Fence, now: Timestamp, plan: &Plan) -> Result<(), StoreError>;
    /// After a change succeeded: its record, its journal entry and its event, in one transaction. Safe to repeat: one
    /// change is journalled once.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], or when it could not be written: the change stays open and the next sweep settles it.
    async fn finish(
        &self,
        fence: Fence,
        now: Timestamp,
        binding: &Binding,
        change: &Applied,
    ) -> Result<(), StoreError>;
    /// After a change failed: a journal entry; the change stays open. A repeat of the same failure is not journalled again.
    ///
    /// # Errors
    /// As [`Memberships::finish`].
    async fn fail(
        &self,
        fence: Fence,
        now: Timestamp,
        binding: &Binding,
        failure: &ChangeFailure,
    ) -> Result<(), StoreError>;
    /// The journal of one group, oldest first, from `since` on.
    ///
    /// # Errors
    /// When not all can be read.
    async fn journal(
        &self,
        group: &GroupName,
        since: Option<Timestamp>,
    ) -> Result<Vec<JournalEntry>, StoreError>;
}

/// One line of the journal: a decision, or what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// When it was written.
    pub at: Timestamp,
    /// The change it belongs to.
    pub change: ChangeId,
    /// Which group and entitlement.
    pub binding: Binding,
    /// The account in the target.
    pub account: AccountId,
    /// Whose it is, if anybody's.
    pub principal: Option<Principal>,
    /// What was to be done.
    pub action: Action,
    /// Decided, applied, failed or given up.
    pub stage: JournalStage,
    /// Why, in words.
    pub reason: String,
}

/// How far a change had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalStage {
    /// Written before the target is touched.
    Decided,
    /// The target confirmed it, or shows it.
    Applied,
    /// The target refused or did not answer; it is tried again.
    Failed,
    /// No longer wanted before it took effect.
    GivenUp,
}

/// Plans whose removals wait for a person.
#[async_trait]
pub trait HeldPlans {
    /// Every held plan; one that cannot be understood stands in no other's way.
    ///
    /// # Errors
    /// When not all can be read.
    async fn held(&self) -> Result<KnownHeld, StoreError>;
    /// Keeps a held plan; `true` when it was not known before.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], [`StoreError::TooLarge`], or when it cannot be written.
    async fn hold(&self, fence: Fence, id: PlanId, plan: &HeldPlan) -> Result<bool, StoreError>;
    /// A person lets it go; a repeat changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when no such plan is held.
    async fn let_go(&self, id: PlanId, by: &str, now: Timestamp) -> Result<(), StoreError>;
    /// Takes away a held plan that was carried out or no longer describes anything; a repeat changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], or when it cannot be written.
    async fn close(&self, fence: Fence, id: PlanId) -> Result<(), StoreError>;
}

/// Held plans as they are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownHeld {
    /// Every plan that can be understood.
    pub plans: BTreeMap<PlanId, HeldPlan>,
    /// What cannot be understood, by where it lies. Never to be taken for plans that are not held, or were let go.
    pub unread: BTreeMap<String, UnreadHeld>,
}

impl KnownHeld {
    /// One plan, if it is held.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it is and cannot be understood.
    pub fn find(mut self, id: PlanId) -> Result<Option<HeldPlan>, StoreError> {
        let is_it = |(_, unread): &(&String, &UnreadHeld)| unread.plan == Some(id);
        match self.unread.iter().find(is_it) {
            Some((place, unread)) => Err(unread.error(place)),
            None => Ok(self.plans.remove(&id)),
        }
    }

    /// All of them, for whoever would err with less.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when one cannot be understood.
    pub fn whole(self) -> Result<BTreeMap<PlanId, HeldPlan>, StoreError> {
        match self.unread.first_key_value() {
            Some((place, unread)) => Err(unread.error(place)),
            None => Ok(self.plans),
        }
    }
}

/// A held plan that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadHeld {
    /// Which one, where its place tells.
    pub plan: Option<PlanId>,
    /// What is the matter with it.
    pub reason: String,
}

impl UnreadHeld {
    fn error(&self, place: &str) -> StoreError {
        StoreError::Malformed {
            what: place.to_owned(),
            reason: self.reason.clone(),
        }
    }
}

/// One plan whose removals wait for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldPlan {
    /// Which group and entitlement.
    pub binding: Binding,
    /// What waits, and why.
    pub removals: Vec<HeldRemoval>,
    /// Since when.
    pub since: Timestamp,
    /// Who let it go and when, if anybody did.
    pub released: Option<(String, Timestamp)>,
}
