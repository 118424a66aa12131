//! Memberships: made by group and user, deleted by their own id, listed either way.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::refusal::{Refusal, Resource};
use super::super::store::{PAGE_MAX, Store};
use super::{Answer, MemberId, page, read};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pair {
    group_id: String,
    member_id: MemberId,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ById {
    membership_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfGroup {
    group_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfMember {
    member_id: MemberId,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InGroups {
    member_id: MemberId,
    group_ids: Vec<String>,
}

pub(super) fn create(store: &mut Store, input: &Value) -> Answer {
    let Pair {
        group_id,
        member_id,
    } = read(input)?;
    check_group(store, &group_id)?;
    check_user(store, &member_id.user_id)?;
    if store.membership_id(&group_id, &member_id.user_id).is_some() {
        return Err(Refusal::already_there(store.conflict_reasons));
    }
    let id = store.add_membership(&group_id, &member_id.user_id);
    Ok(json!({"MembershipId": id, "IdentityStoreId": store.id}))
}

pub(super) fn get_id(store: &mut Store, input: &Value) -> Answer {
    let Pair {
        group_id,
        member_id,
    } = read(input)?;
    match store.membership_id(&group_id, &member_id.user_id) {
        Some(id) => Ok(json!({"MembershipId": id, "IdentityStoreId": store.id})),
        None => Err(Refusal::not_found(
            Resource::GroupMembership,
            &member_id.user_id,
        )),
    }
}

pub(super) fn delete(store: &mut Store, input: &Value) -> Answer {
    let ById { membership_id } = read(input)?;
    if store.remove_membership(&membership_id) {
        Ok(json!({}))
    } else {
        Err(Refusal::not_found(
            Resource::GroupMembership,
            &membership_id,
        ))
    }
}

pub(super) fn list(store: &mut Store, input: &Value) -> Answer {
    let OfGroup { group_id } = read(input)?;
    check_group(store, &group_id)?;
    let (paging, entries) = (read(input)?, store.memberships_of_group(&group_id));
    page(
        "GroupMemberships",
        &paging,
        store.page_max,
        entries,
        |user_id, id| Some(show(store, id, &group_id, user_id)),
    )
}

pub(super) fn list_for_member(store: &mut Store, input: &Value) -> Answer {
    let OfMember { member_id } = read(input)?;
    check_user(store, &member_id.user_id)?;
    let MemberId { user_id } = member_id;
    let (paging, entries) = (read(input)?, store.memberships_of_user(&user_id));
    page(
        "GroupMemberships",
        &paging,
        store.page_max,
        entries,
        |group_id, id| Some(show(store, id, group_id, &user_id)),
    )
}

pub(super) fn is_member_in_groups(store: &mut Store, input: &Value) -> Answer {
    let InGroups {
        member_id,
        group_ids,
    } = read(input)?;
    if !(1..=PAGE_MAX).contains(&group_ids.len()) {
        return Err(Refusal::invalid("GroupIds must be 1 to 100"));
    }
    check_user(store, &member_id.user_id)?;
    let mut results = Vec::new();
    for group_id in group_ids {
        check_group(store, &group_id)?;
        let exists = store.membership_id(&group_id, &member_id.user_id).is_some();
        results.push(json!({
            "GroupId": group_id, "MemberId": {"UserId": member_id.user_id},
            "MembershipExists": exists,
        }));
    }
    Ok(json!({"Results": results}))
}

fn show(store: &Store, id: &str, group_id: &str, user_id: &str) -> Value {
    json!({
        "IdentityStoreId": store.id, "MembershipId": id, "GroupId": group_id,
        "MemberId": {"UserId": user_id},
    })
}

fn check_group(store: &Store, id: &str) -> Result<(), Refusal> {
    let is_there = store.groups.contains_key(id);
    is_there
        .then_some(())
        .ok_or_else(|| Refusal::not_found(Resource::Group, id))
}

fn check_user(store: &Store, id: &str) -> Result<(), Refusal> {
    let is_there = store.users.contains_key(id);
    is_there
        .then_some(())
        .ok_or_else(|| Refusal::not_found(Resource::User, id))
}
