//! Schedules of both kinds, with who is on them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    call::Call,
    client::Client,
    error::{Error, Operation},
    ids::{ScheduleId, TeamId},
    paging::{PAGE_ROWS, SHIFT_SCHEDULES_PAGE_ROWS},
    reference::{
        EscalationPolicyReference, ScheduleKind, ScheduleReference, TeamReference, UserReference,
    },
    resources::{
        schedule_wire::{LayerWire, ShiftWire},
        users::User,
    },
    window::Window,
};

/// Of PagerDuty's scopes the one that reads schedules.
const SCOPE: &str = "schedules.read";

/// Which layer-based schedules to list. Filters intersect; an empty one does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScheduleQuery {
    /// Part of the name.
    pub name_part: Option<String>,
    /// Of these teams only.
    pub team_ids: BTreeSet<TeamId>,
    /// With this window every schedule carries its shifts, so that one call reads a hundred of them. Shifts are cut to
    /// the window: this call has no way to ask for whole ones.
    pub rendered: Option<Window>,
}

/// A schedule of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Which one.
    pub id: ScheduleId,
    /// Of which kind.
    pub kind: ScheduleKind,
    /// The name; empty if PagerDuty gives none.
    pub name: String,
    /// The IANA time zone that its rotations follow, such as `Europe/Berlin`.
    pub time_zone: Option<String>,
    /// The teams that own it.
    pub teams: Vec<TeamReference>,
    /// The policies that use it; with none of them it does not appear among on-calls.
    pub escalation_policies: Vec<EscalationPolicyReference>,
    /// Everyone who takes part in a layer; empty for shift-based schedules.
    pub users: Vec<UserReference>,
    /// Who is on when; `None` if it was not asked for, or not given by the list.
    pub rendered: Option<Rendered>,
}

/// Who is on a schedule within a window: layers or rotations with all overrides applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// In PagerDuty's order; in shift-based schedules several may overlap.
    pub shifts: Vec<RenderedShift>,
    /// Entries whose person this crate cannot tell: of a kind that it does not know. Unless this is zero, someone may
    /// be on call who is not among the shifts.
    pub unknown_entries: usize,
}

/// One person's unbroken time on a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedShift {
    /// Who; shift-based schedules give the id alone.
    pub user: UserReference,
    /// From when on.
    pub starts_at: Timestamp,
    /// Until when, end excluded; `None` if it never ends.
    pub ends_at: Option<Timestamp>,
}

impl Client {
    /// All layer-based schedules that match. Shift-based ones are in another list, see
    /// [`Client::shift_schedules`].
    ///
    /// Needs `schedules.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn schedules(&self, query: &ScheduleQuery) -> Result<Vec<Schedule>, Error> {
        let mut call = Call::get(Operation::new("list schedules"), &["schedules"])
            .scope(SCOPE)
            .queries("query", &query.name_part)
            .queries("team_ids[]", &query.team_ids);
        if let Some(window) = query.rendered {
            call = call.window(window).query("include[]", "final_schedule");
        }
        let rows: Vec<LayerWire> = self.all_by_offset(call, "schedules", PAGE_ROWS).await?;
        let is_rendered = query.rendered.is_some();
        Ok(rows.into_iter().map(|row| row.read(is_rendered)).collect())
    }

    /// References to all shift-based schedules, a thousand per call.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn shift_schedules(&self) -> Result<Vec<ScheduleReference>, Error> {
        let call = Call::get(
            Operation::new("list shift-based schedules"),
            &["v3", "schedules"],
        )
        .scope(SCOPE);
        let mut schedules: Vec<ScheduleReference> = self
            .all_by_offset(call, "schedules", SHIFT_SCHEDULES_PAGE_ROWS)
            .await?;
        for schedule in &mut schedules {
            schedule.kind = ScheduleKind::ShiftBased;
        }
        Ok(schedules)
    }

    /// A schedule whose kind is not known: asked for as a shift-based one first, as PagerDuty advises. A known kind
    /// saves a call, see [`Client::layer_schedule`] and [`Client::shift_schedule`].
    ///
    /// # Errors
    /// See [`Error`]; [`Error::NotFound`] only if it is known as neither kind.
    pub async fn schedule(
        &self,
        id: &ScheduleId,
        rendered: Option<Window>,
    ) -> Result<Schedule, Error> {
        match self.shift_schedule(id, rendered).await {
            // 400 means layer-based. 404 is asked again as well: "gone" must be certain.
            Err(Error::Refused { status: 400, .. } | Error::NotFound { .. }) => {
                self.layer_schedule(id, rendered).await
            }
            answer => answer,
        }
    }

    /// A layer-based schedule; with a window also its shifts, whole ones even where they reach beyond it.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Malformed`] when shifts were asked for and none were given, as for the id of a
    /// shift-based schedule.
    pub async fn layer_schedule(
        &self,
        id: &ScheduleId,
        rendered: Option<Window>,
    ) -> Result<Schedule, Error> {
        let operation = Operation::of("get schedule", id.as_str());
        let mut call = Call::get(operation.clone(), &["schedules", id.as_str()]).scope(SCOPE);
        if let Some(window) = rendered {
            call = call.window(window).query("overflow", "true");
        }
        let wire: LayerWire = self.one(call, "schedule").await?;
        checked(operation, id, wire.read(rendered.is_some()), rendered)
    }

    /// A shift-based schedule; with a window also its shifts, which may be cut to it.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Refused`] with status 400 for the id of a layer-based schedule.
    pub async fn shift_schedule(
        &self,
        id: &ScheduleId,
        rendered: Option<Window>,
    ) -> Result<Schedule, Error> {
        let operation = Operation::of("get shift-based schedule", id.as_str());
        let path = ["v3", "schedules", id.as_str()];
        let mut call = Call::get(operation.clone(), &path).scope(SCOPE);
        if let Some(window) = rendered {
            call = call.window(window).query("include[]", "final_schedule");
        }
        let wire: ShiftWire = self.one(call, "schedule").await?;
        checked(operation, id, wire.into(), rendered)
    }

    /// The users of a layer-based schedule, with their e-mail addresses: those on call within the window, or without
    /// one everybody who takes part, on call or not.
    ///
    /// Needs `users.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn schedule_users(
        &self,
        id: &ScheduleId,
        window: Option<Window>,
    ) -> Result<Vec<User>, Error> {
        let operation = Operation::of("list users of schedule", id.as_str());
        let mut call =
            Call::get(operation, &["schedules", id.as_str(), "users"]).scope("users.read");
        if let Some(window) = window {
            call = call
                .query("since", window.since_text())
                .query("until", window.until_text());
        }
        self.whole(call, "users").await
    }
}

/// Refuses an answer about another schedule, and one without the shifts that were asked for.
fn checked(
    operation: Operation,
    id: &ScheduleId,
    schedule: Schedule,
    rendered: Option<Window>,
) -> Result<Schedule, Error> {
    let what = if schedule.id != *id {
        "it is about another schedule"
    } else if rendered.is_some() && schedule.rendered.is_none() {
        "it does not tell who is on when"
    } else {
        return Ok(schedule);
    };
    let what = what.to_owned();
    Err(Error::Malformed { operation, what })
}
