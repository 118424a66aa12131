//! The answers over a small company, each with the policies that determined it.

use super::world::{
    admin, approve, asked, at, config, facts, ids, noon, person, policies, request, with_file,
};
use crate::schema::validator;
use crate::{Filed, Question, Situation, Thing, entities};
use access_core::request::{Asked, Channel, Kind};
use jiff::SignedDuration;
use std::collections::BTreeSet;

const AUTO: &str = "group.payments-prod-admin.auto.1";
const MAX: &str = "group.payments-prod-admin.max";

#[test]
fn on_call_people_get_in_unasked_only_at_their_level() {
    let policies = policies();
    for (case, who, allowed, by) in [
        ("first on call", "ada", true, ids([AUTO])),
        ("third on call", "bob", false, ids([])),
        ("not on call", "lea", false, ids([])),
        ("a stranger", "zoe", false, ids([])),
        ("blocked", "mallory", false, ids(["rotakey.blocked"])),
    ] {
        let asked = asked(who);
        let decision = policies.decide(&Question::ApproveAutomatically(&asked), &noon());
        assert_eq!(
            (decision.allowed, decision.policies),
            (allowed, by),
            "{case}"
        );
        assert_eq!(decision.why.is_empty(), allowed, "{case}");
    }
}

#[test]
fn a_shift_holds_from_its_start_to_before_its_end() {
    let policies = policies();
    for (time, allowed) in [
        ("08:59:59", false),
        ("09:00:00", true),
        ("16:59:59", true),
        ("17:00:00", false),
    ] {
        let situation = Situation::of(&config(), &facts(at(time)), at(time));
        let asked = asked("ada");
        let decision = policies.decide(&Question::ApproveAutomatically(&asked), &situation);
        assert_eq!(decision.allowed, allowed, "{time}");
    }
}

#[test]
fn anybody_may_ask_but_not_for_longer_than_the_group_allows() {
    let policies = policies();
    let for_seconds = |by: &str, seconds| Asked {
        duration: SignedDuration::new(seconds, 0),
        ..asked(by)
    };
    let just_over = Asked {
        duration: SignedDuration::new(4 * 3600, 1),
        ..asked("zoe")
    };
    for (case, asked, allowed, by) in [
        (
            "to the second",
            for_seconds("zoe", 4 * 3600),
            true,
            "group.payments-prod-admin.request",
        ),
        (
            "a second more",
            for_seconds("zoe", 4 * 3600 + 1),
            false,
            MAX,
        ),
        ("less than a second more", just_over, false, MAX),
        (
            "blocked in the group",
            for_seconds("eve", 60),
            false,
            "group.payments-prod-admin.blocked",
        ),
        (
            "blocked everywhere",
            for_seconds("mallory", 60),
            false,
            "rotakey.blocked",
        ),
    ] {
        let decision = policies.decide(&Question::Request(&asked), &noon());
        assert_eq!(
            (decision.allowed, decision.policies),
            (allowed, ids([by])),
            "{case}"
        );
    }
    let long = for_seconds("ada", 5 * 3600);
    let decision = policies.decide(&Question::ApproveAutomatically(&long), &noon());
    assert_eq!(decision.why, ["at most 4h at a time"]);
}

#[test]
fn approvers_decide_on_others_and_never_on_themselves() {
    let policies = policies();
    for (case, requester, who, allowed, by) in [
        (
            "a lead",
            "zoe",
            "lea",
            true,
            ids(["group.payments-prod-admin.approve.1"]),
        ),
        (
            "on call",
            "zoe",
            "ada",
            true,
            ids(["group.payments-prod-admin.approve.2"]),
        ),
        ("third on call", "zoe", "bob", false, ids([])),
        ("escalation to come", "zoe", "cto", false, ids([])),
        (
            "their own",
            "lea",
            "lea",
            false,
            ids(["rotakey.own-request"]),
        ),
        (
            "for a blocked person",
            "mallory",
            "lea",
            false,
            ids(["rotakey.blocked-requester"]),
        ),
        (
            "for one blocked in the group",
            "eve",
            "lea",
            false,
            ids(["group.payments-prod-admin.blocked-requester"]),
        ),
    ] {
        let (request, who) = (request(requester), person(who));
        let decision = policies.decide(&approve(&who, &request), &noon());
        assert_eq!(
            (decision.allowed, decision.policies),
            (allowed, by),
            "{case}"
        );
    }
}

