//! People who should have access and have no account for it: now, as a plan finds them, and in the coming days.

use super::code::Code;
use super::finding::{Finding, account};
use access_core::forecast::{Forecast, UnmatchedShift};
use access_core::id::{GroupName, PagerDutyName, PagerDutyUserId, TargetName};
use access_core::matching::Unmatched;
use access_core::plan::Plan;
use access_core::principal::Principal;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody without an account in a target: why, from when on it matters, and in which groups.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lack {
    reason: Unmatched,
    /// `None`: now.
    from: Option<Timestamp>,
    groups: BTreeSet<GroupName>,
}

type Lacks = BTreeMap<(TargetName, Principal), Lack>;

/// Each person once for each target, with the reason.
pub(super) fn judge(plans: &[Plan], forecast: Option<&Forecast>) -> Vec<Finding> {
    let mut lacks = Lacks::new();
    for plan in plans {
        for (principal, reason) in &plan.unmatched {
            let target = plan.binding.entitlement.target.clone();
            let lack = lacks.entry((target, principal.clone()));
            let lack = lack.or_insert_with(|| Lack::new(*reason, None));
            lack.groups.insert(plan.binding.group.clone());
        }
    }
    for (group, shift) in forecast.into_iter().flat_map(unmatched) {
        let key = (shift.target.clone(), shift.principal.clone());
        let lack = lacks
            .entry(key)
            .or_insert_with(|| Lack::new(shift.reason, Some(shift.from)));
        lack.from = lack.from.min(Some(shift.from));
        lack.groups.insert(group.clone());
    }
    let unmatched = lacks.iter().map(finding);
    unmatched.chain(unresolved(forecast)).collect()
}

impl Lack {
    fn new(reason: Unmatched, from: Option<Timestamp>) -> Self {
        Self {
            reason,
            from,
            groups: BTreeSet::new(),
        }
    }
}

fn finding(((target, principal), lack): (&(TargetName, Principal), &Lack)) -> Finding {
    let Lack {
        reason,
        from,
        groups,
    } = lack;
    let groups: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
    let groups = groups.join(", ");
    let when = from.map_or("now".to_owned(), |from| format!("from {from:.0} on"));
    let what =
        format!("{principal} is wanted in {groups} {when}, and gets nothing there: {reason}");
    Finding::new(Code::PersonUnmatched, format!("target {target}"), what)
}

fn unmatched(forecast: &Forecast) -> impl Iterator<Item = (&GroupName, &UnmatchedShift)> {
    let groups = forecast.groups.iter();
    groups.flat_map(|(name, group)| group.unmatched.iter().map(move |shift| (name, shift)))
}

/// People on call whom nothing makes a principal, each once.
fn unresolved(forecast: Option<&Forecast>) -> Vec<Finding> {
    let mut users: BTreeMap<(&PagerDutyName, &PagerDutyUserId), Timestamp> = BTreeMap::new();
    let groups = forecast.into_iter().flat_map(|it| it.groups.values());
    for shift in groups.flat_map(|group| &group.unresolved) {
        let from = users
            .entry((&shift.pagerduty, &shift.user))
            .or_insert(shift.from);
        *from = shift.from.min(*from);
    }
    let findings = users.into_iter().map(|((pagerduty, user), from)| {
        let what = format!("user {user} goes on call at {from:.0}, and PagerDuty shows no address");
        Finding::new(Code::PersonUnresolved, account(pagerduty), what)
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::forecast::{GroupForecast, UnresolvedShift};
    use access_core::id::TargetGroupId;
    use access_core::plan::Binding;

    fn at(hour: i8) -> Timestamp {
        format!("2026-11-23T{hour:02}:00:00Z").parse().unwrap()
    }

    fn ada() -> Principal {
        Principal::new("ada@acme.example").unwrap()
    }

    fn plan(group: &str, entitlement: &str) -> Plan {
        let binding = Binding {
            group: GroupName::new(group).unwrap(),
            entitlement: entitlement.parse().unwrap(),
        };
        let id = TargetGroupId::new("g-1").unwrap();
        Plan {
            unmatched: BTreeMap::from([(ada(), Unmatched::NoAccount)]),
            ..Plan::empty(binding, id, 0)
        }
    }

    fn forecast(group: GroupForecast) -> Forecast {
        Forecast {
            from: at(0),
            until: at(23),
            groups: BTreeMap::from([(GroupName::new("search").unwrap(), group)]),
            findings: BTreeSet::new(),
        }
    }

    fn soon(target: &str) -> UnmatchedShift {
        UnmatchedShift {
            principal: ada(),
            target: target.parse().unwrap(),
            reason: Unmatched::Inactive,
            from: at(9),
            until: None,
        }
    }

    #[test]
    fn a_person_is_told_once_for_each_target() {
        let plans = [plan("payments", "aws:One"), plan("refunds", "aws:Two")];
        let group = GroupForecast {
            unmatched: vec![soon("aws"), soon("slack")],
            ..GroupForecast::default()
        };
        let found = judge(&plans, Some(&forecast(group)));
        let said: Vec<(&str, &str)> = found
            .iter()
            .map(|finding| (finding.place.as_str(), finding.what.as_str()))
            .collect();
        assert_eq!(said.len(), 2, "{said:?}");
        let (place, what) = said[0];
        assert_eq!(place, "target aws");
        let words = "ada@acme.example is wanted in payments, refunds, search now";
        assert!(what.starts_with(words), "{what}");
        let (place, what) = said[1];
        assert_eq!(place, "target slack");
        assert!(
            what.contains("in search from 2026-11-23T09:00:00Z on"),
            "{what}"
        );
        assert!(what.ends_with("switched off"), "{what}");
    }

    #[test]
    fn a_user_without_an_address_is_told_once() {
        let shift = |hour| UnresolvedShift {
            pagerduty: PagerDutyName::new("acme").unwrap(),
            user: PagerDutyUserId::new("PNEW001").unwrap(),
            from: at(hour),
            until: None,
        };
        let group = GroupForecast {
            unresolved: vec![shift(9), shift(7)],
            ..GroupForecast::default()
        };
        let found = judge(&[], Some(&forecast(group)));
        let [found] = found.as_slice() else {
            panic!("one finding: {found:?}");
        };
        assert_eq!(found.code, Code::PersonUnresolved);
        assert!(found.what.contains("07:00:00Z"), "{}", found.what);
    }
}
