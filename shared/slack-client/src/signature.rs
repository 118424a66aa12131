//! The proof that a request comes from Slack: HMAC-SHA256 over its time and the bytes of its body.
//!
//! See <https://docs.slack.dev/authentication/verifying-requests-from-slack>.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a request's time may lie from ours, before or after; Slack's own figure. Whoever records a request can send
/// it again for that long, so every handler must be safe to run twice.
pub const SIGNATURE_WINDOW: SignedDuration = SignedDuration::from_secs(300);

const VERSION: &str = "v0=";
const DIGEST_BYTES: usize = 32;
/// More digits than any time has until the year 5138.
const TIME_DIGITS_MAX: usize = 11;

/// The two headers that make a request Slack's. A header that is not there is empty.
#[derive(Clone, Copy)]
pub struct Proof<'h> {
    /// The value of `X-Slack-Request-Timestamp`.
    pub timestamp: &'h str,
    /// The value of `X-Slack-Signature`.
    pub signature: &'h str,
}

/// Why a request is not proven to come from Slack. Fit for a log, not for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No secret is known, or only empty ones: a fault of the configuration.
    #[error("there is no secret to check a signature with")]
    NoSecret,
    /// One of the two headers is not there, or empty.
    #[error("the request is not signed")]
    Absent,
    /// The time is no number of seconds, or the signature not `v0=` and 64 hexadecimal digits.
    #[error("the signature or its time is not well formed")]
    Malformed,
    /// Signed more than [`SIGNATURE_WINDOW`] ago or ahead: sent again by somebody, or a clock is wrong.
    #[error("the request was signed at another time")]
    Stale,
    /// The signature does not fit: another body, another time, another secret, another sender.
    #[error("the signature does not fit the request")]
    Mismatch,
}

/// Checks a request's headers against its raw body as of `now`. It is enough that it was signed with one of `secrets`, so
/// that the signing secret may be rotated.
///
/// The body is the bytes as they came, before any decoding but that of the transport. Comparing takes the same time
/// wherever two signatures differ. The same request verifies again for as long as the window lasts.
///
/// # Errors
/// [`SignatureError`] says why nothing is proven.
pub fn verify(
    proof: Proof<'_>,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), SignatureError> {
    // Anyone can sign with the empty key.
    let mut secrets = secrets
        .iter()
        .map(|secret| secret.expose_secret().as_bytes())
        .filter(|secret| !secret.is_empty())
        .peekable();
    if secrets.peek().is_none() {
        return Err(SignatureError::NoSecret);
    }
    let Proof {
        timestamp,
        signature,
    } = proof;
    if timestamp.is_empty() || signature.is_empty() {
        return Err(SignatureError::Absent);
    }
    let signed_at = instant(timestamp)?;
    let digest = digest(signature)?;
    if now.duration_since(signed_at).abs() > SIGNATURE_WINDOW {
        return Err(SignatureError::Stale);
    }
    for secret in secrets {
        let mac = keyed(secret)
            .chain_update(b"v0:")
            .chain_update(timestamp.as_bytes())
            .chain_update(b":")
            .chain_update(body);
        if mac.verify_slice(&digest).is_ok() {
            return Ok(());
        }
    }
    Err(SignatureError::Mismatch)
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("any length can be a key of HMAC")
}

fn instant(text: &str) -> Result<Timestamp, SignatureError> {
    let is_number = text.len() <= TIME_DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<i64>().ok().filter(|_| is_number);
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(SignatureError::Malformed)
}

fn digest(text: &str) -> Result<[u8; DIGEST_BYTES], SignatureError> {
    let digits = text
        .strip_prefix(VERSION)
        .ok_or(SignatureError::Malformed)?;
    let mut digest = [0; DIGEST_BYTES];
    hex::decode_to_slice(digits, &mut digest).map_err(|_| SignatureError::Malformed)?;
    Ok(digest)
}
