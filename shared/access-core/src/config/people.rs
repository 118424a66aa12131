//! `[[person]]` and `blocked`: what the owner says about people beyond their e-mail addresses.

use super::People;
use super::names::Names;
use super::raw::{Table, Value};
use super::report::At;
use crate::id::{AccountId, PagerDutyName, PagerDutyUserId};
use crate::principal::Principal;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Display;

pub(super) const KEYS: [&str; 4] = ["email", "pagerduty", "accounts", "blocked"];

const EMAIL_HELP: &str = "write a whole address, such as \"grace@acme.example\"";

/// What was read of people, and where it says that somebody is blocked.
pub(super) struct Read {
    pub(super) people: People,
    pub(super) blocked_at: BTreeMap<Principal, usize>,
}

pub(super) fn people(names: &Names, blocked: &[Value], tables: &[Table]) -> Read {
    let mut people = People::default();
    let mut blocked_at = emails(blocked);
    let mut seen = BTreeMap::new();
    let mut owners = BTreeMap::new();
    for table in tables {
        let email = table.require("email", "\"grace@acme.example\"");
        let email = email.and_then(|value| value.parse::<Principal>(EMAIL_HELP));
        if let Some(email) = &email {
            once(table, &mut seen, email.value.clone(), email.at, "person");
        }
        let pagerduty: Vec<_> = table
            .list("pagerduty")
            .iter()
            .filter_map(|value| pagerduty_user(names, value))
            .collect();
        let accounts = table
            .get("accounts")
            .map(Value::entries)
            .unwrap_or_default();
        let is_blocked = table
            .get("blocked")
            .and_then(|value| Some((value.at, value.boolean()?)));
        let principal = email.map(|email| email.value);
        for At {
            at,
            value: (account, id),
        } in pagerduty
        {
            once(
                table,
                &mut owners,
                format!("{account}/{id}"),
                at,
                "PagerDuty user",
            );
            if let Some(principal) = &principal {
                people.pagerduty.insert((account, id), principal.clone());
            }
        }
        for (target, account) in accounts {
            let name = target.value.parse();
            match &name {
                Ok(name) => names.targets.check(table.report, target.at, name),
                Err(error) => {
                    table
                        .report
                        .add(target.at, error.to_string(), "write the name of a target");
                }
            }
            let account = account.parse::<AccountId>("write the id of the person's account there");
            if let (Ok(name), Some(account)) = (name, account) {
                once(
                    table,
                    &mut owners,
                    format!("{name}:{}", account.value),
                    account.at,
                    "account",
                );
                if let Some(principal) = &principal {
                    people
                        .accounts
                        .insert((name, principal.clone()), account.value);
                }
            }
        }
        if let (Some((at, true)), Some(principal)) = (is_blocked, principal) {
            blocked_at.entry(principal).or_insert(at);
        }
    }
    people.blocked = blocked_at.keys().cloned().collect();
    Read { people, blocked_at }
}

/// Notes that a thing is somebody's already.
fn once<T: Ord + Display>(
    table: &Table,
    seen: &mut BTreeMap<T, usize>,
    thing: T,
    at: usize,
    noun: &str,
) {
    match seen.entry(thing) {
        Entry::Vacant(entry) => {
            entry.insert(at);
        }
        Entry::Occupied(entry) => {
            let line = table.report.line(*entry.get());
            let message = format!("{noun} `{}` is there twice", entry.key());
            table.report.add(
                at,
                message,
                format!("line {line} has it already: keep one of them"),
            );
        }
    }
}

/// Reads `ACCOUNT/ID`.
fn pagerduty_user(names: &Names, value: &Value) -> Option<At<(PagerDutyName, PagerDutyUserId)>> {
    let help = "write ACCOUNT/ID, such as \"acme/PUSER01\"";
    let text = value.text()?;
    let Some((account, id)) = text.split_once('/') else {
        value.wrong(format!("`{text}` is no PagerDuty user"), help);
        return None;
    };
    match (account.parse::<PagerDutyName>(), id.parse()) {
        (Ok(account), Ok(id)) => {
            names.accounts.check(value.report, value.at, &account);
            Some(value.place((account, id)))
        }
        (Err(error), _) | (_, Err(error)) => {
            value.wrong(error.to_string(), help);
            None
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
