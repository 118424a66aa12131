//! From a forecast to the warnings that go on the bus.

use super::{Forecast, GroupForecast, UnmatchedShift, UnresolvedShift};
use crate::event::{CoverageWarning, Warning};
use crate::id::GroupName;
use crate::timeline::Finding;

impl Forecast {
    /// One warning for each thing that somebody should mend or staff, in the order of groups.
    #[must_use]
    pub fn warnings(&self) -> Vec<CoverageWarning> {
        let of_templates = self
            .findings
            .iter()
            .map(|finding| self.finding(None, finding));
        of_templates
            .chain(
                self.groups
                    .iter()
                    .flat_map(|(name, group)| self.of_group(name, group)),
            )
            .collect()
    }

    fn of_group(&self, name: &GroupName, group: &GroupForecast) -> Vec<CoverageWarning> {
        let warn = |warning, from, until| CoverageWarning {
            group: Some(name.clone()),
            warning,
            from,
            until,
        };
        let GroupForecast {
            known_until: _,
            uncovered,
            unmatched,
            unresolved,
            findings,
        } = group;
        let uncovered = uncovered
            .iter()
            .map(|gap| warn(Warning::Uncovered, gap.from, gap.until));
        let unmatched = unmatched.iter().map(|shift| {
            let UnmatchedShift {
                principal,
                target,
                reason,
                from,
                until,
            } = shift.clone();
            warn(
                Warning::Unmatched {
                    principal,
                    target,
                    reason,
                },
                from,
                until,
            )
        });
        let unresolved = unresolved.iter().map(|shift| {
            let UnresolvedShift {
                pagerduty,
                user,
                from,
                until,
            } = shift.clone();
            warn(Warning::Unresolved { pagerduty, user }, from, until)
        });
        let findings = findings
            .iter()
            .map(|finding| self.finding(Some(name), finding));
        uncovered
            .chain(unmatched)
            .chain(unresolved)
            .chain(findings)
            .collect()
    }

    fn finding(&self, group: Option<&GroupName>, finding: &Finding) -> CoverageWarning {
        let warning = Warning::Finding {
            finding: finding.clone(),
        };
        CoverageWarning {
            group: group.cloned(),
            warning,
            from: self.from,
            until: None,
        }
    }
}
