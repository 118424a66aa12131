//! What the domain asks of the outside, in its own words. Adapters implement these; nothing here does IO.

mod bus;
mod clock;
mod incident;
mod source;
mod store;
mod target;

pub use bus::{Bus, BusError};
pub use clock::Clock;
pub use incident::{DELIVERY_KEPT, Deliveries, IncidentSource, Incidents};
pub use source::{Ask, ReadError, RotaSource};
pub use store::{
    BindingState, Bindings, ConfigVersion, Configs, Creation, Fence, HeldPlan, HeldPlans,
    JournalEntry, JournalStage, Lease, Leases, Memberships, Outbox, OutboxEntry, RotaHistory,
    Store, StoreError, TickRecord,
};
pub use target::{Outcome, Step, Target, TargetError};
