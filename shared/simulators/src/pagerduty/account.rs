//! The account's handle: its switches, its credentials, its server, and what it can be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::http;
use super::http::{Access, Credentials, RateLimit, RowCache};
use super::model::{EscalationPolicy, Schedule, User, World};
use super::render::Entry;
use super::webhooks::{Outbox, Sender};
use crate::kit::{Faults, Kit, RequestLog, Server, SimClock};

/// Where an account lives; part of its host names and of its token scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// `api.pagerduty.com`
    Us,
    /// `api.eu.pagerduty.com`
    Eu,
}

impl Region {
    /// `us` or `eu`, as in `as_account-us.acme`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
        }
    }
}

/// One PagerDuty account; clones are handles to the same account.
///
/// Every method that changes it takes effect for the next request. Methods that name an id panic
/// when the account has no such id: in a test or a seed that is a mistake in the test.
#[derive(Clone, Debug)]
pub struct PagerDuty {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    kit: Kit,
    subdomain: String,
    region: Region,
    world: RwLock<World>,
    settings: RwLock<Settings>,
    credentials: Mutex<Credentials>,
    rates: Mutex<RateLimit>,
    rows: Mutex<RowCache>,
    outbox: Mutex<Outbox>,
    sender: Sender,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) time_zone: TimeZone,
    pub(super) clip_oncalls: bool,
}

impl PagerDuty {
    /// An empty account `SUBDOMAIN.pagerduty.com` in the US region, without any credential.
    #[must_use]
    pub fn new(subdomain: &str, clock: SimClock) -> Self {
        Self::in_region(Region::Us, subdomain, clock)
    }

    /// An empty account in a region.
    #[must_use]
    pub fn in_region(region: Region, subdomain: &str, clock: SimClock) -> Self {
        let world = World {
            abilities: [
                "teams",
                "urgencies",
                "on_call_selection",
                "advanced_permissions",
            ]
            .map(str::to_owned)
            .into(),
            ..World::default()
        };
        Self {
            inner: Arc::new(Inner {
                kit: Kit::new(http::VENDOR, clock),
                subdomain: subdomain.to_owned(),
                region,
                world: RwLock::new(world),
                settings: RwLock::new(Settings {
                    time_zone: TimeZone::UTC,
                    clip_oncalls: false,
                }),
                credentials: Mutex::default(),
                rates: Mutex::new(RateLimit::per_minute(960)),
                rows: Mutex::default(),
                outbox: Mutex::default(),
                sender: Sender::default(),
            }),
        }
    }

