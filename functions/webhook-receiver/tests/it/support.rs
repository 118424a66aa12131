//! A receiver with everything it needs, ways to break it, and eyes on what it did.

use crate::hook::{Hook, SECRET};
use access_core::config::SecretRef;
use access_core::facts::LookedUp;
use access_core::id::{
    DeliveryId, GroupName, PagerDutyName, PagerDutyUserId, WebhookSubscriptionId,
};
use access_core::incident::{Incident, IncidentKey, Sighting};
use access_core::ports::{
    ConfigVersion, Configs, Deliveries, Incidents, KnownIncidents, KnownPeople, Pings, StoreError,
};
use access_store::DynamoStore;
use access_store::embedded::Embedded;
use async_trait::async_trait;
use aws_config::{BehaviorVersion, SdkConfig};
use function_kit::{Freshness, SecretError, Secrets};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use webhook_receiver::wiring::RealSecrets;
use webhook_receiver::{Deps, Problem, Received, Wake, WebhookSecrets, receive};

/// Noon of the day of the fixtures, and some seconds.
pub(crate) fn noon(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_secs(seconds)
}

/// The answer to what is taken.
pub(crate) const ACCEPTED: (u16, Option<&str>) = (202, None);
/// The answer while something cannot be read or written.
pub(crate) const UNAVAILABLE: (u16, Option<&str>) = (503, Some("unavailable"));
/// The answer to what is not proven.
pub(crate) const BAD_SIGNATURE: (u16, Option<&str>) = (401, Some("bad-signature"));

/// Accounts `acme`, whose payment incidents count, and `quiet`, whose do not.
const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:ACME_KEY"
webhook_secrets = [SECRETS]

[[pagerduty]]
name = "quiet"
url = "https://quiet.pagerduty.com"
auth = "api-key"
secret = "env:QUIET_KEY"
webhook_secrets = [SECRETS]

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "payments-admin"
sources = ["incident:acme/service/PSVPAY1"]
entitlements = ["aws:PaymentsAdmin"]

[[group]]
name = "responders"
sources = ["group:payments-admin"]
entitlements = ["aws:Responders"]

[[group]]
name = "checkout-oncall"
sources = ["escalation_policy:acme/PCHKEP1"]
entitlements = ["aws:Checkout"]
"#;

/// A receiver of its own for one test.
pub(crate) struct World {
    _embedded: Embedded,
    folder: TempDir,
    pub(crate) store: Arc<Fickle>,
    pub(crate) secrets: Arc<Counted>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) deps: Deps,
}

impl World {
    /// With one secret, in a file.
    pub(crate) async fn new() -> Self {
        let world = Self::with_secrets(&["secret"]).await;
        world.write_secret("secret", SECRET);
        world
    }

    /// With references to these files, none of which is there yet.
    pub(crate) async fn with_secrets(files: &[&str]) -> Self {
        let world = Self::unconfigured().await;
        world.configure(&world.config(files)).await;
        world
    }

    /// With an empty store.
    pub(crate) async fn unconfigured() -> Self {
        let embedded = Embedded::start(None).await.unwrap();
        let store = Arc::new(Fickle {
            store: embedded.store().await.unwrap(),
            failing: Mutex::default(),
            is_damaged: AtomicBool::new(false),
        });
        let secrets = Arc::new(Counted {
            secrets: RealSecrets(Arc::new(Secrets::new(&nowhere()))),
            rereads: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
        });
        let bell = Arc::<Bell>::default();
        let deps = Deps::new(store.clone(), secrets.clone(), bell.clone());
        Self {
            _embedded: embedded,
            folder: TempDir::new().unwrap(),
            store,
            secrets,
            bell,
            deps,
        }
    }

    /// The configuration with references to these files.
    pub(crate) fn config(&self, files: &[&str]) -> String {
        let reference = |file: &&str| format!("\"file:{}\"", self.file(file).display());
        let references: Vec<String> = files.iter().map(reference).collect();
        CONFIG.replace("SECRETS", &references.join(", "))
    }

    /// Stores a configuration.
    pub(crate) async fn configure(&self, text: &str) {
        self.store
            .save_config(noon(0), "a test", text, &BTreeMap::new())
            .await
            .unwrap();
    }

