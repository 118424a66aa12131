//! The Web API methods, each with its scope and tier.

mod chat;
mod conversations;
mod user_groups;
mod users;
mod views;

use jiff::Timestamp;
use serde_json::Value;

use super::form::Form;
use super::limits::Tier;
use super::refusal::Refusal;
use super::workspace::Workspace;

/// A call that was let in.
pub(super) struct Call {
    pub(super) form: Form,
    pub(super) now: Timestamp,
}

/// The answer without `ok`, which the route adds.
type Answer = Result<Value, Refusal>;

/// A Web API method.
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) scope: Option<&'static str>,
    pub(super) tier: Tier,
    pub(super) answer: fn(&mut Workspace, &Call) -> Answer,
}

const READ: Option<&str> = Some("usergroups:read");
const WRITE: Option<&str> = Some("usergroups:write");

const METHODS: [Method; 16] = [
    method("auth.test", None, Tier::Generous, users::auth_test),
    method(
        "chat.postEphemeral",
        Some("chat:write"),
        Tier::Four,
        chat::post_ephemeral,
    ),
    method(
        "chat.postMessage",
        Some("chat:write"),
        Tier::Posting,
        chat::post_message,
    ),
    method("chat.update", Some("chat:write"), Tier::Three, chat::update),
    method(
        "conversations.open",
        Some("im:write"),
        Tier::Three,
        conversations::open,
    ),
    method("usergroups.create", WRITE, Tier::Two, user_groups::create),
    method("usergroups.disable", WRITE, Tier::Two, user_groups::disable),
    method("usergroups.enable", WRITE, Tier::Two, user_groups::enable),
    method("usergroups.list", READ, Tier::Two, user_groups::list),
    method(
        "usergroups.users.list",
        READ,
        Tier::Two,
        user_groups::users_list,
    ),
    method(
        "usergroups.users.update",
        WRITE,
        Tier::Two,
        user_groups::users_update,
    ),
    method("users.info", Some("users:read"), Tier::Four, users::info),
    method("users.list", Some("users:read"), Tier::Two, users::list),
    method(
        "users.lookupByEmail",
        Some("users:read.email"),
        Tier::Three,
        users::lookup_by_email,
    ),
    method("views.open", None, Tier::Four, views::open),
    method("views.update", None, Tier::Four, views::update),
];

const fn method(
    name: &'static str,
    scope: Option<&'static str>,
    tier: Tier,
    answer: fn(&mut Workspace, &Call) -> Answer,
) -> Method {
    Method {
        name,
        scope,
        tier,
        answer,
    }
}

/// The method of that name, if the simulator knows it.
pub(super) fn find(name: &str) -> Option<&'static Method> {
    static TABLE: [Method; 16] = METHODS;
    TABLE.iter().find(|method| method.name == name)
}
