//! v3 webhooks: what happens to incidents, sent as signed POSTs over real HTTP, and what goes wrong on the way.
//!
//! Nothing is sent by itself: events wait in the account's outbox until
//! [`deliver_webhooks`](super::PagerDuty::deliver_webhooks) or [`take_webhooks`](super::PagerDuty::take_webhooks).

mod deliver;
mod occur;
mod outbox;
mod raw;
mod subscribe;
mod subscription;

pub use outbox::DeliveryReport;
pub use raw::{RawWebhook, sign_webhook};
pub use subscription::{WEBHOOK_EVENTS, WebhookFilter, WebhookSubscription};

pub(super) use deliver::Sender;
pub(super) use occur::About;
pub(super) use outbox::Outbox;
