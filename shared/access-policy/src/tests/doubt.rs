//! What would keep nobody out: a `forbid` that rests on what is unknown, and one on an address that is nobody's.

use super::world::{CONFIG, acme, asked, at, facts};
use crate::{Decision, Policies, Question, Situation};
use access_core::config::Config;
use access_core::facts::Facts;
use std::collections::BTreeMap;

/// Another account, and a group of whoever works on incidents.
const MORE: &str = r#"
[[pagerduty]]
name = "other"
url = "https://other.pagerduty.com"
auth = "api-key"
secret = "env:OTHER_KEY"

[[group]]
name = "responders"
sources = ["incident:acme/service/PSVC"]
"#;

/// Whether Zoe may ask, at noon.
fn zoe_asks(forbid: &str, facts: &Facts) -> Decision {
    let mut config = Config::parse("rotakey.toml", &format!("{CONFIG}{MORE}")).unwrap();
    config.access.policies = vec!["own.cedar".to_owned()];
    let files = BTreeMap::from([("own.cedar".to_owned(), forbid.to_owned())]);
    let policies = Policies::compile(&config, &files).unwrap();
    let situation = Situation::of(&config, facts, at("12:00:00"));
    policies.decide(&Question::Request(&asked("zoe")), &situation)
}

/// Both accounts as they were read: `acme` at the first time, the other at noon or never.
fn read(acme_at: &str, is_other_read: bool) -> Facts {
    let mut facts = facts(at(acme_at));
    if is_other_read {
        let mut other = facts.pagerduty[&acme()].clone();
        other.freshness.read_at = at("12:00:00");
        facts.pagerduty.insert("other".parse().unwrap(), other);
    }
    facts
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, one policy a row")]
fn a_forbid_that_rests_on_what_is_unknown_refuses() {
    let on = |scope: &str, condition: &str| format!("forbid ({scope}) {condition};");
    let anybody = "principal, action == Action::\"Request\", resource";
    let on_call = "principal in Schedule::\"acme/PSCHED\", action == Action::\"Request\"";
    let when = |condition: &str| on(anybody, &format!("when {{ {condition} }}"));
    // By the unknown account: acme, the other.
    for (case, forbid, acme_unread, other_unread) in [
        (
            "on call",
            on(&format!("{on_call}, resource"), ""),
            true,
            false,
        ),
        (
            "on call at a level",
            when("principal in EscalationLevel::\"acme/PPOLICY#1\""),
            true,
            false,
        ),
        (
            "a member by being on call",
            when("principal in Group::\"payments-oncall\""),
            true,
            false,
        ),
        (
            "a member already",
            when("principal in resource"),
            true,
            false,
        ),
        (
            "an incident",
            when("context.incidents.contains(Incident::\"acme/service/PSVC\")"),
            true,
            false,
        ),
        (
            "one of some incidents",
            when("context.incidents.containsAny([Incident::\"acme/service/PSVC\"])"),
            true,
            false,
        ),
        (
            "at work on an incident",
            when("principal in Incident::\"acme/service/PSVC\""),
            true,
            false,
        ),
        (
            "any incident",
            on(anybody, "unless { context.incidents.isEmpty() }"),
            true,
            true,
        ),
        (
            "says itself what holds then",
            when("principal in Schedule::\"acme/PSCHED\" || context.unknown.contains(\"third\")"),
            false,
            false,
        ),
        (
            "names it in a text only",
            when("principal in Schedule::\"acme/PSCHED\" || context.reason == \"context.unknown\""),
            true,
            false,
        ),
        (
            "about another action",
            on(
                "principal in Schedule::\"acme/PSCHED\", action == Action::\"Revoke\", resource",
                "",
            ),
            false,
            false,
        ),
        (
            "about another group",
            on(
                &format!("{on_call}, resource == Group::\"payments-leads\""),
                "",
            ),
            false,
            false,
        ),
        (
            "a standing member",
            when("principal in Group::\"payments-leads\""),
            false,
            false,
        ),
        ("by date", when("context.weekday == 1"), false, false),
    ] {
        let known = zoe_asks(&forbid, &read("12:00:00", true));
        assert!(
            known.allowed && known.unknown.is_empty(),
            "{case}: {known:?}"
        );
        for (account, facts, is_refused) in [
            ("acme", read("10:00:00", true), acme_unread),
            ("other", read("12:00:00", false), other_unread),
        ] {
            let decision = zoe_asks(&forbid, &facts);
            assert_eq!(
                decision.allowed, !is_refused,
                "{case}, {account}: {decision:?}"
            );
            if is_refused {
                assert!(
                    decision.policies.is_empty(),
                    "{case}: nothing determined it"
                );
                let mut unknown = decision.unknown.iter();
                let names_it = unknown.any(|unknown| {
                    let of = unknown.pagerduty();
                    of.is_some_and(|of| of.as_str() == account)
                });
                assert!(names_it, "{case}, {account}: {decision:?}");
                let says = decision.why.iter().any(|why| why.contains("own.cedar#"));
                assert!(says, "{case}, {account}: {decision:?}");
            }
        }
    }
}

#[test]
fn a_policy_names_a_person_by_the_address_that_they_are_known_by() {
    let person = "[[person]]\nemail = \"ada@acme.example\"\nemails = [\"lovelace@acme.example\"]\n";
    let mut config = Config::parse("rotakey.toml", &format!("{CONFIG}\n{person}")).unwrap();
    config.access.policies = vec!["own.cedar".to_owned()];
    let compile = |name: &str| {
        let text =
            format!("forbid (principal == Person::\"{name}@acme.example\", action, resource);");
        let files = BTreeMap::from([("own.cedar".to_owned(), text)]);
        Policies::compile(&config, &files)
    };
    assert!(compile("ada").is_ok());
    let errors = compile("lovelace").unwrap_err().to_string();
    assert!(
        errors.contains("`lovelace@acme.example` is a further address of `ada@acme.example`"),
        "{errors}"
    );
}
