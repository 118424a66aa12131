//! The whole stack: store, bus, functions behind the gateway, and the schedule that wakes them.

use super::bus::{Bus, BusEvent};
use super::delivery::Delivery;
use super::function_url::function_url;
use super::functions::{
    ACCESS_APPROVER, AccessApprover, Function, FunctionError, Functions, OncallPoller,
    WEBHOOK_RECEIVER, webhook_receiver as webhook_receiver_url,
};
use super::gateway::{Gateway, Invoker, Taken};
use super::pulse::Pulse;
use super::rule::Rule;
use super::scheduler::Scheduler;
use super::store::{LocalStore, put_in_force};
use super::untold::untold;
use super::vitals::{self, Vitals};
use access_core::ports::{Clock, StoreError};
use access_store::DynamoStore;
use access_store::embedded::EmbeddedError;
use function_kit::EventBus;
use function_kit::metrics::Scrape;
use jiff::{SignedDuration, Timestamp};
use oncall_poller::wiring::EventBridge;
use oncall_poller::{Deps, Systems};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use tracing::warn;
use webhook_receiver::WebhookSecrets;

/// How long people are told at the end of what the last sweep did. With the 90 seconds of an invocation it fits into what a
/// service manager allows (`TimeoutStopSec` of `infra/systemd/rotakey.service`).
const TELLING_MAX: Duration = Duration::from_secs(20);

/// What a stack is made of.
pub struct Options {
    /// The store's file; `None` keeps everything in memory.
    pub store: Option<PathBuf>,
    /// Where the gateway listens for this machine: a loopback address; port 0 is any free one.
    pub listen: SocketAddr,
    /// Where it serves the functions' URLs, and nothing else, to anybody; `None`: nowhere.
    pub public: Option<SocketAddr>,
    /// The time that all functions live by.
    pub clock: Arc<dyn Clock>,
    /// How long one invocation may take, in that time.
    pub timeout: SignedDuration,
    /// The systems that the configuration names.
    pub systems: Arc<dyn Systems>,
    /// What webhooks are signed with.
    pub webhook_secrets: Arc<dyn WebhookSecrets>,
    /// Slack and its secrets, for the approver; `None`: there is no approver, and nobody can ask for access.
    pub approver: Option<Arc<dyn access_approver::Systems>>,
    /// What this process measures, for `/metrics`; `None`: only the ticks are told of there.
    pub metrics: Option<Scrape>,
    /// The configuration, checked by the caller; stored as the next version, and told of, unless it is the latest.
    pub config: String,
    /// The texts of the policy files that it names, by their names.
    pub policies: BTreeMap<String, String>,
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
    pulse: Arc<Pulse>,
    timeout: SignedDuration,
    rule: Rule,
    /// Where there is an approver.
    delivery: Option<Delivery>,
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
            public,
            clock,
            timeout,
            systems,
            webhook_secrets,
            approver,
            metrics,
            config,
            policies,
            by,
        } = options;
        let store = LocalStore::open(store.as_deref()).await?;
        let bus = Bus::start().await.map_err(StackError::Bus)?;
        // Where an address is not free, what was in force before stays so.
        let (own, public) = take(listen, public).await?;
        put_in_force(&store.store(), clock.now(), &by, &config, &policies).await?;
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
            Arc::new(wake(client.clone(), Arc::clone(&clock))),
        );
        let approver = approver.map(|systems| approver_of(&store, systems, client, &clock));
        let mut functions = Functions::new()
            .with(
                OncallPoller::NAME,
                Arc::new(OncallPoller::new(deps, timeout)),
            )
            .with_url(
                WEBHOOK_RECEIVER,
                webhook_receiver_url(receiver, Arc::clone(&clock)),
            );
        if let Some(approver) = &approver {
            functions = functions.with_url(ACCESS_APPROVER, function_url(Arc::clone(approver)));
        }
        let pulse = Arc::new(Pulse::new(clock.now()));
        let vitals = vitals::router(Vitals {
            clock: Arc::clone(&clock),
            pulse: Arc::clone(&pulse),
            store: Arc::new(store.store()),
            metrics,
        });
        // Before anybody can ask: whatever is asked from now on is told as it comes.
        let left = left(&store, clock.now()).await;
        let (wishes, told) = (bus.events(), bus.events());
        let (gateway, invoker) = Gateway::serve(own, public, functions, vitals);
        let rule = Rule::start(wishes, invoker.clone());
        let delivery =
            approver.map(|approver| Delivery::start(left, told, approver, Arc::clone(&clock)));
        Ok(Self {
            store,
            bus,
            gateway,
            invoker,
            clock,
            pulse,
            timeout,
            rule,
            delivery,
            scheduler: None,
        })
    }

    /// Starts the schedule: a tick in every minute from now on. A repeat changes nothing.
    pub fn start_schedule(&mut self) {
        if self.scheduler.is_none() {
            let (clock, pulse) = (Arc::clone(&self.clock), Arc::clone(&self.pulse));
            self.scheduler = Some(Scheduler::start(clock, self.invoker.clone(), pulse));
        }
    }

    /// Where the gateway answers, without a slash at the end.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        self.gateway.url()
    }

    /// Where anybody may reach the functions' URLs, in the same form; `None`: nowhere.
    #[must_use]
    pub fn public_url(&self) -> Option<String> {
        self.gateway.public_url()
    }

    /// How the ticks of its schedule go.
    #[must_use]
    pub fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
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

    /// Takes no more requests, sends no more ticks, passes no more wishes on, lets what is under way end (a tick that waits for
    /// an edge ends within a minute), tells people of what came of it, and stops. Takes as long as one invocation may, at most
    /// 20 seconds for telling, and a moment.
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
            pulse: _,
            timeout,
            rule,
            delivery,
            scheduler,
        } = self;
        // An invocation that outlives its time has lost its lease, and is no longer waited for. Local time does not run
        // slower than real time.
        let max = Duration::try_from(timeout).unwrap_or_default();
        let address = gateway.address();
        // Whoever sends half a request holds nobody up for longer.
        let gateway = tokio::time::timeout(max, gateway.stop());
        let rule = rule.stop(max);
        let scheduler = async {
            if let Some(scheduler) = scheduler
                && tokio::time::timeout(max, scheduler.stop()).await.is_err()
            {
                warn!("a tick did not end in time, and was cut off");
            }
        };
        let (gateway, (), ()) = tokio::join!(gateway, rule, scheduler);
        // After all that puts events on the bus.
        if let Some(delivery) = delivery {
            delivery.stop(max.min(TELLING_MAX)).await;
        }
        drop(bus);
        store.stop().await?;
        let gateway = gateway.unwrap_or(Ok(()));
        gateway.map_err(|source| StackError::Gateway { address, source })
    }
}

