//! Grants: extended, handed back, revoked, reviewed, and over.

use super::{GROUP, asked, config, granted, id, people, policies, told, words};
use crate::config::Config;
use crate::desired::desired;
use crate::facts::Facts;
use crate::request::{
    Asked, Ended, GrantRecord, GrantState, Kind, Refusal, Request, Review, Step, Verdict, approve,
    ask, end_due, facts, goes_by_config, hand_back, review, revoke,
};
use crate::world::{at, group, person};
use jiff::SignedDuration;
use std::collections::BTreeSet;

fn more(config: &Config, record: &GrantRecord, hours: i64, when: &str) -> Result<Step, Refusal> {
    let grant = record.grant.id;
    let asked = Asked {
        duration: SignedDuration::from_hours(hours),
        ..asked(Kind::Extension { grant })
    };
    let verdict = Verdict::Approve {
        policies: policies("on-call"),
    };
    ask(at(when), config, id("more"), asked, verdict, Some(record))
}

/// Ada's request for another hour, which people decide.
fn pending_extension(config: &Config, record: &GrantRecord, when: &str) -> Request {
    let grant = record.grant.id;
    let asked = asked(Kind::Extension { grant });
    let step = ask(at(when), config, id("more"), asked, people(), Some(record));
    step.unwrap().request.unwrap()
}

#[test]
fn more_time_counts_from_the_end_and_never_beyond_what_the_group_allows() {
    let config = config(1);
    let record = granted(&config);
    let max = SignedDuration::from_hours(4);
    for (case, hours, when, expected) in [
        ("from its end", 1, "10:30", Ok("13:00")),
        ("cut at the most", 4, "10:30", Ok("14:30")),
        ("a second before its end", 1, "11:59:59", Ok("13:00")),
        ("at its end", 1, "12:00:00", Err(Refusal::NotLive)),
        ("after its end", 1, "12:00:01", Err(Refusal::NotLive)),
        ("too much", 5, "10:30", Err(Refusal::TooLong { max })),
    ] {
        let step = more(&config, &record, hours, when);
        let end = step.map(|step| step.grant.unwrap().grant.expires_at);
        assert_eq!(end, expected.map(at), "{case}");
    }
    let step = more(&config, &record, 4, "10:00").unwrap();
    let events = ["Access Requested", "Access Approved", "Grant Extended"];
    assert_eq!(told(&step), events);
    let longest = step.grant.unwrap();
    assert_eq!(
        (longest.version, longest.grant.expires_at),
        (2, at("14:00"))
    );
    assert_eq!(longest.grant.starts_at, record.grant.starts_at);
    let none = more(&config, &longest, 1, "10:00");
    assert_eq!(none.map(drop), Err(Refusal::TooLong { max }));
}

#[test]
fn only_the_holder_gets_more_time_for_a_grant_that_is_still_live() {
    let config = config(1);
    let record = granted(&config);
    let mut others = record.clone();
    others.grant.principal = person("grace");
    let not_theirs = more(&config, &others, 1, "10:30").map(drop);
    assert_eq!(not_theirs, Err(Refusal::NotYours));

    let request = pending_extension(&config, &record, "11:30");
    let yes = |record: Option<&GrantRecord>, when: &str| {
        let by = person("grace");
        let step = approve(
            at(when),
            &config,
            &request,
            record,
            &by,
            policies("p"),
            &BTreeSet::new(),
        );
        step.map(|step| step.grant.unwrap().grant.expires_at)
    };
    assert_eq!(yes(Some(&record), "11:59:59"), Ok(at("14:00")));
    assert_eq!(yes(Some(&record), "12:00"), Err(Refusal::NotLive));
    assert_eq!(
        yes(None, "11:40"),
        Err(Refusal::NotLive),
        "there is no such grant"
    );
    let back = hand_back(at("11:35"), &config.people, &record, &person("ada")).unwrap();
    let back = back.grant.unwrap();
    assert_eq!(
        yes(Some(&back), "11:40"),
        Err(Refusal::NotLive),
        "handed back"
    );
}

