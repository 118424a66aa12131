//! Reading PagerDuty: what is older than `refresh` is read again; what cannot be read stays as it was.

use crate::answer::Failure;
use crate::deps::Configured;
use access_core::config::Config;
use access_core::facts::{Facts, Freshness, PagerDutyFacts, Rota};
use access_core::group::{GroupRule, Source};
use access_core::id::PagerDutyName;
use access_core::ports::{Ask, ReadError, TickRecord};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::{info, warn};

/// One complete read of one account; beyond that the tick goes on with what is known.
const READ_MAX: Duration = Duration::from_secs(40);

/// The covered span is aligned to this, so that it moves once an hour and not at every read.
const ALIGNMENT: SignedDuration = SignedDuration::from_hours(1);

/// The rota of every account as known now, kept up to date by [`Known::refresh`].
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) rotas: BTreeMap<PagerDutyName, Rota>,
    pub(crate) freshness: BTreeMap<PagerDutyName, Freshness>,
    pub(crate) failing_since: BTreeMap<PagerDutyName, Timestamp>,
}

/// What a refresh found out.
#[derive(Debug, Default)]
pub(crate) struct Refreshed {
    /// Accounts whose rota differs from the one before.
    pub(crate) changed: BTreeSet<PagerDutyName>,
    pub(crate) failures: BTreeSet<Failure>,
}

impl Known {
    pub(crate) fn new(rotas: BTreeMap<PagerDutyName, Rota>, record: &TickRecord) -> Self {
        Self {
            rotas,
            freshness: record.freshness.clone(),
            failing_since: record.failing_since.clone(),
        }
    }

    /// Accounts whose facts are `refresh` old or older; with `always`, every account.
    pub(crate) fn due(
        &self,
        now: Timestamp,
        configured: &Configured,
        always: bool,
    ) -> BTreeSet<PagerDutyName> {
        let names = configured.sources.keys();
        names
            .filter(|name| always || self.is_due(now, &configured.config, name))
            .cloned()
            .collect()
    }

    /// Reads the rota of every account that is due.
    pub(crate) async fn refresh(
        &mut self,
        now: Timestamp,
        configured: &Configured,
        due: &BTreeSet<PagerDutyName>,
    ) -> Refreshed {
        let config = &configured.config;
        let sources = configured.sources.iter();
        let due = sources.filter(|(name, _)| due.contains(*name));
        let reads = due.map(|(name, source)| async {
            let ask = ask(now, config, name);
            let previous = self.facts_of(name);
            let read = in_time(READ_MAX, source.read(now, &ask, previous.as_ref())).await;
            (name.clone(), read)
        });
        let answers = join_all(reads).await;
        let mut refreshed = Refreshed::default();
        for (name, answer) in answers {
            self.take(now, name, answer, &mut refreshed);
        }
        self.rotas
            .retain(|name, _| config.pagerduty.contains_key(name));
        self.freshness
            .retain(|name, _| config.pagerduty.contains_key(name));
        self.failing_since
            .retain(|name, _| config.pagerduty.contains_key(name));
        refreshed
    }

    fn is_due(&self, now: Timestamp, config: &Config, name: &PagerDutyName) -> bool {
        self.freshness
            .get(name)
            .is_none_or(|freshness| now.duration_since(freshness.read_at) >= config.sweep.refresh)
    }

    fn facts_of(&self, name: &PagerDutyName) -> Option<PagerDutyFacts> {
        Some(PagerDutyFacts {
            freshness: *self.freshness.get(name)?,
            rota: self.rotas.get(name)?.clone(),
        })
    }

    fn take(
        &mut self,
        now: Timestamp,
        name: PagerDutyName,
        answer: Result<PagerDutyFacts, ReadError>,
        refreshed: &mut Refreshed,
    ) {
        match answer {
            Ok(PagerDutyFacts { freshness, rota }) => {
                self.failing_since.remove(&name);
                self.freshness.insert(name.clone(), freshness);
                if self.rotas.get(&name) != Some(&rota) {
                    info!(pagerduty = %name, schedules = rota.schedules.len(), "the rota of {name} changed");
                    self.rotas.insert(name.clone(), rota);
                    refreshed.changed.insert(name);
                }
            }
            Err(error) => {
                let since = *self.failing_since.entry(name.clone()).or_insert(now);
                warn!(pagerduty = %name, failing_since = %since, %error, "PagerDuty account {name} could not be read");
                refreshed
                    .failures
                    .insert(Failure::new(format!("PagerDuty account {name}"), error));
            }
        }
    }

    /// Everything that desired membership is computed from.
    pub(crate) fn facts(&self) -> Facts {
        let accounts = self
            .freshness
            .keys()
            .filter_map(|name| Some((name.clone(), self.facts_of(name)?)));
        Facts {
            pagerduty: accounts.collect(),
            ..Facts::default()
        }
    }
}

/// Gives up on a read that takes too long.
pub(crate) async fn in_time<T>(
    max: Duration,
    read: impl Future<Output = Result<T, ReadError>>,
) -> Result<T, ReadError> {
    let late = |_| {
        Err(ReadError::Unavailable(format!(
            "no complete answer within {} s",
            max.as_secs()
        )))
    };
    tokio::time::timeout(max, read).await.unwrap_or_else(late)
}

/// What one account has to be asked for, so that every group that names it can be computed.
pub(crate) fn ask(now: Timestamp, config: &Config, name: &PagerDutyName) -> Ask {
    let templates = config
        .templates
        .iter()
        .filter(|template| template.pagerduty == *name);
    let margins = |rule: &GroupRule| rule.lag.max(rule.lead);
    let margin = config
        .groups
        .values()
        .map(margins)
        .chain(config.templates.iter().map(|t| t.lag.max(t.lead)))
        .max();
    let margin = margin.unwrap_or_default();
    let mut ask = Ask {
        covers_from: aligned(now - margin),
        covers_until: aligned(now + config.sweep.look_ahead + margin) + ALIGNMENT,
        schedules: BTreeSet::new(),
        all_schedules: templates.count() > 0,
        escalation_policies: BTreeSet::new(),
    };
    for source in config.groups.values().flat_map(|rule| &rule.sources) {
        match source {
            Source::Schedule { pagerduty, id } if pagerduty == name => {
                ask.schedules.insert(id.clone());
            }
            Source::EscalationPolicy { pagerduty, id, .. } if pagerduty == name => {
                ask.escalation_policies.insert(id.clone());
            }
            Source::Schedule { .. }
            | Source::EscalationPolicy { .. }
            | Source::Group(_)
            | Source::Incident { .. }
            | Source::Person(_) => {}
        }
    }
    ask
}

fn aligned(at: Timestamp) -> Timestamp {
    let hour = ALIGNMENT.as_secs();
    Timestamp::from_second(at.as_second().div_euclid(hour) * hour)
        .expect("an earlier instant of the same hour exists")
}
