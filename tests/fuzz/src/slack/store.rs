//! The approver's store, in memory: steps are taken under their versions, whole or not at all, as the real one does it.

use super::rota::{rotas, tick};
use access_core::audit::{Entry, Head, StreamName};
use access_core::facts::{Freshness, LookedUp, Rota};
use access_core::id::{GrantId, IdempotencyKey, PagerDutyName, PagerDutyUserId, PlanId, RequestId};
use access_core::incident::{Incident, IncidentKey, Sighting};
use access_core::ports::{
    AuditLog, Card, CardReader, Cards, ConfigVersion, Configs, Fence, HeldPlan, HeldPlans,
    Incidents, KnownHeld, KnownIncidents, KnownPeople, Lease, Leases, Outbox, OutboxEntry,
    RequestFilter, Requests, RotaHistory, StoreError, TickRecord, Unsent,
};
use access_core::principal::Principal;
use access_core::request::{GrantRecord, GrantState, Request, RequestState, Step};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Answer<T> = Result<T, StoreError>;

/// Everything that outlives an invocation.
pub(crate) struct Memory {
    config: ConfigVersion,
    kept: Mutex<Kept>,
}

/// What came of requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept {
    pub(crate) requests: BTreeMap<RequestId, Request>,
    pub(crate) grants: BTreeMap<GrantId, GrantRecord>,
    /// Steps taken.
    pub(crate) steps: u64,
    keys: BTreeMap<(Principal, IdempotencyKey), RequestId>,
    cards: BTreeMap<RequestId, BTreeSet<Card>>,
    /// Who posts a card, until when.
    claims: BTreeMap<(RequestId, String, CardReader), Timestamp>,
    unsent: Vec<OutboxEntry>,
    streams: BTreeMap<StreamName, Vec<Entry>>,
}

impl Memory {
    /// With a configuration and nothing else.
    pub(crate) fn configured(now: Timestamp, text: &str) -> Self {
        Self {
            config: ConfigVersion {
                version: 1,
                by: "a fuzz target".to_owned(),
                at: now,
                text: text.to_owned(),
                policies: BTreeMap::new(),
            },
            kept: Mutex::default(),
        }
    }

    /// Forgets all but the configuration.
    pub(crate) fn clear(&self) {
        *self.kept() = Kept::default();
    }

    /// What is kept now.
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody but the poller does this.
fn not_here<T>() -> Answer<T> {
    Err(StoreError::Unavailable(
        "only the poller does this".to_owned(),
    ))
}

/// The store keeps JSON: what cannot be read back would be in everybody's way from then on.
fn assert_readable<T: Serialize + DeserializeOwned + PartialEq + Debug>(row: &T) {
    let text = serde_json::to_string(row).expect("a row is JSON");
    let read: T = serde_json::from_str(&text).expect("a kept row can be read again");
    assert_eq!(read, *row, "a kept row reads as it was");
}

/// Whether a row of this version may take the place of what is there.
fn follows(version: u64, known: Option<u64>) -> Answer<()> {
    if version == known.unwrap_or_default() + 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("version {version}")))
    }
}

#[async_trait]
impl Requests for Memory {
    async fn request(&self, id: RequestId) -> Answer<Option<Request>> {
        Ok(self.kept().requests.get(&id).cloned())
    }

    async fn requests(&self, filter: &RequestFilter) -> Answer<Vec<Request>> {
        let wanted = |request: &&Request| match filter {
            RequestFilter::Pending => matches!(request.state, RequestState::Pending { .. }),
            RequestFilter::By(who) => request.asked.by == *who,
            RequestFilter::Group(group) => request.asked.group == *group,
        };
        let kept = self.kept();
        Ok(kept
            .requests
            .values()
            .rev()
            .filter(wanted)
            .cloned()
            .collect())
    }

    async fn grant(&self, id: GrantId) -> Answer<Option<GrantRecord>> {
        Ok(self.kept().grants.get(&id).cloned())
    }

    async fn current_grants(&self) -> Answer<Vec<GrantRecord>> {
        Ok(self.kept().grants.values().cloned().collect())
    }

    async fn live_grants(&self) -> Answer<Vec<GrantRecord>> {
        let mut grants = self.current_grants().await?;
        grants.retain(|record| record.state == GrantState::Live);
        Ok(grants)
    }

