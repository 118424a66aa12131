//! Incidents open and close access: each story through the real receiver, by webhooks that PagerDuty signed.

mod damage;
mod forged;
mod health;
mod load;
mod notes;
mod orders;
mod storm;

use crate::support::receiver::{Receiver, WEBHOOK_SECRET};
use crate::support::rota::{ADA, GRACE, LINUS, people, three_people};
use crate::support::{Poller, World, WorldOptions, at};
use jiff::SignedDuration;
use oncall_poller::{Invocation, explain};
use simulators::pagerduty::{
    EscalationPolicy, Incident, Service, Target, WebhookFilter, WebhookSubscription,
};

const PAYMENTS: &str = "PSVPAY";
const SEARCH: &str = "PSVSEA";
const MORNING: &str = "2026-11-03T10:00:00Z";

const GROUPS: &str = r#"
[[group]]
name = "search-admin"
sources = ["incident:acme/service/PSVSEA"]
entitlements = ["aws:SearchAdmin"]

[[group]]
name = "payments-admin"
sources = ["incident:acme/service/PSVPAY"]
entitlements = ["aws:PaymentsAdmin"]
"#;

/// Grace, Linus and Ada, two services, and a subscription to all that happens to their incidents.
struct Fire {
    world: World,
    poller: Poller,
    receiver: Receiver,
}

impl Fire {
    /// At ten o'clock; `incident` stands under the group of the payments service.
    async fn start(incident: &str) -> Self {
        let account = three_people(MORNING);
        for (policy, service) in [("PEPPAY", PAYMENTS), ("PEPSEA", SEARCH)] {
            let levels = EscalationPolicy::new(policy).level(vec![Target::user("PGRACE")]);
            account.add_policy(levels.id(policy));
            account.add_service(Service::new(service, policy).id(service));
        }
        let subscription = WebhookSubscription::new("http://127.0.0.1:9", WebhookFilter::Account);
        account.add_webhook_subscription(subscription.secret(WEBHOOK_SECRET));
        let world = World::start(WorldOptions {
            pagerduty: account,
            people: vec![ADA, GRACE, LINUS],
            groups: vec![],
            config: &format!("{GROUPS}{incident}"),
        })
        .await;
        let (poller, receiver) = (world.poller().await, world.receiver());
        let fire = Self {
            world,
            poller,
            receiver,
        };
        fire.tick().await;
        fire
    }

    fn open(&self, service: &str) -> String {
        let incident = Incident::new("It burns", service).assigned("PGRACE");
        self.world.pagerduty.open_incident(incident)
    }

    /// The schedule calls; nothing may fail.
    async fn tick(&self) {
        let answer = self.poller.tick().await.expect("the tick succeeds");
        assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    }

    /// Delivers what PagerDuty has to tell, and lets the poller do what the receiver asks for.
    async fn deliver(&self) {
        let now = self.world.pagerduty.clock().now();
        for webhook in self.world.pagerduty.take_webhooks() {
            assert_eq!(self.receiver.take(now, &webhook).await, 202);
        }
        for wish in self.receiver.wishes() {
            let answer = self.poller.invoke(&Invocation::Sync(wish)).await;
            let answer = answer.expect("the sync succeeds");
            assert!(answer.failures.is_empty(), "{:?}", answer.failures);
        }
        self.world.clock.advance(SignedDuration::from_mins(1));
    }

    #[track_caller]
    fn holds(&self, expected: &[&str], case: &str) {
        let members = self.world.members("PaymentsAdmin");
        assert_eq!(members, people(expected), "{case}");
    }
}

#[tokio::test]
async fn whoever_works_on_an_incident_is_in_from_its_beginning_to_its_end() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    fire.holds(&[], "nothing burns");
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "triggered");
    pagerduty.acknowledge_incident(&incident, "PLINUS");
    fire.deliver().await;
    fire.holds(&[GRACE, LINUS], "acknowledged");
    pagerduty.reassign_incident(&incident, &["PADA"], Some("PGRACE"));
    fire.deliver().await;
    fire.holds(&[ADA], "reassigned");
    pagerduty.resolve_incident(&incident, Some("PADA"));
    fire.deliver().await;
    fire.holds(&[], "resolved");
    assert!(fire.world.told_of("Removals Held").is_empty());
    assert_eq!(fire.world.members("SearchAdmin"), people(&[]));
}

