//! The whole stack: store, bus, functions behind the gateway, and the schedule that wakes them.

use super::bus::{Bus, BusEvent};
use super::functions::{
    FunctionError, Functions, OncallPoller, WEBHOOK_RECEIVER,
    webhook_receiver as webhook_receiver_url,
};
use super::gateway::{Gateway, Invoker};
use super::scheduler::Scheduler;
use super::store::LocalStore;
use access_core::ports::{Clock, Configs, StoreError};
use access_store::DynamoStore;
use access_store::embedded::EmbeddedError;
use function_kit::EventBus;
use jiff::SignedDuration;
use oncall_poller::wiring::EventBridge;
use oncall_poller::{Deps, Systems};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tracing::warn;
use webhook_receiver::WebhookSecrets;

/// The event that asks for a reconcile, on the bus.
const RECONCILE_REQUESTED: &str = "Reconcile Requested";

/// What a stack is made of.
pub struct Options {
    /// The store's file; `None` keeps everything in memory.
    pub store: Option<PathBuf>,
    /// Where the gateway listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// The time that all functions live by.
    pub clock: Arc<dyn Clock>,
    /// How long one invocation may take, in that time.
    pub timeout: SignedDuration,
    /// The systems that the configuration names.
    pub systems: Arc<dyn Systems>,
    /// What webhooks are signed with.
    pub webhook_secrets: Arc<dyn WebhookSecrets>,
    /// The configuration, checked by the caller; stored as the next version unless it is the latest.
    pub config: String,
    /// Who stores it.
    pub by: String,
}

/// Why a stack did not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The store did not open.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The configuration could not be stored.
    #[error("the configuration cannot be stored")]
    Store(#[from] StoreError),
    /// The local bus has no port to listen on.
    #[error("the local bus cannot listen")]
    Bus(#[source] io::Error),
    /// The gateway cannot listen where it should.
    #[error("the gateway cannot listen on {address}")]
    Gateway {
        /// Where it should.
        address: SocketAddr,
        /// Why it cannot.
        source: io::Error,
    },
}

/// A running stack. [`Stack::stop`] ends it in good order; dropping it ends it at once, which is safe too.
pub struct Stack {
    store: LocalStore,
    bus: Bus,
    gateway: Gateway,
    invoker: Invoker,
    clock: Arc<dyn Clock>,
    rule: JoinHandle<()>,
    scheduler: Option<Scheduler>,
}

impl Stack {
    /// Starts everything but the schedule.
    ///
    /// # Errors
    /// [`StackError`]; what had started is stopped.
    pub async fn start(options: Options) -> Result<Self, StackError> {
        let Options {
            store,
            listen,
            clock,
            timeout,
            systems,
            webhook_secrets,
            config,
            by,
        } = options;
        let store = LocalStore::open(store.as_deref()).await?;
        store.store().save_config(clock.now(), &by, &config).await?;
        let bus = Bus::start().await.map_err(StackError::Bus)?;
        let client = EventBus::new(&bus.aws(), "rotakey", "rotakey");
        let deps = Deps::new(
            Arc::new(store.store()),
            systems,
            Arc::new(EventBridge(client.clone())),
            Arc::clone(&clock),
        );
        let receiver = webhook_receiver::Deps::new(
            Arc::new(store.store()),
            webhook_secrets,
            Arc::new(webhook_receiver::wiring::EventBridge(client)),
        );
        let functions = Functions::new()
            .with(
                OncallPoller::NAME,
                Arc::new(OncallPoller::new(deps, timeout)),
            )
            .with_url(
                WEBHOOK_RECEIVER,
                webhook_receiver_url(receiver, Arc::clone(&clock)),
            );
        let (gateway, invoker) =
            Gateway::start(listen, functions)
                .await
                .map_err(|source| StackError::Gateway {
                    address: listen,
                    source,
                })?;
        let rule = tokio::spawn(route(bus.events(), invoker.clone()));
        Ok(Self {
            store,
            bus,
            gateway,
            invoker,
            clock,
            rule,
            scheduler: None,
        })
    }

    /// Starts the schedule: a tick in every minute from now on. A repeat changes nothing.
    pub fn start_schedule(&mut self) {
        if self.scheduler.is_none() {
            let scheduler = Scheduler::start(Arc::clone(&self.clock), self.invoker.clone());
            self.scheduler = Some(scheduler);
        }
    }

    /// Where the gateway answers, without a slash at the end.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        self.gateway.url()
    }

    /// Every event on the bus from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<BusEvent> {
        self.bus.events()
    }

    /// The bus, for clients of the caller's own.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The store, for questions.
    #[must_use]
    pub fn store(&self) -> DynamoStore {
        self.store.store()
    }

    /// Invokes the poller as a direct invoke does.
    ///
    /// # Errors
    /// What the poller reports.
    ///
    /// # Panics
    /// Never: every stack has a poller.
    pub async fn poll(&self, payload: Value) -> Result<Value, FunctionError> {
        let answer = self.invoker.invoke(OncallPoller::NAME, payload).await;
        answer.expect("every stack has a poller")
    }

    /// Sends no more ticks, lets what is under way end (a tick that waits for an edge ends within a minute), and stops.
    ///
    /// # Errors
    /// When a part had failed before; the others are stopped all the same.
    pub async fn stop(self) -> Result<(), StackError> {
        let Self {
            store,
            bus,
            gateway,
            invoker: _,
            clock: _,
            rule,
            scheduler,
        } = self;
        if let Some(scheduler) = scheduler {
            scheduler.stop().await;
        }
        rule.abort();
        let address = gateway.address();
        let gateway = gateway.stop().await;
        drop(bus);
        store.stop().await?;
        gateway.map_err(|source| StackError::Gateway { address, source })
    }
}

/// The rule that wakes the poller for "Reconcile Requested".
async fn route(mut events: broadcast::Receiver<BusEvent>, invoker: Invoker) {
    loop {
        match events.recv().await {
            Ok(event) if event.detail_type == RECONCILE_REQUESTED => {
                let payload = json!(event);
                if let Some(Err(error)) = invoker.invoke(OncallPoller::NAME, payload).await {
                    warn!(%error, "a requested reconcile failed");
                }
            }
            Ok(_) => {}
            Err(RecvError::Lagged(missed)) => {
                warn!(
                    missed,
                    "{missed} events were missed; the next tick makes up for them"
                );
            }
            Err(RecvError::Closed) => return,
        }
    }
}