#[test]
fn a_live_grant_can_be_ended_early() {
    let config = config(1);
    let record = granted(&config);
    let (ada, grace) = (person("ada"), person("grace"));
    for (when, is_live) in [("11:59:59", true), ("12:00:00", false), ("12:00:01", false)] {
        let now = at(when);
        let back = hand_back(now, &config.people, &record, &ada);
        let back = back.map(|step| step.grant.unwrap());
        let gone = revoke(now, &record, &grace, &words("left"), policies("p"));
        let gone = gone.map(|step| step.grant.unwrap());
        assert_eq!(record.is_live(now), is_live, "{when}");
        for ended in [back, gone] {
            assert_eq!(ended.is_ok(), is_live, "{when}");
            let Ok(ended) = ended else { continue };
            assert_eq!((ended.version, ended.ends_at()), (2, now));
            assert!(!ended.is_live(at("10:30")), "ended is ended");
            let again = hand_back(now, &config.people, &ended, &ada);
            assert_eq!(again, Err(Refusal::NotLive));
        }
    }
    assert_eq!(
        hand_back(at("11:00"), &config.people, &record, &grace),
        Err(Refusal::NotYours)
    );
}

#[test]
fn a_grant_is_its_holders_by_whichever_of_their_addresses() {
    let mut config = config(1);
    let record = granted(&config);
    let lovelace = person("lovelace");
    let longer = |config: &Config, by: &str| {
        let asked = Asked {
            by: person(by),
            duration: SignedDuration::from_hours(1),
            ..asked(Kind::Extension {
                grant: record.grant.id,
            })
        };
        let (id, now) = (id("more"), at("10:30"));
        ask(now, config, id, asked, people(), Some(&record)).map(drop)
    };
    let back = |config: &Config| {
        let back = hand_back(at("10:30"), &config.people, &record, &lovelace);
        back.map(drop)
    };
    assert_eq!(longer(&config, "lovelace"), Err(Refusal::NotYours));
    assert_eq!(back(&config), Err(Refusal::NotYours));
    // Only now the configuration says that she has another address, and is known by that.
    config.people.addresses = [(person("ada"), lovelace.clone())].into();
    assert_eq!(longer(&config, "lovelace"), Ok(()));
    assert_eq!(longer(&config, "grace"), Err(Refusal::NotYours));
    assert_eq!(back(&config), Ok(()));
}

#[test]
fn what_ends_by_itself_is_written_down_once() {
    let plain = config(1);
    let record = granted(&plain);
    let changed = |change: fn(&mut Config)| {
        let mut config = config(1);
        change(&mut config);
        config
    };
    let no_table = changed(|config| config.requests.clear());
    let no_group = changed(|config| config.groups.clear());
    let blocked = changed(|config| {
        config.people.blocked.insert(person("ada"));
    });
    let blocked_here = changed(|config| {
        let rule = config.groups.get_mut(&group(GROUP)).unwrap();
        rule.blocked.insert(person("ada"));
    });
    for (case, config, when, expected) in [
        ("a second before", &plain, "11:59:59", None),
        (
            "at its end",
            &plain,
            "12:00:00",
            Some(("12:00", Ended::Expired)),
        ),
        (
            "long after",
            &plain,
            "15:00:00",
            Some(("12:00", Ended::Expired)),
        ),
        (
            "no table",
            &no_table,
            "10:30",
            Some(("10:30", Ended::RuleGone)),
        ),
        (
            "no group",
            &no_group,
            "10:30",
            Some(("10:30", Ended::RuleGone)),
        ),
        (
            "blocked",
            &blocked,
            "10:30",
            Some(("10:30", Ended::Blocked)),
        ),
        (
            "blocked here",
            &blocked_here,
            "10:30",
            Some(("10:30", Ended::Blocked)),
        ),
        (
            "first of two",
            &blocked,
            "12:00",
            Some(("12:00", Ended::Expired)),
        ),
    ] {
        let now = at(when);
        let grants = [record.clone()];
        let steps = end_due(now, config, &[], &grants);
        let by_config = matches!(expected, Some((_, Ended::RuleGone | Ended::Blocked)));
        assert_eq!(steps.iter().any(goes_by_config), by_config, "{case}");
        let ended: Vec<_> = steps.iter().filter_map(|step| step.grant.clone()).collect();
        let expected = expected.map(|(at_text, how)| GrantState::Ended {
            at: at(at_text),
            how,
        });
        let states: Vec<_> = ended.iter().map(|record| record.state.clone()).collect();
        assert_eq!(states, Vec::from_iter(expected.clone()), "{case}");
        assert!(end_due(now, config, &[], &ended).is_empty(), "{case}");
        let fact = &facts(now, config, &grants)[0];
        assert_eq!(fact.expires_at <= now, expected.is_some(), "{case}");
    }
}

