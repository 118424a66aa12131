//! Groups: found by name, described, listed, made.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::refusal::{Refusal, Resource};
use super::super::store::{Group, Store};
use super::{AlternateIdentifier, Answer, ByAlternate, Paging, by_id, filter, page, read};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ById {
    group_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct New {
    display_name: String,
    #[serde(default)]
    description: Option<String>,
}

pub(super) fn get_id(store: &mut Store, input: &Value) -> Answer {
    let ByAlternate {
        alternate_identifier,
    } = read(input)?;
    let name = match alternate_identifier {
        AlternateIdentifier::UniqueAttribute(it) if it.attribute_path == "displayName" => {
            it.attribute_value
        }
        AlternateIdentifier::UniqueAttribute(_) => {
            return Err(Refusal::invalid("AttributePath must be displayName"));
        }
        AlternateIdentifier::ExternalId(external) => {
            return Err(Refusal::not_found(
                Resource::Group,
                external["Id"].as_str().unwrap_or_default(),
            ));
        }
    };
    match store.group_id(&name) {
        Some(id) => Ok(json!({"GroupId": id, "IdentityStoreId": store.id})),
        None => Err(Refusal::not_found(Resource::Group, &name)),
    }
}

pub(super) fn describe(store: &mut Store, input: &Value) -> Answer {
    let ById { group_id } = read(input)?;
    match store.groups.get(&group_id) {
        Some(group) => Ok(show(store, &group_id, group)),
        None => Err(Refusal::not_found(Resource::Group, &group_id)),
    }
}

pub(super) fn list(store: &mut Store, input: &Value) -> Answer {
    let paging: Paging = read(input)?;
    let wanted = filter(&paging, "DisplayName")?;
    page(
        "Groups",
        &paging,
        store.page_max,
        by_id(&store.groups),
        |id, group| {
            let fits = wanted
                .as_deref()
                .is_none_or(|name| group.display_name == name);
            fits.then(|| show(store, id, group))
        },
    )
}

pub(super) fn create(store: &mut Store, input: &Value) -> Answer {
    let New {
        display_name,
        description,
    } = read(input)?;
    if display_name.is_empty() {
        return Err(Refusal::invalid("DisplayName is empty"));
    }
    if store.group_id(&display_name).is_some() {
        return Err(Refusal::already_there(store.conflict_reasons));
    }
    let id = store.add_group(&display_name, description);
    Ok(json!({"GroupId": id, "IdentityStoreId": store.id}))
}

fn show(store: &Store, id: &str, group: &Group) -> Value {
    let Group {
        display_name,
        description,
    } = group;
    let mut shown =
        json!({"IdentityStoreId": store.id, "GroupId": id, "DisplayName": display_name});
    if let Some(description) = description {
        shown["Description"] = json!(description);
    }
    shown
}
