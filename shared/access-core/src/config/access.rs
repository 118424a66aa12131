//! `[access]`: who looks after Rotakey itself, and the owner's own policies.

use super::AccessConfig;
use super::groups::{Context, sources};
use super::raw::Table;
use super::value::Value;
use std::collections::BTreeSet;
use std::path::{Component, Path};

pub(super) const KEYS: [&str; 3] = ["administrators", "release_held", "policies"];

const FILE_HELP: &str =
    "write its name from the folder of this file on, such as \"policies/nights.cedar\"";

pub(super) fn access(context: &Context, table: &Table) -> AccessConfig {
    let named = |key| {
        let found = sources(context, &table.list(key));
        found.into_iter().map(|source| source.value).collect()
    };
    AccessConfig {
        administrators: named("administrators"),
        release_held: named("release_held"),
        policies: files(&table.list("policies")),
    }
}

fn files(values: &[Value]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for value in values {
        let Some(text) = value.text() else {
            continue;
        };
        if !is_near(text) {
            value.wrong(format!("`{text}` names no policy file"), FILE_HELP);
        } else if !seen.insert(text) {
            value.wrong(format!("`{text}` is listed twice"), "keep one of them");
        } else {
            files.push(text.to_owned());
        }
    }
    files
}

/// Whether it can only be a Cedar file beside or below the configuration, written in one way.
fn is_near(text: &str) -> bool {
    let is_plain =
        |text: &str| !text.contains(['\\', ':', '#']) && !text.contains(char::is_control);
    let is_below = |path: &Path| {
        path.components()
            .all(|part| matches!(part, Component::Normal(_)))
    };
    let path = Path::new(text);
    path.extension()
        .is_some_and(|extension| extension == "cedar")
        && is_plain(text)
        && is_below(path)
        && !text.ends_with('/')
        && !text.contains("//")
        && !text.contains("/./")
}
