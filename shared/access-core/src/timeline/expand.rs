//! Templates become groups: one for every schedule that matches.

use super::{Finding, GroupOrigin};
use crate::config::Config;
use crate::facts::{Facts, Reading, ScheduleFacts};
use crate::group::{Entitlement, GroupRule, GroupTemplate, Source};
use crate::id::{GroupName, ScheduleId};
use crate::incident::IncidentTerms;
use std::collections::{BTreeMap, BTreeSet};

/// Every group, written out or made by a template, and what kept a template from making one.
pub(super) fn groups(
    config: &Config,
    facts: &Facts,
) -> (
    BTreeMap<GroupName, (GroupRule, GroupOrigin)>,
    BTreeSet<Finding>,
) {
    let mut groups: BTreeMap<_, _> = config
        .groups
        .iter()
        .map(|(name, rule)| (name.clone(), (rule.clone(), GroupOrigin::Written)))
        .collect();
    let mut taken: BTreeSet<Entitlement> = config
        .groups
        .values()
        .flat_map(|rule| rule.entitlements.clone())
        .collect();
    let mut findings = BTreeSet::new();
    for template in &config.templates {
        for (id, schedule) in matching(template, facts) {
            let rule = match rule_for(template, id, schedule) {
                Ok(rule) => rule,
                Err(reason) => {
                    findings.insert(Finding::BadName {
                        schedule: id.clone(),
                        reason,
                    });
                    continue;
                }
            };
            let claimed = rule
                .entitlements
                .intersection(&taken)
                .next()
                .map(ToString::to_string);
            let claimed = claimed.or_else(|| {
                groups
                    .contains_key(&rule.name)
                    .then(|| rule.name.to_string())
            });
            if let Some(name) = claimed {
                findings.insert(Finding::NameTaken {
                    name,
                    schedule: id.clone(),
                });
                continue;
            }
            taken.extend(rule.entitlements.iter().cloned());
            let origin = GroupOrigin::Template {
                pagerduty: template.pagerduty.clone(),
                schedule: id.clone(),
            };
            groups.insert(rule.name.clone(), (rule, origin));
        }
    }
    (groups, findings)
}

fn matching<'a>(
    template: &'a GroupTemplate,
    facts: &'a Facts,
) -> impl Iterator<Item = (&'a ScheduleId, &'a ScheduleFacts)> {
    let schedules = facts
        .pagerduty
        .get(&template.pagerduty)
        .into_iter()
        .flat_map(|account| &account.rota.schedules);
    schedules.filter(|(_, schedule)| {
        schedule.reading != Reading::Gone
            && template
                .team
                .as_ref()
                .is_none_or(|team| schedule.teams.contains(team))
            && glob(
                &template.schedule_names.to_lowercase(),
                &schedule.name.to_lowercase(),
            )
    })
}

fn rule_for(
    template: &GroupTemplate,
    id: &ScheduleId,
    schedule: &ScheduleFacts,
) -> Result<GroupRule, String> {
    let slug = slug(&schedule.name);
    if slug.is_empty() {
        return Err(format!(
            "its name `{}` has no letters or digits",
            schedule.name
        ));
    }
    Ok(GroupRule {
        name: GroupName::new(template.name.replace("{schedule}", &slug))
            .map_err(|error| error.to_string())?,
        sources: BTreeSet::from([Source::Schedule {
            pagerduty: template.pagerduty.clone(),
            id: id.clone(),
        }]),
        entitlements: template
            .entitlements_for(&slug)
            .map_err(|error| error.to_string())?,
        lead: template.lead,
        lag: template.lag,
        incident: IncidentTerms::default(),
        when_empty: template.when_empty,
        ownership: template.ownership,
        blocked: template.blocked.clone(),
    })
}

/// A schedule's name in lower case, runs of anything but ASCII letters and digits as single dashes.
fn slug(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("-")
}

/// Whether `text` matches `pattern`, in which `*` stands for any run of characters.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest
        .rsplit_once('*')
        .map_or(("", rest), |(middle, tail)| (middle, tail));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        match text.find(part) {
            Some(at) => text = &text[at + part.len()..],
            None => return false,
        }
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_shells_do() {
        for (pattern, text, matches) in [
            ("*", "anything", true),
            ("*", "", true),
            ("payments", "payments", true),
            ("payments", "payments-2", false),
            ("payments*", "payments-2", true),
            ("*primary", "payments primary", true),
            ("a*b*c", "a-x-b-y-c", true),
            ("a*b*c", "a-x-c", false),
            ("ab*ba", "aba", false),
            ("a*b*b", "ab", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} on {text}");
        }
    }

    #[test]
    fn names_become_slugs() {
        assert_eq!(slug("Payments – Primary (EU)"), "payments-primary-eu");
        assert_eq!(slug("…"), "");
    }
}
