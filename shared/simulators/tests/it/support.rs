//! A small account behind a server, and a client that talks to it.

use std::sync::Once;

use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use simulators::kit::{Server, SimClock};
use simulators::pagerduty::PagerDuty;

pub(crate) const KEY: &str = "a-key";

/// An account, its server, and a client with an API key.
pub(crate) struct World {
    pub(crate) pd: PagerDuty,
    pub(crate) server: Server,
    client: Client,
}

impl World {
    /// An empty account at an instant.
    pub(crate) async fn at(now: &str) -> Self {
        Self::serving(PagerDuty::new("acme", SimClock::at(at(now)))).await
    }

    pub(crate) async fn serving(pd: PagerDuty) -> Self {
        pd.add_api_key(KEY);
        let server = pd.serve().await.expect("a free loopback port");
        let client = client();
        Self { pd, server, client }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// A request without any header.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// A request as a good client sends it.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let accept = "application/vnd.pagerduty+json;version=2";
        self.bare(method, path)
            .header("authorization", format!("Token token={KEY}"))
            .header("accept", accept)
    }

    pub(crate) async fn send(&self, path: &str) -> Response {
        self.request(Method::GET, path)
            .send()
            .await
            .expect("an answer")
    }

    /// The body of a 200.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.send(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.expect("JSON")
    }

    /// Status and body of any answer that has one.
    pub(crate) async fn status(&self, path: &str) -> (u16, Value) {
        let response = self.send(path).await;
        (
            response.status().as_u16(),
            response.json().await.expect("JSON"),
        )
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let response = self
            .request(Method::POST, path)
            .json(body)
            .send()
            .await
            .expect("an answer");
        (
            response.status().as_u16(),
            response.json().await.expect("JSON"),
        )
    }

    pub(crate) async fn delete(&self, path: &str) -> u16 {
        let response = self
            .request(Method::DELETE, path)
            .send()
            .await
            .expect("an answer");
        response.status().as_u16()
    }
}

pub(crate) fn client() -> Client {
    static PROVIDER: Once = Once::new();
    // Also where a test builds a second client.
    PROVIDER.call_once(|| {
        let ring = rustls::crypto::ring::default_provider();
        // Fails when a client under test was first, which is as good.
        let _ = ring.install_default();
    });
    Client::builder().build().expect("a client")
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// The ids of a list's items.
pub(crate) fn ids(list: &Value) -> Vec<&str> {
    let items = list.as_array().expect("a list");
    items
        .iter()
        .map(|item| item["id"].as_str().expect("an id"))
        .collect()
}