    pub(crate) fn write_secret(&self, file: &str, text: &str) {
        std::fs::write(self.file(file), text).unwrap();
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sends a request at noon; answers status and code.
    pub(crate) async fn send(&self, hook: &Hook) -> (u16, Option<&'static str>) {
        self.send_at(noon(0), hook).await
    }

    pub(crate) async fn send_at(&self, now: Timestamp, hook: &Hook) -> (u16, Option<&'static str>) {
        let received = Received {
            method: &hook.method,
            path: &hook.path,
            headers: &hook.headers,
            body: &hook.body,
        };
        let reply = receive(&self.deps, now, received).await;
        (reply.status.as_u16(), reply.problem.map(Problem::code))
    }

    /// Everything that is kept of incidents.
    pub(crate) async fn incidents(&self) -> BTreeMap<IncidentKey, Incident> {
        let known = self.store.store.incidents().await.unwrap();
        assert_eq!(known.unread, BTreeMap::new());
        known.incidents
    }

    /// The one incident that is kept.
    pub(crate) async fn incident(&self) -> Incident {
        let mut incidents = self.incidents().await;
        assert_eq!(incidents.len(), 1, "one incident: {incidents:?}");
        incidents.pop_first().unwrap().1
    }

    /// Whether a delivery for account `acme` is noted, as of noon.
    pub(crate) async fn is_noted(&self, id: &str) -> bool {
        self.is_noted_for("acme", id).await
    }

    pub(crate) async fn is_noted_for(&self, account: &str, id: &str) -> bool {
        let account = PagerDutyName::new(account).unwrap();
        let id = DeliveryId::new(id).unwrap();
        let noted = self.store.store.is_delivered(&account, &id, noon(0)).await;
        noted.unwrap()
    }

    /// Items written so far.
    pub(crate) fn writes(&self) -> u64 {
        self.store.store.writes()
    }
}

/// An AWS that is never asked: all secrets are in files.
fn nowhere() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(function_kit::http_client())
        .build()
}

/// The calls of the store that a test can have fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    LatestConfig,
    Incidents,
    Incident,
    See,
    IsDelivered,
    KeepDelivery,
    KeepPing,
}

/// The embedded store, and calls that fail as if it could not be reached.
pub(crate) struct Fickle {
    pub(crate) store: DynamoStore,
    failing: Mutex<BTreeSet<Call>>,
    is_damaged: AtomicBool,
}

impl Fickle {
    pub(crate) fn fail(&self, call: Call) {
        self.failing.lock().unwrap().insert(call);
    }

    pub(crate) fn heal(&self) {
        self.failing.lock().unwrap().clear();
    }

    /// Whether what is written down of any one incident cannot be understood.
    pub(crate) fn damage(&self, is_damaged: bool) {
        self.is_damaged.store(is_damaged, Ordering::SeqCst);
    }

    fn one(&self, call: Call, key: &IncidentKey) -> Result<&DynamoStore, StoreError> {
        if self.is_damaged.load(Ordering::SeqCst) {
            return Err(StoreError::Malformed {
                what: format!("item of {key}"),
                reason: "half a body".to_owned(),
            });
        }
        self.reach(call)
    }

    fn reach(&self, call: Call) -> Result<&DynamoStore, StoreError> {
        if self.failing.lock().unwrap().contains(&call) {
            return Err(StoreError::Unavailable(format!("{call:?}: no connection")));
        }
        Ok(&self.store)
    }
}

#[async_trait]
impl Configs for Fickle {
    async fn latest_config(&self) -> Result<Option<ConfigVersion>, StoreError> {
        self.reach(Call::LatestConfig)?.latest_config().await
    }

    async fn config(&self, version: u64) -> Result<Option<ConfigVersion>, StoreError> {
        self.store.config(version).await
    }

    async fn configs(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ConfigVersion>, StoreError> {
        self.store.configs(before, limit).await
    }

    async fn save_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
    ) -> Result<ConfigVersion, StoreError> {
        self.store.save_config(now, by, text, policies).await
    }

