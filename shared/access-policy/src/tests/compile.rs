//! What policies are made, how they are printed, and the exact words of every mistake.

use super::world::{admin, config, policies};
use crate::schema::validator;
use crate::{DEFAULT, Policies, files};
use std::collections::BTreeMap;

#[test]
fn the_policies_that_always_hold_fit_the_schema() {
    let found = files::read("default.cedar", DEFAULT, Some(validator())).unwrap();
    let ids: Vec<_> = found.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "rotakey.own-request",
            "rotakey.blocked",
            "rotakey.blocked-requester",
            "rotakey.extend-own",
            "rotakey.view-own",
            "rotakey.view-as-member",
        ]
    );
}

#[test]
fn a_table_is_printed_as_the_policies_that_decide() {
    let printed = policies().printed(&admin()).unwrap();
    let beginning = r#"@id("group.payments-prod-admin.request")
permit (
  principal,
  action == Action::"Request",
  resource == Group::"payments-prod-admin"
);

@id("group.payments-prod-admin.max")
@reason("at most 4h at a time")
forbid (
  principal,
  action in [Action::"Request", Action::"ApproveAutomatically", Action::"Approve", Action::"Extend", Action::"BreakGlass"],
  resource in Group::"payments-prod-admin"
)
when { context.duration > 14400 };

@id("group.payments-prod-admin.blocked")
@reason("blocked in this group")
forbid (
  principal,
  action in [Action::"Request", Action::"ApproveAutomatically", Action::"Extend", Action::"BreakGlass"],
  resource in Group::"payments-prod-admin"
)
when { [Person::"eve@acme.example"].contains(principal) };
"#;
    assert_eq!(&printed[..beginning.len()], beginning);
    let end = r#"
@id("group.payments-prod-admin.approve.1")
permit (
  principal in Group::"payments-leads",
  action in [Action::"Approve", Action::"Revoke", Action::"View"],
  resource in Group::"payments-prod-admin"
);

@id("group.payments-prod-admin.approve.2")
permit (
  principal in Group::"payments-oncall",
  action in [Action::"Approve", Action::"Revoke", Action::"View"],
  resource in Group::"payments-prod-admin"
);

@id("group.payments-prod-admin.escalation.1")
permit (
  principal == Person::"cto@acme.example",
  action == Action::"Approve",
  resource in Group::"payments-prod-admin"
)
when { context.escalated };

@id("group.payments-prod-admin.auto.1")
permit (
  principal in EscalationLevel::"acme/PPOLICY#1",
  action == Action::"ApproveAutomatically",
  resource == Group::"payments-prod-admin"
);

@id("group.payments-prod-admin.break-glass.1")
permit (
  principal in EscalationPolicy::"acme/PPOLICY",
  action == Action::"BreakGlass",
  resource == Group::"payments-prod-admin"
);
"#;
    assert!(printed.ends_with(end), "{printed}");
    let nobody_asks = "payments-leads".parse().unwrap();
    assert_eq!(policies().printed(&nobody_asks), None);
}

#[test]
fn everything_that_is_printed_can_be_read_again() {
    let mut config = config();
    config.access.policies = vec!["own.cedar".to_owned()];
    let own = "// Nights.\n@id(\"nights\")\nforbid (principal, action, resource) when { context.hour < 6 };";
    let texts = BTreeMap::from([("own.cedar".to_owned(), own.to_owned())]);
    let all = Policies::compile(&config, &texts).unwrap().printed_all();
    let again = files::read("printed.cedar", &all, Some(validator())).unwrap();
    let ids: Vec<_> = again.iter().map(|(id, _)| id.as_str()).collect();
    for id in [
        "rotakey.own-request",
        "access.administrators.1",
        "access.release_held.1",
        "nights",
        "group.payments-prod-admin.auto.1",
    ] {
        assert!(ids.contains(&id), "{id} in {ids:?}");
    }
    let loaded = Policies::load(&config, &texts).unwrap();
    assert_eq!(loaded.printed_all(), all);
}

#[test]
fn mistakes_are_named_with_file_line_and_remedy() {
    for (case, text, place, message) in [
        (
            "no Cedar",
            "permit (principal, action resource);",
            "own.cedar:1:",
            "",
        ),
        (
            "not in the schema",
            "// A word.\nforbid (principal, action, resource)\nwhen { principal.team == \"x\" };",
            "own.cedar:3:8: ",
            "team",
        ),
        (
            "no such action",
            "permit (principal, action == Action::\"Aprove\", resource);",
            "own.cedar:1:",
            "Aprove",
        ),
        (
            "a template",
            "permit (principal == ?principal, action, resource);",
            "own.cedar:1:1: ",
            "a template is no policy",
        ),
        (
            "one id twice",
            "@id(\"a\")\nforbid (principal, action, resource);\n@id(\"a\")\nforbid (principal, action, resource);",
            "own.cedar:3:1: ",
            "policy `a` is there twice",
        ),
        (
            "a schedule that nothing reads",
            "forbid (principal, action, resource)\nwhen { principal in Schedule::\"acme/PSHCED\" };",
            "own.cedar:2:21: ",
            "nothing reads schedule `acme/PSHCED`",
        ),
        (
            "an unknown group",
            "permit (principal in Group::\"leads\", action == Action::\"Approve\", resource);",
            "own.cedar:1:22: ",
            "unknown group `leads`",
        ),
    ] {
        let mut config = config();
        config.access.policies = vec!["own.cedar".to_owned()];
        let files = BTreeMap::from([("own.cedar".to_owned(), text.to_owned())]);
        let errors = Policies::compile(&config, &files).expect_err(case);
        let is_named = errors
            .iter()
            .any(|error| error.to_string().starts_with(place) && error.message.contains(message));
        assert!(is_named, "{case}: {errors}");
        assert!(errors.iter().all(|error| !error.help.is_empty()), "{case}");
    }
}

#[test]
fn a_level_is_read_with_its_policy_and_every_file_must_be_there() {
    let mut config = config();
    config.access.policies = vec!["own.cedar".to_owned()];
    let errors = Policies::compile(&config, &BTreeMap::new()).unwrap_err();
    assert!(
        errors
            .to_string()
            .starts_with("own.cedar:1:1: this policy file is not there")
    );
    let level = "permit (principal in EscalationLevel::\"acme/PPOLICY#2\", action == Action::\"View\", resource);";
    let files = BTreeMap::from([("own.cedar".to_owned(), level.to_owned())]);
    assert!(Policies::compile(&config, &files).is_ok());
}
