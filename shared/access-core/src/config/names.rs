//! Which names the configuration gives to PagerDuty accounts, targets and groups, and whether others mean one of them.

use super::raw::Table;
use super::report::{At, Report, joined, nearest};
use super::value::Value;
use crate::id::{GroupName, PagerDutyName, TargetName};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// Every name in the configuration. All are known before the first use of one is checked.
pub(super) struct Names {
    pub(super) accounts: Known<PagerDutyName>,
    pub(super) targets: Known<TargetName>,
    pub(super) groups: Known<GroupName>,
}

/// The names of one kind of table.
pub(super) struct Known<T> {
    noun: &'static str,
    title: &'static str,
    example: &'static str,
    places: BTreeMap<T, usize>,
    /// Some table has no name of its own: an unknown name may be meant for it, and is not noted.
    is_partial: bool,
}

impl Names {
    pub(super) fn new(top: &Table) -> Self {
        Self {
            accounts: Known {
                noun: "PagerDuty account",
                title: "[[pagerduty]]",
                example: "\"acme\"",
                places: BTreeMap::new(),
                is_partial: top.is_misspelt("pagerduty"),
            },
            targets: Known {
                noun: "target",
                title: "[[target]]",
                example: "\"aws\"",
                places: BTreeMap::new(),
                is_partial: top.is_misspelt("target"),
            },
            groups: Known {
                noun: "group",
                title: "[[group]]",
                example: "\"payments-oncall\"",
                places: BTreeMap::new(),
                is_partial: top.is_misspelt("group"),
            },
        }
    }
}

impl<T: Ord + Clone + Display + FromStr<Err: Display>> Known<T> {
    /// Takes the name of one table; `None` if it has none, or another table has the same.
    pub(super) fn declare(&mut self, table: &Table) -> Option<T> {
        let name = table.require("name", self.example).and_then(|value| {
            value.parse::<T>("use letters, digits, dashes, underscores and dots")
        });
        let Some(At { at, value: name }) = name else {
            self.is_partial = true;
            return None;
        };
        if let Some(first) = self.places.get(&name) {
            let line = table.report.line(*first);
            let message = format!("{} `{name}` is there twice", self.noun);
            let help = format!("line {line} has this name already: choose another one");
            table.report.add(at, message, help);
            self.is_partial = true;
            return None;
        }
        self.places.insert(name.clone(), at);
        Some(name)
    }

    /// Reads the tables of one kind, by the names they give themselves.
    pub(super) fn read<C>(
        &mut self,
        tables: &[Table],
        read: fn(&Table) -> Option<C>,
    ) -> BTreeMap<T, C> {
        let named = tables.iter().filter_map(|table| {
            let name = self.declare(table);
            let content = read(table);
            Some((name?, content?))
        });
        named.collect()
    }

    /// Where a table gives itself this name; zero if none does.
    pub(super) fn place(&self, name: &T) -> usize {
        self.places.get(name).copied().unwrap_or_default()
    }

    /// Notes a use of a name that no table has.
    pub(super) fn check(&self, report: &Report, at: usize, name: &T) {
        if self.is_partial || self.places.contains_key(name) {
            return;
        }
        let help = match nearest(&name.to_string(), self.places.keys()) {
            _ if self.places.is_empty() => format!("there is none: add a {} table", self.title),
            Some(near) => format!(
                "did you mean `{near}`? known: {}",
                joined(self.places.keys())
            ),
            None => format!("known: {}", joined(self.places.keys())),
        };
        report.add(at, format!("unknown {} `{name}`", self.noun), help);
    }

    /// Reads a value that must be one of the names.
    pub(super) fn used(&self, value: &Value) -> Option<T> {
        let At { at, value: name } = value.parse::<T>("write a name that this file gives")?;
        self.check(value.report, at, &name);
        Some(name)
    }
}
