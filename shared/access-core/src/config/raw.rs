//! The configuration as written: tables and values that know their place, read key by key.
//!
//! Every reader notes what is wrong in the [`Report`] and answers `None`, so one mistake hides no other.

use super::report::{Report, joined, nearest};
use super::value::Value;
use std::collections::BTreeSet;
use toml::de::{DeTable, DeValue};

/// A table whose keys are known.
pub(super) struct Table<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) title: &'static str,
    pub(super) at: usize,
    entries: &'a DeTable<'a>,
    misspelt: BTreeSet<&'static str>,
}

impl<'a> Table<'a> {
    /// Takes a table and notes every key that is not one of `keys`.
    pub(super) fn new(
        report: &'a Report<'a>,
        title: &'static str,
        at: usize,
        entries: &'a DeTable<'a>,
        keys: &[&'static str],
    ) -> Self {
        let mut misspelt = BTreeSet::new();
        for key in entries.keys() {
            let name = key.get_ref().as_ref();
            if keys.contains(&name) {
                continue;
            }
            let near = nearest(name, keys.iter().copied());
            misspelt.extend(near);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known in {title}: {}", joined(keys)),
            };
            report.add(key.span().start, format!("unknown key `{name}`"), help);
        }
        Self {
            report,
            title,
            at,
            entries,
            misspelt,
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<Value<'a>> {
        let (name, value) = self.entries.get_key_value(key)?;
        Some(Value {
            report: self.report,
            key: name.get_ref(),
            at: value.span().start,
            written: value.get_ref(),
            is_element: false,
        })
    }

    /// The value of a key that must be there; `example` is the right side of a line that would do.
    pub(super) fn require(&self, key: &'static str, example: &str) -> Option<Value<'a>> {
        let value = self.get(key);
        if value.is_none() && !self.is_misspelt(key) {
            let message = format!("missing key `{key}` in {}", self.title);
            let help = format!("add a line such as: {key} = {example}");
            self.report.add(self.at, message, help);
        }
        value
    }

    /// Whether some unknown key is probably this one.
    pub(super) fn is_misspelt(&self, key: &str) -> bool {
        self.misspelt.contains(key)
    }

    /// The elements of a list; none if the key is not there.
    pub(super) fn list(&self, key: &'static str) -> Vec<Value<'a>> {
        self.get(key).map(Value::list).unwrap_or_default()
    }

    /// The table under a key, if it is there.
    pub(super) fn table(
        &self,
        key: &'static str,
        title: &'static str,
        keys: &[&'static str],
    ) -> Option<Table<'a>> {
        self.get(key)?.table(title, keys)
    }

    /// The tables under a key; none if the key is not there.
    pub(super) fn tables(
        &self,
        key: &'static str,
        title: &'static str,
        keys: &[&'static str],
    ) -> Vec<Table<'a>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(elements) = value.written else {
            value.mistyped(
                "a list of tables",
                format!("write {title} with two brackets"),
            );
            return Vec::new();
        };
        let values = elements.iter().map(|element| value.element(element));
        values
            .filter_map(|value| value.table(title, keys))
            .collect()
    }
}
