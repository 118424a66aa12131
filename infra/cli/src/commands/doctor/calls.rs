//! How many calls a refresh takes, counted, and what they come to in a minute.

use super::code::Code;
use super::finding::{Finding, account};
use super::recorder::Heard;
use super::site::Site;
use crate::show::{count, span};
use access_core::id::PagerDutyName;
use access_core::incident::{WantedIncidents, wanted};
use access_core::ports::{IncidentSource, ReadError, RotaSource};
use jiff::{SignedDuration, Timestamp};
use oncall_poller::TICK;
use pagerduty_client::CALLS_PER_MINUTE;
use std::collections::{BTreeMap, BTreeSet};

/// The calls of one refresh of each account, or why they could not be counted.
pub(super) type Seen = BTreeMap<PagerDutyName, Result<u64, ReadError>>;

/// Refreshes every account once more, as the next tick would: what the first read found saves calls.
pub(super) async fn gather(site: &Site<'_>, read: &BTreeMap<PagerDutyName, Heard>) -> Seen {
    let wanted = wanted(site.config());
    let mut seen = Seen::new();
    // One after another: accounts may share a credential.
    for (name, heard) in read {
        let calls = calls(site.now, heard, wanted.get(name)).await;
        seen.insert(name.clone(), calls);
    }
    seen
}

async fn calls(
    now: Timestamp,
    heard: &Heard,
    incidents: Option<&WantedIncidents>,
) -> Result<u64, ReadError> {
    let Heard { ask, facts, source } = heard;
    let before = source.client().calls();
    source.read(now, ask, Some(facts)).await?;
    if let Some(incidents) = incidents {
        source
            .open_incidents(now, incidents, &BTreeSet::new())
            .await?;
    }
    Ok(source.client().calls() - before)
}

/// Whether PagerDuty's limit leaves room for people who click and tools that share it.
pub(super) fn judge(seen: &Seen, refresh: SignedDuration) -> Vec<Finding> {
    let of_each = seen.iter().map(|(name, calls)| {
        let place = account(name);
        match calls {
            Ok(calls) => of_account(&place, *calls, refresh),
            Err(error) => {
                let what = format!("the calls of a refresh could not be counted: {error}");
                Finding::new(Code::CallsUnknown, place, what)
            }
        }
    });
    of_each.collect()
}

fn of_account(place: &str, calls: u64, refresh: SignedDuration) -> Finding {
    // Nothing is read between two ticks.
    let every = refresh.max(TICK);
    let seconds = u64::try_from(every.as_secs()).unwrap_or(u64::MAX).max(1);
    let limit = u64::from(CALLS_PER_MINUTE.get());
    let a_minute = calls.saturating_mul(60).div_ceil(seconds);
    let code = match a_minute {
        it if it > limit => Code::CallsTooMany,
        it if it.saturating_mul(3) > limit => Code::CallsMany,
        _ => Code::Calls,
    };
    let calls = usize::try_from(calls).unwrap_or(usize::MAX);
    let what = format!(
        "a refresh takes {}, every {}: {a_minute} a minute of the {limit} that PagerDuty allows",
        count(calls, "call"),
        span(every)
    );
    Finding::new(code, place, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_compared_with_a_third_and_with_the_whole_of_the_limit() {
        let secs = SignedDuration::from_secs;
        for (calls, refresh, expected, words) in [
            (
                8,
                secs(60),
                Code::Calls,
                "8 calls, every 1 min: 8 a minute of the 960",
            ),
            // The clock ticks once a minute, whatever was asked for.
            (8, secs(30), Code::Calls, ": 8 a minute"),
            (320, secs(60), Code::Calls, ": 320 a minute"),
            (321, secs(60), Code::CallsMany, ": 321 a minute"),
            (321, secs(120), Code::Calls, "every 2 min: 161 a minute"),
            (960, secs(60), Code::CallsMany, ": 960 a minute"),
            (961, secs(60), Code::CallsTooMany, ": 961 a minute"),
            (1, secs(3600), Code::Calls, "1 call, every 1 h: 1 a minute"),
        ] {
            let found = of_account("PagerDuty account acme", calls, refresh);
            assert_eq!(found.code, expected, "{calls} every {refresh}");
            assert!(found.what.contains(words), "{}", found.what);
        }
    }

    #[test]
    fn what_could_not_be_counted_is_told() {
        let name = PagerDutyName::new("acme").unwrap();
        let failure = ReadError::Unavailable("no answer".to_owned());
        let found = judge(
            &Seen::from([(name, Err(failure))]),
            SignedDuration::from_mins(1),
        );
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::CallsUnknown]);
    }
}
