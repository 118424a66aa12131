//! What cannot be read, of one incident or one person, is told; it stays as it was, and stops nothing else.

use super::{Fire, GROUPS, PAYMENTS, SEARCH};
use crate::support::rota::{ADA, GRACE, LINUS, people};
use access_core::ports::{Incidents, KnownIncidents, KnownPeople};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use jiff::civil::date;
use oncall_poller::{Invocation, PollerError, Sync, Wish};
use simulators::kit::Fault;
use simulators::pagerduty::{Layer, LayerSchedule};
use std::collections::BTreeSet;

const ON_CALL: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:PaymentsOncall"]
"#;

impl Fire {
    /// Loses every webhook so far, and lets the schedule call a minute later; one thing fails, and its text names this.
    async fn tick_failing(&self, named: &str) {
        drop(self.world.pagerduty.take_webhooks());
        self.world.clock.advance(SignedDuration::from_mins(1));
        let answer = self.poller.tick().await.expect("the tick succeeds");
        let failures: Vec<_> = answer.failures.iter().map(ToString::to_string).collect();
        assert_eq!(failures.len(), 1, "{failures:?}");
        assert!(failures[0].contains(named), "{failures:?}");
    }

    /// Lets the schedule call a minute later; nothing may fail.
    async fn tick_later(&self) {
        self.world.clock.advance(SignedDuration::from_mins(1));
        self.tick().await;
    }

    /// Leaves half a body of what is written down there.
    async fn damage(&self, partition: &str, of: &str) {
        let [(pk, partition), (sk, sort)] = place(partition, of);
        let table = self.world.table();
        let damage = table
            .update_item()
            .table_name(access_store::embedded::TABLE);
        let damage = damage.key(pk, partition).key(sk, sort);
        let half = AttributeValue::S("{".to_owned());
        let damage = damage
            .update_expression("SET body = :half")
            .expression_attribute_values(":half", half);
        damage.send().await.expect("the item is damaged");
    }

    fn searching(&self) -> BTreeSet<String> {
        self.world.members("SearchAdmin")
    }
}

/// The place of an incident or a person in the store's table.
fn place(partition: &str, of: &str) -> [(&'static str, AttributeValue); 2] {
    let sort = format!("acme#{of}");
    [
        ("pk", AttributeValue::S(partition.to_owned())),
        ("sk", AttributeValue::S(sort)),
    ]
}

#[tokio::test]
async fn an_incident_that_cannot_be_understood_keeps_its_people_and_stops_no_other() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let (damaged, other) = (fire.open(PAYMENTS), fire.open(SEARCH));
    fire.deliver().await;
    fire.holds(&[GRACE], "both are open");

    fire.damage("INCIDENTS", &damaged).await;
    pagerduty.resolve_incident(&damaged, None);
    pagerduty.reassign_incident(&other, &["PADA"], Some("PGRACE"));
    fire.tick_failing(&damaged).await;
    fire.holds(&[GRACE], "nobody can tell whether it is over");
    assert_eq!(fire.searching(), people(&[ADA]));

    let table = fire.world.table();
    let [(pk, partition), (sk, sort)] = place("INCIDENTS", &damaged);
    let mended = table
        .delete_item()
        .table_name(access_store::embedded::TABLE);
    let mended = mended.key(pk, partition).key(sk, sort);
    mended.send().await.expect("the item is deleted");
    fire.tick_later().await;
    fire.holds(&[], "it is not open");
    assert_eq!(fire.searching(), people(&[ADA]));
}

#[tokio::test]
async fn an_incident_that_pagerduty_does_not_show_stands_as_known_and_stops_no_other() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let hidden = fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "triggered");
    let question = format!("GET /incidents/{hidden}");
    pagerduty.faults().always(&question, Fault::status(403));
    pagerduty.resolve_incident(&hidden, None);
    fire.open(SEARCH);
    fire.tick_failing(&hidden).await;
    fire.holds(&[GRACE], "nobody can tell whether it is over");
    assert_eq!(fire.searching(), people(&[GRACE]));
    pagerduty.faults().clear();
    fire.tick_later().await;
    fire.holds(&[], "it is over");
}

