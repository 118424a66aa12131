//! What happened, as the bus tells it to this function: people are told, and messages brought up to date.
//!
//! Events come at least once, late and in any order. None of them is believed further than that something changed: what is
//! shown is drawn from what is stored when it is drawn.

use crate::act::Refused;
use crate::configured::{Unconfigured, configured};
use crate::deps::Deps;
use crate::slack;
use access_core::event::{Event, NotAnEvent};
use access_core::ports::StoreError;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tracing::{debug, info};

/// The event by which this function puts off its own work.
pub(crate) const SLACK_WORK_REQUESTED: &str = "Slack Work Requested";

/// An event as EventBridge delivers it.
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct BusEvent {
    detail_type: String,
    #[serde(default)]
    detail: Value,
}

/// Why not everybody could be told. Lambda delivers the event again, twice.
#[derive(Debug, thiserror::Error)]
pub enum ReactError {
    /// There is no configuration to go by.
    #[error("{0}")]
    Unconfigured(String),
    /// The event has another form than its kind says.
    #[error(transparent)]
    Event(#[from] NotAnEvent),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Facts cannot be had, or Slack did not do what it was asked. Holds no address.
    #[error("{0}")]
    Failed(String),
}

impl ReactError {
    /// A fixed word per kind: alarms match on it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unconfigured(_) => "Unconfigured",
            Self::Event(_) => "Event",
            Self::Store(_) => "Store",
            Self::Failed(_) => "Failed",
        }
    }
}

/// Nothing is decided here: it is a briefing that cannot be had now.
impl From<Refused> for ReactError {
    fn from(why: Refused) -> Self {
        Self::Failed(why.to_string())
    }
}

impl From<Unconfigured> for ReactError {
    fn from(error: Unconfigured) -> Self {
        Self::Unconfigured(error.to_string())
    }
}

/// Tells people of one event. Safe to repeat, and in any order.
///
/// # Errors
/// [`ReactError`]; what was told stays told.
pub(crate) async fn react(deps: &Deps, now: Timestamp, event: BusEvent) -> Result<(), ReactError> {
    let BusEvent {
        detail_type,
        detail,
    } = event;
    let configured = configured(deps, now).await?.configured;
    if configured.slack.is_none() {
        debug!(event.kind = %detail_type, "there is no chat-ops app: nobody is told");
        return Ok(());
    }
    if detail_type == SLACK_WORK_REQUESTED {
        return slack::react::work(&configured, detail).await;
    }
    match Event::read(&detail_type, detail) {
        Ok(event) => slack::react::on(deps, now, &configured, &event).await,
        // A rule of the owner's may send more than this version knows.
        Err(NotAnEvent::Unknown(_)) => {
            info!(event.kind = %detail_type, "an event of an unknown kind is left alone");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
