//! Entries of the people who work on incidents.

use super::build::World;
use super::{Entry, GroupTimeline};
use crate::id::PagerDutyName;
use crate::incident::{IncidentScope, IncidentTerms};
use crate::membership::Cause;

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
