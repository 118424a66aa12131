//! What no configuration and no policy of the owner ever permits.

use super::world::{admin, approve, asked, at, config, person, request};
use crate::{Filed, Policies, Question, Situation, Standing};
use access_core::config::RequestRule;
use access_core::group::Source;
use access_core::principal::Principal;
use access_core::request::{Asked, Channel};
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const PEOPLE: [&str; 4] = ["ada", "bob", "lea", "mallory"];

/// Everything that a table could name, all of it read by the company's configuration.
const SOURCES: [&str; 7] = [
    "schedule:acme/PSCHED",
    "escalation_policy:acme/PPOLICY",
    "escalation_policy:acme/PPOLICY#1",
    "group:payments-leads",
    "group:payments-oncall",
    "person:ada@acme.example",
    "person:mallory@acme.example",
];

/// The most that an owner could write.
const GENEROUS: [&str; 3] = [
    "forbid (principal, action == Action::\"View\", resource);",
    "permit (principal, action, resource);",
    "permit (principal == Person::\"mallory@acme.example\", action, resource);\n\
     permit (principal, action == Action::\"Approve\", resource) when { resource.requester == principal };",
];

fn sources() -> impl Strategy<Value = BTreeSet<Source>> {
    proptest::sample::subsequence(SOURCES.to_vec(), 0..=SOURCES.len()).prop_map(|texts| {
        let sources = texts.into_iter().map(|text| text.parse().unwrap());
        sources.collect()
    })
}

fn rule() -> impl Strategy<Value = RequestRule> {
    (sources(), sources(), sources(), sources(), 1_i64..100).prop_map(
        |(approvers, on_call, escalate_to, break_glass, hours)| RequestRule {
            max: SignedDuration::from_hours(hours),
            approvers,
            auto_approve_on_call: on_call,
            approvals: 1,
            timeout: SignedDuration::from_hours(24),
            escalate_after: Some(SignedDuration::from_mins(30)),
            escalate_to,
            break_glass,
        },
    )
}

/// Each person at any places; `blocked` people among them.
fn situation() -> impl Strategy<Value = Situation> {
    let places = proptest::collection::vec(sources(), PEOPLE.len());
    let blocked = proptest::sample::subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len());
    (places, blocked).prop_map(|(places, blocked)| {
        let mut situation = Situation::empty(at("13:00:00"));
        for (name, places) in PEOPLE.into_iter().zip(places) {
            let standing = Standing {
                places,
                granted: BTreeSet::new(),
            };
            situation.people.insert(person(name), standing);
        }
        situation.blocked = blocked.into_iter().map(person).collect();
        situation
    })
}

fn policies(rule: RequestRule, own: &str) -> Policies {
    let mut config = config();
    config.requests.insert(admin(), rule);
    config.access.policies = vec!["own.cedar".to_owned()];
    let files = BTreeMap::from([("own.cedar".to_owned(), own.to_owned())]);
    Policies::load(&config, &files).unwrap()
}

/// Whether somebody may do anything at all about the request.
fn may_do_anything(
    policies: &Policies,
    situation: &Situation,
    who: &Principal,
    asked: &Asked,
    other: &access_core::request::Request,
) -> bool {
    let of = Filed::from(other);
    let through = Channel::Slack;
    let group = &asked.group;
    let questions = [
        Question::Request(asked),
        Question::ApproveAutomatically(asked),
        Question::BreakGlass(asked),
        approve(who, other),
        Question::Extend { of, asked },
        Question::Revoke { who, through, of },
        Question::ReleaseHeld {
            who,
            through,
            group,
        },
        Question::Administer { who, through },
    ];
    let mut questions = questions.iter();
    questions.any(|question| policies.decide(question, situation).allowed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nobody_approves_their_own_and_the_blocked_do_and_get_nothing(
        rule in rule(),
        own in proptest::sample::select(GENEROUS.to_vec()),
        situation in situation(),
    ) {
        let max = rule.max;
        let policies = policies(rule, own);
        for name in PEOPLE {
            let (who, request) = (person(name), request(name));
            let decision = policies.decide(&approve(&who, &request), &situation);
            prop_assert!(!decision.allowed, "{name} approves themselves");
            let approvers = policies.approvers(&request, Channel::Api, &situation);
            prop_assert!(!approvers.contains(&who));
            prop_assert!(approvers.is_disjoint(&situation.blocked));
            let long = Asked { duration: max + SignedDuration::from_secs(1), ..asked(name) };
            for question in [Question::Request(&long), Question::ApproveAutomatically(&long), Question::BreakGlass(&long)] {
                prop_assert!(!policies.decide(&question, &situation).allowed, "{name} gets more than the most");
            }
            if situation.blocked.contains(&who) {
                prop_assert!(approvers.is_empty(), "{name} is blocked");
                let other = super::world::request("zoe");
                prop_assert!(!may_do_anything(&policies, &situation, &who, &asked(name), &other), "{name}");
            }
        }
    }
}
