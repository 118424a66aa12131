//! `[api]`: what the HTTP API takes as proof of who calls.

use super::people::{EMAIL_HELP, plain};
use super::raw::Table;
use super::secret::secret;
use super::{ApiConfig, ApiToken};
use crate::principal::Principal;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const KEYS: [&str; 2] = ["aws_accounts", "token"];
const TOKEN_KEYS: [&str; 2] = ["person", "secret"];

pub(super) fn api(table: &Table) -> ApiConfig {
    let accounts = aws_accounts(table);
    let tables = table.tables("token", "[[api.token]]", &TOKEN_KEYS);
    let names_nobody = table.list("aws_accounts").is_empty() && tables.is_empty();
    if names_nobody && !KEYS.iter().any(|key| table.is_misspelt(key)) {
        let help =
            "add a line such as: aws_accounts = [\"123456789012\"], or an [[api.token]] table";
        table.report.add(table.at, "nobody could use the API", help);
    }
    ApiConfig {
        aws_accounts: accounts,
        tokens: tokens(&tables),
    }
}

fn aws_accounts(table: &Table) -> BTreeSet<String> {
    let mut accounts = BTreeSet::new();
    for value in table.list("aws_accounts") {
        let help = "write its 12 digits in quotes, such as \"123456789012\"";
        let Some(account) = plain(&value, "the id of an AWS account", help, is_account) else {
            continue;
        };
        if accounts.contains(&account) {
            value.wrong(format!("`{account}` is listed twice"), "keep one of them");
        }
        accounts.insert(account);
    }
    accounts
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads tokens. One token that speaks for two people would speak for either.
fn tokens(tables: &[Table]) -> Vec<ApiToken> {
    let mut lines = BTreeMap::new();
    let mut tokens = Vec::new();
    for table in tables {
        let person = table.require("person", "\"grace@acme.example\"");
        let person = person.and_then(|value| value.parse::<Principal>(EMAIL_HELP));
        let value = table.require("secret", "\"env:GRACES_TOKEN\"");
        let named = value.and_then(|value| Some((value, secret(&value)?)));
        let Some((value, secret)) = named else {
            continue;
        };
        if let Some(line) = lines.insert(secret.reference.clone(), secret.line) {
            let help = format!("line {line} names it: every token is a secret of its own");
            value.wrong("this secret is a token already", help);
        }
        if let Some(person) = person {
            tokens.push(ApiToken {
                person: person.value,
                secret,
            });
        }
    }
    tokens
}
