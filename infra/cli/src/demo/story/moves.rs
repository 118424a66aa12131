//! Who came and who went, why, and how far from the shift's edge.

use super::{Move, Story};
use crate::show::{ShiftOf, Tone, cause, moment, shift_of, span};
use access_core::event::MembershipChanged;
use access_core::membership::Cause;
use access_core::plan::Action;
use access_core::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use simulators::pagerduty::Source;
use std::collections::BTreeSet;

impl Story {
    pub(super) fn moved(
        &mut self,
        (at, action, principal): &Move,
        changes: &[MembershipChanged],
    ) -> Vec<String> {
        let causes: BTreeSet<&Cause> = changes
            .iter()
            .flat_map(|change| change.causes.iter())
            .collect();
        let shifts: BTreeSet<ShiftOf> = causes.iter().filter_map(|cause| shift_of(cause)).collect();
        // The shift whose edge is nearest is the one that moved them.
        let edge = |shift: &ShiftOf| match action {
            Action::Add => shift.starts_at,
            Action::Remove => shift.ends_at,
        };
        let nearest = shifts
            .iter()
            .filter_map(|shift| Some((edge(shift)?, shift)));
        let nearest = nearest.min_by_key(|(edge, _)| at.duration_since(*edge).abs());
        let (tone, mark) = match action {
            Action::Add => (Tone::Open, "+"),
            Action::Remove => (Tone::Close, "-"),
        };
        match action {
            Action::Add => self.came += 1,
            Action::Remove => self.went += 1,
        }
        let why = match nearest {
            Some((edge, shift)) => self.at_edge(*at, *action, edge, shift, principal.as_ref()),
            None => self.granted(*action, &causes).unwrap_or_else(|| {
                let told = || changes.first().map(|change| change.reason.clone());
                match (action, causes.first()) {
                    (Action::Add, Some(first)) => cause(first, &self.names.rota),
                    _ => told().unwrap_or_default(),
                }
            }),
        };
        let who = match principal {
            Some(principal) => self.names.person(principal),
            None => "an unknown account".to_owned(),
        };
        let places: BTreeSet<String> = changes
            .iter()
            .map(|change| change.binding.entitlement.to_string())
            .collect();
        let places = places.into_iter().collect::<Vec<_>>().join(", ");
        let who = self.look.tone(tone, format!("{mark} {who:<18}"));
        vec![
            format!("{}  {who} {why}", moment(*at)),
            self.look.tone(Tone::Faint, format!("{:18}  {places}", "")),
        ]
    }

    /// Notes the handoff, and says how far from its edge access changed.
    fn at_edge(
        &mut self,
        at: Timestamp,
        action: Action,
        edge: Timestamp,
        shift: &ShiftOf,
        who: Option<&Principal>,
    ) -> String {
        self.edges.insert((edge, shift.schedule.clone()));
        let early = edge.duration_since(at);
        let side = if early.is_positive() {
            "before"
        } else {
            "after"
        };
        let far = if early.is_zero() {
            "at".to_owned()
        } else {
            format!("{} {side}", span(early))
        };
        let schedule = self.names.rota.schedules.get(&shift.schedule).cloned();
        let schedule = schedule.unwrap_or_else(|| shift.schedule.to_string());
        let kind = if self.is_override(shift, edge, action, who) {
            " (an override)"
        } else {
            ""
        };
        match action {
            Action::Add => {
                self.closest = Some(self.closest.map_or(early, |closest| closest.min(early)));
                let until = shift
                    .ends_at
                    .map(|ends| format!(" until {}", moment(ends)))
                    .unwrap_or_default();
                format!("{far} {schedule}{kind}, {}{until}", edge.strftime("%H:%M"))
            }
            Action::Remove => format!("{far} {schedule}{kind} ended, {}", edge.strftime("%H:%M")),
        }
    }

    /// Whether PagerDuty has this person on call there by an override.
    fn is_override(
        &self,
        shift: &ShiftOf,
        edge: Timestamp,
        action: Action,
        who: Option<&Principal>,
    ) -> bool {
        let inside = match action {
            Action::Add => edge,
            Action::Remove => edge - SignedDuration::from_secs(1),
        };
        let users = self.account.users();
        let is_who = |id: &str| {
            users
                .get(id)
                .is_some_and(|user| who.is_some_and(|who| user.email.to_lowercase() == who.email()))
        };
        let entries = self.account.shifts(shift.schedule.as_str(), inside, inside);
        entries.iter().any(|entry| {
            let by_override = matches!(
                entry.source,
                Source::Override(_)
                    | Source::RotationOverride { .. }
                    | Source::CustomShiftOverride { .. }
            );
            by_override && is_who(&entry.user)
        })
    }
}
