//! Reading PagerDuty: what is older than `refresh` is read again; what cannot be read stays as it was.

use crate::answer::Failure;
use crate::deps::Configured;
use access_core::config::Config;
use access_core::facts::{Facts, Freshness, PagerDutyFacts, Rota};
use access_core::group::{GroupRule, Source};
use access_core::id::{GroupName, PagerDutyName};
use access_core::ports::{Ask, ReadError, TickRecord, is_after};
use access_core::timeline::Timeline;
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

    /// Accounts whose facts are `refresh` old or older, or that could not be read last time.
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
        self.rotas
            .retain(|name, _| config.pagerduty.contains_key(name));
        self.freshness
            .retain(|name, _| config.pagerduty.contains_key(name));
        self.failing_since
            .retain(|name, _| config.pagerduty.contains_key(name));
        self.missed_at
            .retain(|name, _| config.pagerduty.contains_key(name));
        refreshed
    }

    fn is_due(&self, now: Timestamp, config: &Config, name: &PagerDutyName) -> bool {
        let known = self.freshness.get(name);
        let is_old = |known: &Freshness| now.duration_since(known.read_at) >= config.sweep.refresh;
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

/// The accounts that say who is in these groups and in those nested in them; every account where no group is named, or
/// one that nobody knows yet.
pub(crate) fn accounts_of(
    groups: &BTreeSet<GroupName>,
    timeline: &Timeline,
    config: &Config,
) -> BTreeSet<PagerDutyName> {
    let every = || config.pagerduty.keys().cloned().collect();
    if groups.is_empty() {
        return every();
    }
    let (mut accounts, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut left: Vec<&GroupName> = groups.iter().collect();
    while let Some(name) = left.pop() {
        if !seen.insert(name) {
            continue;
        }
        let Some(group) = timeline.groups.get(name) else {
            return every();
        };
        for source in &group.rule.sources {
            match source {
                Source::Schedule { pagerduty, .. }
                | Source::EscalationPolicy { pagerduty, .. }
                | Source::Incident { pagerduty, .. } => {
                    accounts.insert(pagerduty.clone());
                }
                Source::Group(inner) => left.push(inner),
                Source::Person(_) => {}
            }
        }
    }
    accounts
}

/// What one account has to be asked for, so that every group that names it can be computed, and who may approve.
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
    for source in config.sources() {
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

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:ACME_KEY"

[[pagerduty]]
name = "other"
url = "https://other.pagerduty.com"
auth = "api-key"
secret = "env:OTHER_KEY"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "payments"
sources = ["schedule:acme/PSCHED1", "person:ada@acme.example"]
entitlements = ["aws:Payments"]

[[group]]
name = "search"
sources = ["escalation_policy:other/PPOLICY#1"]
entitlements = ["aws:Search"]

[[group]]
name = "everybody"
sources = ["group:payments", "group:search"]
entitlements = ["aws:Everybody"]

[[group]]
name = "around"
sources = ["group:everybody"]
entitlements = ["aws:Around"]

[[group]]
name = "admins"
sources = ["person:ada@acme.example"]
entitlements = ["aws:Admins"]

[[group]]
name = "fire"
sources = ["incident:other/service/PSVC1"]
entitlements = ["aws:Fire"]
"#;

    fn name(text: &str) -> PagerDutyName {
        PagerDutyName::new(text).unwrap()
    }

    #[test]
    fn only_accounts_that_say_who_is_in_a_group_are_read_for_it() {
        let config = Config::parse("test", CONFIG).unwrap();
        let timeline = Timeline::of(&config, &Facts::default());
        let (acme, other) = (&["acme"][..], &["other"][..]);
        let both = &["acme", "other"][..];
        for (groups, expected) in [
            (&["payments"][..], acme),
            (&["search"], other),
            (&["fire"], other),
            (&["everybody"], both),
            (&["around"], both),
            (&["payments", "fire"], both),
            (&["admins"], &[]),
            (&["admins", "a-template-will-make-it"], both),
            (&[], both),
        ] {
            let named = groups.iter().map(|name| GroupName::new(*name).unwrap());
            let accounts = accounts_of(&named.collect(), &timeline, &config);
            let expected: BTreeSet<_> = expected.iter().map(|it| name(it)).collect();
            assert_eq!(accounts, expected, "{groups:?}");
        }
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
        let config = Config::parse("test", CONFIG).unwrap();
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
