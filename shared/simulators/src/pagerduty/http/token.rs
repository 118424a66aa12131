//! `POST /oauth/token`: client credentials in, a scoped token for a day out.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::auth::TOKEN_LIFE;
use super::query::Query;
use crate::pagerduty::PagerDuty;

pub(super) async fn issue(
    State(account): State<PagerDuty>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
        return refused(StatusCode::BAD_REQUEST, "invalid_request", "send a form");
    }
    let form = Query::parse(&String::from_utf8_lossy(&body));
    if form.one("grant_type") != Some("client_credentials") {
        return refused(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "client_credentials only",
        );
    }
    let (Some(client), Some(secret)) = (form.one("client_id"), form.one("client_secret")) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "client_id and client_secret",
        );
    };
    let scope = form.one("scope").unwrap_or_default();
    let (accounts, asked): (Vec<&str>, Vec<&str>) = scope
        .split_whitespace()
        .partition(|scope| scope.starts_with("as_account-"));
    let own = format!(
        "as_account-{}.{}",
        account.region().code(),
        account.subdomain()
    );
    if accounts != [own.as_str()] {
        return refused(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "name exactly this account",
        );
    }
    let now = account.now();
    let Some((token, granted)) = account.credentials().issue(client, secret, &asked, now) else {
        return refused(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "unknown client or secret",
        );
    };
    let scope = [vec![own], granted].concat().join(" ");
    Json(json!({
        "access_token": token,
        "scope": scope,
        "token_type": "bearer",
        "expires_in": TOKEN_LIFE.as_secs(),
    }))
    .into_response()
}

fn refused(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}
