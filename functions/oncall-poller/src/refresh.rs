//! Reading PagerDuty: what is about `refresh` old is read again; what cannot be read stays as it was.

use crate::answer::Failure;
use crate::ask::ask;
use crate::deps::Configured;
use crate::tick::TICK;
use access_core::config::Config;
use access_core::facts::{Facts, Freshness, PagerDutyFacts, Rota};
use access_core::id::PagerDutyName;
use access_core::ports::{ReadError, TickRecord, is_after};
use futures::future::join_all;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::{info, warn};

/// One complete read of one account; beyond that the tick goes on with what is known.
const READ_MAX: Duration = Duration::from_secs(40);

/// The rota of every account as known now, kept up to date by [`Known::refresh`].
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) rotas: BTreeMap<PagerDutyName, Rota>,
    pub(crate) freshness: BTreeMap<PagerDutyName, Freshness>,
    pub(crate) failing_since: BTreeMap<PagerDutyName, Timestamp>,
    /// Accounts of which not everything could be read last time, incidents and people included: when that was tried.
    pub(crate) missed_at: BTreeMap<PagerDutyName, Timestamp>,
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
            missed_at: record.missed_at.clone(),
        }
    }

    /// Accounts whose facts are `refresh` old or older, to the nearest tick, or that could not be read last time.
    pub(crate) fn due(&self, now: Timestamp, configured: &Configured) -> BTreeSet<PagerDutyName> {
        let names = configured.sources.keys();
        names
            .filter(|name| self.is_due(now, &configured.config, name))
            .cloned()
            .collect()
    }

    /// Those accounts that were last read before `requested_at`; all of them for somebody who cannot say when. One that could
    /// not be read since is not tried again for the same wish: the next tick does that.
    pub(crate) fn unread_since(
        &self,
        now: Timestamp,
        requested_at: Option<Timestamp>,
        accounts: &BTreeSet<PagerDutyName>,
    ) -> BTreeSet<PagerDutyName> {
        let is_read = |name: &&PagerDutyName| {
            let read_at = || Some(self.freshness.get(*name)?.read_at);
            let tried_at = self.missed_at.get(*name).copied().or_else(read_at);
            matches!((requested_at, tried_at), (Some(requested_at), Some(tried_at)) if is_after(now, requested_at, tried_at))
        };
        accounts.iter().filter(|it| !is_read(it)).cloned().collect()
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
        let is_there = |name: &PagerDutyName| config.pagerduty.contains_key(name);
        self.rotas.retain(|name, _| is_there(name));
        self.freshness.retain(|name, _| is_there(name));
        self.failing_since.retain(|name, _| is_there(name));
        self.missed_at.retain(|name, _| is_there(name));
        refreshed
    }

    fn is_due(&self, now: Timestamp, config: &Config, name: &PagerDutyName) -> bool {
        let known = self.freshness.get(name);
        // Ticks come a minute apart, more or less: one that waited for another to end has read late, and the next must not
        // take that for fresh.
        let is_old = |known: &Freshness| {
            now.duration_since(known.read_at) + TICK / 2 >= config.sweep.refresh
        };
        self.is_failing(name) || known.is_none_or(is_old)
    }

    /// Whether something of the account could not be read when it was last asked for.
    fn is_failing(&self, name: &PagerDutyName) -> bool {
        self.failing_since.contains_key(name) || self.missed_at.contains_key(name)
    }

    /// Notes of which accounts that were tried not everything could be read: those whose rota could not be, and `unheard`.
    pub(crate) fn note_missed(
        &mut self,
        now: Timestamp,
        tried: &BTreeSet<PagerDutyName>,
        unheard: BTreeSet<PagerDutyName>,
    ) {
        self.missed_at.retain(|name, _| !tried.contains(name));
        let failing = &self.failing_since;
        let failed = tried.iter().filter(|name| failing.contains_key(*name));
        let missed = failed.cloned().chain(unheard);
        self.missed_at.extend(missed.map(|name| (name, now)));
    }

    /// From when on everything is known of these accounts by a run that began at `began_at` and has read those of them that
    /// were due; `None` where that cannot be said, since something could not be read.
    pub(crate) fn since(
        &self,
        began_at: Timestamp,
        accounts: &BTreeSet<PagerDutyName>,
    ) -> Option<Timestamp> {
        let mut since = began_at;
        for name in accounts {
            if self.is_failing(name) {
                return None;
            }
            since = since.min(self.freshness.get(name)?.read_at);
        }
        Some(since)
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    fn name(text: &str) -> PagerDutyName {
        PagerDutyName::new(text).unwrap()
    }

    #[test]
    fn an_account_that_was_read_after_a_wish_is_not_read_for_it_again() {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |seconds| noon + SignedDuration::from_secs(seconds);
        let freshness = Freshness {
            read_at: at(0),
            covers_from: at(-3600),
            covers_until: at(3600),
        };
        let known = Known {
            rotas: BTreeMap::new(),
            freshness: BTreeMap::from([(name("acme"), freshness)]),
            failing_since: BTreeMap::new(),
            missed_at: BTreeMap::new(),
        };
        for (case, requested_at, account, is_read_again) in [
            ("well before", Some(at(-5)), "acme", false),
            ("just before", Some(at(-4)), "acme", true),
            ("after", Some(at(1)), "acme", true),
            ("nobody knows when", None, "acme", true),
            ("never read", Some(at(-5)), "other", true),
        ] {
            let accounts = BTreeSet::from([name(account)]);
            let again = known.unread_since(at(10), requested_at, &accounts);
            assert_eq!(!again.is_empty(), is_read_again, "{case}");
        }
    }

    #[test]
    fn an_account_that_could_not_be_read_is_due_and_nothing_is_known_of_it() {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |seconds| noon + SignedDuration::from_secs(seconds);
        let config = Config::parse("test", "").unwrap();
        let account = name("acme");
        let accounts = BTreeSet::from([account.clone()]);
        let rota = TickRecord {
            failing_since: BTreeMap::from([(account.clone(), at(0))]),
            ..TickRecord::default()
        };
        let incidents = TickRecord {
            missed_at: BTreeMap::from([(account.clone(), at(2))]),
            ..TickRecord::default()
        };
        for (case, record, is_failing) in [
            ("neither", TickRecord::default(), false),
            ("its rota", rota, true),
            ("its incidents", incidents, true),
        ] {
            let freshness = Freshness {
                read_at: at(0),
                covers_from: at(-3600),
                covers_until: at(3600),
            };
            let mut known = Known::new(BTreeMap::new(), &record);
            known.freshness.insert(account.clone(), freshness);
            assert_eq!(known.is_due(at(1), &config, &account), is_failing, "{case}");
            let since = known.since(at(3), &accounts);
            assert_eq!(since, (!is_failing).then(|| at(0)), "{case}");
        }
        let unread = Known::new(BTreeMap::new(), &TickRecord::default());
        assert_eq!(unread.since(at(3), &accounts), None, "never read");
        assert_eq!(unread.since(at(3), &BTreeSet::new()), Some(at(3)));
    }

    #[test]
    fn facts_are_read_again_at_the_tick_nearest_to_their_age() {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |seconds| noon + SignedDuration::from_secs(seconds);
        for (refresh, age, is_due) in [
            ("1m", 0, false),
            ("1m", 25, false),
            ("1m", 42, true),
            ("1m", 58, true),
            ("1m", 60, true),
            ("5m", 240, false),
            ("5m", 245, false),
            ("5m", 298, true),
            ("5m", 300, true),
        ] {
            let text = format!("[sweep]\nrefresh = \"{refresh}\"\n");
            let config = Config::parse("test", &text).unwrap();
            let freshness = Freshness {
                read_at: at(0),
                covers_from: at(-3600),
                covers_until: at(3600),
            };
            let mut known = Known::new(BTreeMap::new(), &TickRecord::default());
            known.freshness.insert(name("acme"), freshness);
            let due = known.is_due(at(age), &config, &name("acme"));
            assert_eq!(due, is_due, "{age} s old, refresh {refresh}");
        }
    }

    #[test]
    fn what_was_tried_in_vain_after_a_wish_is_not_tried_for_it_again() {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |seconds| noon + SignedDuration::from_secs(seconds);
        let accounts = BTreeSet::from([name("acme"), name("other")]);
        let mut known = Known::new(BTreeMap::new(), &TickRecord::default());
        known.failing_since.insert(name("acme"), at(-60));
        known.note_missed(at(0), &accounts, BTreeSet::new());
        let again = |known: &Known, requested_at| {
            known.unread_since(at(10), Some(at(requested_at)), &accounts)
        };
        assert_eq!(again(&known, -5), BTreeSet::from([name("other")]));
        assert_eq!(again(&known, 1), accounts, "a later wish");
        known.failing_since.clear();
        known.note_missed(at(1), &accounts, BTreeSet::from([name("other")]));
        let missed = BTreeMap::from([(name("other"), at(1))]);
        assert_eq!(known.missed_at, missed);
    }
}
