//! A stateful PagerDuty account over real HTTP.
//!
//! [`PagerDuty`] is the account: seed it with the builders, change it while it runs, and
//! [`serve`](PagerDuty::serve) it. What a client sees and what Rust sees is one state.

mod account;
mod http;
mod incidents;
mod model;
mod mutate;
mod render;
mod seed;
mod webhooks;

pub use account::{PagerDuty, Region};
pub use model::{
    CustomShift, EscalationPolicy, Event, Incident, Layer, LayerSchedule, Member, Note, Overridden,
    Override, Recurrence, Restriction, Rotation, Rule, Service, ShiftOverride, ShiftSchedule,
    Strategy, Target, Team, User,
};
pub use render::{Entry, Source};
pub use webhooks::{
    DeliveryReport, RawWebhook, WEBHOOK_EVENTS, WebhookFilter, WebhookSubscription, sign_webhook,
};
