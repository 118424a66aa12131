//! What must outlive an invocation. One implementation: `access-store`, over DynamoDB.
//!
//! Every write carries the [`Fence`] of the lease it was made under: a poller that was overtaken cannot write.

use super::audit::AuditLog;
use super::covered::Covered;
use super::incident::Incidents;
use super::request::Requests;
use crate::apply::{Applied, ChangeFailure};
use crate::event::Event;
use crate::facts::{Freshness, Rota};
use crate::id::{AccountId, ChangeId, GroupName, PagerDutyName, PlanId, SweepId, TargetGroupId};
use crate::membership::Record;
use crate::plan::{Action, Binding, HeldRemoval, Plan};
use crate::principal::Principal;
use crate::timeline::GroupOrigin;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The number of a lease: later leases have greater numbers, and older ones can no longer write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fence(pub u64);

/// A lease that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Its number.
    pub fence: Fence,
    /// It ends by itself here.
    pub until: Timestamp,
}

/// Why the store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Somebody else holds the lease.
    #[error("another sweep is under way until {until}")]
    Leased {
        /// When their lease ends at the latest.
        until: Timestamp,
    },
    /// A later lease has written since: stop, the other sweep goes on.
    #[error("a later sweep has taken over")]
    Overtaken,
    /// There is no such thing to change.
    #[error("the store has no {0}")]
    NotFound(String),
    /// What is stored cannot be understood: written by another version, or damaged.
    #[error("stored {what} cannot be read: {reason}")]
    Malformed {
        /// What was read.
        what: String,
        /// Why not.
        reason: String,
    },
    /// Another writer came first: read again, then decide again.
    #[error("another writer came first: {0}")]
    Conflict(String),
    /// The store cannot hold a thing of that size.
    #[error("{what} has {bytes} bytes, and the store holds at most {bytes_max}")]
    TooLarge {
        /// What was to be kept.
        what: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// No answer, or an error of the store: it may have happened.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
}

/// The lease that lets one sweep at a time do work. It saves work; conditional writes keep it right.
#[async_trait]
pub trait Leases {
    /// Takes the lease until `until`, at the latest.
    ///
    /// # Errors
    /// [`StoreError::Leased`] while another one has not ended (`until > now`).
    async fn acquire(&self, now: Timestamp, until: Timestamp) -> Result<Lease, StoreError>;
    /// Ends the lease and keeps what the sweep leaves to the next one, in one write; a repeat changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] when a later lease was taken.
    async fn release(&self, fence: Fence, record: &TickRecord) -> Result<(), StoreError>;
    /// Keeps what the sweep leaves while it goes on: whoever is cut off later has left that much. A repeat changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`] when the lease was ended, or a later one taken.
    async fn keep(&self, fence: Fence, record: &TickRecord) -> Result<(), StoreError>;
    /// What the last sweep left; `None` before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn last_tick(&self) -> Result<Option<TickRecord>, StoreError>;
}

/// What one tick leaves to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TickRecord {
    /// The last sweep.
    pub sweep: Option<SweepId>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When a tick last ended that did everything without a failure.
    #[serde(default)]
    pub whole_at: Option<Timestamp>,
    /// How old each account's stored rota is, and which time it covers.
    pub freshness: BTreeMap<PagerDutyName, Freshness>,
    /// When each account's last read failed first, in an unbroken row of failures.
    pub failing_since: BTreeMap<PagerDutyName, Timestamp>,
    /// Accounts of which not everything could be read last time, incidents and people included: when that was tried.
    #[serde(default)]
    pub missed_at: BTreeMap<PagerDutyName, Timestamp>,
    /// When the forecast last ran.
    pub forecast_at: Option<Timestamp>,
    /// Coverage warnings already sent, by their keys.
    pub warned: BTreeSet<String>,
    /// What failed, as last told: a failure that goes on is told once.
    #[serde(default)]
    pub failures: BTreeSet<String>,
    /// When webhook subscriptions were last looked at.
    #[serde(default)]
    pub webhooks_at: Option<Timestamp>,
    /// What is the matter with webhooks and was told, by keys that begin with the account.
    #[serde(default)]
    pub webhooks_told: BTreeSet<String>,
    /// Which wishes have nothing left to do.
    #[serde(default)]
    pub covered: Covered,
    /// The version of the program that swept; `None` from one that did not say.
    #[serde(default)]
    pub program: Option<String>,
}

