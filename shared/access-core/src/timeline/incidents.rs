//! Entries of the people who work on incidents.

use super::build::World;
use super::{Entry, Finding, GroupTimeline};
use crate::group::Source;
use crate::id::{PagerDutyName, PagerDutyUserId};
use crate::incident::{IncidentKey, IncidentScope, IncidentTerms};
use crate::membership::Cause;
use std::collections::BTreeSet;

/// Enters everybody whose work on an incident of one source counts, until it no longer does.
pub(super) fn enter(
    world: &World<'_>,
    draft: &mut GroupTimeline,
    pagerduty: &PagerDutyName,
    of: &IncidentScope,
) {
    let account = world.config.pagerduty.get(pagerduty);
    let priorities = account.map_or(&[][..], |account| &account.priorities);
    let terms: IncidentTerms = draft.rule.incident.clone();
    let incidents = world.incidents.iter();
    for (key, state) in incidents.filter(|(key, _)| key.pagerduty == *pagerduty) {
        let work = state.work(|phase| of.holds(phase) && terms.met_by(phase, priorities));
        for (user, work) in work {
            for work in work {
                let cause = Cause::Incident {
                    pagerduty: pagerduty.clone(),
                    incident: key.id.clone(),
                    number: state.number,
                    of: of.clone(),
                    since: work.since,
                    until: work.end.map(|end| end.at),
                };
                let entry = Entry {
                    opens_at: Some(work.since),
                    closes_at: Some(terms.closes_at(&work)),
                    cause,
                };
                world.place(draft, pagerduty, user, entry);
            }
        }
    }
}

/// Notes every incident that the source may name and of which nobody can tell what was heard, not even its service.
pub(super) fn doubt(
    world: &World<'_>,
    draft: &mut GroupTimeline,
    source: &Source,
    pagerduty: &PagerDutyName,
) {
    for (place, unread) in &world.facts.unread_incidents {
        let key = unread.key.as_ref();
        if key.is_none_or(|key| key.pagerduty == *pagerduty) {
            draft.unread.insert(unread.key.clone());
            draft.findings.insert(Finding::SourceUnread {
                source: source.to_string(),
                reason: format!("{place}: {}", unread.reason),
            });
        }
    }
}

/// Notes every incident of the source's account on which somebody works or worked of whom nobody can tell who they are any
/// more: it may have made them a member. Every incident, where nobody can tell which user that is.
pub(super) fn doubt_people(
    world: &World<'_>,
    draft: &mut GroupTimeline,
    source: &Source,
    pagerduty: &PagerDutyName,
) {
    for (place, unread) in &world.facts.unread_people {
        let theirs = match &unread.user {
            None => BTreeSet::from([None]),
            Some((account, user)) if account == pagerduty => theirs(world, account, user),
            Some(_) => continue,
        };
        if !theirs.is_empty() {
            draft.unread.extend(theirs);
            draft.findings.insert(Finding::SourceUnread {
                source: source.to_string(),
                reason: format!("{place}: {}", unread.reason),
            });
        }
    }
}

/// The incidents of somebody whom no alias and no rota names.
fn theirs(
    world: &World<'_>,
    pagerduty: &PagerDutyName,
    user: &PagerDutyUserId,
) -> BTreeSet<Option<IncidentKey>> {
    let (facts, people) = (world.facts, &world.config.people);
    if facts.principal(people, pagerduty, user).is_some() {
        return BTreeSet::new();
    }
    let incidents = facts.incidents.iter();
    let theirs = incidents
        .filter(|(key, incident)| key.pagerduty == *pagerduty && incident.people().contains(user));
    theirs.map(|(key, _)| Some(key.clone())).collect()
}