#[test]
fn approvers_are_found_when_they_are_needed() {
    let policies = policies();
    let at_time = |time| Situation::of(&config(), &facts(at(time)), at(time));
    for (time, requester, expected) in [
        ("12:29:59", "zoe", "ada lea"),
        ("12:30:00", "zoe", "ada cto lea"),
        ("18:00:00", "zoe", "cto lea"),
        ("12:00:00", "lea", "ada"),
    ] {
        let request = request(requester);
        let found = policies.approvers(&request, Channel::Slack, &at_time(time));
        let expected: BTreeSet<_> = expected.split(' ').map(person).collect();
        assert_eq!(found, expected, "{time}");
    }
    let all = with_file("permit (principal, action == Action::\"Approve\", resource);");
    let found = all.approvers(&request("zoe"), Channel::Slack, &noon());
    assert!(found.contains(&person("bob")) && !found.contains(&person("mallory")));
}

#[test]
fn emergencies_are_for_whom_the_table_names() {
    let policies = policies();
    for (who, allowed) in [("ada", true), ("bob", true), ("lea", false)] {
        let asked = Asked {
            kind: Kind::BreakGlass,
            ..asked(who)
        };
        let decision = policies.decide(&Question::BreakGlass(&asked), &noon());
        assert_eq!(decision.allowed, allowed, "{who}");
    }
}

#[test]
fn what_was_granted_is_extended_by_its_holder_and_revoked_by_approvers() {
    let policies = policies();
    let request = request("zoe");
    let of = Filed::from(&request);
    for (who, extends, revokes) in [
        ("zoe", true, false),
        ("lea", false, true),
        ("root", false, true),
        ("bob", false, false),
        ("mallory", false, false),
    ] {
        let asked = asked(who);
        let extend = policies.decide(&Question::Extend { of, asked: &asked }, &noon());
        assert_eq!(extend.allowed, extends, "{who} extends");
        let revoke = Question::Revoke {
            who: &person(who),
            through: Channel::Api,
            of,
        };
        assert_eq!(
            policies.decide(&revoke, &noon()).allowed,
            revokes,
            "{who} revokes"
        );
    }
}

#[test]
fn people_see_their_own_and_administrators_see_everything() {
    let policies = policies();
    let request = request("zoe");
    let group = admin();
    let things = [
        Thing::Request((&request).into()),
        Thing::Group(&group),
        Thing::Rotakey,
    ];
    for (who, sees) in [
        ("zoe", [true, false, false]),
        ("lea", [true, true, false]),
        ("root", [true, true, true]),
        ("bob", [false, false, false]),
        ("mallory", [false, false, false]),
    ] {
        let person = person(who);
        let seen = things.map(|what| {
            let question = Question::View {
                who: &person,
                through: Channel::Api,
                what,
            };
            policies.decide(&question, &noon()).allowed
        });
        assert_eq!(seen, sees, "{who}");
        let administer = Question::Administer {
            who: &person,
            through: Channel::Api,
        };
        assert_eq!(policies.decide(&administer, &noon()).allowed, who == "root");
        let release = Question::ReleaseHeld {
            who: &person,
            through: Channel::Slack,
            group: &group,
        };
        let releases = policies.decide(&release, &noon()).allowed;
        assert_eq!(releases, matches!(who, "root" | "lea"), "{who} releases");
    }
}

