//! Telling what failed: once for as long as the same things fail.

use crate::answer::{Answer, Failure};
use crate::coverage::FORECAST;
use crate::deps::Deps;
use crate::turn::Scope;
use access_core::event::{Event, SyncFailed};
use access_core::ports::{OutboxEntry, StoreError, TickRecord};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::warn;

/// Failures that are told one by one. The bus takes 256 KB and the store 400 KB at a time; a target that is away fails in
/// hundreds of groups, and nobody reads that many. The log has them all.
const LISTED_MAX: usize = 100;

/// Characters told of one failure: with as many as are listed, far less than the bus takes.
const LENGTH_MAX: usize = 1_000;

/// How the line begins that says how many more there are.
const MORE: &str = "failures that are not listed: ";

/// What fails: the first ones one by one, and how many besides.
#[derive(Debug, Default, PartialEq, Eq)]
struct Failing {
    listed: BTreeSet<String>,
    more: usize,
}

impl Failing {
    /// As an event or the record has it.
    fn read(lines: BTreeSet<String>) -> Self {
        let mut failing = Self::default();
        for line in lines {
            match line
                .strip_prefix(MORE)
                .and_then(|more| more.parse::<usize>().ok())
            {
                Some(more) => failing.more = more,
                None => {
                    failing.listed.insert(line);
                }
            }
        }
        failing
    }

    /// As it is written: always the same ones of the same failures. Those of the coming days come first, since they are not
    /// tried again with the others and would else seem new each time.
    fn lines(self) -> BTreeSet<String> {
        let all = self.listed.len() + self.more;
        let (coming, now): (Vec<_>, Vec<_>) = self
            .listed
            .into_iter()
            .partition(|failure| failure.starts_with(FORECAST));
        let lines = coming.into_iter().chain(now).take(LISTED_MAX);
        let mut lines: BTreeSet<String> = lines.collect();
        let more = all - lines.len();
        if more > 0 {
            lines.insert(format!("{MORE}{more}"));
        }
        lines
    }

    /// Whether one of these is new: more of them are not listed than were left out.
    fn lacks(&self, failures: &BTreeSet<String>) -> bool {
        failures.difference(&self.listed).count() > self.more
    }
}

fn line(failure: &Failure) -> String {
    failure.to_string().chars().take(LENGTH_MAX).collect()
}

/// Posts what failed and was not told before, and notes what goes on. `looked_ahead`: the coming days were looked at, with
/// or without success.
pub(crate) async fn tell(
    deps: &Deps,
    now: Timestamp,
    scope: Scope<'_>,
    looked_ahead: bool,
    answer: &Answer,
    record: &mut TickRecord,
) -> Result<(), StoreError> {
    let failures: BTreeSet<String> = answer.failures.iter().map(line).collect();
    let known = Failing::read(record.failures.clone());
    let mut failing = Failing {
        listed: failures,
        more: 0,
    };
    let failures = &failing.listed;
    if known.lacks(failures) {
        warn!(
            failures = failures.len(),
            "{} failed; everything else was done",
            failures.len()
        );
        if let Some(sweep) = answer.sweep {
            let event = Event::SyncFailed(SyncFailed {
                sweep,
                failures: Failing::read(failures.clone()).lines(),
            });
            let entry = OutboxEntry {
                key: format!("{now}/failed/{sweep}"),
                at: now,
                event,
            };
            deps.store.post(&[entry]).await?;
        }
    }
    // What was not tried again goes on: the coming days, which are not looked at in every tick, and what a sync of
    // some groups left alone.
    let some = scope.groups().is_some_and(|groups| !groups.is_empty());
    let goes_on = known.listed.into_iter();
    let goes_on = goes_on.filter(|failure| some || failure.starts_with(FORECAST) && !looked_ahead);
    failing.listed.extend(goes_on);
    failing.more = if some { known.more } else { 0 };
    record.failures = failing.lines();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(of: std::ops::Range<usize>) -> BTreeSet<String> {
        of.map(|n| format!("group-{n:04} on aws:Group: away"))
            .collect()
    }

    fn written(failures: BTreeSet<String>) -> BTreeSet<String> {
        Failing::read(failures).lines()
    }

    #[test]
    fn a_hundred_failures_are_listed_and_the_others_counted() {
        assert_eq!(written(failures(0..100)), failures(0..100));
        let many = written(failures(0..1_800));
        assert_eq!(many.len(), LISTED_MAX + 1);
        assert!(many.contains("failures that are not listed: 1700"));
        assert_eq!(written(many.clone()), many, "read again, it says the same");
    }

    #[test]
    fn what_is_not_listed_is_told_once_and_one_more_is_news() {
        let known = Failing::read(written(failures(0..1_800)));
        assert!(!known.lacks(&failures(0..1_800)));
        assert!(!known.lacks(&failures(1_000..1_800)), "some are over");
        assert!(known.lacks(&failures(0..1_801)));
        let few = Failing::read(written(failures(0..3)));
        assert!(!few.lacks(&failures(1..3)) && few.lacks(&failures(3..4)));
    }

    #[test]
    fn failures_of_the_coming_days_are_always_listed() {
        let forecast = format!("{FORECAST} target slack: away");
        let mut all = failures(0..200);
        all.insert(forecast.clone());
        let lines = written(all);
        assert!(lines.contains(&forecast) && lines.len() == LISTED_MAX + 1);
    }

    #[test]
    fn one_failure_is_told_in_so_many_characters() {
        let failure = Failure::new("payments on aws:Payments", "é".repeat(5_000));
        assert_eq!(line(&failure).chars().count(), LENGTH_MAX);
    }
}
