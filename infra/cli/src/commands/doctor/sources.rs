//! Schedules and escalation policies that the configuration names: whether they are there, and somebody is on them.

use super::code::Code;
use super::finding::Finding;
use crate::show::count;
use access_core::config::Config;
use access_core::facts::{PagerDutyFacts, Reading, Rota, Shift};
use access_core::forecast::{Forecast, Gap, GroupForecast};
use access_core::group::{GroupRule, Source};
use access_core::id::{GroupName, PagerDutyName};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What PagerDuty said of each account.
pub(super) type Accounts = BTreeMap<PagerDutyName, PagerDutyFacts>;

/// How one source stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stand {
    Gone,
    Unread {
        reason: String,
    },
    /// Nobody is on it from now until the end of what was read.
    Empty {
        name: String,
    },
    Staffed,
}

/// What is the matter with each source, and with the hours of each group.
pub(super) fn judge(
    config: &Config,
    accounts: &Accounts,
    forecast: Option<&Forecast>,
    now: Timestamp,
) -> Vec<Finding> {
    let named: BTreeSet<&Source> = config.sources().collect();
    let mut empty = BTreeSet::new();
    let mut findings = Vec::new();
    for source in named {
        let Some((stand, until)) = stand(source, accounts, now) else {
            continue;
        };
        let found = |code, what: String| Finding::new(code, source, what);
        match stand {
            Stand::Gone => {
                let what = "PagerDuty does not know it: who was let in by it stays";
                findings.push(found(Code::SourceGone, what.to_owned()));
            }
            Stand::Unread { reason } => findings.push(found(Code::SourceUnread, reason)),
            Stand::Empty { name } => {
                let what = format!("nobody is on call on `{name}` from now until {until:.0}");
                findings.push(found(Code::SourceEmpty, what));
                empty.insert(source);
            }
            Stand::Staffed => {}
        }
    }
    findings.extend(of_templates(config, accounts));
    if let Some(forecast) = forecast {
        findings.extend(skipped(forecast));
        findings.extend(uncovered(config, forecast, &empty));
    }
    findings
}

/// How a source stands, and until when that is known; `None`: it is no rota, or its account could not be read, which is
/// found already.
fn stand(source: &Source, accounts: &Accounts, now: Timestamp) -> Option<(Stand, Timestamp)> {
    let (Source::Schedule { pagerduty, .. } | Source::EscalationPolicy { pagerduty, .. }) = source
    else {
        return None;
    };
    let facts = accounts.get(pagerduty)?;
    let (name, reading, is_empty) = read(source, &facts.rota, now)?;
    let stand = match reading {
        Reading::Gone => Stand::Gone,
        Reading::Failed { reason, .. } => Stand::Unread {
            reason: reason.clone(),
        },
        Reading::Complete if is_empty => Stand::Empty {
            name: name.to_owned(),
        },
        Reading::Complete => Stand::Staffed,
    };
    Some((stand, facts.freshness.covers_until))
}

/// Name, reading, and whether nobody is on it from `now` on.
fn read<'r>(
    source: &Source,
    rota: &'r Rota,
    now: Timestamp,
) -> Option<(&'r str, &'r Reading, bool)> {
    let is_ahead = |shift: &Shift| shift.ends_at.is_none_or(|ends| ends > now);
    match source {
        Source::Schedule { id, .. } => {
            let schedule = rota.schedules.get(id)?;
            let is_empty = !schedule.shifts.iter().any(is_ahead);
            Some((&schedule.name, &schedule.reading, is_empty))
        }
        Source::EscalationPolicy { id, level, .. } => {
            let policy = rota.escalation_policies.get(id)?;
            let turns = policy.shifts.iter();
            let mut turns = turns.filter(|turn| level.is_none_or(|level| level == turn.level));
            let is_empty = !turns.any(|turn| is_ahead(&turn.shift));
            Some((&policy.name, &policy.reading, is_empty))
        }
        Source::Group(_) | Source::Incident { .. } | Source::Person(_) => None,
    }
}

