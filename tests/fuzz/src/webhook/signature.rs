//! Signatures, right and wrong, as they may stand in `X-PagerDuty-Signature`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What PagerDuty signs with unless a delivery says otherwise.
pub(crate) const FIRST_SECRET: &str = "the-first-webhook-secret";
/// What it signs with after a rotation.
pub(crate) const SECOND_SECRET: &str = "the-second-webhook-secret";

/// Signatures in front of the right one, by far more than the receiver looks at.
const TOO_MANY: usize = 32;

/// How a delivery is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// By the first secret.
    First,
    /// By the second one.
    Second,
    /// In capital hexadecimal digits.
    Capitals,
    /// As the second of two in one header.
    AfterWrong,
    /// In the second of two headers.
    SecondHeader,
    /// After more wrong ones than anybody looks at.
    AfterTooMany,
    /// By a secret that nobody gave out.
    WrongSecret,
    /// By the empty secret, as anybody can.
    EmptySecret,
    /// Of another body.
    OtherBody,
    /// With one digit that is another.
    Flipped,
    /// Two digits too short.
    Truncated,
    /// Of letters that are no digits.
    NoHex,
    /// Of another version only.
    OtherVersion,
    /// An empty header.
    Empty,
    /// A header that is no text.
    NoText,
    /// No header.
    Absent,
}

/// What a signature proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// That whoever sent it knows the first secret.
    First,
    /// That they know the second one.
    Second,
    /// Nothing, though it is well formed.
    Wrong,
    /// Nothing, since there is none of version 1.
    Unformed,
}

impl Signature {
    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::First | Self::Capitals | Self::AfterWrong | Self::SecondHeader => Proof::First,
            Self::Second => Proof::Second,
            Self::AfterTooMany
            | Self::WrongSecret
            | Self::EmptySecret
            | Self::OtherBody
            | Self::Flipped => Proof::Wrong,
            Self::Truncated
            | Self::NoHex
            | Self::OtherVersion
            | Self::Empty
            | Self::NoText
            | Self::Absent => Proof::Unformed,
        }
    }

    /// The values of the header, as often as it is there.
    pub(crate) fn values(self, body: &[u8]) -> Vec<Vec<u8>> {
        let right = || sign(FIRST_SECRET, &[body]);
        match self {
            Self::First => vec![right()],
            Self::Second => vec![sign(SECOND_SECRET, &[body])],
            Self::Capitals => {
                let mut value = right();
                value[3..].make_ascii_uppercase();
                vec![value]
            }
            Self::AfterWrong => vec![[wrong(), right()].join(&b',')],
            Self::SecondHeader => vec![wrong(), right()],
            Self::AfterTooMany => {
                let mut all = vec![wrong(); TOO_MANY];
                all.push(right());
                vec![all.join(&b',')]
            }
            Self::WrongSecret => vec![sign("another-secret", &[body])],
            Self::EmptySecret => vec![sign("", &[body])],
            Self::OtherBody => vec![sign(FIRST_SECRET, &[body, b"\n"])],
            Self::Flipped => {
                let mut value = right();
                if let Some(digit) = value.last_mut() {
                    *digit = if *digit == b'0' { b'1' } else { b'0' };
                }
                vec![value]
            }
            Self::Truncated => {
                let mut value = right();
                value.truncate(value.len() - 2);
                vec![value]
            }
            Self::NoHex => vec![[b"v1=".as_slice(), &[b'g'; 64]].concat()],
            Self::OtherVersion => {
                let mut value = right();
                value[1] = b'2';
                vec![value]
            }
            Self::Empty => vec![Vec::new()],
            Self::NoText => vec![[right().as_slice(), b"\xff"].concat()],
            Self::Absent => Vec::new(),
        }
    }
}

/// Well formed, and of no body.
fn wrong() -> Vec<u8> {
    [b"v1=".as_slice(), &[b'0'; 64]].concat()
}

/// A signature of these parts, one after the other.
fn sign(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.expect("any length can be a key of HMAC");
    for part in parts {
        mac.update(part);
    }
    let mut digits = [0; 64];
    hex::encode_to_slice(mac.finalize().into_bytes(), &mut digits)
        .expect("two digits for each of 32 bytes");
    [b"v1=".as_slice(), &digits].concat()
}
