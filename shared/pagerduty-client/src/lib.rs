#![doc = include_str!("../README.md")]

mod answer;
mod auth;
mod call;
mod client;
mod credential;
mod error;
mod fields;
mod from_address;
mod ids;
mod instance;
mod limit;
mod paging;
mod reference;
mod resources;
mod retry;
pub mod webhook;
mod window;
mod wire;

pub use client::{BuildError, Client, ClientBuilder};
pub use credential::{Credential, CredentialError, CredentialSource, Freshness, StaticCredential};
pub use error::{Error, Operation, Refusal};
pub use from_address::{FromAddress, FromAddressError};
pub use ids::{
    AuditRecordId, EscalationPolicyId, ID_BYTES_MAX, IdError, IncidentId, OverrideId, PriorityId,
    ScheduleId, ServiceId, TeamId, UserId, WebhookEventId, WebhookSubscriptionId,
};
pub use instance::{Instance, InstanceError, Region};
pub use limit::CALLS_PER_MINUTE;
pub use reference::{
    Actor, EscalationPolicyReference, PriorityReference, Reference, ScheduleKind,
    ScheduleReference, ServiceReference, TeamReference, UserReference,
};
pub use resources::{
    audit::{AuditQuery, AuditRecord, AuditResource},
    escalation_policies::{
        EscalationPolicy, EscalationPolicyQuery, EscalationRule, EscalationTarget,
    },
    incidents::{
        Acknowledgement, Assignment, Incident, IncidentStatus, OpenIncidentQuery, Responder,
        ResponderState, Urgency,
    },
    oncalls::{Oncall, OncallInclude, OncallQuery},
    overrides::{Deletion, NewOverride, Override, OverrideRefused},
    schedules::{Rendered, RenderedShift, Schedule, ScheduleQuery},
    services::{Service, ServiceQuery, ServiceStatus},
    teams::{Team, TeamMember, TeamQuery, TeamRole},
    users::{User, UserQuery, UserRole},
    webhook_subscriptions::{
        CreatedWebhookSubscription, NewWebhookSubscription, WebhookDelivery, WebhookFilter,
        WebhookSubscription,
    },
};
pub use retry::RetryPolicy;
pub use window::{Window, WindowError};
