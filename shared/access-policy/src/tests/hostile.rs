//! Names that try to end a string, or a policy, are names.

use super::world::{admin, approve, asked, config, noon, person, policies, request};
use crate::names::{place, source};
use crate::{Policies, Question};
use access_core::config::Config;
use access_core::group::Source;
use access_core::principal::Principal;
use access_core::request::{Asked, Reason};
use std::collections::BTreeMap;

const HOSTILE: [&str; 7] = [
    r#"x",action,resource);permit(principal,action,resource);//@acme.example"#,
    r#"x"]||true||["@acme.example"#,
    r"back\slash\@acme.example",
    r"x\@acme.example",
    "o'hara@acme.example",
    "right-to-left\u{202e}@acme.example",
    "combining\u{301}\u{1f600}@acme.example",
];

/// The company, with one more approver who is blocked in another group.
fn with_approver(email: &str) -> (Config, Principal) {
    let mut config = config();
    let approver = Principal::new(email).unwrap();
    let rule = config.requests.get_mut(&admin()).unwrap();
    rule.approvers.insert(Source::Person(approver.clone()));
    let group = config.groups.get_mut(&admin()).unwrap();
    group.blocked.insert(approver.clone());
    config
        .access
        .administrators
        .insert(Source::Person(approver.clone()));
    (config, approver)
}

#[test]
fn a_name_stays_a_name_whatever_it_holds() {
    let usual = policies().printed_all().matches("@id(").count();
    for email in HOSTILE {
        let (config, approver) = with_approver(email);
        let policies = Policies::compile(&config, &BTreeMap::new()).expect(email);
        let printed = policies.printed_all();
        assert_eq!(printed.matches("@id(").count(), usual + 2, "{email}");

        let request = request("zoe");
        let yes = policies.decide(&approve(&approver, &request), &noon());
        assert!(yes.allowed, "{email}: {:?}", yes.why);
        let bob = person("bob");
        let no = policies.decide(&approve(&bob, &request), &noon());
        assert!(!no.allowed && no.failed.is_empty(), "{email}");
        let own = Asked {
            by: approver,
            ..asked("zoe")
        };
        let blocked = policies.decide(&Question::Request(&own), &noon());
        assert!(!blocked.allowed, "{email}");
        assert!(
            blocked
                .policies
                .contains("group.payments-prod-admin.blocked"),
            "{email}"
        );
    }
}

#[test]
fn words_of_the_requester_are_no_policy() {
    let policies = super::world::with_file(
        "forbid (principal, action == Action::\"Request\", resource)\n\
         when { context.reason like \"*drop*\" };",
    );
    for (reason, allowed) in [
        (r#"" || true || ""#, true),
        ("\\", true),
        ("drop it", false),
        ("\u{202e}pord", true),
    ] {
        let asked = Asked {
            reason: Reason::new(reason).unwrap(),
            ..asked("zoe")
        };
        let decision = policies.decide(&Question::Request(&asked), &noon());
        assert_eq!(decision.allowed, allowed, "{reason}");
    }
}

#[test]
fn sources_and_entities_are_the_same_things() {
    let mut texts: Vec<String> = [
        "schedule:acme/PABC123",
        "escalation_policy:acme/PXYZ789",
        "escalation_policy:acme/PXYZ789#2",
        "group:payments.leads-1",
        "incident:acme/service/PSVC001",
        "incident:acme/team/PTEAM01",
    ]
    .map(str::to_owned)
    .into();
    texts.extend(HOSTILE.map(|email| format!("person:{email}")));
    for text in texts {
        let one: Source = text.parse().unwrap();
        assert_eq!(source(&place(&one)), Some(one.clone()), "{text}");
        let printed = place(&one).to_string();
        assert_eq!(printed.parse().ok(), Some(place(&one)), "{printed}");
    }
    for none in [
        "EscalationPolicy::\"acme/P1#2\"",
        "EscalationLevel::\"acme/P1\"",
        "Person::\"Ada@acme.example\"",
        "Request::\"x\"",
        "Action::\"View\"",
    ] {
        assert_eq!(source(&none.parse().unwrap()), None, "{none}");
    }
}
