//! The configuration as a whole: what is read from a full file, and that any text has an answer.

mod mistakes;

use super::*;
use crate::group::{Source, WhenEmpty};
use crate::incident::{IncidentTerms, Urgency};
use proptest::prelude::*;

const FULL: &str = include_str!("tests/full.toml");

fn full() -> Config {
    Config::parse("rotakey.toml", FULL).unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn principal(email: &str) -> Principal {
    Principal::new(email).unwrap()
}

#[test]
fn an_empty_file_manages_nothing_under_default_limits() {
    let config = Config::parse("rotakey.toml", "").unwrap();
    assert!(config.groups.is_empty() && config.targets.is_empty());
    assert!(config.slack.is_none() && config.api.is_none());
    assert_eq!(
        (config.limits, config.sweep),
        (Limits::default(), SweepConfig::default())
    );
}

#[test]
fn systems_are_read_with_everything_they_say() {
    let config = full();
    let acme = &config.pagerduty[&PagerDutyName::new("acme").unwrap()];
    assert_eq!(acme.auth, PagerDutyAuth::ScopedOauth);
    assert_eq!(acme.url.as_str(), "https://acme.pagerduty.com/");
    assert_eq!(
        (&*acme.secret.reference, acme.secret.line),
        ("rotakey/pagerduty/acme", 8)
    );
    assert_eq!(acme.webhook_secrets.len(), 2);
    assert_eq!(
        acme.incident_notes_from,
        Some(principal("rotakey@acme.example"))
    );
    assert_eq!(
        acme.api_url.as_ref().unwrap().as_str(),
        "http://127.0.0.1:8080/"
    );
    let beta = &config.pagerduty[&PagerDutyName::new("beta").unwrap()];
    assert_eq!(beta.auth, PagerDutyAuth::ApiKey);
    assert_eq!(beta.incident_notes_from, None);

    let aws = &config.targets[&TargetName::new("aws").unwrap()];
    let TargetKind::IdentityCenter {
        identity_store_id,
        region,
    } = &aws.kind
    else {
        panic!("aws is an identity store");
    };
    assert_eq!(
        (identity_store_id.as_str(), region.as_deref()),
        ("d-1234567890", Some("eu-central-1"))
    );
    assert!(aws.create_groups && aws.protected.contains(&principal("root@acme.example")));
    let slack = config.slack.unwrap();
    assert_eq!(
        (slack.team_id.as_deref(), slack.approvals_channel.as_deref()),
        (Some("T0123456789"), Some("C0123456789"))
    );
}

#[test]
fn groups_are_read_with_their_terms() {
    let config = full();
    let oncall = &config.groups[&GroupName::new("payments-oncall").unwrap()];
    assert_eq!((oncall.sources.len(), oncall.entitlements.len()), (3, 2));
    assert_eq!((oncall.lead, oncall.lag), (minutes(10), minutes(90)));
    assert_eq!(oncall.when_empty, WhenEmpty::Clear);
    assert_eq!(oncall.ownership, Some(Ownership::Exclusive));
    assert_eq!(
        oncall.blocked,
        BTreeSet::from([principal("trudy@acme.example")])
    );

    let leads = &config.groups[&GroupName::new("payments-leads").unwrap()];
    assert!(leads.entitlements.is_empty());
    assert_eq!(
        (leads.lead, leads.lag),
        (LEAD_AND_LAG_DEFAULT, LEAD_AND_LAG_DEFAULT)
    );
    assert_eq!((leads.when_empty, leads.ownership), (WhenEmpty::Hold, None));

    let admin = GroupName::new("payments-prod-admin").unwrap();
    assert!(config.groups[&admin].sources.is_empty());
    let rule = &config.requests[&admin];
    assert_eq!((rule.max, rule.approvals), (minutes(240), 2));
    let approver: Source = "group:payments-leads".parse().unwrap();
    assert_eq!(rule.approvers, BTreeSet::from([approver]));
    assert_eq!(rule.auto_approve_on_call.len(), 1);
    assert_eq!(rule.timeout, minutes(8 * 60));
    assert_eq!(rule.escalate_after, Some(minutes(30)));
    let later: Source = "person:cto@acme.example".parse().unwrap();
    assert_eq!(rule.escalate_to, BTreeSet::from([later]));
    assert_eq!(rule.break_glass.len(), 2);
}

#[test]
fn asking_has_defaults() {
    let text = FULL
        .lines()
        .filter(|line| !line.starts_with("timeout") && !line.starts_with("escalate"));
    let text = text.filter(|line| !line.starts_with("break_glass"));
    let text: Vec<_> = text.collect();
    let config = Config::parse("rotakey.toml", &text.join("\n")).unwrap();
    let rule = &config.requests[&GroupName::new("payments-prod-admin").unwrap()];
    assert_eq!((rule.timeout, rule.escalate_after), (TIMEOUT_DEFAULT, None));
    assert!(rule.escalate_to.is_empty() && rule.break_glass.is_empty());
}

#[test]
fn who_looks_after_rotakey_is_read_with_the_policy_files() {
    let access = full().access;
    let leads: Source = "group:payments-leads".parse().unwrap();
    assert_eq!(access.administrators, BTreeSet::from([leads]));
    assert_eq!(access.release_held.len(), 1);
    assert_eq!(access.policies, ["nights.cedar", "policies/freeze.cedar"]);
}

#[test]
fn whom_the_api_believes_is_read() {
    let api = full().api.unwrap();
    let accounts: Vec<&str> = api.aws_accounts.iter().map(String::as_str).collect();
    assert_eq!(accounts, ["123456789012", "210987654321"]);
    let [token] = api.tokens.as_slice() else {
        panic!("one token");
    };
    assert_eq!(token.person, principal("grace@acme.example"));
    assert_eq!(&*token.secret.reference, "file:/run/secrets/grace");
}

#[test]
fn every_source_is_found_wherever_it_is_named() {
    let config = full();
    let named: BTreeSet<String> = config.sources().map(ToString::to_string).collect();
    for source in [
        "incident:beta/service/PSVC001",
        "group:payments-leads",
        "person:cto@acme.example",
        "escalation_policy:acme/PXYZ789#1",
        "schedule:acme/PABC123",
    ] {
        assert!(named.contains(source), "{source}");
    }
}

#[test]
fn incidents_count_on_the_terms_of_their_group() {
    let config = full();
    let terms = |name: &str| {
        config.groups[&GroupName::new(name).unwrap()]
            .incident
            .clone()
    };
    let strict = IncidentTerms {
        acknowledged_only: true,
        urgency: Some(Urgency::High),
        priority_at_least: None,
        linger: minutes(30),
        max: minutes(8 * 60),
    };
    assert_eq!(terms("payments-incident"), strict);
    let fire = IncidentTerms {
        priority_at_least: Some(PriorityName::new("P2").unwrap()),
        ..IncidentTerms::default()
    };
    assert_eq!(terms("payments-fire"), fire);
    assert_eq!(terms("payments-oncall"), IncidentTerms::default());
    assert_eq!(IncidentTerms::default().max, minutes(24 * 60));
    let acme = &config.pagerduty[&PagerDutyName::new("acme").unwrap()];
    assert_eq!(
        acme.priorities,
        ["P1", "P2", "P3"].map(|name| PriorityName::new(name).unwrap())
    );
}

#[test]
fn templates_people_limits_and_sweep_are_read() {
    let config = full();
    let [every, some] = config.templates.as_slice() else {
        panic!("two templates");
    };
    assert_eq!(
        (every.schedule_names.as_str(), every.team.is_none()),
        ("*", true)
    );
    assert_eq!(
        (some.schedule_names.as_str(), some.team.is_some()),
        ("EU *", true)
    );
    assert_eq!(every.entitlements_for("payments").unwrap().len(), 1);

    let grace = principal("grace@acme.example");
    let acme = PagerDutyName::new("acme").unwrap();
    let user = PagerDutyUserId::new("PUSER01").unwrap();
    assert_eq!(config.people.pagerduty[&(acme, user)], grace);
    let slack = TargetName::new("slack").unwrap();
    assert_eq!(config.people.accounts[&(slack, grace)].as_str(), "U123");
    let blocked = ["mallory@acme.example", "oscar@acme.example"].map(principal);
    assert_eq!(config.people.blocked, BTreeSet::from(blocked));

    let limits = Limits {
        removals_max: 5,
        removals_share_max: 1.0,
        removals_min: 0,
    };
    assert_eq!(config.limits, limits);
    let sweep = SweepConfig {
        refresh: SignedDuration::from_secs(90),
        stale_max: minutes(120),
        look_ahead: minutes(48 * 60),
        observe_every: minutes(5),
        forecast: minutes(7 * 24 * 60),
    };
    assert_eq!(config.sweep, sweep);
}

#[test]
fn a_person_is_one_principal_by_whichever_address_the_file_names_them() {
    let text = FULL.replace("\"mallory@acme.example\"", "\"Ghopper@navy.example\"");
    let text = text.replace("person:grace@acme.example", "person:grace.h@acme.example");
    let text = text.replace("root@acme.example", "grace.h@acme.example");
    let text = text.replace("trudy@acme.example", "grace.h@acme.example");
    let text = text.replace("cto@acme.example", "grace.h@acme.example");
    let text = text.replace(
        "person = \"Grace@acme.example\"",
        "person = \"grace.h@acme.example\"",
    );
    let errors = Config::parse("rotakey.toml", &text)
        .unwrap_err()
        .to_string();
    assert!(
        errors.contains("`grace@acme.example` is blocked and cannot be a standing member"),
        "{errors}"
    );
    let config = Config::parse(
        "rotakey.toml",
        &text.replace("Ghopper@navy", "mallory@acme"),
    )
    .unwrap();
    let grace = principal("grace@acme.example");
    let further = ["ghopper@navy.example", "grace.h@acme.example"].map(principal);
    for address in &further {
        assert_eq!(config.people.canonical(address), grace);
    }
    let stranger = principal("grace@navy.example");
    assert_eq!(config.people.canonical(&stranger), stranger);
    let [one, other] = further.clone();
    assert!(config.people.is_same(&one, &other) && config.people.is_same(&grace, &one));
    assert!(!config.people.is_same(&stranger, &grace));
    assert_eq!(config.people.all_of(&other), [grace.clone(), one, other]);
    // None of them is left anywhere but where it says whose they are.
    let rest = Config {
        people: People::default(),
        ..config.clone()
    };
    let shown = format!("{rest:?}");
    assert!(!shown.contains("grace.h@"), "{shown}");
    assert!(
        config
            .targets
            .values()
            .any(|target| target.protected.contains(&grace))
    );
    assert!(
        config
            .groups
            .values()
            .any(|rule| rule.blocked.contains(&grace))
    );
    let standing = Source::Person(grace.clone());
    assert!(
        config
            .groups
            .values()
            .any(|rule| rule.sources.contains(&standing))
    );
    assert!(
        config
            .requests
            .values()
            .any(|rule| rule.escalate_to.contains(&standing))
    );
    let mut tokens = config.api.iter().flat_map(|api| &api.tokens);
    assert!(tokens.any(|token| token.person == grace));
}

#[test]
fn references_to_secrets_name_four_places() {
    for reference in [
        "rotakey/pagerduty/acme",
        "rotakey/pagerduty/acme#webhook",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rotakey/slack-AbCdEf#bot_token",
        "env:PAGERDUTY_KEY",
        "env:PAGERDUTY#webhook",
        "file:/run/secrets/pager duty",
        "file:/run/secrets/pagerduty#webhook",
    ] {
        let text = FULL.replace("rotakey/pagerduty/acme\"", &format!("{reference}\""));
        let config = Config::parse("rotakey.toml", &text).expect(reference);
        let acme = &config.pagerduty[&PagerDutyName::new("acme").unwrap()];
        assert_eq!(&*acme.secret.reference, reference);
    }
}

#[test]
fn all_mistakes_are_reported_in_the_order_of_the_file() {
    let text = "[[group]]\nname = \"a\"\nlead = \"soon\"\n[sweep]\nrefresh = 1\n[limit]\n";
    let errors = Config::parse("rotakey.toml", text).unwrap_err();
    insta::assert_snapshot!(errors, @r#"
    rotakey.toml:1:1: nobody could ever be in this group
      help: name where its members come from, such as sources = ["schedule:acme/PABC123"], or let people ask: [group.request]
    rotakey.toml:3:8: `soon` is no duration
      help: write numbers with units (w, d, h, m, s), such as "5m", "1h 30m", "14d"
    rotakey.toml:5:11: `refresh` must be a string, not an integer
      help: write it in quotes and with its unit, such as "5m"
    rotakey.toml:6:2: unknown key `limit`
      help: did you mean `limits`?
    "#);
}

#[test]
fn nesting_deeper_than_any_stack_is_read() {
    let mut text =
        "[[group]]\nname = \"g0\"\nsources = [\"person:grace@acme.example\"]\n".to_owned();
    for level in 1..20_000 {
        let table = format!(
            "[[group]]\nname = \"g{level}\"\nsources = [\"group:g{}\"]\n",
            level - 1
        );
        text.push_str(&table);
    }
    assert_eq!(
        Config::parse("rotakey.toml", &text).unwrap().groups.len(),
        20_000
    );
    let cycle = text.replacen("person:grace@acme.example", "group:g19999", 1);
    assert_eq!(
        Config::parse("rotakey.toml", &cycle)
            .unwrap_err()
            .iter()
            .count(),
        1
    );
    for deep in ["[", "{ a = "] {
        assert!(Config::parse("rotakey.toml", &format!("a = {}", deep.repeat(50_000))).is_err());
    }
}

#[test]
fn a_group_is_found_with_all_that_nest_it() {
    let text: String = [
        ("admins", "person:grace@acme.example"),
        ("everything", "group:admins"),
        ("around", "group:everything"),
        ("others", "person:linus@acme.example"),
    ]
    .map(|(name, source)| format!("[[group]]\nname = \"{name}\"\nsources = [\"{source}\"]\n"))
    .concat();
    let config = Config::parse("rotakey.toml", &text).unwrap();
    for (groups, expected) in [
        (&["admins"][..], &["admins", "around", "everything"][..]),
        (&["around"], &["around"]),
        (&["long-gone", "others"], &["long-gone", "others"]),
        (&[], &[]),
    ] {
        let groups = groups.iter().map(|name| GroupName::new(*name).unwrap());
        let found = config.with_groups_around(groups.collect());
        let found: Vec<&str> = found.iter().map(GroupName::as_str).collect();
        assert_eq!(found, expected);
    }
}

/// Pieces of configurations, right and wrong.
fn piece() -> impl Strategy<Value = String> {
    let lines: Vec<String> = FULL.lines().map(str::to_owned).collect();
    prop_oneof![
        8 => proptest::sample::select(lines),
        1 => "\\PC{0,12}",
        1 => "[a-z_]{1,8} = [\\[{\"']{0,2}[-a-z0-9:/#+.]{0,8}[\\]}\"']{0,2}",
    ]
}

proptest! {
    #[test]
    fn any_text_has_an_answer(text in any::<String>()) {
        let _ = Config::parse("rotakey.toml", &text).map_err(|errors| errors.to_string());
    }

    #[test]
    fn any_shuffled_configuration_has_an_answer(pieces in proptest::collection::vec(piece(), 0..60)) {
        let _ = Config::parse("rotakey.toml", &pieces.join("\n")).map_err(|errors| errors.to_string());
    }

    #[test]
    fn any_damaged_configuration_has_an_answer(
        start in any::<proptest::sample::Index>(),
        length in 0_usize..40,
        instead in "\\PC{0,10}",
    ) {
        let start = start.index(FULL.len());
        let end = (start + length).min(FULL.len());
        let text = [&FULL[..start], &instead, &FULL[end..]].concat();
        if let Err(errors) = Config::parse("rotakey.toml", &text) {
            for error in &errors {
                prop_assert!(error.line >= 1 && error.line <= text.lines().count() + 1);
                prop_assert!(error.column >= 1 && !error.message.is_empty() && !error.help.is_empty());
            }
        }
    }
}
