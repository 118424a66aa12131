//! A scripted server, and a client that talks to it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use slack_client::{FixedToken, SlackClient, TokenSource};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const TOKEN: &str = "xoxb-test-token";

pub(crate) fn client_with(server: &MockServer, tokens: impl TokenSource + 'static) -> SlackClient {
    SlackClient::builder(Arc::new(tokens))
        .api_url(format!("{}/api", server.uri()).parse().unwrap())
        .request_timeout(Duration::from_secs(5))
        .retry_delay(Duration::from_millis(1))
        .build()
        .unwrap()
}

pub(crate) fn client(server: &MockServer) -> SlackClient {
    client_with(server, FixedToken::new(TOKEN))
}

pub(crate) fn answers(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// Serves `template` for one method, as often as asked.
pub(crate) async fn serve(server: &MockServer, slack_method: &str, template: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path(format!("/api/{slack_method}")))
        .respond_with(template)
        .mount(server)
        .await;
}

/// Serves `template` once, before what is mounted later.
pub(crate) async fn serve_once(
    server: &MockServer,
    slack_method: &str,
    template: ResponseTemplate,
) {
    Mock::given(method("POST"))
        .and(path(format!("/api/{slack_method}")))
        .respond_with(template)
        .up_to_n_times(1)
        .mount(server)
        .await;
}

pub(crate) async fn requests_seen(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}
