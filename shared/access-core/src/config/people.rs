//! `[[person]]` and `blocked`: what the owner says about people beyond their e-mail addresses.

use super::People;
use super::names::Names;
use super::raw::Table;
use super::report::{At, Report};
use super::value::Value;
use crate::id::{AccountId, PagerDutyName, PagerDutyUserId, TargetName};
use crate::principal::Principal;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::mem::take;

pub(super) const KEYS: [&str; 5] = ["email", "emails", "pagerduty", "accounts", "blocked"];

pub(super) const EMAIL_HELP: &str = "write a whole address, such as \"grace@acme.example\"";

/// What was read of people, and where it says so.
#[derive(Default)]
pub(super) struct Read {
    pub(super) people: People,
    pub(super) blocked_at: BTreeMap<Principal, usize>,
    /// Everything that only one person may be or have, in words.
    owned_at: BTreeMap<String, usize>,
}

pub(super) fn people(names: &Names, blocked: &[Value], tables: &[Table]) -> Read {
    let mut read = Read {
        blocked_at: emails(blocked),
        ..Read::default()
    };
    for table in tables {
        read.person(names, table);
    }
    let blocked = take(&mut read.blocked_at).into_iter();
    let blocked = blocked.map(|(principal, at)| (read.people.canonical(&principal), at));
    read.blocked_at = blocked.collect();
    read.people.blocked = read.blocked_at.keys().cloned().collect();
    read
}

impl Read {
    fn person(&mut self, names: &Names, table: &Table) {
        let email = table.require("email", "\"grace@acme.example\"");
        let email = email.and_then(|value| value.parse::<Principal>(EMAIL_HELP));
        let principal = email.as_ref().map(|email| email.value.clone());
        if let Some(At { at, value }) = email {
            self.own(table.report, at, format!("person `{value}`"));
        }
        for value in table.list("emails") {
            if let Some(At { at, value: address }) = value.parse::<Principal>(EMAIL_HELP) {
                self.own(table.report, at, format!("person `{address}`"));
                if let Some(principal) = &principal {
                    self.people.addresses.insert(address, principal.clone());
                }
            }
        }
        for value in table.list("pagerduty") {
            if let Some(user) = self.pagerduty_user(names, &value)
                && let Some(principal) = &principal
            {
                self.people.pagerduty.insert(user, principal.clone());
            }
        }
        let accounts = table.get("accounts").map(Value::entries);
        for (target, value) in accounts.unwrap_or_default() {
            if let Some((target, account)) = self.account(names, &target, &value)
                && let Some(principal) = &principal
            {
                let key = (target, principal.clone());
                self.people.accounts.insert(key, account);
            }
        }
        let blocked = table.get("blocked");
        if let Some(value) = blocked
            && value.boolean() == Some(true)
            && let Some(principal) = principal
        {
            self.blocked_at.entry(principal).or_insert(value.at);
        }
    }

    /// Reads `ACCOUNT/ID`.
    fn pagerduty_user(
        &mut self,
        names: &Names,
        value: &Value,
    ) -> Option<(PagerDutyName, PagerDutyUserId)> {
        let help = "write ACCOUNT/ID, such as \"acme/PUSER01\"";
        let text = value.text()?;
        let Some((account, id)) = text.split_once('/') else {
            value.wrong(format!("`{text}` is no PagerDuty user"), help);
            return None;
        };
        match (account.parse(), id.parse()) {
            (Ok(account), Ok(id)) => {
                names.accounts.check(value.report, value.at, &account);
                self.own(value.report, value.at, format!("PagerDuty user `{text}`"));
                Some((account, id))
            }
            (Err(error), _) | (_, Err(error)) => {
                value.wrong(error.to_string(), help);
                None
            }
        }
    }

    /// Reads `TARGET = "ID"`.
    fn account(
        &mut self,
        names: &Names,
        target: &At<&str>,
        value: &Value,
    ) -> Option<(TargetName, AccountId)> {
        let account = value.parse::<AccountId>("write the id of the person's account there");
        let name = match target.value.parse::<TargetName>() {
            Ok(name) => name,
            Err(error) => {
                let help = "write the name of a target";
                value.report.add(target.at, error.to_string(), help);
                return None;
            }
        };
        names.targets.check(value.report, target.at, &name);
        let At { at, value: account } = account?;
        self.own(value.report, at, format!("account `{account}` in `{name}`"));
        Some((name, account))
    }

    /// Notes that a thing is somebody's already.
    fn own(&mut self, report: &Report, at: usize, thing: String) {
        match self.owned_at.entry(thing) {
            Entry::Vacant(entry) => {
                entry.insert(at);
            }
            Entry::Occupied(entry) => {
                let line = report.line(*entry.get());
                let help = format!("line {line} has it already: keep one of them");
                report.add(at, format!("{} is there twice", entry.key()), help);
            }
        }
    }
}

/// Reads addresses, each with the first place that says it.
pub(super) fn emails(values: &[Value]) -> BTreeMap<Principal, usize> {
    let mut found = BTreeMap::new();
    for email in values
        .iter()
        .filter_map(|value| value.parse::<Principal>(EMAIL_HELP))
    {
        found.entry(email.value).or_insert(email.at);
    }
    found
}

/// Reads a text of a form that only a predicate describes.
pub(super) fn plain(
    value: &Value,
    noun: &str,
    help: &str,
    is_valid: impl Fn(&str) -> bool,
) -> Option<String> {
    let text = value.text()?;
    if is_valid(text) {
        return Some(text.to_owned());
    }
    value.wrong(format!("`{text}` is not {noun}"), help);
    None
}
