//! From a request to an answer: who may speak, then what is said. Usable behind any HTTP server.

use crate::configured::configured;
use crate::deps::Deps;
use crate::event::{self, Proven};
use crate::proof::prove;
use crate::reply::{Problem, Reply};
use access_core::id::PagerDutyName;
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use lambda_http::http::{HeaderMap, Method};
use tracing::{error, info};

/// The longest body, in bytes: what PagerDuty sends at most.
/// <https://developer.pagerduty.com/docs/webhooks-overview>
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// A request as it arrived.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The path, `/ACCOUNT`, without what a gateway puts before it and without a query.
    pub path: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The raw bytes, as they were signed.
    pub body: &'a [u8],
}

/// Takes one request, and reports what it measured. Safe to repeat: a delivery that comes again changes nothing.
///
/// Nothing is read of a body before its signature is proven, and a refusal stores nothing.
pub async fn receive(deps: &Deps, now: Timestamp, received: Received<'_>) -> Reply {
    metrics::reported(now, answer(deps, now, received)).await
}

async fn answer(deps: &Deps, now: Timestamp, received: Received<'_>) -> Reply {
    match take(deps, now, received).await {
        Ok(()) => {
            metrics::count(Metric::WebhooksTaken, 1);
            Reply::ACCEPTED
        }
        Err(problem) => {
            metrics::count(Metric::WebhooksRefused, 1);
            info!(
                code = problem.code(),
                "a request was refused: {}",
                problem.code()
            );
            Reply::refused(problem)
        }
    }
}

async fn take(deps: &Deps, now: Timestamp, received: Received<'_>) -> Result<(), Problem> {
    let account = &route(received.path).ok_or(Problem::NotFound)?;
    if *received.method != Method::POST {
        return Err(Problem::MethodNotAllowed);
    }
    if received.body.len() > BODY_BYTES_MAX {
        return Err(Problem::TooLarge);
    }
    let configured = configured(deps, now, account).await.map_err(|error| {
        error!(%error, "webhooks cannot be received: {error}");
        Problem::Unavailable
    })?;
    let known = configured.config.pagerduty.get(account);
    let secrets = &known.ok_or(Problem::NotFound)?.webhook_secrets;
    prove(deps, now, account, secrets, received).await?;
    let proven = Proven {
        account,
        configured: &configured,
        headers: received.headers,
        body: received.body,
    };
    event::take(deps, now, &proven).await
}

/// The account that a path names. Names hold nothing that a URL escapes.
fn route(path: &str) -> Option<PagerDutyName> {
    PagerDutyName::new(path.strip_prefix('/')?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_name_of_an_account_and_nothing_else() {
        for (path, expected) in [
            ("/acme", Some("acme")),
            ("/acme-2.eu", Some("acme-2.eu")),
            ("", None),
            ("/", None),
            ("acme", None),
            ("/acme/", None),
            ("//acme", None),
            ("/acme/incidents", None),
            ("/%61cme", None),
            ("/acme?x", None),
        ] {
            let account = route(path);
            let account = account.as_ref().map(PagerDutyName::as_str);
            assert_eq!(account, expected, "`{path}`");
        }
    }
}