/// The rota of each PagerDuty account, now and as it was.
#[async_trait]
pub trait RotaHistory {
    /// The rota last saved for each account.
    ///
    /// # Errors
    /// When it cannot be read whole.
    async fn rotas(&self) -> Result<BTreeMap<PagerDutyName, Rota>, StoreError>;
    /// Keeps a rota that differs from the last one; earlier ones stay readable by time.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], or when it cannot be written whole.
    async fn save_rota(
        &self,
        fence: Fence,
        pagerduty: &PagerDutyName,
        rota: &Rota,
        freshness: &Freshness,
    ) -> Result<(), StoreError>;
    /// The rota that was current at `at`, and its age then; `None` before the first.
    ///
    /// # Errors
    /// When it cannot be read whole.
    async fn rota_at(
        &self,
        pagerduty: &PagerDutyName,
        at: Timestamp,
    ) -> Result<Option<(Rota, Freshness)>, StoreError>;
}

/// What is known of every binding that ever held members and is not yet cleared away.
#[async_trait]
pub trait Bindings {
    /// Every binding's state.
    ///
    /// # Errors
    /// When not all can be read.
    async fn bindings(&self) -> Result<BTreeMap<Binding, BindingState>, StoreError>;
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
    /// Every held plan.
    ///
    /// # Errors
    /// When not all can be read.
    async fn held(&self) -> Result<BTreeMap<PlanId, HeldPlan>, StoreError>;
    /// Keeps a held plan; `true` when it was not known before.
    ///
    /// # Errors
    /// [`StoreError::Overtaken`], or when it cannot be written.
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

/// The configuration, version by version.
#[async_trait]
pub trait Configs {
    /// The latest version; `None` before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn latest_config(&self) -> Result<Option<ConfigVersion>, StoreError>;
    /// The version of that number; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn config(&self, version: u64) -> Result<Option<ConfigVersion>, StoreError>;
    /// The versions with numbers below `before` (`None`: all), the newest first, at most `limit`.
    ///
    /// # Errors
    /// When not all of them can be read.
    async fn configs(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ConfigVersion>, StoreError>;
    /// Keeps a text and the policy files that it names as the next version, unless both equal the latest; answers the
    /// version in force. Nobody is told: so worlds begin that have no history, those of tests and benchmarks.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer came first, [`StoreError::TooLarge`], or when it cannot be written.
    async fn save_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
    ) -> Result<ConfigVersion, StoreError>;
    /// The same, as the version after `expected` (`None`: as the first), and with "Configuration Applied" in the outbox:
    /// both or neither. A repeat finds its own text and writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version than `expected` is in force with another text: somebody came first.
    /// [`StoreError::TooLarge`], or when it cannot be written.
    async fn apply_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
        expected: Option<u64>,
    ) -> Result<ConfigVersion, StoreError>;
}

/// One version of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigVersion {
    /// From 1.
    pub version: u64,
    /// Who stored it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The TOML text.
    pub text: String,
    /// The Cedar texts of `[access] policies`, by the names that stand there.
    #[serde(default)]
    pub policies: BTreeMap<String, String>,
}

/// Events that were written with the change they tell of, and wait to be put on the bus.
#[async_trait]
pub trait Outbox {
    /// Events not yet sent, oldest first. One that cannot be understood, of another version or damaged, waits and is left
    /// out: it stops no other.
    ///
    /// # Errors
    /// When not all can be read.
    async fn unsent(&self) -> Result<Vec<OutboxEntry>, StoreError>;
    /// Adds events; one with a known key is not added again.
    ///
    /// # Errors
    /// When not all can be written.
    async fn post(&self, entries: &[OutboxEntry]) -> Result<(), StoreError>;
    /// Forgets events that the bus took; a repeat changes nothing.
    ///
    /// # Errors
    /// When not all can be forgotten: they are sent again, with the same key.
    async fn sent(&self, keys: &[String]) -> Result<(), StoreError>;
}

/// One event on its way to the bus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// Unique for the event: receivers drop repeats by it. Sorts by time.
    pub key: String,
    /// When it happened.
    pub at: Timestamp,
    /// The event.
    pub event: Event,
}

/// All of the store that a sweep needs.
pub trait Store:
    Leases
    + RotaHistory
    + Bindings
    + Memberships
    + HeldPlans
    + Configs
    + Outbox
    + Incidents
    + Requests
    + AuditLog
    + Send
    + Sync
{
}

impl<
    T: Leases
        + RotaHistory
        + Bindings
        + Memberships
        + HeldPlans
        + Configs
        + Outbox
        + Incidents
        + Requests
        + AuditLog
        + Send
        + Sync,
> Store for T
{
}
