//! What the domain asks of the outside, in its own words. Adapters implement these; nothing here does IO.

mod audit;
mod bus;
mod clock;
mod config;
mod covered;
mod incident;
mod membership;
mod note;
mod request;
mod source;
mod store;
mod target;
mod webhook;

pub use audit::{APPENDED_MAX, AuditLog};
pub use bus::{Bus, BusError, Wake};
pub use clock::Clock;
pub use config::{ConfigVersion, Configs};
pub use covered::{Covered, Left, is_after};
pub use incident::{
    DELIVERY_KEPT, Deliveries, IncidentSource, Incidents, KnownIncidents, KnownPeople, PeopleRead,
};
pub use membership::{
    BindingState, Bindings, Creation, HeldPlan, HeldPlans, JournalEntry, JournalStage,
    KnownBindings, KnownHeld, Memberships, UnreadBinding, UnreadHeld,
};
pub use note::{IncidentNotes, NoteError};
pub use request::{Card, CardReader, Cards, REQUESTS_READ_MAX, RequestFilter, Requests};
pub use source::{Ask, ReadError, RotaSource};
pub use store::{
    Fence, Lease, Leases, Outbox, OutboxEntry, RotaHistory, Store, StoreError, TickRecord, Unsent,
};
pub use target::{Outcome, Step, Target, TargetError};
pub use webhook::{PING_KEPT, Pings, WebhookSource};
