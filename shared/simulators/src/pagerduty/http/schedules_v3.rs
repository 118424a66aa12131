//! `/v3/schedules`: references in the list, rotations and computed shifts in the detail.

use axum::http::StatusCode;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{V3, page};
use super::problem::Problem;
use super::rendered::percentage;
use super::view::{View, found, time, with, zone_name};
use crate::pagerduty::model::{
    Event, Member, Recurrence, Schedule, ShiftSchedule, Strategy, Target, World,
};
use crate::pagerduty::render::{self, Assignment, Source};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let is_v3 = |schedule: &&Schedule| matches!(schedule, Schedule::Shifts(_));
    let mut ids: Vec<(&str, &str)> = world
        .schedules
        .iter()
        .filter(|(_, schedule)| is_v3(schedule))
        .map(|(id, schedule)| (schedule.name(), id.as_str()))
        .collect();
    ids.sort_unstable();
    page(call, V3, "schedules", &ids, |(_, id)| view.schedule_ref(id)).map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let schedule = shift_based(&world, call.id())?;
    let rotations: Vec<Value> = schedule
        .rotations
        .iter()
        .map(|rotation| {
            let events = rotation
                .events
                .iter()
                .map(|event| event_view(event, &schedule.time_zone));
            json!({
                "id": rotation.id,
                "type": "schedule_rotation",
                "events": events.collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut body = with(
        view.shift_schedule(schedule),
        json!({ "rotations": rotations }),
    );
    let includes = call.query.all("include[]");
    if let Some(other) = includes
        .iter()
        .find(|include| **include != "final_schedule")
    {
        return Err(Problem::invalid(format!("include[] knows no `{other}`")));
    }
    if !includes.is_empty() {
        let zone = call.query.time_zone(&TimeZone::UTC)?;
        let (since, until) = call.query.window(&zone)?;
        body["final_schedule"] = final_schedule(schedule, since, until, &zone);
    }
    Ok(Answer::ok(json!({ "schedule": body })))
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    call.account.change(|world| {
        shift_based(world, call.id())?;
        if world
            .policies_with(&Target::schedule(call.id()))
            .next()
            .is_some()
        {
            return Err(Problem::invalid(
                "the schedule is used by escalation policies",
            ));
        }
        world.delete_schedule(call.id());
        Ok(Answer(StatusCode::NO_CONTENT, None))
    })
}

/// A v3 schedule; a layer-based one is 400, which tells the caller to use the other API.
pub(super) fn shift_based<'w>(world: &'w World, id: &str) -> Result<&'w ShiftSchedule, Problem> {
    match found(world.schedules.get(id))? {
        Schedule::Shifts(schedule) => Ok(schedule),
        Schedule::Layers(_) => Err(not_upgraded()),
    }
}

pub(super) fn not_upgraded() -> Problem {
    Problem::of_status(StatusCode::BAD_REQUEST)
        .about("schedule_id", "is a layer-based schedule; use /schedules")
}

fn final_schedule(
    schedule: &ShiftSchedule,
    since: Timestamp,
    until: Timestamp,
    zone: &TimeZone,
) -> Value {
    let assignments = render::assignments(schedule, since, until);
    let people = render::shifts(schedule, since, until);
    let shown = assignments
        .iter()
        .map(|found| assignment(found, since, until, zone));
    json!({
        "type": "final_schedule",
        "rendered_coverage_percentage": percentage(&people, since, until),
        "computed_shift_assignments": shown.collect::<Vec<_>>(),
    })
}

fn assignment(found: &Assignment, since: Timestamp, until: Timestamp, zone: &TimeZone) -> Value {
    let source = match &found.source {
        Source::Rotation(id) => json!({ "type": "schedule_rotation", "rotation_id": id }),
        Source::CustomShift(id) => json!({ "type": "custom_shift", "shift_id": id }),
        Source::RotationOverride { rotation, by } => json!({
            "type": "schedule_rotation_override",
            "rotation_id": rotation,
            "override_id": by,
        }),
        Source::CustomShiftOverride { shift, by } => json!({
            "type": "custom_shift_override",
            "shift_id": shift,
            "override_id": by,
        }),
        Source::Layer(_) | Source::Override(_) => unreachable!("a v3 schedule has no layers"),
    };
    json!({
        "type": "computed_shift_assignment",
        "start_time": time(found.start.max(since), zone),
        "end_time": time(found.end.min(until), zone),
        "member": member(&found.member),
        "source": source,
    })
}

pub(super) fn member(member: &Member) -> Value {
    match member {
        Member::User(id) => json!({ "type": "user_member", "user_id": id }),
        Member::Empty => json!({ "type": "empty_member" }),
    }
}

fn event_view(event: &Event, zone: &TimeZone) -> Value {
    let zoned = |at: civil::DateTime| {
        let at = at
            .to_zoned(zone.clone())
            .expect("events lie within jiff's years");
        json!({ "date_time": time(at.timestamp(), zone), "time_zone": zone_name(zone) })
    };
    let start = event
        .start
        .to_zoned(zone.clone())
        .expect("events lie within jiff's years");
    let since = event.effective_since.unwrap_or_else(|| start.timestamp());
    let mut strategy = json!({
        "type": "every_member_assignment_strategy",
        "members": event.members.iter().map(member).collect::<Vec<_>>(),
    });
    if let Strategy::Rotating { shifts_per_member } = event.strategy {
        strategy["type"] = json!("rotating_member_assignment_strategy");
        strategy["shifts_per_member"] = json!(shifts_per_member);
    }
    json!({
        "id": event.id,
        "type": "schedule_event",
        "name": event.name,
        "start_time": zoned(event.start),
        "end_time": zoned(event.start + event.lasts),
        "effective_since": time(since, &TimeZone::UTC),
        "effective_until": event.effective_until.map(|until| time(until, &TimeZone::UTC)),
        "recurrence": [rule(&event.recurrence)],
        "assignment_strategy": strategy,
    })
}

/// The recurrence as an RFC 5545 rule.
fn rule(recurrence: &Recurrence) -> String {
    let interval = |every: u32| {
        if every == 1 {
            String::new()
        } else {
            format!(";INTERVAL={every}")
        }
    };
    match recurrence {
        Recurrence::Daily(every) => format!("RRULE:FREQ=DAILY{}", interval(*every)),
        Recurrence::Weekly(every, days) => {
            let days: Vec<&str> = days.iter().copied().map(short).collect();
            format!(
                "RRULE:FREQ=WEEKLY{};BYDAY={}",
                interval(*every),
                days.join(",")
            )
        }
    }
}

fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

impl View<'_> {
    /// A v3 schedule without rotations and without anything computed.
    pub(super) fn shift_schedule(&self, schedule: &ShiftSchedule) -> Value {
        with(
            self.identity(
                "schedule_v3",
                &schedule.name,
                "v3/schedules",
                "schedules",
                &schedule.id,
            ),
            json!({
                "name": schedule.name,
                "description": schedule.description,
                "time_zone": zone_name(&schedule.time_zone),
                "escalation_policies": self.policies_of(&schedule.id),
                "teams": self.team_refs(&schedule.teams),
                "http_cal_url": self.calendar("https", &schedule.id),
                "web_cal_url": self.calendar("webcal", &schedule.id),
            }),
        )
    }
}
