//! What the handler is given: nothing else can be reached from it.

use access_core::config::{Config, PagerDutyAccount, TargetConfig};
use access_core::facts::Rota;
use access_core::id::{PagerDutyName, SweepId, TargetName};
use access_core::plan::Binding;
use access_core::ports::{
    BindingState, Bus, Clock, ConfigVersion, IncidentNotes, IncidentSource, RotaSource, Store,
    Target, WebhookSource,
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
    /// The store as this process left it after `SweepId`.
    pub(crate) stored: Option<(SweepId, Stored)>,
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
    pub(crate) bindings: BTreeMap<Binding, BindingState>,
}
