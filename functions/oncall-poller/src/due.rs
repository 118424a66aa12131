//! Which bindings have to be looked at now, in which order.

use crate::deps::Configured;
use access_core::config::Config;
use access_core::desired::{Desired, Trust};
use access_core::facts::{Facts, Reading};
use access_core::group::{GroupRule, Ownership, WhenEmpty};
use access_core::id::{GroupName, TargetGroupId};
use access_core::plan::{Binding, Standing};
use access_core::ports::{BindingState, KnownBindings};
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
    /// Bindings that left the configuration and led to the same entitlement: a group under a new name takes over what
    /// its predecessor added, so that a rename changes nobody's access.
    pub(crate) inherits: Vec<Binding>,
    /// The target's own ids of the groups to which this binding, and those it takes over, led when last looked at.
    pub(crate) target_groups: BTreeSet<TargetGroupId>,
}

/// Bindings looked at in one tick for no other reason than that their last look is `observe_every` ago: some ten seconds
/// at the 20 calls a second of Identity Center, so that looking around never delays a handoff by more.
const ROUTINE_LOOKS_MAX: usize = 100;

/// How a binding stood when it was last brought into line, to be compared with how it stands now.
#[derive(Debug, Clone, Copy)]
struct Now<'a> {
    at: Timestamp,
    config: &'a Config,
    wanted: Wanted<'a>,
}

/// Which bindings are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted<'a> {
    /// Those whose answer changed, whose last look failed or is long ago, and those in the set.
    Due(&'a BTreeSet<Binding>),
    /// All of these groups; none named means all groups.
    Groups(&'a BTreeSet<GroupName>),
}

/// The bindings to look at: changed ones first, then those looked at longest ago. One of which it cannot be understood how it
/// stands is left alone.
pub(crate) fn items(
    now: Timestamp,
    configured: &Configured,
    facts: &Facts,
    timeline: &Timeline,
    known: &KnownBindings,
    wanted: Wanted<'_>,
) -> Vec<Item> {
    let states = &known.states;
    let (config, version) = (configured.config.as_ref(), configured.version.version);
    let moment = Now {
        at: now,
        config,
        wanted,
    };
    let left = left(timeline, states);
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
            if moment.wants(&binding, state, &fingerprint, desired.trust) {
                let GroupRule {
                    ownership,
                    when_empty,
                    ..
                } = group.rule;
                let (origin, desired, fingerprint) =
                    (group.origin.clone(), desired.clone(), fingerprint.clone());
                let inherits = left.iter().filter(|left| left.entitlement == *entitlement);
                let inherits: Vec<Binding> = inherits.map(|left| (*left).clone()).collect();
                let before = inherits.iter().filter_map(|left| states.get(left));
                items.push(Item {
                    target_groups: target_groups(before.chain(state)),
                    inherits,
                    binding,
                    origin,
                    desired,
                    fingerprint,
                    ownership,
                    when_empty,
                    blocked: blocked(config, &group.rule),
                    standing: Standing::Configured,
                    state: state.cloned(),
                });
            }
        }
    }
    items.extend(left_over(moment, version, facts, &left, timeline, states));
    items.retain(|item| !known.is_unread(&item.binding));
    items.sort_by_key(|item| {
        (
            item.is_routine(),
            item.state.as_ref().and_then(|state| state.observed_at),
        )
    });
    if let Wanted::Due(_) = wanted {
        let changed = items.partition_point(|item| !item.is_routine());
        items.truncate(changed + ROUTINE_LOOKS_MAX);
    }
    items
}

impl Item {
    /// Whether nothing is known to have changed: it is looked at only because its last look is long ago.
    fn is_routine(&self) -> bool {
        let state = self.state.as_ref().filter(|state| state.clean);
        state.is_some_and(|state| is_in_line(state, &self.fingerprint, self.desired.trust))
    }

    /// What to compare with next time: how far facts may be relied on matters only while something is held.
    pub(crate) fn brought_into_line(&self, holds: bool) -> String {
        if holds {
            while_held(&self.fingerprint, self.desired.trust)
        } else {
            self.fingerprint.clone()
        }
    }
}

fn while_held(fingerprint: &str, trust: Trust) -> String {
    let trust = match trust {
        Trust::Fresh => "fresh",
        Trust::Stale { .. } => "stale",
        Trust::Expired { .. } => "expired",
        Trust::Unknown => "unknown",
        Trust::NeverRead => "never-read",
    };
    format!("{fingerprint}/{trust}")
}

