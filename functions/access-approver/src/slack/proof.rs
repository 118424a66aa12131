//! The proof that Slack speaks: a signature over the raw body by the secret in force.

use super::problem::Problem;
use crate::deps::Deps;
use crate::http::HttpRequest;
use access_core::config::SlackConfig;
use function_kit::{Freshness, SecretError};
use jiff::Timestamp;
use slack_client::{Proof, SignatureError, verify};
use std::slice;
use tracing::{error, warn};

/// Why nothing is proven.
#[derive(Debug, thiserror::Error)]
enum Unproven {
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error(transparent)]
    Secret(#[from] SecretError),
}

/// Checks the signature with the secret as it was less than a minute ago, and if it does not fit with the secret as it is
/// now, at most once a minute: a rotation needs no restart, a secret that was taken out is not believed for long, and
/// forged requests make nobody ask for secrets each time.
pub(super) async fn prove(
    deps: &Deps,
    now: Timestamp,
    slack: &SlackConfig,
    request: &HttpRequest,
) -> Result<(), Problem> {
    let look = |freshness| check(deps, now, slack, request, freshness);
    let remembered = look(Freshness::Recent(now)).await;
    let misfits = matches!(
        remembered,
        Err(Unproven::Signature(SignatureError::Mismatch))
    );
    let found = if misfits && deps.may_reread(now) {
        look(Freshness::Reread).await
    } else {
        remembered
    };
    match found {
        Ok(()) => Ok(()),
        Err(Unproven::Signature(SignatureError::NoSecret)) => {
            error!("Slack's signing secret is empty: store the one of the app");
            Err(Problem::Unavailable)
        }
        Err(Unproven::Signature(error)) => {
            warn!(%error, "a request is not proven to come from Slack: {error}");
            Err(Problem::BadSignature)
        }
        Err(Unproven::Secret(error)) => {
            error!(%error, "Slack's signing secret cannot be read: {error}");
            Err(Problem::Unavailable)
        }
    }
}

async fn check(
    deps: &Deps,
    now: Timestamp,
    slack: &SlackConfig,
    request: &HttpRequest,
    freshness: Freshness,
) -> Result<(), Unproven> {
    let reference = &slack.signing_secret;
    let secret = deps.systems.signing_secret(reference, freshness).await?;
    // A header that is there twice is joined, and fits nothing.
    let header = |name| request.header(name).unwrap_or_default();
    let proof = Proof {
        timestamp: header("x-slack-request-timestamp"),
        signature: header("x-slack-signature"),
    };
    verify(proof, &request.body, slice::from_ref(&secret), now)?;
    Ok(())
}
