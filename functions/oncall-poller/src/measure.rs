//! What the poller tells of itself, from what it knows anyway.

use access_core::event::{CoverageWarning, Event, Warning};
use access_core::id::PlanId;
use access_core::plan::Plan;
use access_core::ports::HeldPlan;
use function_kit::metrics::{self, Metric};
use std::collections::{BTreeMap, BTreeSet};

/// What one run planned, and what waits for a person after it.
pub(crate) fn run(plans: &[Plan], held: &BTreeMap<PlanId, HeldPlan>) {
    let additions = plans.iter().map(|plan| plan.additions.len());
    metrics::count(Metric::PlannedAdditions, additions.sum());
    let removals = plans.iter().map(|plan| plan.removals.len());
    metrics::count(Metric::PlannedRemovals, removals.sum());
    let waiting = held.values().filter(|held| held.released.is_none());
    let waiting = waiting.map(|held| held.removals.len());
    metrics::count(Metric::RemovalsHeld, waiting.sum());
}

/// What the coming days lack: each person once, in however many groups and targets they are missing.
pub(crate) fn coverage<'a>(warnings: impl Iterator<Item = &'a CoverageWarning>) {
    let mut people = BTreeSet::new();
    let mut others = 0;
    for warning in warnings {
        match &warning.warning {
            Warning::Unmatched { principal, .. } => {
                people.insert(principal.id().to_string());
            }
            Warning::Unresolved { pagerduty, user } => {
                people.insert(format!("{pagerduty}/{user}"));
            }
            Warning::Uncovered | Warning::Finding { .. } => others += 1,
        }
    }
    metrics::count(Metric::PeopleUnmatched, people.len());
    metrics::count(Metric::CoverageWarnings, others);
}

/// What is the matter with webhooks, where all accounts could be asked.
pub(crate) fn webhooks<'a>(found: impl Iterator<Item = &'a Event>) {
    let disabled = found.filter(|event| matches!(event, Event::WebhookDisabled(_)));
    metrics::count(Metric::WebhookDisabled, disabled.count());
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::matching::Unmatched;
    use access_core::principal::Principal;
    use jiff::Timestamp;

    fn warning(warning: Warning) -> CoverageWarning {
        CoverageWarning {
            group: None,
            warning,
            from: Timestamp::UNIX_EPOCH,
            until: None,
        }
    }

    fn unmatched(email: &str, target: &str) -> CoverageWarning {
        warning(Warning::Unmatched {
            principal: Principal::new(email).unwrap(),
            target: target.parse().unwrap(),
            reason: Unmatched::NoAccount,
        })
    }

    #[tokio::test]
    async fn people_are_counted_once_and_hours_one_by_one() {
        let warnings = [
            unmatched("ada@acme.example", "aws"),
            unmatched("ada@acme.example", "slack"),
            unmatched("grace@acme.example", "aws"),
            warning(Warning::Unresolved {
                pagerduty: "acme".parse().unwrap(),
                user: "PLINUS".parse().unwrap(),
            }),
            warning(Warning::Uncovered),
            warning(Warning::Uncovered),
        ];
        let ((), found) = metrics::measured(async { coverage(warnings.iter()) }).await;
        assert_eq!(found.of(Metric::PeopleUnmatched), [3.0]);
        assert_eq!(found.of(Metric::CoverageWarnings), [2.0]);
    }
}