#[test]
fn a_grant_holds_a_place_until_it_ends_and_explains_that_it_did() {
    let config = config(1);
    let record = granted(&config);
    let back = hand_back(at("11:00"), &config.people, &record, &person("ada")).unwrap();
    let back = back.grant.unwrap();
    let looked = |record: &GrantRecord, when: &str| {
        let grants = facts(at(when), &config, std::slice::from_ref(record));
        let facts = Facts {
            grants,
            ..Facts::default()
        };
        desired(&config, &facts, at(when))
            .remove(&group(GROUP))
            .unwrap()
    };
    for (case, record, when, is_member) in [
        ("live", &record, "11:00:01", true),
        ("a second before its end", &record, "11:59:59", true),
        ("at its end", &record, "12:00:00", false),
        ("handed back", &back, "11:00:00", false),
    ] {
        let desired = looked(record, when);
        assert_eq!(
            desired.members.contains_key(&person("ada")),
            is_member,
            "{case}"
        );
        let ended = desired.ended_grants.get(&record.grant.id);
        assert_eq!(ended.is_some(), !is_member, "{case}");
    }
}

#[test]
fn a_break_glass_stays_open_until_somebody_else_reviews_it() {
    let config = config(1);
    let verdict = Verdict::Approve {
        policies: policies("break-glass"),
    };
    let asked = asked(Kind::BreakGlass);
    let step = ask(at("10:00"), &config, id("one"), asked, verdict, None).unwrap();
    let open = step.grant.unwrap();
    let note = words("it was needed");
    let (ada, grace) = (person("ada"), person("grace"));
    assert!(open.awaits_review());
    let own = review(at("10:30"), &config, &open, &ada, &note);
    assert_eq!(own, Err(Refusal::OwnRequest));

    let mut known = config.clone();
    let lovelace = person("lovelace");
    known.people.addresses = [(lovelace.clone(), ada)].into();
    let own = review(at("10:30"), &known, &open, &lovelace, &note);
    assert_eq!(own, Err(Refusal::OwnRequest), "by another address");

    let over = end_due(at("12:00"), &config, &[], &[open]);
    let over = over[0].grant.clone().unwrap();
    assert!(over.awaits_review(), "also when the grant is over");
    let step = review(at("13:00"), &config, &over, &grace, &note).unwrap();
    assert_eq!(told(&step), ["Break Glass Reviewed"]);
    let done = step.grant.unwrap();
    assert_eq!(done.version, over.version + 1);
    assert_eq!(done.state, over.state);
    assert!(matches!(&done.break_glass, Some(Review::Done { by, .. }) if *by == grace));
    let again = review(at("13:01"), &config, &done, &grace, &note);
    assert_eq!(again, Err(Refusal::NothingToDo));
    let plain = review(at("10:30"), &config, &granted(&config), &grace, &note);
    assert_eq!(plain, Err(Refusal::NothingToDo));
}