/// Schedules that a template may need and that could not be read: nothing names them.
fn of_templates(config: &Config, accounts: &Accounts) -> Vec<Finding> {
    let named: BTreeSet<&Source> = config.sources().collect();
    let mut findings = Vec::new();
    let templated = config.templates.iter().map(|template| &template.pagerduty);
    for pagerduty in templated.collect::<BTreeSet<_>>() {
        let schedules = accounts.get(pagerduty).map(|facts| &facts.rota.schedules);
        for (id, schedule) in schedules.into_iter().flatten() {
            let source = Source::Schedule {
                pagerduty: pagerduty.clone(),
                id: id.clone(),
            };
            if let Reading::Failed { reason, .. } = &schedule.reading
                && !named.contains(&source)
            {
                findings.push(Finding::new(Code::SourceUnread, &source, reason.as_str()));
            }
        }
    }
    findings
}

/// Schedules of which templates make no group.
fn skipped(forecast: &Forecast) -> impl Iterator<Item = Finding> {
    let findings = forecast.findings.iter();
    findings.map(|finding| {
        Finding::new(
            Code::TemplateSkips,
            "[[group_template]]",
            finding.to_string(),
        )
    })
}

/// Groups with hours in which nobody is on call; one whose sources are all empty is told by them.
fn uncovered(config: &Config, forecast: &Forecast, empty: &BTreeSet<&Source>) -> Vec<Finding> {
    let is_told = |name: &GroupName, gaps: &[Gap]| {
        let is_whole = |gap: &Gap| gap.from == forecast.from && gap.until.is_none();
        let rule = config.groups.get(name);
        gaps.iter().any(is_whole) && rule.is_some_and(|rule| rests_on(rule, empty))
    };
    let groups = forecast.groups.iter();
    let lacking = groups
        .filter(|(name, group)| !group.uncovered.is_empty() && !is_told(name, &group.uncovered));
    let findings = lacking.map(|(name, group)| {
        let what = gaps(group, forecast);
        Finding::new(Code::GroupUncovered, format!("group {name}"), what)
    });
    findings.collect()
}

fn rests_on(rule: &GroupRule, empty: &BTreeSet<&Source>) -> bool {
    let mut rotas = rule.sources.iter().filter(|source| source.is_rota());
    rotas.all(|source| empty.contains(source))
}

fn gaps(group: &GroupForecast, forecast: &Forecast) -> String {
    let Some(first) = group.uncovered.first() else {
        return String::new();
    };
    let from = if first.from == forecast.from {
        "now".to_owned()
    } else {
        format!("from {:.0} on", first.from)
    };
    let until = first
        .until
        .map_or_else(String::new, |until| format!(", until {until:.0}"));
    let more = match group.uncovered.len() {
        1 => String::new(),
        several => format!(", and {}", count(several - 1, "more time")),
    };
    let days = forecast.until.duration_since(forecast.from).as_hours() / 24;
    format!("nobody is on call {from}{until}{more}; {days} days were looked at")
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::facts::{Freshness, PolicyFacts, PolicyShift, ScheduleFacts};
    use access_core::id::PagerDutyUserId;
    use jiff::SignedDuration;

    const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:KEY"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "payments"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments"]