#[test]
fn a_forbid_of_the_owner_wins() {
    let policies = with_file(
        "@id(\"sundays\")\n@reason(\"not on Sundays\")\n\
         forbid (principal, action == Action::\"ApproveAutomatically\", resource)\n\
         when { context.weekday == 7 };",
    );
    let asked = asked("ada");
    let question = Question::ApproveAutomatically(&asked);
    let decision = policies.decide(&question, &noon());
    assert!(!decision.allowed);
    assert_eq!(decision.policies, ids(["own.cedar#sundays"]));
    assert_eq!(decision.why, ["not on Sundays"]);
    let explained = policies.explain(&question, decision);
    assert!(
        explained.determined_by[0]
            .text
            .contains("context.weekday == 7")
    );
    assert!(!explained.determined_by[0].permits);
}

#[test]
fn owners_speak_of_dates_incidents_and_what_is_unknown() {
    let policies = with_file(
        "forbid (principal, action == Action::\"Request\", resource)\n\
         when { context.now >= datetime(\"2026-11-22T12:00:01Z\") };\n\
         forbid (principal, action == Action::\"Request\", resource)\n\
         when { context.unknown.contains(\"acme\") };\n\
         forbid (principal, action == Action::\"Request\", resource)\n\
         unless { context.incidents.isEmpty() || context.kind != \"access\" };",
    );
    let asked = asked("zoe");
    for (time, allowed) in [("12:00:00", true), ("12:00:01", false)] {
        let situation = Situation::of(&config(), &facts(at(time)), at(time));
        let decision = policies.decide(&Question::Request(&asked), &situation);
        assert_eq!(decision.allowed, allowed, "{time}");
    }
    let stale = Situation::of(&config(), &facts(at("01:00:00")), at("12:00:00"));
    assert!(!policies.decide(&Question::Request(&asked), &stale).allowed);
}

#[test]
fn a_policy_that_fails_is_a_no() {
    let policies = with_file(
        "@id(\"sum\")\nforbid (principal, action == Action::\"Request\", resource)\n\
         when { context.duration + 9223372036854775807 > 0 };",
    );
    let asked = asked("zoe");
    let decision = policies.decide(&Question::Request(&asked), &noon());
    assert!(!decision.allowed && decision.policies.is_empty());
    let failed: Vec<_> = decision.failed.iter().collect();
    assert!(failed[0].contains("own.cedar#sum"), "{failed:?}");
}

#[test]
fn a_refusal_without_policies_shows_what_could_permit_it() {
    let policies = policies();
    let asked = asked("bob");
    let question = Question::ApproveAutomatically(&asked);
    let decision = policies.decide(&question, &noon());
    assert_eq!(decision.why, ["no policy permits it"]);
    let explained = policies.explain(&question, decision);
    let could: Vec<_> = explained
        .could_permit
        .iter()
        .map(|ruling| ruling.id.as_str())
        .collect();
    assert_eq!(could, [AUTO]);
    assert!(
        explained
            .to_string()
            .contains("EscalationLevel::\"acme/PPOLICY#1\"")
    );
}

#[test]
fn every_question_conforms_to_the_schema() {
    let (request, asked, group, who) = (request("zoe"), asked("ada"), admin(), person("ada"));
    let of = Filed::from(&request);
    let (who, group, through) = (&who, &group, Channel::Api);
    let what = Thing::Rotakey;
    for question in [
        Question::Request(&asked),
        Question::ApproveAutomatically(&asked),
        Question::BreakGlass(&asked),
        approve(who, &request),
        Question::Extend { of, asked: &asked },
        Question::Revoke { who, through, of },
        Question::View { who, through, what },
        Question::ReleaseHeld {
            who,
            through,
            group,
        },
        Question::Administer { who, through },
    ] {
        let built = entities::build(&question, &noon(), Some(validator().schema()));
        assert!(built.is_ok(), "{}: {:?}", question.action(), built.err());
    }
}
