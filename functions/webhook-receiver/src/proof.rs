//! The proof that PagerDuty speaks: a signature over the raw body, by any secret that is in force.

use crate::deps::Deps;
use crate::receive::Received;
use crate::reply::Problem;
use access_core::config::SecretRef;
use access_core::id::PagerDutyName;
use function_kit::Freshness;
use jiff::Timestamp;
use lambda_http::http::HeaderMap;
use pagerduty_client::webhook::{SignatureError, verify};
use tracing::warn;

/// What a look at the signature has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It fits.
    Proven,
    /// It does not, with all secrets at hand.
    Refused(SignatureError),
    /// It fits no secret that could be read, and not all could.
    Open,
}

/// Checks the signature with the secrets as remembered, and if none fits with the secrets as they are now: a rotation
/// needs no restart.
///
/// A secret that cannot be read proves nothing against a signature: the answer is then [`Problem::Unavailable`].
pub(crate) async fn prove(
    deps: &Deps,
    now: Timestamp,
    account: &PagerDutyName,
    secrets: &[SecretRef],
    received: Received<'_>,
) -> Result<(), Problem> {
    let look = |freshness| verdict(deps, account, secrets, received, freshness);
    let remembered = look(Freshness::Cached).await;
    let verdict = match remembered {
        Verdict::Refused(SignatureError::Mismatch | SignatureError::NoSecret) => {
            match deps.begin_reread(now, account) {
                None => {
                    let verdict = look(Freshness::Reread).await;
                    if verdict != Verdict::Open {
                        deps.reread_whole(account);
                    }
                    verdict
                }
                Some(last) if last.is_whole => remembered,
                Some(_) => Verdict::Open,
            }
        }
        Verdict::Proven | Verdict::Refused(_) | Verdict::Open => remembered,
    };
    match verdict {
        Verdict::Proven => Ok(()),
        Verdict::Open => Err(Problem::Unavailable),
        Verdict::Refused(error) => {
            warn!(pagerduty = %account, %error, "a webhook for PagerDuty account {account} is not proven: {error}");
            Err(match error {
                SignatureError::NoSecret => Problem::Unavailable,
                SignatureError::Absent | SignatureError::Malformed | SignatureError::Mismatch => {
                    Problem::BadSignature
                }
            })
        }
    }
}

async fn verdict(
    deps: &Deps,
    account: &PagerDutyName,
    references: &[SecretRef],
    received: Received<'_>,
    freshness: Freshness,
) -> Verdict {
    let subscription = subscription(received.headers);
    let mut secrets = Vec::new();
    let mut is_whole = true;
    for reference in references {
        match deps
            .secrets
            .secrets(reference, subscription, freshness)
            .await
        {
            Ok(read) => secrets.extend(read),
            Err(error) => {
                is_whole = false;
                warn!(pagerduty = %account, %error, "a webhook secret of PagerDuty account {account} cannot be read: {error}");
            }
        }
    }
    match verify(&signatures(received.headers), received.body, &secrets) {
        Ok(()) => Verdict::Proven,
        Err(SignatureError::Mismatch | SignatureError::NoSecret) if !is_whole => Verdict::Open,
        Err(error) => Verdict::Refused(error),
    }
}

/// Which subscription a delivery claims to be of. Not signed: it chooses among secrets and helps a reader of logs.
pub(crate) fn subscription(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-webhook-subscription")?.to_str().ok()
}

/// All signatures, also of a header that is there twice, which means the same as one with commas.
fn signatures(headers: &HeaderMap) -> String {
    let all = headers.get_all("x-pagerduty-signature");
    let texts: Vec<&str> = all.iter().filter_map(|value| value.to_str().ok()).collect();
    texts.join(",")
}
