//! What a run knows: what is written down when it opens, and what PagerDuty says to it.

use super::{Work, keeping};
use crate::answer::{Answer, Failure, PollerError};
use crate::deps::{Configured, Deps, Memory, Stored};
use crate::grants;
use crate::incidents::{self, Heard};
use crate::lag::{self, News};
use crate::refresh::Known;
use access_core::event::Warning;
use access_core::facts::add_known_incidents;
use access_core::id::{GroupName, PagerDutyName, SweepId};
use access_core::plan::{Binding, Spent};
use access_core::ports::{KnownBindings, KnownHeld, Lease, TickRecord, UnreadBinding};
use access_core::timeline::Timeline;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tracing::warn;

impl<'a> Work<'a> {
    /// What is written down, and the grants; under a lease what ended by itself is written down, too.
    pub(super) async fn open(
        deps: &'a Deps,
        memory: &mut Memory,
        configured: Configured,
        now: Timestamp,
        lease: Option<Lease>,
    ) -> Result<Self, PollerError> {
        let store = &deps.store;
        let record = store.last_tick().await?.unwrap_or_default();
        // Without a lease others may write at any time: then only the store tells.
        let remembered = lease.and_then(|lease| memory.take_stored(lease));
        let stored = match remembered {
            Some(stored) => stored,
            None => Stored {
                rotas: store.rotas().await?,
                bindings: store.bindings().await?,
            },
        };
        let held = store.held().await?;
        let unread = unread(&stored.bindings, &held);
        let unread_held = held.unread.values().filter_map(|unread| unread.plan);
        let unread_held = unread_held.collect();
        let known = Known::new(stored.rotas.clone(), &record);
        let mut facts = known.facts();
        add_known_incidents(store.as_ref(), &configured.config, &mut facts).await?;
        let known_grants = grants::look(now, deps, &configured, keeping(lease)).await?;
        facts.grants = known_grants.grants;
        let timeline = Timeline::of(&configured.config, &facts);
        let sweep = lease.map(|_| sweep_id(now));
        let answer = Answer {
            sweep,
            failures: known_grants.failures.into_iter().chain(unread).collect(),
            ..Answer::default()
        };
        Ok(Self {
            deps,
            configured,
            lease,
            record: TickRecord { sweep, ..record },
            kept: None,
            known,
            facts,
            timeline,
            news: News::new(),
            earlier_news: memory.news.clone(),
            stored,
            unread_held,
            held: held.plans,
            spent: Spent::default(),
            asked: BTreeSet::new(),
            looked_ahead: false,
            is_cut_short: false,
            answer,
        })
    }

    /// Reads these accounts of PagerDuty, and keeps what changed.
    pub(super) async fn refresh(
        &mut self,
        now: Timestamp,
        due: BTreeSet<PagerDutyName>,
    ) -> Result<(), PollerError> {
        let keeping = keeping(self.lease);
        let (deps, config) = (self.deps, &self.configured.config);
        incidents::keep_acquaintances(now, deps, config, keeping, &mut self.facts).await?;
        let refreshed = self.known.refresh(now, &self.configured, &due).await;
        if let Some(lease) = self.lease {
            for name in &refreshed.changed {
                let (rota, freshness) = (&self.known.rotas[name], &self.known.freshness[name]);
                self.deps
                    .store
                    .save_rota(lease.fence, name, rota, freshness)
                    .await?;
            }
        }
        let rota = self.known.facts();
        self.facts.pagerduty = rota.pagerduty;
        let configured = &self.configured;
        // An account that does not answer about its rota is not asked for more in the same tick.
        let failing = &self.known.failing_since;
        let answering = due.iter().filter(|name| !failing.contains_key(*name));
        let answering = answering.cloned().collect();
        let facts = &mut self.facts;
        let Heard { failures, unheard } =
            incidents::refresh(now, deps, configured, &answering, keeping, facts).await?;
        self.answer.failures.extend(failures);
        self.known.note_missed(now, &due, unheard);
        let timeline = Timeline::of(&self.configured.config, &self.facts);
        if !refreshed.changed.is_empty() {
            self.news = lag::news(now, &self.timeline, &timeline);
        }
        self.timeline = timeline;
        self.stored.rotas.clone_from(&self.known.rotas);
        let is_new = |name: &PagerDutyName| !self.record.freshness.contains_key(name);
        let is_first = self.known.freshness.keys().any(is_new);
        self.record.freshness.clone_from(&self.known.freshness);
        self.record
            .failing_since
            .clone_from(&self.known.failing_since);
        self.record.missed_at.clone_from(&self.known.missed_at);
        self.answer.freshness.clone_from(&self.known.freshness);
        self.answer.failures.extend(refreshed.failures);
        self.answer.findings = findings(&self.timeline);
        if is_first {
            // Somebody may have been waiting to ask.
            self.keep_if_possible().await?;
        }
        Ok(())
    }
}

/// What is written down of bindings and held plans and cannot be understood. Those bindings are left alone, those plans stay
/// held; everything else goes on.
fn unread(bindings: &KnownBindings, held: &KnownHeld) -> BTreeSet<Failure> {
    let bindings = bindings.unread.iter().map(|(place, unread)| {
        let UnreadBinding { binding, reason } = unread;
        let subject = binding
            .as_ref()
            .map_or_else(|| place.clone(), Binding::to_string);
        (subject, format!("{place}: {reason}; it is left alone"))
    });
    let held = held.unread.iter().map(|(place, unread)| {
        let error = format!("{}; what it holds stays held", unread.reason);
        (place.clone(), error)
    });
    let failures = bindings.chain(held).map(|(subject, error)| {
        let error = format!("{error}: update Rotakey to the version that wrote it");
        warn!(%subject, %error, "what is written down cannot be understood");
        Failure::new(subject, error)
    });
    failures.collect()
}

/// What is wrong with the sources of each group.
fn findings(timeline: &Timeline) -> BTreeMap<GroupName, BTreeSet<Warning>> {
    let groups = timeline.groups.iter();
    let groups = groups.filter(|(_, group)| !group.findings.is_empty());
    let warnings = groups.map(|(name, group)| {
        let findings = group.findings.iter().cloned();
        let warnings = findings.map(|finding| Warning::Finding { finding });
        (name.clone(), warnings.collect())
    });
    warnings.collect()
}

fn sweep_id(now: Timestamp) -> SweepId {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    SweepId::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        seconds,
        nanoseconds,
    ))
}
