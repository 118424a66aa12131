//! What an account of PagerDuty is asked for, and which accounts a group depends on.

use access_core::config::Config;
use access_core::group::{GroupRule, Source};
use access_core::id::{GroupName, PagerDutyName};
use access_core::ports::Ask;
use access_core::timeline::Timeline;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// The covered span is aligned to this, so that it moves once an hour and not at every read.
const ALIGNMENT: SignedDuration = SignedDuration::from_hours(1);

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
    use access_core::facts::Facts;

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
}
