//! A store in which the configuration is the one at hand, not the one stored: for plans and questions about a file that
//! nobody has put into force.

use access_core::apply::{Applied, ChangeFailure};
use access_core::audit::{Entry, Head, StreamName};
use access_core::facts::{Freshness, LookedUp, Rota};
use access_core::id::{
    AccountId, GrantId, GroupName, IdempotencyKey, PagerDutyName, PagerDutyUserId, PlanId,
    RequestId,
};
use access_core::incident::{Incident, IncidentKey, Sighting};
use access_core::membership::Record;
use access_core::plan::{Binding, Plan};
use access_core::ports::{
    AuditLog, BindingState, Bindings, Card, CardReader, Cards, ConfigVersion, Configs, Fence,
    HeldPlan, HeldPlans, Incidents, JournalEntry, KnownBindings, KnownHeld, KnownIncidents,
    KnownPeople, Lease, Leases, Memberships, Outbox, OutboxEntry, RequestFilter, Requests,
    RotaHistory, Store, StoreError, TickRecord, Unsent,
};
use access_core::principal::Principal;
use access_core::request::{GrantRecord, Request, Step};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Answer<T> = Result<T, StoreError>;

/// Another store, but for its configuration.
pub(crate) struct Given {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) config: ConfigVersion,
}

impl Given {
    /// `text` in the place of what is stored. Its policies decide nothing that is asked of it.
    pub(crate) fn new(store: Arc<dyn Store>, now: Timestamp, text: &str) -> Self {
        let config = ConfigVersion {
            version: 0,
            by: "file".to_owned(),
            at: now,
            text: text.to_owned(),
            policies: BTreeMap::new(),
        };
        Self { store, config }
    }
}

#[async_trait]
impl Configs for Given {
    async fn latest_config(&self) -> Answer<Option<ConfigVersion>> {
        Ok(Some(self.config.clone()))
    }

    async fn config(&self, version: u64) -> Answer<Option<ConfigVersion>> {
        self.store.config(version).await
    }

    async fn configs(&self, before: Option<u64>, limit: usize) -> Answer<Vec<ConfigVersion>> {
        self.store.configs(before, limit).await
    }

    async fn save_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
    ) -> Answer<ConfigVersion> {
        self.store.save_config(now, by, text, policies).await
    }

    async fn apply_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
        expected: Option<u64>,
    ) -> Answer<ConfigVersion> {
        self.store
            .apply_config(now, by, text, policies, expected)
            .await
    }
}

#[async_trait]
impl Leases for Given {
    async fn acquire(&self, now: Timestamp, until: Timestamp) -> Answer<Lease> {
        self.store.acquire(now, until).await
    }

    async fn release(&self, fence: Fence, record: &TickRecord) -> Answer<()> {
        self.store.release(fence, record).await
    }

    async fn keep(&self, fence: Fence, record: &TickRecord) -> Answer<()> {
        self.store.keep(fence, record).await
    }

    async fn last_tick(&self) -> Answer<Option<TickRecord>> {
        self.store.last_tick().await
    }
}

#[async_trait]
impl RotaHistory for Given {
    async fn rotas(&self) -> Answer<BTreeMap<PagerDutyName, Rota>> {
        self.store.rotas().await
    }

    async fn save_rota(
        &self,
        fence: Fence,
        pagerduty: &PagerDutyName,
        rota: &Rota,
        freshness: &Freshness,
    ) -> Answer<()> {
        self.store
            .save_rota(fence, pagerduty, rota, freshness)
            .await
    }

    async fn rota_at(
        &self,
        pagerduty: &PagerDutyName,
        at: Timestamp,
    ) -> Answer<Option<(Rota, Freshness)>> {
        self.store.rota_at(pagerduty, at).await
    }
}

#[async_trait]
impl Bindings for Given {
    async fn bindings(&self) -> Answer<KnownBindings> {
        self.store.bindings().await
    }

    async fn save_binding(
        &self,
        fence: Fence,
        binding: &Binding,
        state: &BindingState,
    ) -> Answer<()> {
        self.store.save_binding(fence, binding, state).await
    }

    async fn drop_binding(&self, fence: Fence, binding: &Binding) -> Answer<()> {
        self.store.drop_binding(fence, binding).await
    }
}

#[async_trait]
impl Memberships for Given {
    async fn records(&self, binding: &Binding) -> Answer<BTreeMap<AccountId, Record>> {
        self.store.records(binding).await
    }

    async fn records_of(&self, principal: &Principal) -> Answer<Vec<(Binding, Record)>> {
        self.store.records_of(principal).await
    }

    async fn begin(&self, fence: Fence, now: Timestamp, plan: &Plan) -> Answer<()> {
        self.store.begin(fence, now, plan).await
    }

    async fn finish(
        &self,
        fence: Fence,
        now: Timestamp,
        binding: &Binding,
        change: &Applied,
    ) -> Answer<()> {
        self.store.finish(fence, now, binding, change).await
    }

