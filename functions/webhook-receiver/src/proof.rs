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
    /// It fits no secret that is known, and there may be others.
    Open(Unread),
}

/// Why nothing can be said of a signature that fits no secret that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unread {
    /// A secret could not be read, or rests after it could not.
    Unreadable,
    /// They were read less than a minute ago, and are not read again yet: it is forged, or a secret was replaced since.
    NotYet,
}

impl Unread {
    /// A fixed word per kind, for the log.
    fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "secret-unreadable",
            Self::NotYet => "not-reread-yet",
        }
    }
}

/// Checks the signature with the secrets as they were less than a minute ago, and if none fits with the secrets as they
/// are now: a rotation needs no restart, and a secret that was taken out is not believed for long.
///
/// Only a look at all the secrets that began no earlier than the request proves anything against a signature: whatever signed
/// a valid request was in force by then. While a secret cannot be read, or may not be read again yet, the answer is
/// [`Problem::Unavailable`]: PagerDuty sends again what is valid, and whoever forges gains nothing by it.
pub(crate) async fn prove(
    deps: &Deps,
    now: Timestamp,
    account: &PagerDutyName,
    secrets: &[SecretRef],
    received: Received<'_>,
) -> Result<(), Problem> {
    let look = |freshness| verdict(deps, now, account, secrets, received, freshness);
    let remembered = look(Freshness::Recent(now)).await;
    let verdict = match remembered {
        Verdict::Refused(SignatureError::Mismatch | SignatureError::NoSecret)
        | Verdict::Open(_) => {
            match deps.begin_reread(now, account) {
                None => {
                    let verdict = look(Freshness::Reread).await;
                    if !matches!(verdict, Verdict::Open(_)) {
                        deps.reread_whole(account);
                    }
                    verdict
                }
                // What another request has read since this one came is as good as a look of its own.
                Some(last) if last.is_whole && last.at >= now => look(Freshness::Recent(now)).await,
                Some(_) if matches!(remembered, Verdict::Open(_)) => remembered,
                Some(_) => Verdict::Open(Unread::NotYet),
            }
        }
        Verdict::Proven | Verdict::Refused(_) => remembered,
    };
    match verdict {
        Verdict::Proven => Ok(()),
        Verdict::Open(unread) => {
            let reason = unread.word();
            warn!(pagerduty = %account, reason, "a webhook for PagerDuty account {account} fits no secret that is known, and is to come again: {reason}");
            Err(Problem::Unavailable)
        }
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
    now: Timestamp,
    account: &PagerDutyName,
    references: &[SecretRef],
    received: Received<'_>,
    freshness: Freshness,
) -> Verdict {
    let subscription = subscription(received.headers);
    let mut secrets = Vec::new();
    let mut is_whole = true;
    for reference in references {
        // A look that was let happen asks for everything.
        if freshness != Freshness::Reread && deps.rests(now, reference) {
            is_whole = false;
            continue;
        }
        let read = deps.secrets.secrets(reference, subscription, freshness);
        match read.await {
            Ok(read) => {
                deps.note_read(now, reference, true);
                secrets.extend(read);
            }
            Err(error) => {
                is_whole = false;
                // One that is remembered from before costs no call: only what had to be asked for rests.
                if freshness != Freshness::Reread {
                    deps.note_read(now, reference, false);
                }
                warn!(pagerduty = %account, %error, "a webhook secret of PagerDuty account {account} cannot be read: {error}");
            }
        }
    }
    match verify(&signatures(received.headers), received.body, &secrets) {
        Ok(()) => Verdict::Proven,
        Err(SignatureError::Mismatch | SignatureError::NoSecret) if !is_whole => {
            Verdict::Open(Unread::Unreadable)
        }
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
