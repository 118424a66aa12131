//! A small account with two services, and a receiver of its webhooks that answers as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use serde_json::Value;
use simulators::kit::Server;
use simulators::pagerduty::{
    EscalationPolicy, Incident, PagerDuty, Service, Target, Team, User, WebhookFilter,
    WebhookSubscription,
};

use crate::support::World;

pub(crate) const ANN: &str = "PANN001";
pub(crate) const BEN: &str = "PBEN001";
/// Of [`SHOP_TEAM`].
pub(crate) const SHOP: &str = "PSVSHOP";
/// Of [`BANK_TEAM`].
pub(crate) const BANK: &str = "PSVBANK";
pub(crate) const SHOP_TEAM: &str = "PTMSHOP";
pub(crate) const BANK_TEAM: &str = "PTMBANK";
pub(crate) const SHOP_POLICY: &str = "PEPSHOP";
pub(crate) const BANK_POLICY: &str = "PEPBANK";
pub(crate) const SECRET: &str = "the-webhook-secret";

/// Ann, Ben, a shop and a bank, at ten o'clock.
pub(crate) async fn world() -> World {
    let world = World::at("2026-11-22T10:00:00Z").await;
    let pd = &world.pd;
    pd.add_user(User::new("Ann", "ann@x.example").id(ANN));
    pd.add_user(User::new("Ben", "ben@x.example").id(BEN));
    for (team, policy, service) in [
        (SHOP_TEAM, SHOP_POLICY, SHOP),
        (BANK_TEAM, BANK_POLICY, BANK),
    ] {
        pd.add_team(Team::new(team).id(team));
        let levels = EscalationPolicy::new(policy).level(vec![Target::user(ANN)]);
        pd.add_policy(levels.id(policy));
        pd.add_service(Service::new(service, policy).id(service).team(team));
    }
    world
}

/// An incident of the shop, assigned to Ann.
pub(crate) fn fire(pd: &PagerDuty, id: &str) {
    pd.open_incident(Incident::new("It burns", SHOP).id(id).assigned(ANN));
}

pub(crate) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub(crate) fn event(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.body).expect("JSON");
        body["event"].clone()
    }

    /// The incident's id and what happened to it, such as `Q1 triggered`.
    fn line(&self) -> String {
        let event = self.event();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let kind = text(&event["event_type"]);
        let kind = kind.trim_start_matches("incident.");
        format!("{} {kind}", text(&event["data"]["id"]))
    }
}

/// Takes webhooks; answers 202 unless told otherwise.
pub(crate) struct Receiver {
    server: Server,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let answers = Arc::<Mutex<VecDeque<u16>>>::default();
        let (log, script) = (Arc::clone(&seen), Arc::clone(&answers));
        let receive = move |headers: HeaderMap, body: Bytes| async move {
            log.lock().expect("sound").push(Seen { headers, body });
            let status = script.lock().expect("sound").pop_front().unwrap_or(202);
            StatusCode::from_u16(status).expect("a status")
        };
        let router = Router::new().fallback(receive);
        let server = Server::start(router).await.expect("a free loopback port");
        Self {
            server,
            seen,
            answers,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/acme", self.server.url())
    }

    /// A subscription of this receiver to everything of `filter`.
    pub(crate) fn subscription(&self, filter: WebhookFilter) -> WebhookSubscription {
        WebhookSubscription::new(&self.url(), filter).secret(SECRET)
    }

    /// Subscribes to everything of the account; answers the id.
    pub(crate) fn subscribe(&self, pd: &PagerDuty) -> String {
        pd.add_webhook_subscription(self.subscription(WebhookFilter::Account))
    }

    /// Answers these statuses in turn, then 202 again.
    pub(crate) fn answer(&self, statuses: &[u16]) {
        self.answers.lock().expect("sound").extend(statuses);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("sound").clone()
    }

    /// What has arrived since last asked.
    pub(crate) fn lines(&self) -> Vec<String> {
        let seen = std::mem::take(&mut *self.seen.lock().expect("sound"));
        seen.iter().map(Seen::line).collect()
    }
}
