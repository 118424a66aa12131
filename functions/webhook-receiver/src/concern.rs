//! Whom an event concerns: whether it is kept, and which groups it may change.

use crate::configured::Configured;
use crate::deps::Deps;
use access_core::config::Config;
use access_core::group::Source;
use access_core::id::GroupName;
use access_core::incident::{Incident, IncidentKey, Phase, Seen, Sighting};
use access_core::ports::StoreError;
use std::collections::BTreeSet;

/// Whether somebody uses it: the incident is on a service or team that a group names, or is followed since it was.
///
/// A responder's answer names neither: it is kept wherever the account's incidents are used at all, and a read shows
/// what it belongs to.
pub(crate) async fn is_wanted(
    deps: &Deps,
    configured: &Configured,
    key: &IncidentKey,
    sighting: &Sighting,
) -> Result<bool, StoreError> {
    let Some(wanted) = configured.wanted.get(&key.pagerduty) else {
        return Ok(false);
    };
    let Seen::Incident { snapshot, .. } = &sighting.what else {
        return Ok(true);
    };
    let nowhere = BTreeSet::new();
    let teams = snapshot.teams.as_ref().unwrap_or(&nowhere);
    if wanted.holds(snapshot.service.as_ref(), teams) {
        return Ok(true);
    }
    // It may have been wanted and gone to another service: whoever works on it must lose access.
    Ok(deps.store.incident(key).await?.is_some())
}

/// The groups to reconcile after an event; `None` when it can change nothing. While nobody knows what the incident is
/// on, every group with incidents of the account is among them.
///
/// Groups of the incident's escalation policy are among them: an override made during the fire is then seen at once.
pub(crate) fn woken(
    config: &Config,
    incident: &Incident,
    is_wanted: bool,
) -> Option<BTreeSet<GroupName>> {
    let phases = incident.state().phases;
    let is_placed = |phase: &Phase| phase.service.is_some() || !phase.teams.is_empty();
    let is_anywhere = is_wanted && !phases.iter().any(is_placed);
    let groups = groups(config, incident, &phases, is_anywhere);
    (!groups.is_empty()).then_some(groups)
}

/// Every group with a source that names the incident as it is or was, and every group around one.
fn groups(
    config: &Config,
    incident: &Incident,
    phases: &[Phase],
    is_anywhere: bool,
) -> BTreeSet<GroupName> {
    let account = &incident.key().pagerduty;
    let calls = phases
        .last()
        .and_then(|phase| phase.escalation_policy.as_ref());
    let names_it = |source: &Source| match source {
        Source::Incident { pagerduty, of } => {
            pagerduty == account && (is_anywhere || phases.iter().any(|phase| of.holds(phase)))
        }
        Source::EscalationPolicy { pagerduty, id, .. } => pagerduty == account && calls == Some(id),
        Source::Schedule { .. } | Source::Group(_) | Source::Person(_) => false,
    };
    let groups = config.groups.iter();
    let named = groups.filter(|(_, rule)| rule.sources.iter().any(names_it));
    config.with_groups_around(named.map(|(name, _)| name.clone()).collect())
}
