//! What a PagerDuty account holds: the builders that seed it and the world they fill.

mod id;
mod incident;
mod layers;
mod people;
mod policy;
mod shifts;
mod world;

pub use incident::{Incident, Note};
pub use layers::{Layer, LayerSchedule, Override, Restriction};
pub use people::{Team, User};
pub use policy::{EscalationPolicy, Rule, Service, Target};
pub use shifts::{
    CustomShift, Event, Member, Overridden, Recurrence, Rotation, ShiftOverride, ShiftSchedule,
    Strategy,
};

pub(super) use id::Mint;
pub(super) use world::{Schedule, World};
