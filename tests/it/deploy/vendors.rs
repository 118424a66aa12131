//! PagerDuty and Slack for a stack outside of this process: simulators, and an address at which a script has people do something
//! and takes what the vendor would send of it, as signed bytes.

use crate::support::approver::{value_of, words};
use crate::support::rota::{ADA, GRACE, LINUS};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use jiff::civil::date;
use serde::Deserialize;
use serde_json::{Value, json};
use simulators::kit::{Server, SimClock};
use simulators::pagerduty::{
    EscalationPolicy, Incident, Layer, LayerSchedule, PagerDuty, Service, Target, User,
};
use simulators::slack::{SlackSim, SlackUser};
use std::sync::Arc;

/// What the top README's `rotakey.toml` names.
const SCHEDULE: &str = "PABC123";
const SERVICE: &str = "PSVC001";
const CHANNEL: &str = "C0123456789";

const API_KEY: &str = "u+simulated";
const LENA: &str = "lena@acme.example";

/// E-mail address, PagerDuty's id, Slack's id, name.
const PEOPLE: [[&str; 4]; 4] = [
    [ADA, "PADA", "UADA", "Ada"],
    [GRACE, "PGRACE", "UGRACE", "Grace"],
    [LENA, "PLENA", "ULENA", "Lena"],
    [LINUS, "PLINUS", "ULINUS", "Linus"],
];

/// Both vendors, and the address for scripts. Dropped, they are gone.
pub(super) struct Vendors {
    address: Server,
}

struct Acme {
    pagerduty: PagerDuty,
    pagerduty_server: Server,
    slack: SlackSim,
}

#[derive(Deserialize)]
struct Somebody {
    who: String,
}

#[derive(Deserialize)]
struct Typed {
    who: String,
    text: String,
}

#[derive(Deserialize)]
struct Pressed {
    who: String,
    action: String,
}

impl Vendors {
    /// Grace is on call for payments; nobody works on anything, and nobody asked for anything.
    pub(super) async fn start() -> Self {
        let clock = SimClock::following(function_kit::now);
        let pagerduty = payments(clock.clone());
        let pagerduty_server = pagerduty.serve().await.expect("a loopback port is free");
        let mut slack = SlackSim::builder(clock).channel(CHANNEL);
        for [email, _, id, name] in PEOPLE {
            slack = slack.user(SlackUser::new(id, email, name));
        }
        let slack = slack.start().await.expect("a loopback port is free");
        let acme = Acme {
            pagerduty,
            pagerduty_server,
            slack,
        };
        let router = Router::new()
            .route("/vendors", get(addresses))
            .route("/pagerduty/incident", post(open_incident))
            .route("/pagerduty/override", post(hand_over))
            .route("/pagerduty/webhooks", post(take_webhooks))
            .route("/slack/type", post(type_command))
            .route("/slack/press", post(press_button))
            .route("/slack/cards", get(cards))
            .with_state(Arc::new(acme));
        let address = Server::start(router)
            .await
            .expect("a loopback port is free");
        Self { address }
    }

    /// Where a script finds them.
    pub(super) fn url(&self) -> &str {
        self.address.url()
    }
}

fn payments(clock: SimClock) -> PagerDuty {
    let account = PagerDuty::new("acme", clock);
    account.add_api_key(API_KEY);
    for [email, id, _, name] in PEOPLE {
        account.add_user(User::new(name, email).id(id));
    }
    let always = Layer::weekly(date(2024, 1, 1).at(0, 0, 0, 0), &["PGRACE"]);
    let schedule = LayerSchedule::new("Payments", "UTC").id(SCHEDULE);
    account.add_schedule(schedule.layer(always));
    let policy = EscalationPolicy::new("Payments").level(vec![Target::schedule(SCHEDULE)]);
    let policy = account.add_policy(policy);
    account.add_service(Service::new("Payments", &policy).id(SERVICE));
    account
}

fn known(who: &str) -> [&'static str; 4] {
    let found = PEOPLE.into_iter().find(|[email, ..]| *email == who);
    found.expect("somebody of Acme")
}

/// What the owner of both accounts knows.
async fn addresses(State(acme): State<Arc<Acme>>) -> Json<Value> {
    Json(json!({
        "pagerduty": acme.pagerduty_server.url(),
        "pagerduty_key": API_KEY,
        "slack": acme.slack.api_url(),
        "bot_token": acme.slack.bot_token(),
        "signing_secret": acme.slack.signing_secret(),
        "people": PEOPLE.map(|[email, ..]| email),
    }))
}

/// An incident of payments is opened, and assigned to somebody.
async fn open_incident(
    State(acme): State<Arc<Acme>>,
    Json(Somebody { who }): Json<Somebody>,
) -> Json<Value> {
    let [_, id, ..] = known(&who);
    let incident = Incident::new("Card payments fail", SERVICE).assigned(id);
    Json(json!(acme.pagerduty.open_incident(incident)))
}

/// Somebody takes over the schedule for four hours, now.
async fn hand_over(
    State(acme): State<Arc<Acme>>,
    Json(Somebody { who }): Json<Somebody>,
) -> Json<Value> {
    let [_, id, ..] = known(&who);
    let now = acme.pagerduty.clock().now();
    let end = now + SignedDuration::from_hours(4);
    Json(json!(
        acme.pagerduty.create_override(SCHEDULE, id, now, end)
    ))
}

/// What PagerDuty has to deliver.
async fn take_webhooks(State(acme): State<Arc<Acme>>) -> Json<Value> {
    let webhooks = acme.pagerduty.take_webhooks();
    let webhooks = webhooks.iter().map(|webhook| {
        let mut sent = sent(&webhook.headers, &webhook.body);
        sent["url"] = json!(webhook.url);
        sent
    });
    Json(webhooks.collect())
}

/// Somebody types after `/access`.
async fn type_command(
    State(acme): State<Arc<Acme>>,
    Json(Typed { who, text }): Json<Typed>,
) -> Json<Value> {
    let [_, _, id, _] = known(&who);
    let typed = acme.slack.type_command(id, CHANNEL, "/access", &text);
    Json(sent(&typed.headers, &typed.body))
}

/// Somebody presses the last button of the channel that does this; 404 while there is none.
async fn press_button(
    State(acme): State<Arc<Acme>>,
    Json(Pressed { who, action }): Json<Pressed>,
) -> Result<Json<Value>, StatusCode> {
    let [_, _, id, _] = known(&who);
    let messages = acme.slack.messages(CHANNEL);
    let mut buttons = messages
        .iter()
        .rev()
        .filter_map(|message| Some((&message.ts, value_of(&message.blocks, &action)?)));
    let (ts, value) = buttons.next().ok_or(StatusCode::NOT_FOUND)?;
    let pressed = acme.slack.press(id, CHANNEL, ts, &action, &value);
    Ok(Json(sent(&pressed.headers, &pressed.body)))
}

/// What the channel shows, in words.
async fn cards(State(acme): State<Arc<Acme>>) -> Json<Vec<String>> {
    let messages = acme.slack.messages(CHANNEL);
    Json(messages.iter().map(words).collect())
}

fn sent(headers: &[(String, String)], body: &[u8]) -> Value {
    json!({"headers": headers, "body": String::from_utf8_lossy(body)})
}