#[tokio::test]
async fn a_person_whose_look_up_fails_keeps_no_other_out() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let ada = "GET /users/PADA";
    pagerduty.faults().always(ada, Fault::status(403));
    let incident = fire.open(PAYMENTS);
    pagerduty.acknowledge_incident(&incident, "PADA");
    fire.tick_failing("PADA").await;
    fire.holds(&[GRACE], "she is known");
    pagerduty.faults().clear();
    fire.tick_later().await;
    fire.holds(&[ADA, GRACE], "both are");
}

#[tokio::test]
async fn whoever_leaves_the_rota_while_it_burns_stays_although_no_look_up_works() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let always = |user: &str| Layer::daily(date(2026, 11, 2).at(0, 0, 0, 0), &[user]);
    let schedule = LayerSchedule::new("Payments", "UTC").id("PSCHED1");
    pagerduty.add_schedule(schedule.layer(always("PGRACE")));
    let config = format!("{GROUPS}{ON_CALL}");
    fire.world.configure(&config).await;
    fire.tick_later().await;
    fire.open(PAYMENTS);
    fire.deliver().await;
    let on_call = || fire.world.members("PaymentsOncall");
    assert_eq!(on_call(), people(&[GRACE]));
    fire.holds(&[GRACE], "on call, and at work");

    let grace = "GET /users/PGRACE";
    pagerduty.faults().always(grace, Fault::status(403));
    pagerduty.set_layers("PSCHED1", vec![always("PLINUS")]);
    fire.tick_later().await;
    assert_eq!(on_call(), people(&[LINUS]));
    fire.holds(&[GRACE], "still at work");
}

#[tokio::test]
async fn a_person_who_cannot_be_understood_stays_in_and_is_looked_up_again() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "triggered");
    fire.damage("PEOPLE", "PGRACE").await;
    let grace = "GET /users/PGRACE";
    pagerduty.faults().always(grace, Fault::status(403));
    let other = fire.open(SEARCH);
    pagerduty.reassign_incident(&other, &["PADA"], None);
    drop(pagerduty.take_webhooks());
    fire.world.clock.advance(SignedDuration::from_mins(1));
    let answer = fire.poller.tick().await.expect("the tick succeeds");
    assert_eq!(answer.failures.len(), 2, "{:?}", answer.failures);
    fire.holds(&[GRACE], "nobody can tell who that is");
    assert_eq!(fire.searching(), people(&[ADA]));

    pagerduty.faults().clear();
    fire.tick_failing("PEOPLE / acme#PGRACE").await;
    fire.tick_later().await;
    fire.holds(&[GRACE], "it is known again");
    pagerduty.resolve_incident(&incident, None);
    fire.deliver().await;
    fire.holds(&[], "resolved");
}

#[tokio::test]
async fn people_are_forgotten_with_their_last_incident() {
    let fire = Fire::start("").await;
    let store = &fire.world.store;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    let known = store.known_people().await.expect("the store is read");
    let times: Vec<_> = known.people.into_values().map(|known| known.at).collect();
    let [Some(at)] = times[..] else {
        panic!("one person was looked up: {times:?}");
    };
    assert!(at <= fire.world.clock.now());
    fire.world.pagerduty.resolve_incident(&incident, None);
    fire.deliver().await;
    fire.world.clock.advance(SignedDuration::from_hours(73));
    fire.tick().await;
    assert_eq!(store.incidents().await, Ok(KnownIncidents::default()));
    assert_eq!(store.known_people().await, Ok(KnownPeople::default()));
}

#[tokio::test]
async fn a_wish_leaves_out_a_group_that_is_gone_and_a_demand_does_not() {
    let fire = Fire::start("").await;
    let groups = |names: &[&str]| -> BTreeSet<_> {
        let names = names.iter();
        names.map(|name| name.parse().expect("a name")).collect()
    };
    for (case, names, plans) in [
        ("nothing is left", &["long-gone"][..], 0),
        ("one is left", &["long-gone", "payments-admin"], 1),
    ] {
        let wish = Invocation::Wish(Wish {
            groups: groups(names),
            requested_at: None,
        });
        let answer = fire.poller.invoke(&wish).await.expect(case);
        assert_eq!(answer.plans.len(), plans, "{case}");
    }
    let demand = Invocation::Sync(Sync {
        groups: groups(&["long-gone"]),
        ..Sync::default()
    });
    let refused = fire.poller.invoke(&demand).await;
    assert!(matches!(refused, Err(PollerError::NoSuchGroup(_))));
}
