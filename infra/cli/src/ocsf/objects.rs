//! The objects of OCSF that records hold: users, groups, resources, actors.

use crate::events::Actor;
use access_core::id::{AccountId, GroupName, PagerDutyName, PagerDutyUserId};
use access_core::principal::Principal;
use serde_json::{Value, json};

/// A person.
pub(super) fn user(principal: &Principal) -> Value {
    json!({
        "name": principal,
        "email_addr": principal,
        "uid": principal.id().to_string(),
        "type_id": 1,
        "type": "User",
    })
}

/// Whoever has an account in a target; nobody may know who that is.
pub(super) fn holder(principal: Option<&Principal>, account: &AccountId) -> Value {
    let mut user = match principal {
        Some(principal) => user(principal),
        None => json!({"uid": account, "type_id": 0, "type": "Unknown"}),
    };
    user["account"] = json!({"uid": account});
    user
}

/// A PagerDuty user of whom nothing but the id is known.
pub(super) fn pagerduty_user(pagerduty: &PagerDutyName, user: &PagerDutyUserId) -> Value {
    json!({
        "uid": format!("{pagerduty}/{user}"),
        "type_id": 0,
        "type": "Unknown",
    })
}

/// A group.
pub(super) fn group(name: &GroupName) -> Value {
    json!({"name": name, "uid": format!("group:{name}")})
}

/// Something that access is given to.
pub(super) fn resource(kind: &str, name: &impl ToString) -> Value {
    json!({"name": name.to_string(), "type": kind})
}

/// Who made it happen.
pub(super) fn actor(actor: &Actor<'_>) -> Value {
    match actor {
        Actor::Person(principal) => json!({"user": user(principal)}),
        Actor::Named(name) => json!({"user": {"name": name, "type_id": 0, "type": "Unknown"}}),
        Actor::Rotakey => json!({"app_name": "Rotakey"}),
    }
}