    async fn grants_of(&self, principal: &Principal) -> Answer<Vec<GrantRecord>> {
        let mut grants = self.current_grants().await?;
        grants.retain(|record| record.grant.principal == *principal);
        Ok(grants)
    }

    async fn unreviewed(&self) -> Answer<Vec<GrantRecord>> {
        let mut grants = self.current_grants().await?;
        grants.retain(GrantRecord::awaits_review);
        Ok(grants)
    }

    async fn take(&self, step: &Step) -> Answer<()> {
        let mut kept = self.kept();
        if let Some(request) = &step.request {
            let known = kept.requests.get(&request.id);
            follows(request.version, known.map(|known| known.version))?;
            assert_readable(request);
        }
        if let Some(record) = &step.grant {
            let known = kept.grants.get(&record.grant.id);
            follows(record.version, known.map(|known| known.version))?;
            assert_readable(record);
        }
        let named = step.request.as_ref().and_then(|request| {
            let key = request.asked.key.clone()?;
            Some(((request.asked.by.clone(), key), request.id))
        });
        if let Some((key, id)) = named {
            let known = kept.keys.entry(key).or_insert(id);
            if *known != id {
                return Err(StoreError::Conflict("the key is taken".to_owned()));
            }
        }
        if let Some(request) = step.request.clone() {
            kept.requests.insert(request.id, request);
        }
        if let Some(record) = step.grant.clone() {
            kept.grants.insert(record.grant.id, record);
        }
        kept.unsent.extend(step.events.iter().cloned());
        kept.steps += 1;
        Ok(())
    }

    async fn by_key(&self, by: &Principal, key: &IdempotencyKey) -> Answer<Option<RequestId>> {
        let key = (by.clone(), key.clone());
        Ok(self.kept().keys.get(&key).copied())
    }
}

#[async_trait]
impl Cards for Memory {
    async fn cards(&self, request: RequestId) -> Answer<Vec<Card>> {
        let kept = self.kept();
        let cards = kept.cards.get(&request).into_iter().flatten();
        Ok(cards.cloned().collect())
    }

    async fn keep_card(&self, request: RequestId, card: &Card) -> Answer<()> {
        let mut kept = self.kept();
        kept.cards.entry(request).or_default().insert(card.clone());
        Ok(())
    }

    async fn claim_card(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        now: Timestamp,
        until: Timestamp,
    ) -> Answer<bool> {
        let mut kept = self.kept();
        let place = (request, channel.to_owned(), reader);
        let is_free = kept.claims.get(&place).is_none_or(|end| *end <= now);
        if is_free {
            kept.claims.insert(place, until);
        }
        Ok(is_free)
    }

    async fn let_card_go(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        _: Timestamp,
    ) -> Answer<()> {
        let place = (request, channel.to_owned(), reader);
        self.kept().claims.remove(&place);
        Ok(())
    }
}

#[async_trait]
impl Outbox for Memory {
    async fn unsent(&self) -> Answer<Unsent> {
        Ok(Unsent {
            entries: self.kept().unsent.clone(),
            unread: BTreeMap::new(),
        })
    }

    async fn post(&self, entries: &[OutboxEntry]) -> Answer<()> {
        self.kept().unsent.extend(entries.iter().cloned());
        Ok(())
    }

    async fn sent(&self, keys: &[String]) -> Answer<()> {
        self.kept()
            .unsent
            .retain(|entry| !keys.contains(&entry.key));
        Ok(())
    }
}

#[async_trait]
impl AuditLog for Memory {
    async fn head(&self, stream: &StreamName) -> Answer<Option<Head>> {
        let kept = self.kept();
        let last = kept.streams.get(stream).and_then(|entries| entries.last());
        Ok(last.map(Entry::head))
    }

    async fn streams(&self) -> Answer<BTreeMap<StreamName, Head>> {
        let kept = self.kept();
        let heads = kept
            .streams
            .iter()
            .filter_map(|(stream, entries)| Some((stream.clone(), entries.last()?.head())));
        Ok(heads.collect())
    }

    async fn append(&self, entries: &[Entry], after: Option<Head>) -> Answer<()> {
        let Some(first) = entries.first() else {
            return Ok(());
        };
        let mut kept = self.kept();
        let stream = kept.streams.entry(first.stream.clone()).or_default();
        if stream.last().map(Entry::head) != after {
            return Err(StoreError::Conflict(format!("stream {}", first.stream)));
        }
        stream.extend(entries.iter().cloned());
        Ok(())
    }

