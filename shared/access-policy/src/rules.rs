//! From the configuration's tables to Cedar policies with stable ids, as text that can be printed.

use crate::names;
use access_core::config::{AccessConfig, RequestRule};
use access_core::group::Source;
use access_core::id::GroupName;
use access_core::principal::Principal;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// One policy as text, and its id, which the text says too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// The parts of a policy. Names in them were printed by [`names`], everything else is written here.
struct Draft {
    id: String,
    reason: Option<String>,
    effect: &'static str,
    principal: String,
    action: &'static str,
    resource: String,
    condition: Option<String>,
}

const ANYBODY: &str = "principal";
/// What every grant comes from: limits are for these.
const ASKING: &str = r#"action in [Action::"Request", Action::"ApproveAutomatically", Action::"Approve", Action::"Extend", Action::"BreakGlass"]"#;
/// What somebody does for themselves.
const FOR_ONESELF: &str = r#"action in [Action::"Request", Action::"ApproveAutomatically", Action::"Extend", Action::"BreakGlass"]"#;
/// What an approver may do.
const APPROVING: &str = r#"action in [Action::"Approve", Action::"Revoke", Action::"View"]"#;
const ADMINISTERING: &str =
    r#"action in [Action::"Administer", Action::"ReleaseHeld", Action::"Revoke", Action::"View"]"#;

impl Draft {
    fn permit(id: String, principal: String, action: &'static str, resource: String) -> Self {
        Self {
            id,
            reason: None,
            effect: "permit",
            principal,
            action,
            resource,
            condition: None,
        }
    }

    fn forbid(id: String, reason: String, action: &'static str, resource: String) -> Self {
        Self {
            reason: Some(reason),
            effect: "forbid",
            ..Self::permit(id, ANYBODY.to_owned(), action, resource)
        }
    }

    fn when(self, condition: String) -> Self {
        Self {
            condition: Some(condition),
            ..self
        }
    }

    fn write(self) -> Written {
        let Self {
            id,
            reason,
            effect,
            principal,
            action,
            resource,
            condition,
        } = self;
        let reason = reason.map(|reason| format!("@reason(\"{reason}\")\n"));
        let condition = condition.map(|condition| format!("\nwhen {{ {condition} }}"));
        let text = format!(
            "@id(\"{id}\")\n{}{effect} (\n  {principal},\n  {action},\n  {resource}\n){};",
            reason.unwrap_or_default(),
            condition.unwrap_or_default(),
        );
        Written { id, text }
    }
}

/// The policies of one `[group.request]`; `blocked` are never members of the group.
pub(crate) fn of_group(
    name: &GroupName,
    rule: &RequestRule,
    blocked: &BTreeSet<Principal>,
) -> Vec<Written> {
    let RequestRule {
        max,
        approvers,
        auto_approve_on_call,
        approvals: _,
        timeout: _,
        escalate_after: _,
        escalate_to,
        break_glass,
    } = rule;
    let id = |suffix: &str| format!("group.{name}.{suffix}");
    let group = names::group(name);
    let of_group = format!("resource in {group}");
    let is_group = format!("resource == {group}");
    let each = |suffix: &'static str, sources: &BTreeSet<Source>, action, resource: &str| {
        let drafts = sources.iter().enumerate().map(|(index, source)| {
            let id = id(&format!("{suffix}.{}", index + 1));
            Draft::permit(id, names::principals(source), action, resource.to_owned())
        });
        drafts.collect::<Vec<_>>()
    };
    let may_ask = Draft::permit(
        id("request"),
        ANYBODY.to_owned(),
        r#"action == Action::"Request""#,
        is_group.clone(),
    );
    let mut drafts = vec![may_ask, longest(id("max"), *max, of_group.clone())];
    drafts.extend(bars(name, blocked, &of_group));
    drafts.extend(each("approve", approvers, APPROVING, &of_group));
    let later = each(
        "escalation",
        escalate_to,
        r#"action == Action::"Approve""#,
        &of_group,
    );
    let later = later.into_iter();
    drafts.extend(later.map(|draft| draft.when("context.escalated".to_owned())));
    let automatic = r#"action == Action::"ApproveAutomatically""#;
    drafts.extend(each("auto", auto_approve_on_call, automatic, &is_group));
    let emergency = r#"action == Action::"BreakGlass""#;
    drafts.extend(each("break-glass", break_glass, emergency, &is_group));
    drafts.into_iter().map(Draft::write).collect()
}

/// Nobody gets more than the longest grant, whoever decides.
fn longest(id: String, max: SignedDuration, resource: String) -> Draft {
    let reason = format!("at most {max:#} at a time");
    let condition = format!("context.duration > {}", max.as_secs());
    Draft::forbid(id, reason, ASKING, resource).when(condition)
}

/// Nobody who is blocked in the group gets in, by their own doing or an approver's.
fn bars(name: &GroupName, blocked: &BTreeSet<Principal>, of_group: &str) -> Vec<Draft> {
    // An empty set has no type in Cedar.
    if blocked.is_empty() {
        return Vec::new();
    }
    let people: Vec<_> = blocked
        .iter()
        .map(|principal| names::person(principal).to_string())
        .collect();
    let people = people.join(", ");
    let bar = |suffix: &str, action, whom: &str| {
        let id = format!("group.{name}.{suffix}");
        let reason = "blocked in this group".to_owned();
        Draft::forbid(id, reason, action, of_group.to_owned())
            .when(format!("[{people}].contains({whom})"))
    };
    let approve = r#"action == Action::"Approve""#;
    vec![
        bar("blocked", FOR_ONESELF, "principal"),
        bar("blocked-requester", approve, "resource.requester"),
    ]
}

/// The policies of `[access]`.
pub(crate) fn of_access(access: &AccessConfig) -> Vec<Written> {
    let AccessConfig {
        administrators,
        release_held,
        policies: _,
    } = access;
    let each = |prefix: &'static str, sources: &BTreeSet<Source>, action| {
        let drafts = sources.iter().enumerate().map(|(index, source)| {
            let id = format!("access.{prefix}.{}", index + 1);
            Draft::permit(id, names::principals(source), action, "resource".to_owned()).write()
        });
        drafts.collect::<Vec<_>>()
    };
    let mut all = each("administrators", administrators, ADMINISTERING);
    let releasing = r#"action == Action::"ReleaseHeld""#;
    all.extend(each("release_held", release_held, releasing));
    all
}
