//! Target groups that two groups lead to. The configuration refuses what it can see; the planner, two names of one group in
//! one target; that two targets are one Slack workspace, only Slack tells.

use super::code::Code;
use super::finding::Finding;
use access_core::id::TargetName;
use access_core::plan::{Binding, Plan};
use slack_client::UserGroupId;
use std::collections::BTreeMap;

/// User groups with two masters; `teams` are the workspaces of targets.
pub(super) fn judge(plans: &[Plan], teams: &BTreeMap<&TargetName, &str>) -> Vec<Finding> {
    let mut masters: BTreeMap<(&str, UserGroupId), Vec<&Binding>> = BTreeMap::new();
    for plan in plans {
        let team = teams.get(&plan.binding.entitlement.target);
        // A group that is yet to be created has no id of Slack's.
        let group = plan.target_group.as_str().parse::<UserGroupId>().ok();
        if let Some((team, group)) = team.zip(group) {
            let masters = masters.entry((*team, group)).or_default();
            masters.push(&plan.binding);
        }
    }
    let shared = masters.into_iter().filter(|(_, all)| all.len() > 1);
    let findings = shared.map(|((team, group), bindings)| {
        let places: Vec<String> = bindings.into_iter().map(Binding::to_string).collect();
        let what = format!("these are one user group, {group} of workspace {team}");
        Finding::new(Code::EntitlementShared, places.join(", "), what)
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::id::{GroupName, TargetGroupId};

    fn plan(group: &str, entitlement: &str, id: &str) -> Plan {
        let binding = Binding {
            group: GroupName::new(group).unwrap(),
            entitlement: entitlement.parse().unwrap(),
        };
        Plan::empty(binding, TargetGroupId::new(id).unwrap(), 0)
    }

    #[test]
    fn one_user_group_by_two_targets_of_one_workspace_is_shared() {
        let [slack, chat, partners] =
            ["slack", "chat", "partners"].map(|name| TargetName::new(name).unwrap());
        let teams = BTreeMap::from([(&slack, "T1"), (&chat, "T1"), (&partners, "T2")]);
        let payments = plan("payments", "slack:payments", "S0PAYMENTS");
        for (case, other, expected) in [
            (
                "another name of it",
                plan("refunds", "chat:S0PAYMENTS", "S0PAYMENTS"),
                Some("payments on slack:payments, refunds on chat:S0PAYMENTS"),
            ),
            (
                "another workspace",
                plan("refunds", "partners:payments", "S0PAYMENTS"),
                None,
            ),
            (
                "another group",
                plan("refunds", "chat:refunds", "S0REFUNDS1"),
                None,
            ),
            (
                "another system",
                plan("refunds", "aws:Refunds", "S0PAYMENTS"),
                None,
            ),
        ] {
            let found = judge(&[payments.clone(), other], &teams);
            let places: Vec<&str> = found.iter().map(|it| it.place.as_str()).collect();
            let expected: Vec<&str> = expected.into_iter().collect();
            assert_eq!(places, expected, "{case}");
        }
        let new = |group: &str, entitlement: &str| plan(group, entitlement, "to-be-created");
        let both_new = [new("one", "slack:one"), new("two", "chat:two")];
        assert!(judge(&both_new, &teams).is_empty());
    }
}
