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
use super::view::{View, found, time, with, zone_name};
use crate::pagerduty::model::{Layer, LayerSchedule, Schedule, ShiftSchedule, Target};
use crate::pagerduty::render::{self, Entry};

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

/// How entries are to be shown.
struct Rendering<'a> {
    window: Option<(Timestamp, Timestamp)>,
    /// Entries keep their own ends instead of being cut to the window.
    overflow: bool,
    zone: &'a TimeZone,
}

impl<'a> Rendering<'a> {
    fn new(window: Option<(Timestamp, Timestamp)>, overflow: bool, zone: &'a TimeZone) -> Self {
        Self {
            window,
            overflow,
            zone,
        }
    }

    /// A sub-schedule: its entries and how much of the window they cover.
    fn show(
        &self,
        view: &View<'_>,
        name: &str,
        entries: impl FnOnce(Timestamp, Timestamp) -> Vec<Entry>,
    ) -> Value {
        let (mut shown, mut coverage) = (Vec::new(), Value::Null);
        if let Some((since, until)) = self.window {
            let entries = entries(since, until);
            coverage = percentage(&entries, since, until);
            for entry in entries {
                let entry = if self.overflow {
                    entry
                } else {
                    entry.clipped(since, until)
                };
                shown.push(json!({
                    "start": time(entry.start, self.zone),
                    "end": time(entry.end, self.zone),
                    "user": view.user_ref(&entry.user),
                }));
            }
        }
        json!({
            "name": name,
            "rendered_schedule_entries": shown,
            "rendered_coverage_percentage": coverage,
        })
    }
}

/// How much of the window the entries (which may overlap) cover, from 0 to 100.
pub(super) fn percentage(entries: &[Entry], since: Timestamp, until: Timestamp) -> Value {
    let (mut covered, mut reached) = (SignedDuration::ZERO, since);
    for entry in entries {
        let (start, end) = (entry.start.max(reached), entry.end.min(until));
        if start < end {
            covered += start.duration_until(end);
            reached = end;
        }
    }
    let whole = since.duration_until(until).as_secs_f64();
    if whole <= 0.0 {
        return json!(if entries.is_empty() { 0.0 } else { 100.0 });
    }
    json!((covered.as_secs_f64() / whole * 1000.0).round() / 10.0)
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

    fn rendered_parts(
        &self,
        schedule: &LayerSchedule,
        rendering: &Rendering<'_>,
    ) -> [(&'static str, Value); 3] {
        let layers = schedule.layers.iter().rev();
        let layers: Vec<Value> = layers
            .map(|layer| self.layer(layer, &schedule.time_zone, rendering))
            .collect();
        let overrides = rendering.show(self, "Overrides", |since, until| {
            render::overrides(schedule, since, until)
        });
        let last = rendering.show(self, "Final Schedule", |since, until| {
            render::layers(schedule, since, until)
        });
        [
            ("schedule_layers", json!(layers)),
            ("overrides_subschedule", overrides),
            ("final_schedule", last),
        ]
    }

    fn layer(&self, layer: &Layer, zone: &TimeZone, rendering: &Rendering<'_>) -> Value {
        let start = layer
            .start
            .to_zoned(zone.clone())
            .map(|start| start.timestamp());
        let start = time(
            start.expect("a layer starts in jiff's years"),
            rendering.zone,
        );
        let users = layer
            .users
            .iter()
            .map(|user| json!({ "user": self.user_ref(user) }));
        let restrictions = layer.restrictions.iter().map(|limit| {
            let mut shown = json!({
                "type": "daily_restriction",
                "start_time_of_day": limit.from.strftime("%H:%M:%S").to_string(),
                "duration_seconds": limit.lasts.as_secs(),
            });
            if let Some(weekday) = limit.weekday {
                shown["type"] = json!("weekly_restriction");
                shown["start_day_of_week"] = json!(weekday.to_monday_one_offset());
            }
            shown
        });
        let rendered = rendering.show(self, &layer.name, |since, until| {
            render::layer_entries(layer, zone, since, until)
        });
        with(
            rendered,
            json!({
                "id": layer.id,
                "start": start,
                "end": layer.end.map(|end| time(end, rendering.zone)),
                "rotation_virtual_start": start,
                "rotation_turn_length_seconds": layer.turn.as_secs(),
                "users": users.collect::<Vec<_>>(),
                "restrictions": restrictions.collect::<Vec<_>>(),
            }),
        )
    }
}