    async fn sealed(
        &self,
        stream: &StreamName,
        keys: &BTreeSet<String>,
    ) -> Answer<BTreeSet<String>> {
        let kept = self.kept();
        let entries = kept.streams.get(stream).into_iter().flatten();
        let known = entries.map(|entry| &entry.key);
        Ok(known.filter(|key| keys.contains(*key)).cloned().collect())
    }

    async fn entries(&self, stream: &StreamName, from: u64, limit: usize) -> Answer<Vec<Entry>> {
        let kept = self.kept();
        let entries = kept.streams.get(stream).into_iter().flatten();
        let wanted = entries.filter(|entry| entry.seq >= from);
        Ok(wanted.take(limit).cloned().collect())
    }
}

#[async_trait]
impl Configs for Memory {
    async fn latest_config(&self) -> Answer<Option<ConfigVersion>> {
        Ok(Some(self.config.clone()))
    }

    async fn config(&self, _: u64) -> Answer<Option<ConfigVersion>> {
        not_here()
    }

    async fn configs(&self, _: Option<u64>, _: usize) -> Answer<Vec<ConfigVersion>> {
        not_here()
    }

    async fn save_config(
        &self,
        _: Timestamp,
        _: &str,
        _: &str,
        _: &BTreeMap<String, String>,
    ) -> Answer<ConfigVersion> {
        not_here()
    }

    async fn apply_config(
        &self,
        _: Timestamp,
        _: &str,
        _: &str,
        _: &BTreeMap<String, String>,
        _: Option<u64>,
    ) -> Answer<ConfigVersion> {
        not_here()
    }
}

#[async_trait]
impl Leases for Memory {
    async fn acquire(&self, _: Timestamp, _: Timestamp) -> Answer<Lease> {
        not_here()
    }

    async fn release(&self, _: Fence, _: &TickRecord) -> Answer<()> {
        not_here()
    }

    async fn keep(&self, _: Fence, _: &TickRecord) -> Answer<()> {
        not_here()
    }

    async fn last_tick(&self) -> Answer<Option<TickRecord>> {
        Ok(Some(tick()))
    }
}

#[async_trait]
impl RotaHistory for Memory {
    async fn rotas(&self) -> Answer<BTreeMap<PagerDutyName, Rota>> {
        Ok(rotas())
    }

    async fn save_rota(&self, _: Fence, _: &PagerDutyName, _: &Rota, _: &Freshness) -> Answer<()> {
        not_here()
    }

    async fn rota_at(&self, _: &PagerDutyName, _: Timestamp) -> Answer<Option<(Rota, Freshness)>> {
        not_here()
    }
}

#[async_trait]
impl HeldPlans for Memory {
    async fn held(&self) -> Answer<KnownHeld> {
        Ok(KnownHeld::default())
    }

    async fn hold(&self, _: Fence, _: PlanId, _: &HeldPlan) -> Answer<bool> {
        not_here()
    }

    async fn let_go(&self, id: PlanId, _: &str, _: Timestamp) -> Answer<()> {
        Err(StoreError::NotFound(format!("plan {id}")))
    }

    async fn close(&self, _: Fence, _: PlanId) -> Answer<()> {
        not_here()
    }
}

#[async_trait]
impl Incidents for Memory {
    async fn incidents(&self) -> Answer<KnownIncidents> {
        Ok(KnownIncidents {
            incidents: BTreeMap::new(),
            unread: BTreeMap::new(),
        })
    }

    async fn incident(&self, _: &IncidentKey) -> Answer<Option<Incident>> {
        Ok(None)
    }

    async fn see(&self, _: &IncidentKey, _: &[Sighting]) -> Answer<Incident> {
        not_here()
    }

    async fn forget_incident(&self, _: &Incident) -> Answer<()> {
        not_here()
    }

    async fn known_people(&self) -> Answer<KnownPeople> {
        Ok(KnownPeople::default())
    }

    async fn keep_people(
        &self,
        _: &PagerDutyName,
        _: &BTreeMap<PagerDutyUserId, LookedUp>,
    ) -> Answer<()> {
        not_here()
    }

    async fn forget_people(&self, _: &BTreeSet<(PagerDutyName, PagerDutyUserId)>) -> Answer<()> {
        not_here()
    }
}
