//! What the handler is given: nothing else can be reached from it.

use crate::lag::News;
use access_core::config::{Config, PagerDutyAccount, TargetConfig};
use access_core::facts::Rota;
use access_core::id::{PagerDutyName, TargetName};
use access_core::ports::{
    Bus, Clock, ConfigVersion, Fence, IncidentNotes, IncidentSource, KnownBindings, Lease,
    RotaSource, Store, Target, WebhookSource,
};
use access_core::principal::Principal;
use access_sources::Reads;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The ports of the poller.
pub struct Deps {
    /// Everything that outlives an invocation.
    pub store: Arc<dyn Store>,
    /// Adapters for the PagerDuty accounts and targets that the configuration names.
    pub systems: Arc<dyn Systems>,
    /// The owner's event bus.
    pub bus: Arc<dyn Bus>,
    /// Time, as the tick waits for it.
    pub clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
}

impl Deps {
    /// Puts the ports together; sends nothing.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        systems: Arc<dyn Systems>,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            store,
            systems,
            bus,
            clock,
            memory: Mutex::default(),
        }
    }

    /// What a warm process remembers between invocations; held for the length of one.
    pub(crate) async fn memory(&self) -> tokio::sync::MutexGuard<'_, Memory> {
        self.memory.lock().await
    }
}

/// Everything that is read from one PagerDuty account.
pub trait AccountSource: RotaSource + IncidentSource {}

impl<T: RotaSource + IncidentSource> AccountSource for T {}

/// Makes the adapters for what a configuration names. Called once per configuration version and name.
pub trait Systems: Send + Sync {
    /// One PagerDuty account.
    ///
    /// # Errors
    /// In words, when the configuration makes no client.
    fn source(
        &self,
        name: &PagerDutyName,
        account: &PagerDutyAccount,
        reads: Reads,
    ) -> Result<Arc<dyn AccountSource>, String>;

    /// The webhook subscriptions of one PagerDuty account, asked for apart: an app that may not see them can read the rota
    /// all the same.
    ///
    /// # Errors
    /// In words, when the configuration makes no client.
    fn webhooks(
        &self,
        name: &PagerDutyName,
        account: &PagerDutyAccount,
    ) -> Result<Arc<dyn WebhookSource>, String>;

    /// Notes on the incidents of one PagerDuty account in the name of one of its users, written apart for the same reason.
    ///
    /// # Errors
    /// In words, when the configuration makes no client.
    fn notes(
        &self,
        name: &PagerDutyName,
        account: &PagerDutyAccount,
        author: &Principal,
    ) -> Result<Arc<dyn IncidentNotes>, String>;

    /// One target.
    ///
    /// # Errors
    /// In words, when the configuration makes no client.
    fn target(&self, name: &TargetName, target: &TargetConfig) -> Result<Arc<dyn Target>, String>;
}

/// What a warm process remembers. Only a saving: each part is used when the store shows that nobody wrote since.
#[derive(Default)]
pub(crate) struct Memory {
    /// The configuration in force when it was last looked at.
    pub(crate) configured: Option<Configured>,
    /// The store as this process left it under that lease.
    pub(crate) stored: Option<(Fence, Stored)>,
    /// Shifts that had opened access before PagerDuty told of them, and still hold. Only a measure goes by them.
    pub(crate) news: News,
}

impl Memory {
    /// Takes the store as this process left it, if `lease` is the very next one after that: whoever writes has to take the
    /// lease first, which raises its number, whether they end well or are killed. A lease that was asked for twice, since an
    /// answer was lost, only costs a read.
    pub(crate) fn take_stored(&mut self, lease: Lease) -> Option<Stored> {
        let (fence, stored) = self.stored.take()?;
        // What cannot be understood is read again until somebody mended it, under no lease.
        let is_whole = stored.bindings.unread.is_empty();
        (is_whole && lease.fence.0 == fence.0 + 1).then_some(stored)
    }
}

/// A configuration version with its adapters.
#[derive(Clone)]
pub(crate) struct Configured {
    pub(crate) version: ConfigVersion,
    pub(crate) config: Arc<Config>,
    pub(crate) sources: BTreeMap<PagerDutyName, Arc<dyn AccountSource>>,
    /// Of accounts whose webhooks somebody waits for.
    pub(crate) webhooks: BTreeMap<PagerDutyName, Arc<dyn WebhookSource>>,
    /// Of accounts on whose incidents notes are wanted.
    pub(crate) notes: BTreeMap<PagerDutyName, Arc<dyn IncidentNotes>>,
    pub(crate) targets: BTreeMap<TargetName, Arc<dyn Target>>,
}

/// What the store holds about rota and bindings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    pub(crate) rotas: BTreeMap<PagerDutyName, Rota>,
    pub(crate) bindings: KnownBindings,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn what_is_remembered_counts_under_the_very_next_lease_only() {
        for (case, number, counts) in [
            ("nobody came in between", 8, true),
            ("somebody did, or the lease was asked for twice", 9, false),
            ("another table", 1, false),
        ] {
            let mut memory = Memory {
                stored: Some((Fence(7), Stored::default())),
                ..Memory::default()
            };
            let lease = Lease {
                fence: Fence(number),
                until: Timestamp::UNIX_EPOCH,
            };
            assert_eq!(memory.take_stored(lease).is_some(), counts, "{case}");
            assert!(memory.stored.is_none(), "{case}: the run may change it");
        }
    }
}