#[tokio::test]
async fn who_was_asked_to_help_is_in_once_they_agreed() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    pagerduty.add_responder(&incident, "PLINUS", Some("PGRACE"));
    pagerduty.add_responder(&incident, "PADA", Some("PGRACE"));
    fire.deliver().await;
    fire.holds(&[GRACE], "asked");
    pagerduty.accept_responder(&incident, "PLINUS");
    pagerduty.decline_responder(&incident, "PADA");
    fire.deliver().await;
    fire.holds(&[GRACE, LINUS], "one agreed, one declined");
    pagerduty.cancel_responder(&incident, "PLINUS", Some("PGRACE"));
    fire.deliver().await;
    fire.holds(&[GRACE], "no longer needed");
}

#[tokio::test]
async fn a_merged_incident_is_over_and_the_other_one_goes_on() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let (one, other) = (fire.open(PAYMENTS), fire.open(PAYMENTS));
    pagerduty.reassign_incident(&other, &["PADA"], None);
    fire.deliver().await;
    fire.holds(&[ADA, GRACE], "two incidents");
    pagerduty.merge_incident(&one, &other, Some("PADA"));
    fire.deliver().await;
    fire.holds(&[ADA], "merged");
}

#[tokio::test]
async fn a_reopened_incident_opens_access_again() {
    let fire = Fire::start("").await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    pagerduty.resolve_incident(&incident, None);
    fire.deliver().await;
    fire.holds(&[], "resolved");
    pagerduty.reopen_incident(&incident, &["PLINUS"], Some("PLINUS"));
    fire.deliver().await;
    fire.holds(&[LINUS], "reopened");
}

#[tokio::test]
async fn access_follows_the_incident_to_another_service() {
    let fire = Fire::start("").await;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "triggered");
    fire.world
        .pagerduty
        .move_incident(&incident, SEARCH, Some("PGRACE"));
    fire.deliver().await;
    fire.holds(&[], "moved");
    assert_eq!(fire.world.members("SearchAdmin"), people(&[GRACE]));
}

#[tokio::test]
async fn conditions_open_and_close_access_while_an_incident_is_open() {
    let fire =
        Fire::start("[group.incident]\nacknowledged_only = true\nurgency = \"high\"\n").await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[], "nobody took it on");
    pagerduty.acknowledge_incident(&incident, "PGRACE");
    fire.deliver().await;
    fire.holds(&[GRACE], "acknowledged");
    // PagerDuty sends no webhook for it: the sweep sees it.
    pagerduty.set_incident_urgency(&incident, "low");
    fire.deliver().await;
    fire.tick().await;
    fire.holds(&[], "not urgent");
    pagerduty.set_incident_urgency(&incident, "high");
    fire.deliver().await;
    fire.tick().await;
    fire.holds(&[GRACE], "urgent again");
}

#[tokio::test]
async fn access_lingers_after_the_end_to_the_second() {
    let fire = Fire::start("[group.incident]\nlinger = \"30m\"\n").await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    pagerduty.resolve_incident(&incident, None);
    let resolved_at = pagerduty.clock().now();
    fire.deliver().await;
    fire.holds(&[GRACE], "resolved");
    fire.world
        .clock
        .set(resolved_at + SignedDuration::from_secs(28 * 60 + 50));
    fire.tick().await;
    fire.holds(&[GRACE], "seventy seconds before the edge");
    fire.world
        .clock
        .set(resolved_at + SignedDuration::from_secs(29 * 60 + 50));
    fire.tick().await;
    fire.holds(&[], "the tick that waited for the edge");
    assert_eq!(
        fire.world.clock.now(),
        resolved_at + SignedDuration::from_mins(30)
    );
}

#[tokio::test]
async fn nobody_stays_beyond_the_limit_however_long_it_burns() {
    let fire = Fire::start("[group.incident]\nmax = \"1h\"\n").await;
    fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "triggered");
    fire.world.clock.set(at("2026-11-03T11:00:30Z"));
    fire.tick().await;
    fire.holds(&[], "an hour later");
    assert!(fire.world.told_of("Removals Held").is_empty());
}

#[tokio::test]
async fn an_explanation_names_the_incident() {
    let fire = Fire::start("").await;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    let now = fire.world.pagerduty.clock().now();
    let grace = GRACE.parse().expect("an address");
    let group = "payments-admin".parse().expect("a group's name");
    let explanation = explain(&fire.poller.deps, now, &grace, &group, now).await;
    let explanation = explanation.expect("the store is read").to_string();
    assert!(explanation.contains(&incident), "{explanation}");
}
