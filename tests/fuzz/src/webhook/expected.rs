//! What a delivery must be answered, as the receiver's README says, worked out from how the delivery was made.

use super::delivery::{Delivery, Keys, Place};
use super::ports::Trouble;
use super::signature::Proof;
use lambda_http::http::Method;
use webhook_receiver::BODY_BYTES_MAX;

/// Every status that is right. More than one only where trouble may or may not be met on the way.
pub(crate) fn expected(delivery: &Delivery, trouble: Option<Trouble>) -> &'static [u16] {
    let keys = match delivery.place {
        Place::NoName => return &[404],
        Place::Nobody => None,
        Place::Account(keys) => Some(keys),
    };
    if delivery.method != Method::POST {
        return &[405];
    }
    if delivery.body.len() > BODY_BYTES_MAX {
        return &[413];
    }
    let Some(keys) = keys else {
        return &[404];
    };
    if keys == Keys::None || trouble == Some(Trouble::Secrets) {
        return &[503];
    }
    let proof = delivery.signature.proof();
    if proof == Proof::Unformed {
        return &[401];
    }
    match (keys, proof) {
        (_, Proof::First) | (Keys::Both, Proof::Second) => taken(trouble),
        (Keys::Both, _) => &[401],
        // The secret that cannot be read might have fitted.
        _ => &[503],
    }
}

/// What is proven is taken, unless the store fails before anything is kept.
fn taken(trouble: Option<Trouble>) -> &'static [u16] {
    match trouble {
        Some(Trouble::Known | Trouble::Incidents | Trouble::See | Trouble::Keep) => &[202, 503],
        Some(Trouble::TooLarge | Trouble::Wake | Trouble::Secrets) | None => &[202],
    }
}
