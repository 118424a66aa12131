//! What must outlive an invocation. One implementation: `access-store`, over DynamoDB.
//!
//! Every write carries the [`Fence`] of the lease it was made under: a poller that was overtaken cannot write.

use super::audit::AuditLog;
use super::config::Configs;
use super::covered::Covered;
use super::incident::Incidents;
use super::membership::{Bindings, HeldPlans, Memberships};
use super::request::{Cards, Requests};
use crate::event::Event;
use crate::facts::{Freshness, Rota};
use crate::id::{PagerDutyName, SweepId};
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
    /// When it was last looked whether people were shown what waits for them.
    #[serde(default)]
    pub shown_at: Option<Timestamp>,
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

/// Events that were written with the change they tell of, and wait to be put on the bus.
#[async_trait]
pub trait Outbox {
    /// Events not yet sent. One that cannot be understood stops no other.
    ///
    /// # Errors
    /// When not all can be read.
    async fn unsent(&self) -> Result<Unsent, StoreError>;
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

/// Events that wait.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Every event that can be understood, oldest first.
    pub entries: Vec<OutboxEntry>,
    /// What cannot be understood, of another version or damaged: why, by where it lies. It waits for a program that does.
    pub unread: BTreeMap<String, String>,
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
    + Cards
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
        + Cards
        + AuditLog
        + Send
        + Sync,
> Store for T
{
}
