//! The operations, and how their lists are paged.

mod groups;
mod memberships;
mod users;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::store::{PAGE_MAX, Store};

type Answer = Result<Value, Refusal>;
type Operation = fn(&mut Store, &Value) -> Answer;

/// What precedes an id in a token, so that nobody takes a token for an id.
const TOKEN_HEAD: &str = "after:";

/// The operation of that name, if the simulator knows it.
pub(super) fn find(name: &str) -> Option<Operation> {
    let operation: Operation = match name {
        "CreateGroup" => groups::create,
        "CreateGroupMembership" => memberships::create,
        "DeleteGroupMembership" => memberships::delete,
        "DescribeGroup" => groups::describe,
        "DescribeUser" => users::describe,
        "GetGroupId" => groups::get_id,
        "GetGroupMembershipId" => memberships::get_id,
        "GetUserId" => users::get_id,
        "IsMemberInGroups" => memberships::is_member_in_groups,
        "ListGroupMemberships" => memberships::list,
        "ListGroupMembershipsForMember" => memberships::list_for_member,
        "ListGroups" => groups::list,
        "ListUsers" => users::list,
        _ => return None,
    };
    Some(operation)
}

/// Another name of a user or group.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
enum AlternateIdentifier {
    UniqueAttribute(Attribute),
    /// An identity provider's own id; nobody in the simulator has one.
    ExternalId(Value),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_path: String,
    /// AWS takes any document here; the paths it knows are texts.
    attribute_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ByAlternate {
    alternate_identifier: AlternateIdentifier,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MemberId {
    user_id: String,
}

/// The members every list request has.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Paging {
    #[serde(default)]
    max_results: Option<i64>,
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    filters: Vec<Attribute>,
}

fn read<T: DeserializeOwned>(input: &Value) -> Result<T, Refusal> {
    T::deserialize(input).map_err(|error| Refusal::invalid(&error.to_string()))
}

/// One page of `entries`, which come in the order of their keys, as `show` shows them. What it
/// does not show is not in the list. `member` is what the answer calls it.
fn page<'a, T>(
    member: &str,
    paging: &Paging,
    page_max: usize,
    entries: impl Iterator<Item = (&'a str, T)>,
    show: impl Fn(&str, T) -> Option<Value>,
) -> Answer {
    let wanted = match paging.max_results {
        None => PAGE_MAX,
        Some(wanted) => usize::try_from(wanted)
            .ok()
            .filter(|wanted| (1..=PAGE_MAX).contains(wanted))
            .ok_or_else(|| Refusal::invalid("MaxResults must be 1 to 100"))?,
    };
    let limit = wanted.min(page_max);
    let after = match paging.next_token.as_deref() {
        None => "",
        Some(token) => token
            .strip_prefix(TOKEN_HEAD)
            .ok_or_else(|| Refusal::invalid("NextToken is not one of ours"))?,
    };
    let rest = entries.skip_while(|(key, _)| *key <= after);
    let mut rest = rest
        .filter_map(|(key, entry)| Some((key, show(key, entry)?)))
        .peekable();
    let mut shown = Vec::new();
    let mut last = "";
    while shown.len() < limit
        && let Some((key, entry)) = rest.next()
    {
        shown.push(entry);
        last = key;
    }
    let mut answer = json!({member: shown});
    if rest.peek().is_some() {
        answer["NextToken"] = json!(format!("{TOKEN_HEAD}{last}"));
    }
    Ok(answer)
}

/// The entries of a map with their ids as texts.
fn by_id<T>(entries: &BTreeMap<String, T>) -> impl Iterator<Item = (&str, &T)> {
    entries.iter().map(|(id, entry)| (id.as_str(), entry))
}

/// The one filter a list may have, on the one attribute it knows.
fn filter(paging: &Paging, path: &str) -> Result<Option<String>, Refusal> {
    match paging.filters.as_slice() {
        [] => Ok(None),
        [one] if one.attribute_path == path => Ok(Some(one.attribute_value.clone())),
        _ => Err(Refusal::invalid("only one filter, and only on the name")),
    }
}