    async fn apply_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
        expected: Option<u64>,
    ) -> Result<ConfigVersion, StoreError> {
        self.store
            .apply_config(now, by, text, policies, expected)
            .await
    }
}

#[async_trait]
impl Incidents for Fickle {
    async fn incidents(&self) -> Result<KnownIncidents, StoreError> {
        self.reach(Call::Incidents)?.incidents().await
    }

    async fn incident(&self, key: &IncidentKey) -> Result<Option<Incident>, StoreError> {
        self.one(Call::Incident, key)?.incident(key).await
    }

    async fn see(&self, key: &IncidentKey, sightings: &[Sighting]) -> Result<Incident, StoreError> {
        self.one(Call::See, key)?.see(key, sightings).await
    }

    async fn forget_incident(&self, incident: &Incident) -> Result<(), StoreError> {
        self.store.forget_incident(incident).await
    }

    async fn known_people(&self) -> Result<KnownPeople, StoreError> {
        self.store.known_people().await
    }

    async fn keep_people(
        &self,
        pagerduty: &PagerDutyName,
        people: &BTreeMap<PagerDutyUserId, LookedUp>,
    ) -> Result<(), StoreError> {
        self.store.keep_people(pagerduty, people).await
    }

    async fn forget_people(
        &self,
        people: &BTreeSet<(PagerDutyName, PagerDutyUserId)>,
    ) -> Result<(), StoreError> {
        self.store.forget_people(people).await
    }
}

#[async_trait]
impl Deliveries for Fickle {
    async fn is_delivered(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let store = self.reach(Call::IsDelivered)?;
        store.is_delivered(pagerduty, delivery, now).await
    }

    async fn keep_delivery(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let store = self.reach(Call::KeepDelivery)?;
        store.keep_delivery(pagerduty, delivery, now).await
    }
}

#[async_trait]
impl Pings for Fickle {
    async fn keep_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let store = self.reach(Call::KeepPing)?;
        store.keep_ping(pagerduty, subscription, at).await
    }

    async fn last_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.store.last_ping(pagerduty, subscription).await
    }
}

/// The real secrets, counting how often they are read again, and in vain.
pub(crate) struct Counted {
    secrets: RealSecrets,
    rereads: AtomicUsize,
    failures: AtomicUsize,
}

impl Counted {
    pub(crate) fn rereads(&self) -> usize {
        self.rereads.load(Ordering::SeqCst)
    }

    /// How often a secret was asked for in vain.
    pub(crate) fn failures(&self) -> usize {
        self.failures.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl WebhookSecrets for Counted {
    async fn secrets(
        &self,
        reference: &SecretRef,
        subscription: Option<&str>,
        freshness: Freshness,
    ) -> Result<Vec<SecretString>, SecretError> {
        if freshness == Freshness::Reread {
            self.rereads.fetch_add(1, Ordering::SeqCst);
        }
        let read = self.secrets.secrets(reference, subscription, freshness);
        let read = read.await;
        if read.is_err() {
            self.failures.fetch_add(1, Ordering::SeqCst);
        }
        read
    }
}

/// A bus that notes who is to be reconciled.
#[derive(Default)]
pub(crate) struct Bell {
    is_broken: AtomicBool,
    rung: Mutex<Vec<BTreeSet<GroupName>>>,
}

impl Bell {
    pub(crate) fn break_down(&self) {
        self.is_broken.store(true, Ordering::SeqCst);
    }

    pub(crate) fn mend(&self) {
        self.is_broken.store(false, Ordering::SeqCst);
    }

    /// What was asked for since last looked at: the groups of each wish, or `all`.
    pub(crate) fn rung(&self) -> Vec<String> {
        let rung = std::mem::take(&mut *self.rung.lock().unwrap());
        let line = |groups: &BTreeSet<GroupName>| {
            let names: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
            if names.is_empty() {
                "all".to_owned()
            } else {
                names.join(" ")
            }
        };
        rung.iter().map(line).collect()
    }
}

#[async_trait]
impl Wake for Bell {
    async fn reconcile(&self, _now: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String> {
        if self.is_broken.load(Ordering::SeqCst) {
            return Err("the bell is broken".to_owned());
        }
        self.rung.lock().unwrap().push(groups.clone());
        Ok(())
    }
}
