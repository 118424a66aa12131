//! Owners' own tests: what they say, and what a failing one tells.

use super::world::{policies, with_file};
use crate::cases::Cases;

const CASES: &str = r#"
[[case]]
name = "whoever is first on call gets in without asking"
expect = "allow"
action = "ApproveAutomatically"
who = "ada@acme.example"
in = ["escalation_policy:acme/PPOLICY#1"]
group = "payments-prod-admin"
duration = "2h"
policies = ["group.payments-prod-admin.auto.1"]

[[case]]
name = "whoever is third on call does not"
expect = "deny"
action = "ApproveAutomatically"
who = "bob@acme.example"
in = ["escalation_policy:acme/PPOLICY#3"]
group = "payments-prod-admin"

[[case]]
name = "not for five hours"
expect = "deny"
action = "Request"
who = "ada@acme.example"
group = "payments-prod-admin"
duration = "5h"
policies = ["group.payments-prod-admin.max"]

[[case]]
name = "a lead approves somebody else's request"
expect = "allow"
action = "Approve"
who = "lea@acme.example"
in = ["group:payments-leads"]
requester = "zoe@acme.example"
group = "payments-prod-admin"
channel = "api"

[[case]]
name = "the second list approves later"
expect = "allow"
action = "Approve"
who = "cto@acme.example"
requester = "zoe@acme.example"
group = "payments-prod-admin"
escalated = true

[[case]]
name = "whoever is on call at a level is on call for the policy"
expect = "allow"
action = "BreakGlass"
who = "bob@acme.example"
in = ["escalation_policy:acme/PPOLICY#3"]
group = "payments-prod-admin"

[[case]]
name = "blocked people may not even look"
expect = "deny"
action = "View"
who = "root@acme.example"
blocked = ["root@acme.example"]
policies = ["rotakey.blocked"]
"#;

#[test]
fn cases_pass_that_say_what_the_policies_do() {
    let outcomes = Cases::parse("cases.toml", CASES).unwrap().run(&policies());
    assert_eq!(outcomes.len(), 7);
    for outcome in outcomes {
        assert!(outcome.passed(), "{outcome}");
    }
}

#[test]
fn a_failing_case_names_the_policies_that_decided() {
    let policies = with_file(
        "@id(\"wednesdays\")\n@reason(\"not on Wednesdays\")\n\
         forbid (principal, action == Action::\"Request\", resource)\n\
         when { context.weekday == 3 && context.hour == 12 };",
    );
    let text = "[[case]]\nname = \"zoe asks\"\nexpect = \"allow\"\naction = \"Request\"\n\
                who = \"zoe@acme.example\"\ngroup = \"payments-prod-admin\"\n\
                policies = [\"group.payments-prod-admin.request\"]\n";
    let outcomes = Cases::parse("cases.toml", text).unwrap().run(&policies);
    let expected = "FAILED: zoe asks\n  expected allow, got deny\n  decided by own.cedar#wednesdays\n  \
                    not as expected: group.payments-prod-admin.request, own.cedar#wednesdays\n  \
                    not on Wednesdays";
    assert_eq!(outcomes[0].to_string(), expected);
}

#[test]
fn what_is_no_case_is_refused() {
    let base = "[[case]]\nname = \"x\"\nexpect = \"deny\"\nwho = \"ada@acme.example\"\n";
    for (case, rest, says) in [
        (
            "unknown key",
            "action = \"Request\"\ngruop = \"a\"\n",
            "gruop",
        ),
        ("unknown action", "action = \"Ask\"\ngroup = \"a\"\n", "Ask"),
        (
            "no group",
            "action = \"Request\"\n",
            "Request needs `group`",
        ),
        (
            "nobody's request",
            "action = \"Approve\"\ngroup = \"a\"\n",
            "Approve needs `requester`",
        ),
    ] {
        let error = Cases::parse("cases.toml", &format!("{base}{rest}")).expect_err(case);
        let text = error.to_string();
        assert!(
            text.starts_with("cases.toml: ") && text.contains(says),
            "{case}: {text}"
        );
    }
}