    /// Serves the account, and its token endpoint, on a free loopback port until dropped.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub async fn serve(&self) -> io::Result<Server> {
        self.inner.kit.serve(http::router(self.clone())).await
    }

    /// The account's subdomain.
    #[must_use]
    pub fn subdomain(&self) -> &str {
        &self.inner.subdomain
    }

    /// The account's region.
    #[must_use]
    pub fn region(&self) -> Region {
        self.inner.region
    }

    /// The clock that everything in the account reads.
    #[must_use]
    pub fn clock(&self) -> &SimClock {
        &self.inner.kit.clock
    }

    /// The script of faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.kit.faults
    }

    /// The requests so far.
    #[must_use]
    pub fn log(&self) -> &RequestLog {
        &self.inner.kit.log
    }

    /// Makes an account API key known; used as `Token token=KEY`.
    pub fn add_api_key(&self, key: &str) {
        self.credentials().add_key(key, Access::Full);
    }

    /// Makes a read-only account API key known: every write answers 403.
    pub fn add_read_only_key(&self, key: &str) {
        self.credentials().add_key(key, Access::ReadOnly);
    }

    /// Forgets an API key or an app by its key or client id; tokens already issued to the app
    /// stop working as well.
    pub fn revoke(&self, key_or_client: &str) {
        self.credentials().revoke(key_or_client);
    }

    /// Registers a scoped OAuth app; it is granted no scope beyond `scopes`. A repeat replaces
    /// secret and scopes, and leaves tokens already issued alone.
    pub fn add_app(&self, client_id: &str, client_secret: &str, scopes: &[&str]) {
        self.credentials().add_app(client_id, client_secret, scopes);
    }

    /// Makes every OAuth token issued so far invalid, as if it had expired.
    pub fn expire_tokens(&self) {
        self.credentials().expire_tokens();
    }

    /// Sets the requests allowed per token and minute of the simulated clock (960 at first);
    /// `None` switches the limit, and its headers, off. With a standing clock a minute never ends.
    pub fn limit_rate(&self, per_minute: Option<u32>) {
        self.rates().set(per_minute);
    }

    /// Sets the zone in which `/oncalls` writes its times unless asked otherwise (UTC at first).
    ///
    /// # Panics
    /// If `name` is no IANA name.
    pub fn set_time_zone(&self, name: &str) {
        let time_zone = TimeZone::get(name).expect("an account's time zone is an IANA name");
        self.settings_mut(|settings| settings.time_zone = time_zone);
    }

    /// Whether `/oncalls` cuts start and end to the asked window. PagerDuty does not say which;
    /// at first it does not.
    pub fn clip_oncalls(&self, clip: bool) {
        self.settings_mut(|settings| settings.clip_oncalls = clip);
    }

    /// The final entries of a schedule, cut to the window, earliest first; v3 schedules may have
    /// several at once. Empty for an unknown schedule.
    #[must_use]
    pub fn rendered(&self, schedule: &str, since: Timestamp, until: Timestamp) -> Vec<Entry> {
        let entries = self.shifts(schedule, since, until).into_iter();
        entries.map(|entry| entry.clipped(since, until)).collect()
    }

    /// As [`rendered`](Self::rendered), each entry with its own start and end.
    #[must_use]
    pub fn shifts(&self, schedule: &str, since: Timestamp, until: Timestamp) -> Vec<Entry> {
        let world = self.world();
        let found = world.schedules.get(schedule);
        found.map_or_else(Vec::new, |schedule| schedule.entries(since, until))
    }

    /// Ids of the users on call on a schedule at one instant. Works from the rules, not from
    /// [`rendered`](Self::rendered). Empty for an unknown schedule.
    #[must_use]
    pub fn on_call_at(&self, schedule: &str, at: Timestamp) -> BTreeSet<String> {
        let world = self.world();
        let found = world.schedules.get(schedule);
        found.map_or_else(BTreeSet::new, |schedule| schedule.on_call_at(at))
    }

    /// All users by id.
    #[must_use]
    pub fn users(&self) -> BTreeMap<String, User> {
        self.world().users.clone()
    }

    /// All escalation policies by id.
    #[must_use]
    pub fn policies(&self) -> BTreeMap<String, EscalationPolicy> {
        self.world().policies.clone()
    }

    /// Ids and names of the schedules of both kinds.
    #[must_use]
    pub fn schedules(&self) -> BTreeMap<String, String> {
        let world = self.world();
        let named = |(id, schedule): (&String, &Schedule)| (id.clone(), schedule.name().to_owned());
        world.schedules.iter().map(named).collect()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    // A poisoned lock is read through: a panicking test must not hide behind a second panic.
    pub(super) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.inner
            .world
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self
            .inner
            .world
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        world.version += 1;
        change(&mut world)
    }

    pub(super) fn settings(&self) -> RwLockReadGuard<'_, Settings> {
        self.inner
            .settings
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn settings_mut(&self, change: impl FnOnce(&mut Settings)) {
        change(
            &mut self
                .inner
                .settings
                .write()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }

    pub(super) fn credentials(&self) -> MutexGuard<'_, Credentials> {
        self.inner
            .credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rates(&self) -> MutexGuard<'_, RateLimit> {
        self.inner
            .rates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rows(&self) -> MutexGuard<'_, RowCache> {
        self.inner
            .rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Webhooks and their subscriptions. May be taken while the world is held, never the other way round.
    pub(super) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.inner
            .outbox
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn sender(&self) -> &Sender {
        &self.inner.sender
    }
}
