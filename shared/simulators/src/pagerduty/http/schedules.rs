//! `/schedules`: layer-based schedules, alone and with their rendered entries.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::query::ordered;
use super::rendered::Rendering;
use super::view::{View, found, with, zone_name};
use crate::pagerduty::model::{LayerSchedule, Schedule, ShiftSchedule, Target};
use crate::pagerduty::render;

/// How far a window reaches when only one of its ends is given.
const DEFAULT_RANGE: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let window = window(call, &TimeZone::UTC)?;
    let world = call.account.world();
    let view = View::new(call, &world);
    let mut schedules: Vec<&LayerSchedule> = world
        .schedules
        .values()
        .filter_map(|schedule| match schedule {
            Schedule::Layers(schedule) => Some(schedule),
            Schedule::Shifts(_) => None,
        })
        .filter(|schedule| {
            call.query.matches(&[&schedule.name])
                && call
                    .query
                    .allows("team_ids[]", schedule.teams.iter().map(String::as_str))
        })
        .collect();
    schedules.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let zone = call.query.time_zone(&TimeZone::UTC)?;
    let show = |schedule: &&LayerSchedule| {
        let zone = call
            .query
            .one("time_zone")
            .map_or(&schedule.time_zone, |_| &zone);
        let rendering = Rendering::new(window, false, zone);
        let mut body = view.layer_schedule(schedule);
        for (part, value) in view.rendered_parts(schedule, &rendering) {
            if call.query.includes(part) {
                body[part] = value;
            }
        }
        body
    };
    page(call, CLASSIC, "schedules", &schedules, show).map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let body = match found(world.schedules.get(call.id()))? {
        Schedule::Layers(schedule) => {
            let zone = call.query.time_zone(&schedule.time_zone)?;
            let overflow = call.query.flag("overflow");
            let rendering = Rendering::new(window(call, &zone)?, overflow, &zone);
            let parts = view.rendered_parts(schedule, &rendering);
            with(
                view.layer_schedule(schedule),
                parts
                    .into_iter()
                    .map(|(part, value)| (part.to_owned(), value))
                    .collect(),
            )
        }
        // PagerDuty answers, but with no layers and nothing rendered: a reader that takes this
        // for an empty schedule has a bug.
        Schedule::Shifts(schedule) => {
            let empty = |name: &str| json!({ "name": name, "rendered_schedule_entries": [], "rendered_coverage_percentage": Value::Null });
            with(
                view.hollow_schedule(schedule),
                json!({
                    "schedule_layers": [],
                    "overrides_subschedule": empty("Overrides"),
                    "final_schedule": empty("Final Schedule"),
                }),
            )
        }
    };
    Ok(Answer::ok(json!({ "schedule": body })))
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    call.account.change(|world| {
        let target = Target::schedule(call.id());
        found(world.schedules.get(call.id()))?;
        if world.policies_with(&target).next().is_some() {
            return Err(Problem::invalid(
                "Schedule can't be deleted if it's being used by escalation policies",
            ));
        }
        world.delete_schedule(call.id());
        Ok(Answer(StatusCode::NO_CONTENT, None))
    })
}

/// Without a window all members; with one, those on call in it. Not paged.
pub(super) fn users(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let ids: BTreeSet<String> = match found(world.schedules.get(call.id()))? {
        Schedule::Shifts(_) => BTreeSet::new(),
        Schedule::Layers(schedule) => match window(call, &schedule.time_zone)? {
            Some((since, until)) => {
                let entries = render::layers(schedule, since, until);
                entries.into_iter().map(|entry| entry.user).collect()
            }
            None => members(schedule),
        },
    };
    let users = ids.iter().filter_map(|id| world.users.get(id));
    let users: Vec<Value> = users.map(|user| view.user(user, call)).collect();
    Ok(Answer::ok(json!({ "users": users })))
}

/// Everyone in a layer or an override.
fn members(schedule: &LayerSchedule) -> BTreeSet<String> {
    let of_layers = schedule.layers.iter().flat_map(|layer| &layer.users);
    let of_overrides = schedule.overrides.iter().map(|entry| &entry.user);
    of_layers.chain(of_overrides).cloned().collect()
}

/// The asked window; a missing end is a fortnight from the other, no window at all is `None`.
fn window(call: &Call<'_>, zone: &TimeZone) -> Result<Option<(Timestamp, Timestamp)>, Problem> {
    let (since, until) = match (
        call.query.time("since", zone)?,
        call.query.time("until", zone)?,
    ) {
        (None, None) => return Ok(None),
        (Some(since), None) => (since, since + DEFAULT_RANGE),
        (None, Some(until)) => (until - DEFAULT_RANGE, until),
        (Some(since), Some(until)) => (since, until),
    };
    ordered(since, until).map(Some)
}

impl View<'_> {
    /// A schedule of either kind without anything rendered.
    pub(super) fn bare_schedule(&self, id: &str, schedule: &Schedule) -> Value {
        debug_assert!(!id.is_empty(), "a schedule has an id");
        match schedule {
            Schedule::Layers(schedule) => self.layer_schedule(schedule),
            Schedule::Shifts(schedule) => self.shift_schedule(schedule),
        }
    }

    fn layer_schedule(&self, schedule: &LayerSchedule) -> Value {
        let ids = members(schedule);
        let users: Vec<Value> = ids.iter().map(|id| self.user_ref(id)).collect();
        with(
            self.identity(
                "schedule",
                &schedule.name,
                "schedules",
                "schedules",
                &schedule.id,
            ),
            json!({
                "name": schedule.name,
                "description": schedule.description,
                "time_zone": zone_name(&schedule.time_zone),
                "escalation_policies": self.policies_of(&schedule.id),
                "users": users,
                "teams": self.team_refs(&schedule.teams),
                "http_cal_url": self.calendar("https", &schedule.id),
                "web_cal_url": self.calendar("webcal", &schedule.id),
            }),
        )
    }

    /// What the layer-based API makes of a v3 schedule.
    fn hollow_schedule(&self, schedule: &ShiftSchedule) -> Value {
        with(
            self.identity(
                "schedule",
                &schedule.name,
                "schedules",
                "schedules",
                &schedule.id,
            ),
            json!({
                "name": schedule.name,
                "description": schedule.description,
                "time_zone": zone_name(&schedule.time_zone),
                "escalation_policies": self.policies_of(&schedule.id),
                "users": [],
                "teams": self.team_refs(&schedule.teams),
            }),
        )
    }

    pub(super) fn policies_of(&self, schedule: &str) -> Vec<Value> {
        let target = Target::schedule(schedule);
        let policies = self.world.policies_with(&target);
        policies.map(|policy| self.policy_ref(&policy.id)).collect()
    }

    pub(super) fn calendar(&self, scheme: &str, schedule: &str) -> String {
        self.web().replace("https", scheme) + "/private/feed/" + schedule
    }
}