    async fn fail(
        &self,
        fence: Fence,
        now: Timestamp,
        binding: &Binding,
        failure: &ChangeFailure,
    ) -> Answer<()> {
        self.store.fail(fence, now, binding, failure).await
    }

    async fn journal(
        &self,
        group: &GroupName,
        since: Option<Timestamp>,
    ) -> Answer<Vec<JournalEntry>> {
        self.store.journal(group, since).await
    }
}

#[async_trait]
impl HeldPlans for Given {
    async fn held(&self) -> Answer<KnownHeld> {
        self.store.held().await
    }

    async fn hold(&self, fence: Fence, id: PlanId, plan: &HeldPlan) -> Answer<bool> {
        self.store.hold(fence, id, plan).await
    }

    async fn let_go(&self, id: PlanId, by: &str, now: Timestamp) -> Answer<()> {
        self.store.let_go(id, by, now).await
    }

    async fn close(&self, fence: Fence, id: PlanId) -> Answer<()> {
        self.store.close(fence, id).await
    }
}

#[async_trait]
impl Outbox for Given {
    async fn unsent(&self) -> Answer<Unsent> {
        self.store.unsent().await
    }

    async fn post(&self, entries: &[OutboxEntry]) -> Answer<()> {
        self.store.post(entries).await
    }

    async fn sent(&self, keys: &[String]) -> Answer<()> {
        self.store.sent(keys).await
    }
}

#[async_trait]
impl Incidents for Given {
    async fn incidents(&self) -> Answer<KnownIncidents> {
        self.store.incidents().await
    }

    async fn incident(&self, key: &IncidentKey) -> Answer<Option<Incident>> {
        self.store.incident(key).await
    }

    async fn see(&self, key: &IncidentKey, sightings: &[Sighting]) -> Answer<Incident> {
        self.store.see(key, sightings).await
    }

    async fn forget_incident(&self, incident: &Incident) -> Answer<()> {
        self.store.forget_incident(incident).await
    }

    async fn known_people(&self) -> Answer<KnownPeople> {
        self.store.known_people().await
    }

    async fn keep_people(
        &self,
        pagerduty: &PagerDutyName,
        people: &BTreeMap<PagerDutyUserId, LookedUp>,
    ) -> Answer<()> {
        self.store.keep_people(pagerduty, people).await
    }

    async fn forget_people(
        &self,
        people: &BTreeSet<(PagerDutyName, PagerDutyUserId)>,
    ) -> Answer<()> {
        self.store.forget_people(people).await
    }
}

#[async_trait]
impl Requests for Given {
    async fn request(&self, id: RequestId) -> Answer<Option<Request>> {
        self.store.request(id).await
    }

    async fn requests(&self, filter: &RequestFilter) -> Answer<Vec<Request>> {
        self.store.requests(filter).await
    }

    async fn grant(&self, id: GrantId) -> Answer<Option<GrantRecord>> {
        self.store.grant(id).await
    }

    async fn current_grants(&self) -> Answer<Vec<GrantRecord>> {
        self.store.current_grants().await
    }

    async fn live_grants(&self) -> Answer<Vec<GrantRecord>> {
        self.store.live_grants().await
    }

    async fn grants_of(&self, principal: &Principal) -> Answer<Vec<GrantRecord>> {
        self.store.grants_of(principal).await
    }

    async fn unreviewed(&self) -> Answer<Vec<GrantRecord>> {
        self.store.unreviewed().await
    }

    async fn take(&self, step: &Step) -> Answer<()> {
        self.store.take(step).await
    }

    async fn by_key(&self, by: &Principal, key: &IdempotencyKey) -> Answer<Option<RequestId>> {
        self.store.by_key(by, key).await
    }
}

#[async_trait]
impl Cards for Given {
    async fn cards(&self, request: RequestId) -> Answer<Vec<Card>> {
        self.store.cards(request).await
    }

    async fn keep_card(&self, request: RequestId, card: &Card) -> Answer<()> {
        self.store.keep_card(request, card).await
    }

    async fn claim_card(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        now: Timestamp,
        until: Timestamp,
    ) -> Answer<bool> {
        self.store
            .claim_card(request, channel, reader, now, until)
            .await
    }

    async fn let_card_go(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        now: Timestamp,
    ) -> Answer<()> {
        self.store.let_card_go(request, channel, reader, now).await
    }
}

#[async_trait]
impl AuditLog for Given {
    async fn head(&self, stream: &StreamName) -> Answer<Option<Head>> {
        self.store.head(stream).await
    }

    async fn streams(&self) -> Answer<BTreeMap<StreamName, Head>> {
        self.store.streams().await
    }

    async fn append(&self, entries: &[Entry], after: Option<Head>) -> Answer<()> {
        self.store.append(entries, after).await
    }

    async fn sealed(
        &self,
        stream: &StreamName,
        keys: &BTreeSet<String>,
    ) -> Answer<BTreeSet<String>> {
        self.store.sealed(stream, keys).await
    }

    async fn entries(&self, stream: &StreamName, from: u64, limit: usize) -> Answer<Vec<Entry>> {
        self.store.entries(stream, from, limit).await
    }
}
