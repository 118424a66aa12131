//! The signature of a webhook: HMAC-SHA256 over the bytes of the body.
//!
//! See <https://developer.pagerduty.com/docs/verifying-webhook-signatures>.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The most signatures of one header that are looked at. PagerDuty sends two while a secret is rotated; a header full
/// of them must not cost more than a few.
pub const SIGNATURES_MAX: usize = 8;

const VERSION: &str = "v1=";
const DIGEST_BYTES: usize = 32;

/// Why a body is not proven to come from PagerDuty. Fit for a log, not for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No secret is known, or only empty ones: a fault of the configuration.
    #[error("there is no secret to check a signature with")]
    NoSecret,
    /// The header is empty, or holds other versions only.
    #[error("there is no signature of version 1")]
    Absent,
    /// What claims to be version 1 is not 64 hexadecimal digits.
    #[error("no signature of version 1 is well formed")]
    Malformed,
    /// No signature fits: another body, another secret, another sender.
    #[error("no signature fits the body")]
    Mismatch,
}

/// Checks the value of `X-PagerDuty-Signature` against the raw body. It is enough that one of its signatures was made
/// with one of `secrets`, so that both may be rotated.
///
/// The key is the secret's text as it is, although it looks like base64. Comparing takes the same time wherever two
/// signatures differ. The same bytes verify for ever: repeats must be known by other means.
///
/// # Errors
/// [`SignatureError`] says why nothing is proven.
pub fn verify(header: &str, body: &[u8], secrets: &[SecretString]) -> Result<(), SignatureError> {
    // Anyone can sign with the empty key.
    let mut secrets = secrets
        .iter()
        .map(|secret| secret.expose_secret().as_bytes())
        .filter(|secret| !secret.is_empty())
        .peekable();
    if secrets.peek().is_none() {
        return Err(SignatureError::NoSecret);
    }
    let signatures = digests(header)?;
    for secret in secrets {
        let mac = keyed(secret).chain_update(body);
        for signature in &signatures {
            if mac.clone().verify_slice(signature).is_ok() {
                return Ok(());
            }
        }
    }
    Err(SignatureError::Mismatch)
}

fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("any length can be a key of HMAC")
}

/// The well-formed signatures of version 1.
fn digests(header: &str) -> Result<Vec<[u8; DIGEST_BYTES]>, SignatureError> {
    let mut claimed = header
        .split(',')
        .filter_map(|part| part.trim().strip_prefix(VERSION))
        .take(SIGNATURES_MAX)
        .peekable();
    if claimed.peek().is_none() {
        return Err(SignatureError::Absent);
    }
    let read = |digits: &str| {
        let mut digest = [0; DIGEST_BYTES];
        hex::decode_to_slice(digits, &mut digest).ok()?;
        Some(digest)
    };
    let digests: Vec<_> = claimed.filter_map(read).collect();
    if digests.is_empty() {
        return Err(SignatureError::Malformed);
    }
    Ok(digests)
}
