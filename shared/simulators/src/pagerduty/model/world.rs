//! Everything one account holds.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    EscalationPolicy, Incident, LayerSchedule, Member, Mint, Service, ShiftSchedule, Target, Team,
    User,
};
use crate::pagerduty::render::{self, Entry};

/// A schedule of either kind.
#[derive(Clone, Debug)]
pub(in crate::pagerduty) enum Schedule {
    Layers(LayerSchedule),
    Shifts(ShiftSchedule),
}

impl Schedule {
    pub(in crate::pagerduty) fn name(&self) -> &str {
        match self {
            Self::Layers(schedule) => &schedule.name,
            Self::Shifts(schedule) => &schedule.name,
        }
    }

    /// Entries that overlap the window, with their own ends, earliest first.
    pub(in crate::pagerduty) fn entries(&self, since: Timestamp, until: Timestamp) -> Vec<Entry> {
        match self {
            Self::Layers(schedule) => render::layers(schedule, since, until),
            Self::Shifts(schedule) => render::shifts(schedule, since, until),
        }
    }

    pub(in crate::pagerduty) fn on_call_at(&self, at: Timestamp) -> BTreeSet<String> {
        match self {
            Self::Layers(schedule) => render::layers_at(schedule, at),
            Self::Shifts(schedule) => render::shifts_at(schedule, at),
        }
    }
}

/// The account's state. Maps are keyed by id, so every list has one order.
#[derive(Debug, Default)]
pub(in crate::pagerduty) struct World {
    /// Counts changes; what is computed from the world is kept by it.
    pub(in crate::pagerduty) version: u64,
    pub(in crate::pagerduty) mint: Mint,
    pub(in crate::pagerduty) users: BTreeMap<String, User>,
    pub(in crate::pagerduty) teams: BTreeMap<String, Team>,
    pub(in crate::pagerduty) schedules: BTreeMap<String, Schedule>,
    pub(in crate::pagerduty) policies: BTreeMap<String, EscalationPolicy>,
    pub(in crate::pagerduty) services: BTreeMap<String, Service>,
    pub(in crate::pagerduty) incidents: BTreeMap<String, Incident>,
    pub(in crate::pagerduty) abilities: BTreeSet<String>,
}

impl World {
    /// Deletes a user from everywhere: layers shrink, v3 places become vacant, policies lose the
    /// target. Answers whether the user existed.
    pub(in crate::pagerduty) fn remove_user(&mut self, user: &str) -> bool {
        for team in self.teams.values_mut() {
            team.members.remove(user);
        }
        for schedule in self.schedules.values_mut() {
            match schedule {
                Schedule::Layers(schedule) => forget_in_layers(schedule, user),
                Schedule::Shifts(schedule) => forget_in_shifts(schedule, user),
            }
        }
        self.drop_target(&Target::user(user));
        for incident in self.incidents.values_mut() {
            incident
                .assignments
                .retain(|(assigned, _)| assigned != user);
            incident
                .responders
                .retain(|(responder, ..)| responder != user);
        }
        self.users.remove(user).is_some()
    }

    /// Deletes a schedule and its places in policies. Answers whether it existed.
    pub(in crate::pagerduty) fn delete_schedule(&mut self, schedule: &str) -> bool {
        self.drop_target(&Target::schedule(schedule));
        self.schedules.remove(schedule).is_some()
    }

    /// Policies with a level that has this target.
    pub(in crate::pagerduty) fn policies_with<'a>(
        &'a self,
        target: &'a Target,
    ) -> impl Iterator<Item = &'a EscalationPolicy> {
        self.policies.values().filter(move |policy| {
            let mut targets = policy.rules.iter().flat_map(|rule| &rule.targets);
            targets.any(|other| other == target)
        })
    }

    fn drop_target(&mut self, target: &Target) {
        for policy in self.policies.values_mut() {
            for rule in &mut policy.rules {
                rule.targets.retain(|other| other != target);
            }
        }
    }
}

fn forget_in_layers(schedule: &mut LayerSchedule, user: &str) {
    for layer in &mut schedule.layers {
        layer.users.retain(|other| other != user);
    }
    schedule.overrides.retain(|entry| entry.user != user);
}

fn forget_in_shifts(schedule: &mut ShiftSchedule, user: &str) {
    let gone = Member::user(user);
    let events = schedule
        .rotations
        .iter_mut()
        .flat_map(|rotation| &mut rotation.events);
    for member in events.flat_map(|event| &mut event.members) {
        if *member == gone {
            *member = Member::Empty;
        }
    }
    schedule.custom_shifts.retain(|shift| shift.member != gone);
    schedule.overrides.retain(|entry| entry.overriding != gone);
}
