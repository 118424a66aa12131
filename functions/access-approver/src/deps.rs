//! What the handlers are given: nothing else can be reached from them.

use crate::act::Untold;
use crate::configured::Configured;
use crate::slack;
use access_core::config::{SecretRef, SlackConfig};
use access_core::ports::{
    AuditLog, Bus, Cards, Configs, HeldPlans, Incidents, Leases, Outbox, Requests, RotaHistory,
    Wake,
};
use async_trait::async_trait;
use function_kit::{Freshness, SecretError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use slack_client::SlackClient;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A signing secret that a signature did not fit is read again, but no more often than this: whoever sends forged requests
/// must not make us ask Secrets Manager each time.
const REREAD_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The ports of the approver.
pub struct Deps {
    /// Everything that outlives an invocation. PagerDuty itself is never asked here: the poller wrote down what it read.
    pub store: Arc<dyn Store>,
    /// Clients and secrets of the systems that the configuration names.
    pub systems: Arc<dyn Systems>,
    /// The owner's event bus.
    pub bus: Arc<dyn Bus>,
    /// Whoever reconciles.
    pub wake: Arc<dyn Wake>,
    /// This function itself, a moment later.
    pub later: Arc<dyn Later>,
    /// Decisions that nobody was told of yet; `None`: nothing comes after the answer, so they are told of before.
    untold: Option<Mutex<Vec<Untold>>>,
    /// What is remembered of the Slack workspace.
    pub(crate) slack: slack::Memory,
    memory: Mutex<Memory>,
}

/// All of the store that the approver needs.
pub trait Store:
    Configs
    + Leases
    + RotaHistory
    + Incidents
    + Requests
    + Cards
    + HeldPlans
    + Outbox
    + AuditLog
    + Send
    + Sync
{
}

impl<
    T: Configs
        + Leases
        + RotaHistory
        + Incidents
        + Requests
        + Cards
        + HeldPlans
        + Outbox
        + AuditLog
        + Send
        + Sync,
> Store for T
{
}

/// Reaches the systems that a configuration names.
#[async_trait]
pub trait Systems: Send + Sync {
    /// The client of a Slack app. Called once per configuration version; sends nothing yet.
    ///
    /// # Errors
    /// In words, when the configuration makes no client.
    fn slack(&self, config: &SlackConfig) -> Result<Arc<SlackClient>, String>;

    /// What Slack signs its requests with.
    ///
    /// # Errors
    /// When the reference cannot be read: nothing can then be said against a signature.
    async fn signing_secret(
        &self,
        reference: &SecretRef,
        freshness: Freshness,
    ) -> Result<SecretString, SecretError>;
}

/// Puts work off, so that whoever waits is answered first.
#[async_trait]
pub trait Later: Send + Sync {
    /// Has this function invoked with "Slack Work Requested" and `work`, soon, and perhaps twice.
    ///
    /// # Errors
    /// In words, when nobody can be asked: nothing was put off.
    async fn later(&self, now: Timestamp, work: &Value) -> Result<(), String>;
}

/// What a warm process remembers; only a saving.
#[derive(Default)]
struct Memory {
    /// The configuration, and when it was last looked at.
    configured: Option<(Timestamp, Arc<Configured>)>,
    /// When there was none to go by, and why.
    unconfigured: Option<(Timestamp, String)>,
    /// When the signing secret was last read again.
    reread_at: Option<Timestamp>,
    /// When the tokens of the HTTP interface were last read again.
    tokens_reread_at: Option<Timestamp>,
}

impl Deps {
    /// Puts the ports together; sends nothing.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        systems: Arc<dyn Systems>,
        bus: Arc<dyn Bus>,
        wake: Arc<dyn Wake>,
        later: Arc<dyn Later>,
    ) -> Self {
        Self {
            store,
            systems,
            bus,
            wake,
            later,
            untold: None,
            slack: slack::Memory::default(),
            memory: Mutex::default(),
        }
    }

    /// The same, for whoever has [`tell_rest`](crate::act::tell_rest) come after each answer: until then nobody is told of
    /// decisions, and whoever waits for an answer does not wait for that.
    #[must_use]
    pub(crate) fn telling_afterwards(mut self) -> Self {
        self.untold = Some(Mutex::default());
        self
    }

    /// Takes it to be told later; answers it where that is not to be.
    pub(crate) fn put_off(&self, untold: Untold) -> Option<Untold> {
        let Some(all) = &self.untold else {
            return Some(untold);
        };
        all.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(untold);
        None
    }

    /// What was put off, once.
    pub(crate) fn untold(&self) -> Vec<Untold> {
        let Some(all) = &self.untold else {
            return Vec::new();
        };
        std::mem::take(&mut *all.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The configuration as last looked at, and when that was.
    pub(crate) fn known(&self) -> Option<(Timestamp, Arc<Configured>)> {
        self.memory().configured.clone()
    }

    pub(crate) fn remember(&self, looked_at: Timestamp, configured: Arc<Configured>) {
        let mut memory = self.memory();
        memory.configured = Some((looked_at, configured));
        memory.unconfigured = None;
    }

    /// When there was no configuration to go by, and why; `None`: there has been one since.
    pub(crate) fn unconfigured(&self) -> Option<(Timestamp, String)> {
        self.memory().unconfigured.clone()
    }

    pub(crate) fn note_unconfigured(&self, at: Timestamp, why: String) {
        self.memory().unconfigured = Some((at, why));
    }

    /// Whether the signing secret may be read again now; `true` at most once a minute, and the caller then does.
    pub(crate) fn may_reread(&self, now: Timestamp) -> bool {
        is_due(now, &mut self.memory().reread_at)
    }

    /// The same for the tokens of the HTTP interface: whoever forges one kind keeps nobody from rotating the other.
    pub(crate) fn may_reread_tokens(&self, now: Timestamp) -> bool {
        is_due(now, &mut self.memory().tokens_reread_at)
    }

    /// Never held across an await: concurrent requests on one machine do not wait for each other's reads.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the last time was long ago; it then is now.
fn is_due(now: Timestamp, last: &mut Option<Timestamp>) -> bool {
    let is_due = last.is_none_or(|last| now.duration_since(last) >= REREAD_EVERY);
    if is_due {
        *last = Some(now);
    }
    is_due
}
