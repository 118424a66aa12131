//! One row for every mistake: a valid file with one change, and the exact words the owner reads.

mod amounts;
mod names;
mod people;
mod requests;
mod secrets;
mod shape;
mod sources;
mod systems;

use crate::config::Config;

/// A valid file that says a little of everything.
const VALID: &str = include_str!("valid.toml");

/// What the mistake is called; what is written instead of what; then place and message of each error, and its help.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// The rows, by what the mistake is about.
const TABLES: [&[Row]; 8] = [
    shape::ROWS,
    names::ROWS,
    amounts::ROWS,
    systems::ROWS,
    secrets::ROWS,
    people::ROWS,
    sources::ROWS,
    requests::ROWS,
];

#[test]
fn every_mistake_is_named_with_place_and_remedy() {
    for (case, from, to, expected) in TABLES.into_iter().flatten() {
        assert!(VALID.contains(from), "{case}: nothing to change");
        let errors = Config::parse("rotakey.toml", &VALID.replacen(from, to, 1)).expect_err(case);
        let found: Vec<_> = errors
            .iter()
            .map(|error| {
                let place = format!("{}:{}: {}", error.line, error.column, error.message);
                (place, error.help.clone())
            })
            .collect();
        let found: Vec<_> = found
            .iter()
            .map(|(place, help)| (place.as_str(), help.as_str()))
            .collect();
        assert_eq!(found, *expected, "{case}");
    }
}

#[test]
fn secrets_are_never_repeated() {
    for (case, from, to, _) in TABLES
        .into_iter()
        .flatten()
        .filter(|(_, _, to, _)| to.contains("SECRETVALUE"))
    {
        let errors = Config::parse("rotakey.toml", &VALID.replacen(from, to, 1)).expect_err(case);
        assert!(!errors.to_string().contains("SECRETVALUE"), "{case}");
    }
}

#[test]
fn a_priority_must_be_listed_by_every_account_of_the_group() {
    let file = |listed: &str| {
        format!(
            "[[pagerduty]]\nname = \"acme\"\nurl = \"https://acme.pagerduty.com\"\nauth = \"api-key\"\nsecret = \"env:KEY\"\npriorities = {listed}\n\
             [[group]]\nname = \"fire\"\nsources = [\"incident:acme/team/P1\"]\nincident = {{ priority_at_least = \"P2\" }}\n"
        )
    };
    assert!(Config::parse("rotakey.toml", &file("[\"P1\", \"P2\"]")).is_ok());
    for (listed, help) in [
        ("[\"P1\", \"P3\"]", "did you mean `P1`? listed: P1, P3"),
        ("[\"SEV-1\", \"SEV-2\"]", "listed: SEV-1, SEV-2"),
    ] {
        let errors = Config::parse("rotakey.toml", &file(listed)).unwrap_err();
        let found: Vec<_> = errors
            .iter()
            .map(|error| (error.line, error.help.as_str()))
            .collect();
        assert_eq!(found, [(10, help)], "{listed}");
    }
}
