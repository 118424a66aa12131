//! Looking ahead: who comes on call without an account, and which hours have nobody, told days before.

use crate::answer::{Answer, Failure};
use crate::ask::ask;
use crate::deps::{Configured, Deps};
use crate::measure;
use access_core::config::Config;
use access_core::event::Event;
use access_core::facts::Facts;
use access_core::forecast::{Forecast, forecast, people};
use access_core::id::TargetName;
use access_core::matching::{AccountMatch, by_alias};
use access_core::ports::{OutboxEntry, StoreError, TickRecord};
use access_core::principal::Principal;
use access_core::timeline::Timeline;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::{info, warn};

/// How often the coming days are looked at: rotas change by the hour at most, and the read covers two weeks.
const EVERY: SignedDuration = SignedDuration::from_hours(6);

/// How soon after a failed look the next one is made.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// One look, at most. It comes after reading PagerDuty, which may take as long, and the two of them still end before the
/// next tick stops waiting for the lease.
const LOOK_MAX: SignedDuration = SignedDuration::from_secs(40);

/// With less time than this before the next handoff, a look is left to the next tick rather than cut.
const ROOM: SignedDuration = SignedDuration::from_secs(20);

/// After that a look that is due takes what time there is. Handoffs are on time all the same: where something changes in
/// every minute a look may be cut, which is told, but it is neither put off for ever nor does anybody wait for it.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// How the subjects of failed looks begin.
pub(crate) const FORECAST: &str = "forecast of";

/// How long a look may take that begins now, if one is due; `None`: not now. `left` is the time until something else has to
/// be done.
///
/// It is noted as failed before it begins: whoever is killed in the middle of one leaves the next one to a tick in a quarter
/// of an hour, where else every tick would begin it anew and be killed again.
pub(crate) fn begin(
    now: Timestamp,
    left: SignedDuration,
    record: &mut TickRecord,
) -> Option<Duration> {
    // The first one of all is due from the first tick on, and has patience like any other.
    let due_at = *record.forecast_at.get_or_insert(now - EVERY) + EVERY;
    // What could not be read a moment ago will not tell of the coming days either.
    if now < due_at || !record.failing_since.is_empty() {
        return None;
    }
    let is_patient = now.duration_since(due_at) < PATIENCE;
    let too_little = if is_patient {
        ROOM
    } else {
        SignedDuration::ZERO
    };
    if left <= too_little {
        return None;
    }
    record.forecast_at = Some(now - EVERY + AGAIN);
    Some(left.min(LOOK_MAX).unsigned_abs())
}

/// Posts a warning for everything that the coming days lack, once for as long as they lack it. What is not known after `max`
/// is a failure, and nobody waits for it.
///
/// # Errors
/// When the warnings cannot be written down.
pub(crate) async fn look_ahead(
    deps: &Deps,
    now: Timestamp,
    max: Duration,
    configured: &Configured,
    record: &mut TickRecord,
    answer: &mut Answer,
) -> Result<(), StoreError> {
    let looked = tokio::time::timeout(max, look(now, configured)).await;
    let forecast = match looked.unwrap_or_else(|_| Err(late())) {
        Ok(forecast) => forecast,
        Err(failure) => {
            warn!(%failure, max_s = max.as_secs(), "the coming days could not be looked at");
            answer.failures.insert(failure);
            return Ok(());
        }
    };
    let warnings: BTreeMap<String, _> = forecast
        .warnings()
        .into_iter()
        .map(|warning| (warning.key(), warning))
        .collect();
    measure::coverage(warnings.values());
    let new = warnings
        .iter()
        .filter(|(key, _)| !record.warned.contains(*key));
    let entry = |(key, warning): (&String, &access_core::event::CoverageWarning)| OutboxEntry {
        key: format!("{now}/coverage/{key}"),
        at: now,
        event: Event::CoverageWarning(warning.clone()),
    };
    let entries: Vec<OutboxEntry> = new.map(entry).collect();
    info!(
        warnings = warnings.len(),
        new = entries.len(),
        "looked ahead until {}",
        forecast.until
    );
    deps.store.post(&entries).await?;
    record.warned = warnings.into_keys().collect();
    record.forecast_at = Some(now);
    Ok(())
}