[[group]]
name = "search"
sources = ["escalation_policy:acme/PPOLICY#2"]
entitlements = ["aws:Search"]
"#;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn hours(hours: i64) -> Timestamp {
        now() + SignedDuration::from_hours(hours)
    }

    fn shift(ends_at: Option<Timestamp>) -> Shift {
        Shift {
            user: PagerDutyUserId::new("PADA001").unwrap(),
            starts_at: None,
            ends_at,
        }
    }

    fn accounts(reading: Reading, shifts: &[Shift], level: u32) -> Accounts {
        let schedule = ScheduleFacts {
            name: "Payments".to_owned(),
            teams: BTreeSet::new(),
            reading,
            shifts: shifts.iter().cloned().collect(),
        };
        let policy = PolicyFacts {
            name: "Search".to_owned(),
            reading: Reading::Complete,
            shifts: BTreeSet::from([PolicyShift {
                level,
                schedule: None,
                shift: shift(None),
            }]),
        };
        let facts = PagerDutyFacts {
            freshness: Freshness {
                read_at: now(),
                covers_from: hours(-1),
                covers_until: hours(48),
            },
            rota: Rota {
                schedules: BTreeMap::from([("PSCHED1".parse().unwrap(), schedule)]),
                escalation_policies: BTreeMap::from([("PPOLICY".parse().unwrap(), policy)]),
                people: BTreeMap::new(),
            },
        };
        BTreeMap::from([(PagerDutyName::new("acme").unwrap(), facts)])
    }

    #[test]
    fn sources_are_gone_unread_empty_or_sound() {
        let config = Config::parse("test", CONFIG).unwrap();
        let failed = || Reading::Failed {
            read_at: None,
            reason: "forbidden".to_owned(),
        };
        let schedule = "schedule:acme/PSCHED1";
        let policy = "escalation_policy:acme/PPOLICY#2";
        for (case, accounts, expected) in [
            (
                "sound",
                accounts(Reading::Complete, &[shift(Some(hours(3)))], 2),
                None,
            ),
            (
                "over",
                accounts(Reading::Complete, &[shift(Some(now()))], 2),
                Some((Code::SourceEmpty, schedule)),
            ),
            (
                "gone",
                accounts(Reading::Gone, &[], 2),
                Some((Code::SourceGone, schedule)),
            ),
            (
                "unread",
                accounts(failed(), &[], 2),
                Some((Code::SourceUnread, schedule)),
            ),
            (
                "another level",
                accounts(Reading::Complete, &[shift(None)], 1),
                Some((Code::SourceEmpty, policy)),
            ),
            ("an account that was not read", Accounts::new(), None),
        ] {
            let found = judge(&config, &accounts, None, now());
            let found: Vec<(Code, &str)> = found
                .iter()
                .map(|finding| (finding.code, finding.place.as_str()))
                .collect();
            let expected: Vec<(Code, &str)> = expected.into_iter().collect();
            assert_eq!(found, expected, "{case}");
        }
    }

    fn forecast(gaps: &[(i64, Option<i64>)]) -> Forecast {
        let gaps = gaps.iter().map(|(from, until)| Gap {
            from: hours(*from),
            until: until.map(hours),
        });
        let group = GroupForecast {
            uncovered: gaps.collect(),
            ..GroupForecast::default()
        };
        Forecast {
            from: now(),
            until: hours(48),
            groups: BTreeMap::from([(GroupName::new("payments").unwrap(), group)]),
            findings: BTreeSet::new(),
        }
    }

    #[test]
    fn hours_with_nobody_are_told_once_for_each_group() {
        let config = Config::parse("test", CONFIG).unwrap();
        let staffed = accounts(Reading::Complete, &[shift(Some(hours(3)))], 2);
        for (gaps, words) in [
            (&[][..], None),
            (&[(0, Some(2))], Some("now, until 2026-11-22T14:00:00Z;")),
            (
                &[(5, Some(6)), (29, None)],
                Some(
                    "from 2026-11-22T17:00:00Z on, until 2026-11-22T18:00:00Z, and 1 more time; 2 days",
                ),
            ),
        ] {
            let found = judge(&config, &staffed, Some(&forecast(gaps)), now());
            let what: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
            match (what.as_slice(), words) {
                ([], None) => {}
                ([what], Some(words)) => assert!(what.contains(words), "{what}"),
                other => panic!("{gaps:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_group_whose_only_schedule_is_empty_is_told_by_its_schedule() {
        let config = Config::parse("test", CONFIG).unwrap();
        let nobody = accounts(Reading::Complete, &[], 2);
        let found = judge(&config, &nobody, Some(&forecast(&[(0, None)])), now());
        let codes: Vec<Code> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, [Code::SourceEmpty]);
    }
}
