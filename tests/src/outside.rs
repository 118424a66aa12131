//! A world for a process that runs outside of the test: every address and credential as environment variables.

use crate::big_company::{Size, big_company, email, groups};
use crate::counter::Counter;
use access_core::ports::Configs;
use access_store::DynamoStore;
use access_store::embedded::{Embedded, TABLE};
use axum::body::Bytes;
use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use simulators::identity_center::{IdentityCenterSim, IdentityUser, Throttling};
use simulators::kit::{Server, SimClock};
use simulators::pagerduty::PagerDuty;
use std::collections::BTreeMap;
use std::time::Duration;

/// Trusted certificates as Lambda's image has them, in one file, instead of a folder with hundreds; nothing here uses TLS.
const ONE_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Everything that a poller process talks to, on loopback ports.
pub struct World {
    /// The simulated PagerDuty account.
    pub pagerduty: PagerDuty,
    /// The simulated Identity Center.
    pub identity_center: IdentityCenterSim,
    /// The store, past the counter of writes.
    pub store: DynamoStore,
    writes: Counter,
    store_url: String,
    bus_url: String,
    _embedded: Embedded,
    _servers: Vec<Server>,
}

/// What happened so far, or in one tick.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Requests to PagerDuty.
    pub pagerduty_calls: u64,
    /// Requests to Identity Center.
    pub target_calls: u64,
    /// Items written to the table.
    pub writes: u64,
    /// How long it took.
    pub took: Duration,
}

impl Cost {
    /// What came since `before`, in `took`.
    #[must_use]
    pub fn since(&self, before: &Self, took: Duration) -> Self {
        Self {
            pagerduty_calls: self.pagerduty_calls - before.pagerduty_calls,
            target_calls: self.target_calls - before.target_calls,
            writes: self.writes - before.writes,
            took,
        }
    }
}

impl World {
    /// Starts the simulators and the store, with `groups` (TOML) configured over PagerDuty `acme` and target `aws`.
    ///
    /// # Panics
    /// When anything does not start: the test cannot go on.
    pub async fn start(pagerduty: PagerDuty, people: &[String], groups: &str) -> Self {
        let clock = pagerduty.clock().clone();
        pagerduty.add_api_key("simulated");
        let pagerduty_server = pagerduty.serve().await.expect("a loopback port is free");
        let mut identity_center =
            IdentityCenterSim::builder(clock.clone()).throttling(Throttling::Off);
        for email in people {
            identity_center = identity_center.user(IdentityUser::new(email, email));
        }
        let identity_center = identity_center
            .start()
            .await
            .expect("a loopback port is free");
        let embedded = Embedded::start(None)
            .await
            .expect("the embedded store starts");
        let text = config(pagerduty_server.url(), &identity_center.identity_store_id()) + groups;
        let store = embedded.store().await.expect("the table is made");
        store
            .save_config(clock.now(), "test", &text, &BTreeMap::new())
            .await
            .expect("the configuration is stored");
        let (writes, store_server) = Counter::in_front_of(embedded.endpoint()).await;
        let bus = Router::new().route("/", post(take_events));
        let bus_server = Server::start(bus).await.expect("a loopback port is free");
        Self {
            pagerduty,
            identity_center,
            store,
            writes,
            store_url: store_server.url().to_owned(),
            bus_url: bus_server.url().to_owned(),
            _embedded: embedded,
            _servers: vec![pagerduty_server, store_server, bus_server],
        }
    }

    /// Starts the world of a big company, all of whose groups are configured, with `more` (TOML) beside them.
    ///
    /// # Panics
    /// When anything does not start: the test cannot go on.
    pub async fn of(size: &Size, more: &str) -> Self {
        let pagerduty = big_company(&SimClock::following(function_kit::now), size);
        let people: Vec<String> = (0..size.people).map(email).collect();
        Self::start(pagerduty, &people, &(groups(size) + more)).await
    }

    /// What the process needs to find this world, and nothing beyond it.
    #[must_use]
    pub fn variables(&self) -> [(&str, &str); 10] {
        [
            ("ROTAKEY_TABLE", TABLE),
            ("ROTAKEY_BUS", "rotakey"),
            ("SIMULATED_KEY", "simulated"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "simulated"),
            ("AWS_SECRET_ACCESS_KEY", "simulated"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.store_url),
            (
                "AWS_ENDPOINT_URL_IDENTITYSTORE",
                self.identity_center.endpoint_url(),
            ),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.bus_url),
            ("SSL_CERT_FILE", ONE_BUNDLE),
        ]
    }

    /// What was asked of each part so far.
    #[must_use]
    pub fn calls(&self) -> Cost {
        Cost {
            pagerduty_calls: self.pagerduty.log().total(),
            target_calls: self.identity_center.kit().log.total(),
            writes: self.writes.writes(),
            took: Duration::ZERO,
        }
    }
}

/// Bytes: the SDK's content type is none that axum takes for JSON.
async fn take_events(body: Bytes) -> Json<Value> {
    let body: Value = serde_json::from_slice(&body).expect("the SDK sends JSON");
    let entries = body["Entries"].as_array().map_or(0, Vec::len);
    Json(json!({"FailedEntryCount": 0, "Entries": vec![json!({"EventId": "e"}); entries]}))
}

fn config(pagerduty: &str, identity_store: &str) -> String {
    format!(
        r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:SIMULATED_KEY"
api_url = "{pagerduty}"
token_url = "{pagerduty}"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "{identity_store}"
create_groups = true
"#
    )
}
