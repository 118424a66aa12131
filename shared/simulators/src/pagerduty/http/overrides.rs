//! `/schedules/{id}/overrides`: listed for a window, created in bulk, deleted or cut short.

use axum::http::StatusCode;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::problem::Problem;
use super::query::parse_time;
use super::view::{View, found, time};
use crate::pagerduty::model::{LayerSchedule, Override, Schedule, World};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let schedule = layered(found(world.schedules.get(call.id()))?)?;
    let zone = call.query.time_zone(&schedule.time_zone)?;
    let (since, until) = call.query.window(&zone)?;
    let overflow = call.query.flag("overflow");
    let editable = call.query.flag("editable");
    let is_wanted = |entry: &&Override| {
        entry.start < until && since < entry.end && (!editable || call.now < entry.end)
    };
    let shown = schedule.overrides.iter().filter(is_wanted).map(|entry| {
        let mut entry = entry.clone();
        if !overflow {
            entry.start = entry.start.max(since);
            entry.end = entry.end.min(until);
        }
        view.override_entry(&entry, &zone)
    });
    Ok(Answer::ok(
        json!({ "overrides": shown.collect::<Vec<_>>() }),
    ))
}

/// Answers 201 with a status per item, of which some may be 400.
pub(super) fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.json()?;
    let items = match (&body["overrides"], &body["override"]) {
        (Value::Array(items), _) => items.clone(),
        (_, one @ Value::Object(_)) => vec![one.clone()],
        _ => return Err(Problem::invalid("overrides must be a list")),
    };
    let answers: Result<Vec<Value>, Problem> = call.account.change(|world| {
        let zone = layered(found(world.schedules.get(call.id()))?)?
            .time_zone
            .clone();
        Ok(items
            .iter()
            .map(|item| create_one(call, world, item, &zone))
            .collect())
    });
    Ok(Answer(StatusCode::CREATED, Some(Value::Array(answers?))))
}

fn create_one(call: &Call<'_>, world: &mut World, item: &Value, zone: &TimeZone) -> Value {
    match read(call, world, item, zone) {
        Err(problem) => json!({ "status": 400, "errors": problem.messages(), "override": item }),
        Ok(entry) => {
            let shown = View::new(call, world).override_entry(&entry, zone);
            if let Some(Schedule::Layers(schedule)) = world.schedules.get_mut(call.id()) {
                schedule.overrides.push(entry);
            }
            json!({ "status": 201, "override": shown })
        }
    }
}

fn read(
    call: &Call<'_>,
    world: &mut World,
    item: &Value,
    zone: &TimeZone,
) -> Result<Override, Problem> {
    let at = |key: &str| {
        let at = item[key].as_str().and_then(|text| parse_time(text, zone));
        at.ok_or_else(|| Problem::invalid(format!("{key} must be an ISO 8601 time")))
    };
    let (start, end) = (at("start")?, at("end")?);
    let user = item["user"]["id"]
        .as_str()
        .filter(|user| world.users.contains_key(*user));
    let user = user.ok_or_else(|| Problem::invalid("user must be a user of the account"))?;
    if end <= start {
        return Err(Problem::invalid("Override must end after its start"));
    }
    if end <= call.now {
        return Err(Problem::invalid("Override must end in the future"));
    }
    Ok(Override {
        id: world.mint.long(),
        user: user.to_owned(),
        // Time that has passed stays as it was.
        start: start.max(call.now),
        end,
    })
}

/// 204 removes one that has not begun; 200 cuts a running one short; a past one is refused.
pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    call.account.change(|world| {
        let Some(Schedule::Layers(schedule)) = world.schedules.get_mut(call.id()) else {
            return Err(Problem::not_found());
        };
        let place = schedule
            .overrides
            .iter()
            .position(|entry| entry.id == call.sub_id());
        let place = found(place)?;
        let entry = &mut schedule.overrides[place];
        if entry.end <= call.now {
            return Err(Problem::invalid("Override has already ended"));
        }
        if entry.start < call.now {
            entry.end = call.now;
            return Ok(Answer(StatusCode::OK, Some(json!({}))));
        }
        schedule.overrides.remove(place);
        Ok(Answer::no_content())
    })
}

/// The layer-based API's own errors for a v3 schedule.
fn layered(schedule: &Schedule) -> Result<&LayerSchedule, Problem> {
    match schedule {
        Schedule::Layers(schedule) => Ok(schedule),
        Schedule::Shifts(_) => Err(Problem::invalid(
            "this schedule has no layers; use /v3/schedules",
        )),
    }
}

impl View<'_> {
    fn override_entry(&self, entry: &Override, zone: &TimeZone) -> Value {
        json!({
            "id": entry.id,
            "start": time(entry.start, zone),
            "end": time(entry.end, zone),
            "user": self.user_ref(&entry.user),
        })
    }
}
