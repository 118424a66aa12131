//! What the handler is given: nothing else can be reached from it.

use crate::configured::Configured;
use access_core::config::SecretRef;
use access_core::id::PagerDutyName;
use access_core::ports::{Configs, Deliveries, Incidents, Pings, Wake};
use async_trait::async_trait;
use function_kit::{Freshness, SecretError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Secrets that a signature did not fit are read again, but no more often than this for one account, and a reference that
/// could not be read is left alone for as long: whoever sends forged requests must not make us ask Secrets Manager each time.
const REREAD_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// The ports of the receiver.
pub struct Deps {
    /// The configuration, incidents, deliveries that were dealt with, and pings.
    pub store: Arc<dyn Store>,
    /// What deliveries are signed with.
    pub secrets: Arc<dyn WebhookSecrets>,
    /// Whoever reconciles.
    pub wake: Arc<dyn Wake>,
    memory: Mutex<Memory>,
}

/// All of the store that the receiver needs.
pub trait Store: Configs + Incidents + Deliveries + Pings + Send + Sync {}

impl<T: Configs + Incidents + Deliveries + Pings + Send + Sync> Store for T {}

/// Reads signing secrets.
#[async_trait]
pub trait WebhookSecrets: Send + Sync {
    /// Every secret behind one reference that may have signed a delivery of that subscription.
    ///
    /// # Errors
    /// When the reference cannot be read: nothing can then be said against a signature.
    async fn secrets(
        &self,
        reference: &SecretRef,
        subscription: Option<&str>,
        freshness: Freshness,
    ) -> Result<Vec<SecretString>, SecretError>;
}

/// What a warm process remembers; only a saving.
#[derive(Default)]
struct Memory {
    /// The configuration, and when it was last looked at.
    configured: Option<(Timestamp, Arc<Configured>)>,
    rereads: BTreeMap<PagerDutyName, Reread>,
    /// References of which nothing is remembered, and when they last could not be read.
    unreadable: BTreeMap<Arc<str>, Timestamp>,
}

/// The last time that an account's secrets were read again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reread {
    /// When it began.
    pub(crate) at: Timestamp,
    /// Whether all could be read.
    pub(crate) is_whole: bool,
}

impl Deps {
    /// Puts the ports together; sends nothing.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        secrets: Arc<dyn WebhookSecrets>,
        wake: Arc<dyn Wake>,
    ) -> Self {
        Self {
            store,
            secrets,
            wake,
            memory: Mutex::default(),
        }
    }

    /// The configuration as last looked at, and when that was.
    pub(crate) fn known(&self) -> Option<(Timestamp, Arc<Configured>)> {
        self.memory().configured.clone()
    }

    pub(crate) fn remember(&self, looked_at: Timestamp, configured: Arc<Configured>) {
        self.memory().configured = Some((looked_at, configured));
    }

    /// Lets the caller read an account's secrets again, or says how the last time went if that is not long ago.
    ///
    /// Until [`Deps::reread_whole`] is called, the reading counts as failed.
    pub(crate) fn begin_reread(&self, now: Timestamp, account: &PagerDutyName) -> Option<Reread> {
        let mut memory = self.memory();
        let last = memory.rereads.get(account).copied();
        if let Some(last) = last.filter(|last| now.duration_since(last.at) < REREAD_EVERY) {
            return Some(last);
        }
        let begun = Reread {
            at: now,
            is_whole: false,
        };
        memory.rereads.insert(account.clone(), begun);
        None
    }

    pub(crate) fn reread_whole(&self, account: &PagerDutyName) {
        if let Some(reread) = self.memory().rereads.get_mut(account) {
            reread.is_whole = true;
        }
    }

    /// Whether a secret is better not asked for again yet.
    pub(crate) fn rests(&self, now: Timestamp, reference: &SecretRef) -> bool {
        let memory = self.memory();
        let failed_at = memory.unreadable.get(&reference.reference);
        failed_at.is_some_and(|at| now.duration_since(*at) < REREAD_EVERY)
    }

    /// Remembers that a secret could be read, or could not.
    pub(crate) fn note_read(&self, now: Timestamp, reference: &SecretRef, is_read: bool) {
        let mut memory = self.memory();
        if is_read {
            memory.unreadable.remove(&reference.reference);
        } else {
            let reference = Arc::clone(&reference.reference);
            memory.unreadable.insert(reference, now);
        }
    }

    /// Never held across an await: concurrent requests on one machine do not wait for each other's reads.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
