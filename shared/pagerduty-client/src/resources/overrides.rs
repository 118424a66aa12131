//! Overrides of layer-based schedules: someone stands in for a while. The one created last wins.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::{
    answer,
    call::Call,
    client::Client,
    error::{Error, Operation},
    ids::{OverrideId, ScheduleId, UserId},
    reference::UserReference,
    window::{Window, in_seconds},
};

/// Someone stands in on a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Override {
    /// Which override.
    pub id: OverrideId,
    /// Who stands in.
    pub user: UserReference,
    /// From when on.
    #[serde(rename = "start")]
    pub starts_at: Timestamp,
    /// Until when, end excluded.
    #[serde(rename = "end")]
    pub ends_at: Timestamp,
}

/// An override to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOverride {
    /// Who is to stand in.
    pub user_id: UserId,
    /// When; parts of a second are widened to whole ones.
    pub window: Window,
}

/// One of several overrides was not created; the others are not affected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the override was refused with status {status}: {}", errors.join("; "))]
pub struct OverrideRefused {
    /// What HTTP status it would have had alone.
    pub status: u16,
    /// Why.
    pub errors: Vec<String>,
}

/// What became of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// It was there and is gone.
    Deleted,
    /// It was not there, perhaps because an earlier try had deleted it.
    AlreadyGone,
}

impl Client {
    /// All overrides of a layer-based schedule that touch the window, whole ones even where they reach beyond it.
    ///
    /// Needs `schedules.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn overrides(
        &self,
        schedule: &ScheduleId,
        window: Window,
    ) -> Result<Vec<Override>, Error> {
        let operation = Operation::of("list overrides of schedule", schedule.as_str());
        let call = Call::get(operation, &["schedules", schedule.as_str(), "overrides"])
            .scope("schedules.read")
            .query("since", window.since_text())
            .query("until", window.until_text())
            .query("overflow", "true");
        self.whole(call, "overrides").await
    }

    /// Creates overrides on a layer-based schedule. Each is accepted or refused on its own; the answers stand in the
    /// order of `new`.
    ///
    /// Never sent twice: after [`Error::Unreachable`], [`Error::Malformed`] or [`Error::DeadlinePassed`] look with
    /// [`Client::overrides`] before trying again. Needs `schedules.write`.
    ///
    /// # Errors
    /// See [`Error`]; those of single overrides are inside the answer.
    pub async fn create_overrides(
        &self,
        schedule: &ScheduleId,
        new: &[NewOverride],
    ) -> Result<Vec<Result<Override, OverrideRefused>>, Error> {
        let operation = Operation::of("create overrides on schedule", schedule.as_str());
        let path = ["schedules", schedule.as_str(), "overrides"];
        let overrides = new.iter().map(NewOverrideWire::of).collect();
        let call = Call::new(Method::POST, operation.clone(), &path)
            .scope("schedules.write")
            .body(&CreateWire { overrides });
        let body = self.send(&call).await?;
        let items = match answer::read_any(&operation, &body)? {
            CreatedWire::Bare(items) | CreatedWire::Wrapped { overrides: items } => items,
        };
        let wrong = |what: &str| Error::Malformed {
            operation: operation.clone(),
            what: what.to_owned(),
        };
        if items.len() != new.len() {
            return Err(wrong("it has not one answer for each override"));
        }
        let outcome = |item: ItemWire| {
            item.outcome()
                .ok_or_else(|| wrong("an override is neither created nor refused"))
        };
        items.into_iter().map(outcome).collect()
    }

    /// Deletes an override. One that has begun is cut short at the present moment; a past one stays, and PagerDuty
    /// refuses. Doing it again does no harm. Needs `schedules.write`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete_override(
        &self,
        schedule: &ScheduleId,
        id: &OverrideId,
    ) -> Result<Deletion, Error> {
        let operation = Operation::of("delete override", id.as_str());
        let path = ["schedules", schedule.as_str(), "overrides", id.as_str()];
        let call = Call::new(Method::DELETE, operation, &path).scope("schedules.write");
        match self.send(&call).await {
            Ok(_) => Ok(Deletion::Deleted),
            Err(Error::NotFound { .. }) => Ok(Deletion::AlreadyGone),
            Err(error) => Err(error),
        }
    }
}

#[derive(Serialize)]
struct CreateWire<'a> {
    overrides: Vec<NewOverrideWire<'a>>,
}

#[derive(Serialize)]
struct NewOverrideWire<'a> {
    start: String,
    end: String,
    user: UserWire<'a>,
}

#[derive(Serialize)]
struct UserWire<'a> {
    id: &'a UserId,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl<'a> NewOverrideWire<'a> {
    fn of(new: &'a NewOverride) -> Self {
        let NewOverride { user_id, window } = new;
        let kind = "user_reference";
        Self {
            start: in_seconds(window.since()),
            end: window.until_text(),
            user: UserWire { id: user_id, kind },
        }
    }
}

/// PagerDuty's API document shows a bare array of outcomes, its upgrade guide a wrapped array of overrides.
#[derive(Deserialize)]
#[serde(untagged)]
enum CreatedWire {
    Bare(Vec<ItemWire>),
    Wrapped { overrides: Vec<ItemWire> },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ItemWire {
    Plain(Override),
    WithStatus {
        status: u16,
        #[serde(rename = "override")]
        created: Option<Override>,
        errors: Option<Vec<String>>,
    },
    /// What is sent back beside a refusal need not be a whole override.
    Refused {
        status: u16,
        errors: Option<Vec<String>>,
    },
}

impl ItemWire {
    fn outcome(self) -> Option<Result<Override, OverrideRefused>> {
        let (status, created, errors) = match self {
            Self::Plain(created) => return Some(Ok(created)),
            Self::WithStatus {
                status,
                created,
                errors,
            } => (status, created, errors),
            Self::Refused { status, errors } => (status, None, errors),
        };
        let is_success = StatusCode::from_u16(status).is_ok_and(|status| status.is_success());
        match created {
            Some(created) if is_success => Some(Ok(created)),
            None if is_success => None,
            _ => Some(Err(OverrideRefused {
                status,
                errors: errors.unwrap_or_default(),
            })),
        }
    }
}
