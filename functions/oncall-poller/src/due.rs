//! Which bindings have to be looked at now, in which order.

use crate::deps::Configured;
use access_core::config::Config;
use access_core::desired::{Desired, Trust};
use access_core::facts::{Facts, Reading};
use access_core::group::{GroupRule, Ownership, WhenEmpty};
use access_core::id::GroupName;
use access_core::plan::{Binding, Standing};
use access_core::ports::BindingState;
use access_core::principal::Principal;
use access_core::timeline::{GroupOrigin, Timeline};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// One binding with everything that a plan needs and no target has to be asked for.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) binding: Binding,
    pub(crate) origin: GroupOrigin,
    pub(crate) desired: Desired,
    pub(crate) fingerprint: String,
    pub(crate) ownership: Option<Ownership>,
    pub(crate) when_empty: WhenEmpty,
    pub(crate) blocked: BTreeSet<Principal>,
    pub(crate) standing: Standing,
    /// What was known of it before; `None`: it is new.
    pub(crate) state: Option<BindingState>,
}

/// Which bindings are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Those whose answer changed, whose last look failed or is long ago, and those in the set.
    Due(&'a BTreeSet<Binding>),
    /// All of these groups; none named means all groups.
    Groups(&'a BTreeSet<GroupName>),
}

/// The bindings to look at: changed ones first, then those looked at longest ago.
pub(crate) fn items(
    now: Timestamp,
    configured: &Configured,
    facts: &Facts,
    timeline: &Timeline,
    states: &BTreeMap<Binding, BindingState>,
    wanted: Wanted<'_>,
) -> Vec<Item> {
    let (config, version) = (configured.config.as_ref(), configured.version.version);
    let mut items = Vec::new();
    for (name, group) in &timeline.groups {
        if group.rule.entitlements.is_empty() {
            continue;
        }
        let desired = group.at(now, &config.sweep);
        // Aliases, protected accounts and limits count too: a new version of the configuration is looked at whole.
        let fingerprint = format!("{version}/{}", desired.fingerprint(&group.rule));
        for entitlement in &group.rule.entitlements {
            let binding = Binding {
                group: name.clone(),
                entitlement: entitlement.clone(),
            };
            let state = states.get(&binding);
            if is_wanted(now, config, &binding, state, &fingerprint, wanted) {
                let blocked = group
                    .rule
                    .blocked
                    .union(&config.people.blocked)
                    .cloned()
                    .collect();
                let GroupRule {
                    ownership,
                    when_empty,
                    ..
                } = group.rule;
                let (origin, desired, fingerprint) =
                    (group.origin.clone(), desired.clone(), fingerprint.clone());
                items.push(Item {
                    binding,
                    origin,
                    desired,
                    fingerprint,
                    ownership,
                    when_empty,
                    blocked,
                    standing: Standing::Configured,
                    state: state.cloned(),
                });
            }
        }
    }
    items.extend(left_over(now, config, facts, timeline, states, wanted));
    items.sort_by_key(|item| {
        let looked_at = item
            .state
            .as_ref()
            .filter(|state| state.fingerprint.as_ref() == Some(&item.fingerprint));
        looked_at.and_then(|state| state.observed_at)
    });
    items
}

fn is_wanted(
    now: Timestamp,
    config: &Config,
    binding: &Binding,
    state: Option<&BindingState>,
    fingerprint: &str,
    wanted: Wanted<'_>,
) -> bool {
    match wanted {
        Wanted::Groups(groups) => groups.is_empty() || groups.contains(&binding.group),
        Wanted::Due(forced) => {
            let Some(state) = state else { return true };
            let looked_at = state
                .observed_at
                .filter(|at| now.duration_since(*at) < config.sweep.observe_every);
            forced.contains(binding)
                || !state.clean
                || looked_at.is_none()
                || state.fingerprint.as_deref() != Some(fingerprint)
        }
    }
}

/// Bindings that left the configuration, or whose schedule is gone: they are wanted empty until they are.
fn left_over<'a>(
    now: Timestamp,
    config: &'a Config,
    facts: &'a Facts,
    timeline: &'a Timeline,
    states: &'a BTreeMap<Binding, BindingState>,
    wanted: Wanted<'a>,
) -> impl Iterator<Item = Item> + 'a {
    let standing = |binding: &Binding| {
        timeline
            .groups
            .get(&binding.group)
            .is_some_and(|group| group.rule.entitlements.contains(&binding.entitlement))
    };
    states
        .iter()
        .filter(move |(binding, _)| !standing(binding))
        .filter_map(move |(binding, state)| {
            let trust = left_over_trust(facts, &state.origin);
            let desired = Desired {
                members: BTreeMap::new(),
                trust,
                nobody_on_call: false,
            };
            let fingerprint = format!("left over/{trust:?}");
            let item = Item {
                binding: binding.clone(),
                origin: state.origin.clone(),
                desired,
                fingerprint,
                ownership: Some(Ownership::Additive),
                when_empty: WhenEmpty::Clear,
                blocked: BTreeSet::new(),
                standing: Standing::Removed,
                state: Some(state.clone()),
            };
            is_wanted(now, config, binding, Some(state), &item.fingerprint, wanted).then_some(item)
        })
}

/// A written group left because its owner took it out. One made for a schedule may have left because the schedule did:
/// then a person decides.
fn left_over_trust(facts: &Facts, origin: &GroupOrigin) -> Trust {
    let GroupOrigin::Template {
        pagerduty,
        schedule,
    } = origin
    else {
        return Trust::Fresh;
    };
    let schedules = facts
        .pagerduty
        .get(pagerduty)
        .map(|account| &account.rota.schedules);
    match schedules.and_then(|schedules| schedules.get(schedule)) {
        Some(schedule) if schedule.reading == Reading::Complete => Trust::Fresh,
        _ => Trust::Unknown,
    }
}
