//! Who may still approve, by what is known of them.

use super::*;
use access_core::facts::{Freshness, PagerDutyFacts, Person, Rota, ScheduleFacts};
use access_core::id::{PagerDutyUserId, ScheduleId};
use jiff::SignedDuration;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn person(name: &str) -> Principal {
    Principal::new(format!("{name}@acme.example")).unwrap()
}

/// `admins`, into which people may ask on these terms.
fn config(terms: &str) -> Config {
    let text = format!(
        r#"
blocked = ["mallory@acme.example"]

[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:KEY"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "leads"
sources = ["person:grace@acme.example"]
entitlements = ["aws:Leads"]

[[group]]
name = "admins"
entitlements = ["aws:Admins"]
[group.request]
max = "1h"
{terms}
"#
    );
    Config::parse("test", &text).unwrap()
}

/// Ada is on call on PSCHED1 until an hour from now; nobody is on PEMPTY1, and PGONE01 is gone.
fn facts() -> Facts {
    let ada = PagerDutyUserId::new("PADA001").unwrap();
    let shift = Shift {
        user: ada.clone(),
        starts_at: None,
        ends_at: Some(now() + SignedDuration::from_hours(1)),
    };
    let schedule = |reading, shifts: &[Shift]| ScheduleFacts {
        name: "Schedule".to_owned(),
        teams: BTreeSet::new(),
        reading,
        shifts: shifts.iter().cloned().collect(),
    };
    let failed = Reading::Failed {
        read_at: None,
        reason: "forbidden".to_owned(),
    };
    let id = |text: &str| ScheduleId::new(text).unwrap();
    let rota = Rota {
        schedules: BTreeMap::from([
            (id("PSCHED1"), schedule(Reading::Complete, &[shift])),
            (id("PEMPTY1"), schedule(Reading::Complete, &[])),
            (id("PGONE01"), schedule(Reading::Gone, &[])),
            (id("PUNREAD"), schedule(failed, &[])),
        ]),
        escalation_policies: BTreeMap::new(),
        people: BTreeMap::from([(
            ada,
            Person {
                name: "Ada".to_owned(),
                email: Some(person("ada")),
            },
        )]),
    };
    let freshness = Freshness {
        read_at: now(),
        covers_from: now() - SignedDuration::from_hours(1),
        covers_until: now() + SignedDuration::from_hours(48),
    };
    let acme = PagerDutyFacts { freshness, rota };
    Facts {
        pagerduty: BTreeMap::from([(PagerDutyName::new("acme").unwrap(), acme)]),
        ..Facts::default()
    }
}

fn codes(terms: &str, people: &[(&str, Whereabouts)], has_policies: bool) -> Vec<Code> {
    let (config, facts) = (config(terms), facts());
    let timeline = Timeline::of(&config, &facts);
    let people = people
        .iter()
        .map(|(name, whereabouts)| (person(name), *whereabouts));
    let known = Known {
        config: &config,
        facts: &facts,
        timeline: &timeline,
        people: &people.collect(),
        has_policies,
        now: now(),
    };
    let found = judge(&known).into_iter();
    found.map(|finding| finding.code).collect()
}

#[test]
fn somebody_who_may_approve_is_there_or_it_is_told() {
    use Code::{ApproverGone, ApproversMissing, ApproversUnproven};
    use Whereabouts::{Nowhere, There, Unknown};
    for (terms, people, expected) in [
        (
            r#"approvers = ["person:grace@acme.example"]"#,
            &[("grace", There)][..],
            &[][..],
        ),
        (
            r#"approvers = ["person:grace@acme.example"]"#,
            &[("grace", Nowhere)],
            &[ApproverGone, ApproversMissing],
        ),
        (
            r#"approvers = ["person:grace@acme.example"]"#,
            &[("grace", Unknown)],
            &[ApproversUnproven],
        ),
        (
            r#"approvers = ["person:mallory@acme.example"]"#,
            &[("mallory", There)],
            &[ApproverGone, ApproversMissing],
        ),
        (
            r#"approvers = ["person:grace@acme.example", "person:hedy@acme.example"]"#,
            &[("grace", Nowhere), ("hedy", There)],
            &[ApproverGone],
        ),
        (
            "approvals = 2\napprovers = [\"person:grace@acme.example\", \"schedule:acme/PEMPTY1\"]",
            &[("grace", There)],
            &[ApproversMissing],
        ),
        (
            r#"approvers = ["group:leads"]"#,
            &[("grace", Nowhere)],
            &[ApproverGone, ApproversMissing],
        ),
        (r#"approvers = ["schedule:acme/PSCHED1"]"#, &[], &[]),
        (
            r#"approvers = ["schedule:acme/PEMPTY1"]"#,
            &[],
            &[ApproversMissing],
        ),
        (
            r#"approvers = ["schedule:acme/PGONE01"]"#,
            &[],
            &[ApproversMissing],
        ),
        (
            r#"approvers = ["schedule:acme/PUNREAD"]"#,
            &[],
            &[ApproversUnproven],
        ),
        (r#"approvers = ["group:admins"]"#, &[], &[ApproversUnproven]),
        (
            r#"auto_approve_on_call = ["schedule:acme/PEMPTY1"]"#,
            &[],
            &[],
        ),
    ] {
        assert_eq!(codes(terms, people, false), expected, "{terms}: {people:?}");
    }
}

#[test]
fn policies_of_the_owner_may_name_others() {
    let terms = r#"approvers = ["schedule:acme/PEMPTY1"]"#;
    assert_eq!(codes(terms, &[], true), [Code::ApproversUnproven]);
}

#[test]
fn everybody_who_is_named_is_looked_up_through_groups_too() {
    let terms = "escalate_after = \"30m\"\nescalate_to = [\"person:hedy@acme.example\"]\napprovers = [\"group:leads\", \"schedule:acme/PSCHED1\"]";
    let config = config(terms);
    let rule = config.requests.values().next().unwrap();
    let expected = BTreeSet::from([person("grace"), person("hedy")]);
    assert_eq!(standing(&config, rule), expected);
}
