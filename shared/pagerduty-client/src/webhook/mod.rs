//! What PagerDuty's v3 webhooks say, and the proof that PagerDuty says it.
//!
//! First [`verify`] the bytes, then [`parse`] them:
//!
//! ```
//! use pagerduty_client::webhook::{self, EventData};
//! use secrecy::SecretString;
//!
//! # fn receive(signature: &str, body: &[u8], secrets: &[SecretString]) -> Result<(), Box<dyn std::error::Error>> {
//! webhook::verify(signature, body, secrets)?;
//! let delivery = webhook::parse(body)?;
//! if let EventData::Incident(incident) = delivery.data {
//!     println!("{} is {} as of {}", incident.id, incident.status, delivery.occurred_at);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Deliveries come at least once, in order for one incident but not between incidents, and carry no time of sending:
//! a signature proves who speaks, not when. Repeats are known by the header `X-Webhook-Id` and by
//! [`Delivery::event_id`].

mod event_type;
mod field;
mod payload;
mod signature;

pub use event_type::EventType;
pub use field::WebhookError;
pub use payload::{
    Delivery, EventData, IncidentSnapshot, ResponderAnswer, ResponderSnapshot, parse,
};
pub use signature::{SIGNATURES_MAX, SignatureError, verify};
