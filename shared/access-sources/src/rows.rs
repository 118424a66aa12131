//! From on-call rows, one for every policy, level, person and shift, to facts. Pure: the same rows in any order, with
//! any of them repeated, give the same facts.

use crate::ids::ours;
use crate::lent::Lent;
use crate::span::Span;
use access_core::facts::{Person, PolicyFacts, PolicyShift, Reading, ScheduleFacts, Shift};
use access_core::id::{EscalationPolicyId, PagerDutyUserId, ScheduleId};
use access_core::ports::{Ask, ReadError};
use access_core::principal::Principal;
use pagerduty_client::Oncall;
use std::collections::{BTreeMap, BTreeSet};

/// The asked schedules that appear in rows. All of their shifts do then, as a policy has a schedule whole or not.
pub(crate) fn schedules(
    rows: &[Oncall],
    ask: &Ask,
    span: Span,
    lent: &Lent<'_>,
) -> Result<BTreeMap<ScheduleId, ScheduleFacts>, ReadError> {
    let mut found: BTreeMap<ScheduleId, (Option<&str>, BTreeSet<Shift>)> = BTreeMap::new();
    for row in rows {
        let Some(schedule) = &row.schedule else {
            continue;
        };
        let id: ScheduleId = ours(&schedule.id)?;
        if !ask.all_schedules && !ask.schedules.contains(&id) {
            continue;
        }
        let (name, shifts) = found.entry(id).or_default();
        *name = (*name).max(schedule.name.as_deref());
        shifts.insert(shift(row, span)?);
    }
    let facts = found.into_iter().map(|(id, (name, shifts))| {
        let facts = ScheduleFacts {
            name: lent.schedule_name(&id, name),
            // With templates the lists, read next, tell the teams.
            teams: BTreeSet::new(),
            reading: Reading::Complete,
            shifts: span.unbroken(shifts),
        };
        (id, facts)
    });
    Ok(facts.collect())
}

/// The asked escalation policies that appear in rows.
pub(crate) fn policies(
    rows: &[Oncall],
    ask: &Ask,
    span: Span,
    lent: &Lent<'_>,
) -> Result<BTreeMap<EscalationPolicyId, PolicyFacts>, ReadError> {
    type Place = (u32, Option<ScheduleId>);
    type Found<'r> = (Option<&'r str>, BTreeMap<Place, BTreeSet<Shift>>);
    let mut found: BTreeMap<EscalationPolicyId, Found<'_>> = BTreeMap::new();
    for row in rows {
        let id: EscalationPolicyId = ours(&row.escalation_policy.id)?;
        if !ask.escalation_policies.contains(&id) {
            continue;
        }
        let schedule = row.schedule.as_ref();
        let schedule = schedule.map(|schedule| ours(&schedule.id)).transpose()?;
        let (name, places) = found.entry(id).or_default();
        *name = (*name).max(row.escalation_policy.name.as_deref());
        let shifts = places.entry((row.escalation_level, schedule)).or_default();
        shifts.insert(shift(row, span)?);
    }
    let facts = found.into_iter().map(|(id, (name, places))| {
        let shifts = places.into_iter().flat_map(|((level, schedule), shifts)| {
            let place = move |shift| PolicyShift {
                level,
                schedule: schedule.clone(),
                shift,
            };
            span.unbroken(shifts).into_iter().map(place)
        });
        let facts = PolicyFacts {
            name: lent.policy_name(&id, name),
            reading: Reading::Complete,
            shifts: shifts.collect(),
        };
        (id, facts)
    });
    Ok(facts.collect())
}

/// Everybody whom the rows give with an address, valid or not. Whoever is missing here has to be looked up.
pub(crate) fn people<'r>(
    rows: impl IntoIterator<Item = &'r Oncall>,
    lent: &Lent<'_>,
) -> Result<BTreeMap<PagerDutyUserId, Person>, ReadError> {
    let mut people = BTreeMap::new();
    for row in rows {
        if let Some(email) = &row.user.email {
            let id: PagerDutyUserId = ours(&row.user.id)?;
            let person = Person {
                name: lent.person_name(&id, row.user.name.as_deref()),
                email: Principal::new(email).ok(),
            };
            people.insert(id, person);
        }
    }
    Ok(people)
}

fn shift(row: &Oncall, span: Span) -> Result<Shift, ReadError> {
    Ok(span.shift(ours(&row.user.id)?, row.starts_at, row.ends_at))
}

#[cfg(test)]
mod tests;
