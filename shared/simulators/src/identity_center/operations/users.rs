//! Users: found by name or address, described, listed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::builder::{IdentityUser, Lookups};
use super::super::refusal::{Refusal, Resource};
use super::super::store::Store;
use super::{AlternateIdentifier, Answer, ByAlternate, Paging, by_id, filter, page, read};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ById {
    user_id: String,
}

pub(super) fn get_id(store: &mut Store, input: &Value) -> Answer {
    let ByAlternate {
        alternate_identifier,
    } = read(input)?;
    let attribute = match alternate_identifier {
        AlternateIdentifier::UniqueAttribute(attribute) => attribute,
        AlternateIdentifier::ExternalId(external) => {
            return Err(Refusal::not_found(
                Resource::User,
                external["Id"].as_str().unwrap_or_default(),
            ));
        }
    };
    let value = attribute.attribute_value.as_str();
    let id = match attribute.attribute_path.as_str() {
        "userName" => store.user_id_by_name(value),
        "emails.value" => store.user_id(value),
        _ => {
            return Err(Refusal::invalid(
                "AttributePath must be userName or emails.value",
            ));
        }
    };
    let fits = |user: &IdentityUser| match store.lookups {
        Lookups::IgnoreCase => true,
        Lookups::Exact => user.user_name == value || user.email.as_deref() == Some(value),
    };
    match id.filter(|id| store.users.get(*id).is_some_and(fits)) {
        Some(id) => Ok(json!({"UserId": id, "IdentityStoreId": store.id})),
        None => Err(Refusal::not_found(Resource::User, value)),
    }
}

pub(super) fn describe(store: &mut Store, input: &Value) -> Answer {
    let ById { user_id } = read(input)?;
    match store.users.get(&user_id) {
        Some(user) => Ok(show(store, &user_id, user)),
        None => Err(Refusal::not_found(Resource::User, &user_id)),
    }
}

pub(super) fn list(store: &mut Store, input: &Value) -> Answer {
    let paging: Paging = read(input)?;
    let wanted = filter(&paging, "UserName")?;
    page(
        "Users",
        &paging,
        store.page_max,
        by_id(&store.users),
        |id, user| {
            let fits = wanted.as_deref().is_none_or(|name| user.user_name == name);
            fits.then(|| show(store, id, user))
        },
    )
}

fn show(store: &Store, id: &str, user: &IdentityUser) -> Value {
    let IdentityUser {
        user_name,
        email,
        display_name,
    } = user;
    let mut shown = json!({
        "IdentityStoreId": store.id, "UserId": id, "UserName": user_name,
        "DisplayName": display_name, "UserStatus": "ENABLED",
    });
    if let Some(email) = email {
        shown["Emails"] = json!([{"Value": email, "Type": "work", "Primary": true}]);
    }
    shown
}
