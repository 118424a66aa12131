//! The systems of the configuration, reached as the poller reaches them; what was read of PagerDuty is kept.

use access_core::config::{PagerDutyAccount, TargetConfig};
use access_core::facts::PagerDutyFacts;
use access_core::id::{IncidentId, PagerDutyName, PagerDutyUserId, TargetName};
use access_core::incident::{IncidentRead, WantedIncidents};
use access_core::ports::{
    Ask, IncidentNotes, IncidentSource, PeopleRead, ReadError, RotaSource, Target, WebhookSource,
};
use access_core::principal::Principal;
use access_sources::{PagerDutySource, Reads};
use async_trait::async_trait;
use aws_config::SdkConfig;
use jiff::Timestamp;
use oncall_poller::wiring::RealSystems;
use oncall_poller::{AccountSource, Systems};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The last complete read of one account.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) ask: Ask,
    pub(super) facts: PagerDutyFacts,
    pub(super) source: PagerDutySource,
}

type All = Arc<Mutex<BTreeMap<PagerDutyName, Heard>>>;

/// Real systems that keep what was read.
pub(super) struct Recorder {
    systems: RealSystems,
    heard: All,
}

impl Recorder {
    pub(super) fn new(aws: &SdkConfig) -> Self {
        Self {
            systems: RealSystems::new(aws),
            heard: All::default(),
        }
    }

    /// The last complete read of each account until now.
    pub(super) fn heard(&self) -> BTreeMap<PagerDutyName, Heard> {
        locked(&self.heard).clone()
    }
}

impl Systems for Recorder {
    fn source(
        &self,
        name: &PagerDutyName,
        account: &PagerDutyAccount,
        reads: Reads,
    ) -> Result<Arc<dyn AccountSource>, String> {
        Ok(Arc::new(Ear {
            name: name.clone(),
            source: self.systems.pagerduty(account, reads)?,
            heard: Arc::clone(&self.heard),
        }))
    }

    fn webhooks(
        &self,
        name: &PagerDutyName,
        account: &PagerDutyAccount,
    ) -> Result<Arc<dyn WebhookSource>, String> {
        self.systems.webhooks(name, account)
    }

    fn notes(
        &self,
        name: &PagerDutyName,
        account: &PagerDutyAccount,
        author: &Principal,
    ) -> Result<Arc<dyn IncidentNotes>, String> {
        self.systems.notes(name, account, author)
    }

    fn target(&self, name: &TargetName, target: &TargetConfig) -> Result<Arc<dyn Target>, String> {
        self.systems.target(name, target)
    }
}

/// One account.
struct Ear {
    name: PagerDutyName,
    source: PagerDutySource,
    heard: All,
}

#[async_trait]
impl RotaSource for Ear {
    async fn read(
        &self,
        now: Timestamp,
        ask: &Ask,
        previous: Option<&PagerDutyFacts>,
    ) -> Result<PagerDutyFacts, ReadError> {
        let facts = self.source.read(now, ask, previous).await?;
        let heard = Heard {
            ask: ask.clone(),
            facts: facts.clone(),
            source: self.source.clone(),
        };
        locked(&self.heard).insert(self.name.clone(), heard);
        Ok(facts)
    }
}

#[async_trait]
impl IncidentSource for Ear {
    async fn open_incidents(
        &self,
        now: Timestamp,
        wanted: &WantedIncidents,
        ask: &BTreeSet<IncidentId>,
    ) -> Result<IncidentRead, ReadError> {
        self.source.open_incidents(now, wanted, ask).await
    }

    async fn people(&self, users: &BTreeSet<PagerDutyUserId>) -> PeopleRead {
        self.source.people(users).await
    }
}

/// Never held across an await.
fn locked(all: &All) -> MutexGuard<'_, BTreeMap<PagerDutyName, Heard>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}
