//! `/abilities`: what the account's plan can do.

use axum::http::StatusCode;
use serde_json::json;

use super::gate::{Answer, Call};
use super::problem::Problem;

#[expect(clippy::unnecessary_wraps, reason = "a handler may fail")]
pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    Ok(Answer::ok(
        json!({ "abilities": call.account.world().abilities }),
    ))
}

pub(super) fn test(call: &Call<'_>) -> Result<Answer, Problem> {
    if call.account.world().abilities.contains(call.id()) {
        return Ok(Answer::no_content());
    }
    Err(Problem::of_status(StatusCode::PAYMENT_REQUIRED))
}