/// A look that was cut. The same words whatever time it had, which the log tells: what goes on is told once.
fn late() -> Failure {
    let (max, again) = (LOOK_MAX.as_secs(), AGAIN.as_mins());
    let error = format!(
        "not done by the next handoff, or within {max} s: it is tried again in {again} minutes; a shorter `forecast` in [sweep] takes less time"
    );
    Failure::new(format!("{FORECAST} the coming days"), error)
}

/// Reads the coming days and the accounts of everybody who comes on call in them; writes nothing.
pub(crate) async fn look(now: Timestamp, configured: &Configured) -> Result<Forecast, Failure> {
    let config = &configured.config;
    let until = now + config.sweep.forecast;
    let mut facts = Facts::default();
    for (name, source) in &configured.sources {
        let ask = access_core::ports::Ask {
            covers_until: until,
            ..ask(now, config, name)
        };
        let read = source.read(now, &ask, None).await;
        let read = read
            .map_err(|error| Failure::new(format!("{FORECAST} PagerDuty account {name}"), error))?;
        facts.pagerduty.insert(name.clone(), read);
    }
    let timeline = Timeline::of(config, &facts);
    let accounts = accounts(configured, config, people(&timeline, now, until)).await?;
    Ok(forecast(&timeline, config, &accounts, now, until))
}

async fn accounts(
    configured: &Configured,
    config: &Config,
    people: BTreeMap<TargetName, BTreeSet<Principal>>,
) -> Result<BTreeMap<(TargetName, Principal), AccountMatch>, Failure> {
    let mut accounts = BTreeMap::new();
    for (name, people) in people {
        let Some(target) = configured.targets.get(&name) else {
            continue;
        };
        let matching = by_alias(&name, &config.people, &people);
        let mut found = BTreeMap::new();
        if !matching.ask.is_empty() {
            let answer = target.find_accounts(&matching.ask).await;
            found =
                answer.map_err(|error| Failure::new(format!("{FORECAST} target {name}"), error))?;
        }
        accounts.extend(
            matching
                .settle(found)
                .into_iter()
                .map(|(principal, found)| ((name.clone(), principal), found)),
        );
    }
    Ok(accounts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn mins(mins: i64) -> SignedDuration {
        SignedDuration::from_mins(mins)
    }

    #[test]
    fn a_look_begins_where_there_is_room_and_after_an_hour_in_whatever_room_there_is() {
        for (case, last, left, expected) in [
            ("never looked", None, 600, Some(40)),
            ("never looked, and a handoff is near", None, 20, None),
            ("a minute too early", Some(359), 600, None),
            ("due", Some(360), 600, Some(40)),
            ("due, until the next handoff", Some(360), 30, Some(30)),
            ("due, and a handoff is near", Some(419), 20, None),
            ("due for an hour", Some(420), 20, Some(20)),
            ("due for an hour, and a handoff is late", Some(420), 0, None),
        ] {
            let mut record = TickRecord {
                forecast_at: last.map(|last| noon() - mins(last)),
                ..TickRecord::default()
            };
            let left = SignedDuration::from_secs(left);
            let max = begin(noon(), left, &mut record);
            assert_eq!(max, expected.map(Duration::from_secs), "{case}");
        }
    }

    #[test]
    fn a_look_that_nobody_ends_is_begun_again_after_a_quarter_of_an_hour() {
        let mut record = TickRecord::default();
        for (at, is_begun) in [(0, true), (1, false), (14, false), (15, true), (16, false)] {
            let max = begin(noon() + mins(at), mins(10), &mut record);
            assert_eq!(max.is_some(), is_begun, "{at}");
        }
    }

    #[test]
    fn the_first_look_is_not_put_off_for_ever() {
        let mut record = TickRecord::default();
        let left = SignedDuration::from_secs(5);
        for (at, is_begun) in [(0, false), (1, false), (59, false), (60, true)] {
            let max = begin(noon() + mins(at), left, &mut record);
            assert_eq!(max.is_some(), is_begun, "{at}");
        }
    }
}