/// What people may not have been told by the process before; nobody waits for that to be known.
async fn left(store: &LocalStore, now: Timestamp) -> Vec<BusEvent> {
    let left = untold(&store.store(), now).await;
    left.unwrap_or_else(|error| {
        warn!(%error, "nobody can tell what people were not told before the start: {error}");
        Vec::new()
    })
}

/// The gateway's addresses, without an answer at them yet.
async fn take(
    listen: SocketAddr,
    public: Option<SocketAddr>,
) -> Result<(Taken, Option<Taken>), StackError> {
    let not_at = |address| move |source| StackError::Gateway { address, source };
    let own = Taken::own(listen).await.map_err(not_at(listen))?;
    let public = match public {
        Some(public) => Some(Taken::public(public).await.map_err(not_at(public))?),
        None => None,
    };
    Ok((own, public))
}

/// The approver, over the stack's own store and bus.
fn approver_of(
    store: &LocalStore,
    systems: Arc<dyn access_approver::Systems>,
    bus: EventBus,
    clock: &Arc<dyn Clock>,
) -> Arc<dyn Function> {
    let time = Arc::clone(clock);
    let bus = access_approver::wiring::EventBridge::new(bus, move || time.now());
    let bus = Arc::new(bus);
    let deps = access_approver::Deps::new(
        Arc::new(store.store()),
        systems,
        Arc::clone(&bus) as _,
        Arc::clone(&bus) as _,
        bus,
    );
    Arc::new(AccessApprover::new(deps, Arc::clone(clock)))
}

/// What the receiver asks for a reconcile with, in the time that the poller lives by.
fn wake(bus: EventBus, clock: Arc<dyn Clock>) -> webhook_receiver::wiring::EventBridge {
    webhook_receiver::wiring::EventBridge::new(bus, move || clock.now())
}
