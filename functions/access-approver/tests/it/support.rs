//! An approver with everything it needs, a rota that somebody read at noon, and eyes on what is told.

use access_approver::act::{self, Actor, Refused, Wish};
use access_approver::{Deps, Later, Systems};
use access_core::config::{SecretRef, SlackConfig};
use access_core::event::Event;
use access_core::facts::{Freshness, Person, PolicyFacts, PolicyShift, Reading, Rota, Shift};
use access_core::id::{
    EscalationPolicyId, GroupName, IdempotencyKey, PagerDutyName, PagerDutyUserId,
};
use access_core::ports::{
    AuditLog, Bus, BusError, Configs, Leases, OutboxEntry, RotaHistory, TickRecord, Wake,
};
use access_core::principal::Principal;
use access_core::request::{Channel, Kind, Reason, Request};
use access_store::DynamoStore;
use access_store::embedded::Embedded;
use async_trait::async_trait;
use function_kit::SecretError;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use slack_client::SlackClient;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Noon of the day on which every test takes place, and some seconds.
pub(crate) fn noon(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_secs(seconds)
}

/// Lena and Leo lead payments; Alice is on call at its first level, Ted at its third.
pub(crate) const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:ACME_KEY"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "payments-leads"
sources = ["person:lena@acme.example", "person:leo@acme.example"]

[[group]]
name = "payments-admin"
entitlements = ["aws:PaymentsAdmin"]
[group.request]
max = "4h"
approvers = ["group:payments-leads"]
auto_approve_on_call = ["escalation_policy:acme/PPAYEP1#1"]
timeout = "1h"
escalate_after = "30m"
escalate_to = ["person:boss@acme.example"]
break_glass = ["escalation_policy:acme/PPAYEP1"]

[[group]]
name = "vault"
entitlements = ["aws:Vault"]
[group.request]
max = "1h"
approvers = ["group:payments-leads"]
approvals = 2

[[group]]
name = "firefighters"
entitlements = ["aws:Firefighters"]
[group.request]
max = "1h"
auto_approve_on_call = ["escalation_policy:acme/PPAYEP1#1"]

[access]
administrators = ["person:ada@acme.example"]
"#;

/// An approver of its own for one test.
pub(crate) struct World {
    _embedded: Embedded,
    pub(crate) store: DynamoStore,
    pub(crate) told: Arc<Told>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) deps: Deps,
}

impl World {
    /// With the configuration above, and the rota as it was read at noon.
    pub(crate) async fn new() -> Self {
        Self::configured(CONFIG).await
    }

    pub(crate) async fn configured(config: &str) -> Self {
        let world = Self::unconfigured().await;
        world.configure(config, &BTreeMap::new()).await;
        world.read_rota(noon(0)).await;
        world
    }

    /// With an empty store.
    pub(crate) async fn unconfigured() -> Self {
        Self::wired(Arc::new(Nothing), Arc::new(Nothing)).await
    }

    /// With an empty store, and these systems.
    pub(crate) async fn wired(systems: Arc<dyn Systems>, later: Arc<dyn Later>) -> Self {
        let embedded = Embedded::start(None).await.unwrap();
        let store = embedded.store().await.unwrap();
        let (told, bell) = (Arc::<Told>::default(), Arc::<Bell>::default());
        let deps = Deps::new(
            Arc::new(embedded.store().await.unwrap()),
            systems,
            told.clone(),
            bell.clone(),
            later,
        );
        Self {
            _embedded: embedded,
            store,
            told,
            bell,
            deps,
        }
    }

    pub(crate) async fn configure(&self, config: &str, policies: &BTreeMap<String, String>) {
        let saved = self.store.save_config(noon(0), "a test", config, policies);
        saved.await.unwrap();
    }

    /// Writes the rota down as a poller would that read it at `read_at`.
    pub(crate) async fn read_rota(&self, read_at: Timestamp) {
        let acme = PagerDutyName::new("acme").unwrap();
        let freshness = Freshness {
            read_at,
            covers_from: noon(-3_600),
            covers_until: noon(24 * 3_600),
        };
        let lease = self
            .store
            .acquire(read_at, read_at + SignedDuration::from_secs(30));
        let fence = lease.await.unwrap().fence;
        let rota = rota();
        let saved = self.store.save_rota(fence, &acme, &rota, &freshness);
        saved.await.unwrap();
        let record = TickRecord {
            freshness: BTreeMap::from([(acme, freshness)]),
            ..TickRecord::default()
        };
        self.store.release(fence, &record).await.unwrap();
    }

