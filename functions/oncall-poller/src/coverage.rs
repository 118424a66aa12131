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
use tracing::{info, warn};

/// How often the coming days are looked at: rotas change by the hour at most, and the read covers two weeks.
const EVERY: SignedDuration = SignedDuration::from_hours(6);

/// How soon after a failed look the next one is made.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// How the subjects of failed looks begin.
pub(crate) const FORECAST: &str = "forecast of";

/// Posts a warning for everything that the coming days lack, once for as long as they lack it; answers whether it looked.
pub(crate) async fn look_ahead(
    deps: &Deps,
    now: Timestamp,
    configured: &Configured,
    record: &mut TickRecord,
    answer: &mut Answer,
) -> Result<bool, StoreError> {
    let is_due = record
        .forecast_at
        .is_none_or(|at| now.duration_since(at) >= EVERY);
    // What could not be read a moment ago will not tell of the coming days either.
    if !is_due || !record.failing_since.is_empty() {
        return Ok(false);
    }
    let forecast = match look(now, configured).await {
        Ok(forecast) => forecast,
        Err(failure) => {
            warn!(%failure, "the coming days could not be looked at");
            answer.failures.insert(failure);
            record.forecast_at = Some(now - EVERY + AGAIN);
            return Ok(true);
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
    Ok(true)
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
