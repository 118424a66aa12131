//! `[[target]]`: the systems that hold access.

use super::address::api_url;
use super::names::Known;
use super::people::{emails, plain};
use super::raw::Table;
use super::report::Report;
use super::secret::secret;
use super::systems::SLACK_SECRET_EXAMPLE;
use super::value::Value;
use super::{TargetConfig, TargetKind};
use crate::id::TargetName;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) const KEYS: [&str; 8] = [
    "name",
    "kind",
    "create_groups",
    "protected",
    "identity_store_id",
    "region",
    "secret",
    "api_url",
];

#[derive(Clone, Copy)]
enum Kind {
    IdentityCenter,
    SlackUserGroup,
}

pub(super) fn target(table: &Table) -> Option<TargetConfig> {
    let create_groups = table.get("create_groups").and_then(|value| value.boolean());
    let protected = emails(&table.list("protected")).into_keys().collect();
    let kind = table
        .require("kind", "\"identity-center\"")
        .and_then(|value| {
            value.choice(&[
                ("identity-center", Kind::IdentityCenter),
                ("slack-user-group", Kind::SlackUserGroup),
            ])
        });
    let kind = match kind? {
        Kind::IdentityCenter => {
            refuse(table, &["secret", "api_url"], "an identity-center target");
            let store = table.require("identity_store_id", "\"d-1234567890\"");
            let store = store.and_then(|value| identity_store(&value));
            let region = table.get("region").and_then(|value| {
                let is_region = |text: &str| {
                    text.contains('-')
                        && text
                            .bytes()
                            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                };
                plain(
                    &value,
                    "an AWS region",
                    "write it such as \"eu-central-1\"",
                    is_region,
                )
            });
            TargetKind::IdentityCenter {
                identity_store_id: store?,
                region,
            }
        }
        Kind::SlackUserGroup => {
            refuse(
                table,
                &["identity_store_id", "region"],
                "a slack-user-group target",
            );
            let token = table.require("secret", SLACK_SECRET_EXAMPLE);
            let token = token.and_then(|value| secret(&value));
            let api = table.get("api_url").and_then(|value| api_url(&value));
            TargetKind::SlackUserGroup {
                secret: token?,
                api_url: api,
            }
        }
    };
    Some(TargetConfig {
        kind,
        create_groups: create_groups.unwrap_or(false),
        protected,
    })
}

/// Notes keys that belong to another kind of target.
fn refuse(table: &Table, keys: &[&'static str], kind: &str) {
    for value in keys.iter().filter_map(|key| table.get(key)) {
        value.wrong(
            format!("`{}` means nothing in {kind}", value.key),
            "take it out",
        );
    }
}

/// An identity store's id, as AWS gives them out: `d-` and ten hexadecimal digits, or a UUID.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateGroup.html>
fn identity_store(value: &Value) -> Option<String> {
    let is_id = |text: &str| match text.strip_prefix("d-") {
        Some(rest) => {
            rest.len() == 10 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        }
        None => Uuid::try_parse(text).is_ok(),
    };
    let help =
        "it is `d-` and ten digits or letters a to f, shown in the settings of IAM Identity Center";
    plain(value, "the id of an identity store", help, is_id)
}

/// Notes targets that are the same system: one of their groups could then have two masters.
pub(super) fn check_distinct(
    report: &Report,
    known: &Known<TargetName>,
    targets: &BTreeMap<TargetName, TargetConfig>,
) {
    let mut in_order: Vec<_> = targets.iter().collect();
    in_order.sort_by_key(|(name, _)| known.place(name));
    let mut seen: BTreeMap<&str, &TargetName> = BTreeMap::new();
    for (name, config) in in_order {
        let system = match &config.kind {
            TargetKind::IdentityCenter {
                identity_store_id, ..
            } => identity_store_id.as_str(),
            TargetKind::SlackUserGroup { secret, .. } => &secret.reference,
        };
        if let Some(first) = seen.get(system) {
            let message = format!("target `{name}` is the same system as target `{first}`");
            let help = format!("keep one of them, and write `{first}:` in every entitlement");
            report.add(known.place(name), message, help);
        } else {
            seen.insert(system, name);
        }
    }
}