fn is_in_line(state: &BindingState, fingerprint: &str, trust: Trust) -> bool {
    let was = state.fingerprint.as_deref();
    was == Some(fingerprint) || was == Some(&*while_held(fingerprint, trust))
}

impl Now<'_> {
    fn wants(
        &self,
        binding: &Binding,
        state: Option<&BindingState>,
        fingerprint: &str,
        trust: Trust,
    ) -> bool {
        match self.wanted {
            Wanted::Groups(groups) => groups.is_empty() || groups.contains(&binding.group),
            Wanted::Due(forced) => {
                let Some(state) = state else { return true };
                let every = self.config.sweep.observe_every;
                let looked_at = state
                    .observed_at
                    .filter(|at| self.at.duration_since(*at) < every);
                forced.contains(binding)
                    || !state.clean
                    || looked_at.is_none()
                    || !is_in_line(state, fingerprint, trust)
            }
        }
    }
}

fn target_groups<'a>(
    states: impl IntoIterator<Item = &'a BindingState>,
) -> BTreeSet<TargetGroupId> {
    let groups = states.into_iter().map(|state| state.target_group.clone());
    groups.flatten().collect()
}

/// Bindings that are known and no longer configured.
fn left<'a>(timeline: &Timeline, states: &'a BTreeMap<Binding, BindingState>) -> Vec<&'a Binding> {
    let stands = |binding: &Binding| {
        let group = timeline.groups.get(&binding.group);
        group.is_some_and(|group| group.rule.entitlements.contains(&binding.entitlement))
    };
    states.keys().filter(|binding| !stands(binding)).collect()
}

/// Bindings that left the configuration, or whose schedule is gone: they are wanted empty until they are. One whose
/// entitlement another group has now is that group's to take over.
fn left_over(
    moment: Now<'_>,
    version: u64,
    facts: &Facts,
    left: &[&Binding],
    timeline: &Timeline,
    states: &BTreeMap<Binding, BindingState>,
) -> Vec<Item> {
    let taken: BTreeSet<_> = timeline
        .groups
        .values()
        .flat_map(|group| &group.rule.entitlements)
        .collect();
    // Whom their own rules blocked, nobody can say any more.
    let people = &moment.config.people;
    let blocked = people.blocked.iter().flat_map(|who| people.all_of(who));
    let blocked: BTreeSet<Principal> = blocked.collect();
    let mut items = Vec::new();
    for binding in left
        .iter()
        .filter(|binding| !taken.contains(&binding.entitlement))
    {
        let state = &states[*binding];
        let trust = left_over_trust(facts, &state.origin);
        let fingerprint = format!("{version}/left over");
        if moment.wants(binding, Some(state), &fingerprint, trust) {
            items.push(Item {
                binding: (*binding).clone(),
                origin: state.origin.clone(),
                desired: Desired {
                    members: BTreeMap::new(),
                    trust,
                    nobody_on_call: false,
                    ended: BTreeMap::new(),
                    ended_grants: BTreeMap::new(),
                    // Whoever takes a group out takes it out with all its incidents.
                    unread: BTreeSet::new(),
                },
                fingerprint,
                ownership: Some(Ownership::Additive),
                when_empty: WhenEmpty::Clear,
                blocked: blocked.clone(),
                standing: Standing::Removed,
                state: Some(state.clone()),
                inherits: Vec::new(),
                target_groups: target_groups([state]),
            });
        }
    }
    items
}

/// Whoever may not be in a group, by all of their addresses: a membership stays recorded under the one that somebody was
/// known by when they were last wanted.
fn blocked(config: &Config, rule: &GroupRule) -> BTreeSet<Principal> {
    let people = &config.people;
    let blocked = rule.blocked.union(&people.blocked);
    blocked.flat_map(|who| people.all_of(who)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_blocked_is_so_by_all_of_their_addresses() {
        let text = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:ACME_KEY"

[[person]]
email = "grace@acme.example"
emails = ["g.hopper@acme.example"]
blocked = true

[[group]]
name = "payments"
sources = ["schedule:acme/PSCHED1"]
blocked = ["ada@acme.example"]
"#;
        let config = Config::parse("rotakey.toml", text).unwrap();
        let rule = &config.groups[&GroupName::new("payments").unwrap()];
        let everybody = ["ada", "g.hopper", "grace"];
        let everybody =
            everybody.map(|name| Principal::new(format!("{name}@acme.example")).unwrap());
        assert_eq!(blocked(&config, rule), BTreeSet::from(everybody));
    }
}