    /// Asks for half an hour in a group, at noon and some seconds.
    pub(crate) async fn ask(
        &self,
        seconds: i64,
        who: &str,
        group: &str,
    ) -> Result<Request, Refused> {
        act::ask(&self.deps, noon(seconds), &api(who), wish(group)).await
    }

    /// How many entries the streams of the audit trail hold.
    pub(crate) async fn sealed(&self) -> BTreeMap<String, u64> {
        let streams = self.store.streams().await.unwrap().into_iter();
        streams
            .map(|(stream, head)| (stream.to_string(), head.seq))
            .collect()
    }
}

fn rota() -> Rota {
    let user = |name: &str| PagerDutyUserId::new(format!("P{}", name.to_uppercase())).unwrap();
    let turn = |level, name: &str| PolicyShift {
        level,
        schedule: None,
        shift: Shift {
            user: user(name),
            starts_at: None,
            ends_at: None,
        },
    };
    let person = |name: &str| {
        let person = Person {
            name: name.to_owned(),
            email: Some(principal(name)),
        };
        (user(name), person)
    };
    let policy = PolicyFacts {
        name: "Payments".to_owned(),
        reading: Reading::Complete,
        shifts: BTreeSet::from([turn(1, "alice"), turn(3, "ted")]),
    };
    Rota {
        schedules: BTreeMap::new(),
        escalation_policies: BTreeMap::from([(
            EscalationPolicyId::new("PPAYEP1").unwrap(),
            policy,
        )]),
        people: BTreeMap::from([person("alice"), person("ted")]),
    }
}

pub(crate) fn principal(name: &str) -> Principal {
    Principal::new(format!("{name}@acme.example")).unwrap()
}

pub(crate) fn group(name: &str) -> GroupName {
    GroupName::new(name).unwrap()
}

pub(crate) fn reason(text: &str) -> Reason {
    Reason::new(text).unwrap()
}

/// Somebody who comes by the HTTP interface.
pub(crate) fn api(name: &str) -> Actor {
    Actor {
        principal: principal(name),
        through: Channel::Api,
    }
}

/// Somebody who comes by Slack.
pub(crate) fn slack(name: &str) -> Actor {
    Actor {
        principal: principal(name),
        through: Channel::Slack,
    }
}

/// Half an hour in a group.
pub(crate) fn wish(name: &str) -> Wish {
    Wish {
        group: group(name),
        duration: SignedDuration::from_mins(30),
        reason: reason("refunds fail"),
        kind: Kind::Access,
        key: None,
    }
}

pub(crate) fn named(wish: Wish, key: &str) -> Wish {
    Wish {
        key: Some(IdempotencyKey::new(key).unwrap()),
        ..wish
    }
}

/// The code of a refusal; the test fails where nothing was refused.
#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, Refused>) -> &'static str {
    answer.unwrap_err().code()
}

/// A bus that remembers what it took.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<Event>>);

impl Told {
    /// The kinds of events that were told since last looked at, in their order.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.events().iter().map(Event::detail_type).collect()
    }

    /// The events that were told since last looked at, in their order.
    pub(crate) fn events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[async_trait]
impl Bus for Told {
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError> {
        let events = entries.iter().map(|entry| entry.event.clone());
        self.0.lock().unwrap().extend(events);
        Ok(vec![true; entries.len()])
    }
}

/// Notes who is to be reconciled.
#[derive(Default)]
pub(crate) struct Bell(Mutex<Vec<String>>);

impl Bell {
    /// The groups of each wish since last looked at.
    pub(crate) fn rung(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

#[async_trait]
impl Wake for Bell {
    async fn reconcile(&self, _now: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String> {
        let names: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
        self.0.lock().unwrap().push(names.join(" "));
        Ok(())
    }
}

/// No chat, no secrets, nobody to put work off to.
pub(crate) struct Nothing;

#[async_trait]
impl Systems for Nothing {
    fn slack(&self, _config: &SlackConfig) -> Result<Arc<SlackClient>, String> {
        Err("there is no chat in this test".to_owned())
    }

    async fn signing_secret(
        &self,
        reference: &SecretRef,
        _freshness: function_kit::Freshness,
    ) -> Result<SecretString, SecretError> {
        Err(SecretError::NotFound {
            reference: reference.reference.to_string(),
            hint: "there are no secrets in this test",
        })
    }
}

#[async_trait]
impl Later for Nothing {
    async fn later(&self, _now: Timestamp, _work: &Value) -> Result<(), String> {
        Err("there is no later in this test".to_owned())
    }
}
