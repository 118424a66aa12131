//! Overrides and custom shifts of a v3 schedule.

use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{V3_PARTS, page};
use super::problem::Problem;
use super::query::parse_time;
use super::schedules_v3::{member, not_upgraded, shift_based};
use super::view::{found, time};
use crate::pagerduty::model::{
    CustomShift, Member, Overridden, Schedule, ShiftOverride, ShiftSchedule, World,
};

pub(super) fn overrides(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let schedule = shift_based(&world, call.id())?;
    let (since, until) = call.query.window(&TimeZone::UTC)?;
    let is_wanted = |entry: &&ShiftOverride| entry.start < until && since < entry.end;
    let entries: Vec<&ShiftOverride> = schedule.overrides.iter().filter(is_wanted).collect();
    page(call, V3_PARTS, "overrides", &entries, |entry| {
        override_view(entry)
    })
    .map(Answer::ok)
}

pub(super) fn custom_shifts(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let schedule = shift_based(&world, call.id())?;
    let (since, until) = call.query.window(&TimeZone::UTC)?;
    let is_wanted = |shift: &&CustomShift| shift.start < until && since < shift.end;
    let shifts: Vec<&CustomShift> = schedule.custom_shifts.iter().filter(is_wanted).collect();
    page(call, V3_PARTS, "custom_shifts", &shifts, |shift| {
        shift_view(shift)
    })
    .map(Answer::ok)
}

/// All or none: v3 has no status per item.
pub(super) fn create_overrides(call: &Call<'_>) -> Result<Answer, Problem> {
    let items = items(call, "overrides")?;
    let shown: Result<Vec<Value>, Problem> = call.account.change(|world| {
        let made: Result<Vec<_>, _> = items
            .iter()
            .map(|item| read_override(world, call.id(), item))
            .collect();
        let made = made?;
        let shown = made.iter().map(override_view).collect();
        shift_based_mut(world, call.id())?.overrides.extend(made);
        Ok(shown)
    });
    Ok(Answer(
        StatusCode::CREATED,
        Some(json!({ "overrides": shown? })),
    ))
}

/// All or none: v3 has no status per item.
pub(super) fn create_custom_shifts(call: &Call<'_>) -> Result<Answer, Problem> {
    let items = items(call, "custom_shifts")?;
    let shown: Result<Vec<Value>, Problem> = call.account.change(|world| {
        shift_based(world, call.id())?;
        let made: Result<Vec<_>, _> = items.iter().map(|item| read_shift(world, item)).collect();
        let made = made?;
        let shown = made.iter().map(shift_view).collect();
        shift_based_mut(world, call.id())?
            .custom_shifts
            .extend(made);
        Ok(shown)
    });
    Ok(Answer(
        StatusCode::CREATED,
        Some(json!({ "custom_shifts": shown? })),
    ))
}

pub(super) fn delete_override(call: &Call<'_>) -> Result<Answer, Problem> {
    call.account.change(|world| {
        let schedule = shift_based_mut(world, call.id())?;
        let place = schedule
            .overrides
            .iter()
            .position(|entry| entry.id == call.sub_id());
        schedule.overrides.remove(found(place)?);
        Ok(Answer::no_content())
    })
}

pub(super) fn delete_custom_shift(call: &Call<'_>) -> Result<Answer, Problem> {
    call.account.change(|world| {
        let schedule = shift_based_mut(world, call.id())?;
        let place = schedule
            .custom_shifts
            .iter()
            .position(|shift| shift.id == call.sub_id());
        schedule.custom_shifts.remove(found(place)?);
        Ok(Answer::no_content())
    })
}

fn items(call: &Call<'_>, key: &str) -> Result<Vec<Value>, Problem> {
    match call.json()?.get(key) {
        Some(Value::Array(items)) if !items.is_empty() => Ok(items.clone()),
        _ => Err(field(key, "must be a list with one item at least")),
    }
}

fn read_override(world: &mut World, id: &str, item: &Value) -> Result<ShiftOverride, Problem> {
    let source = match (
        item["rotation_id"].as_str(),
        item["custom_shift_id"].as_str(),
    ) {
        (Some(rotation), None) => Overridden::Rotation(rotation.to_owned()),
        (None, Some(shift)) => Overridden::CustomShift(shift.to_owned()),
        _ => return Err(field("rotation_id", "name a rotation or a custom shift")),
    };
    if !shift_based(world, id)?.has(&source) {
        return Err(field("rotation_id", "is not of this schedule"));
    }
    if item["type"] != "override_shift" {
        return Err(field("type", "must be override_shift"));
    }
    let (start, end) = read_times(item)?;
    Ok(ShiftOverride {
        source,
        overridden: read_member(world, item, "overridden_member")?,
        overriding: read_member(world, item, "overriding_member")?,
        id: world.mint.wide(),
        start,
        end,
    })
}

fn read_shift(world: &mut World, item: &Value) -> Result<CustomShift, Problem> {
    let Some([assignment]) = item["assignments"].as_array().map(Vec::as_slice) else {
        return Err(field("assignments", "must have exactly one item"));
    };
    let (start, end) = read_times(item)?;
    Ok(CustomShift {
        member: read_member(world, assignment, "member")?,
        id: world.mint.wide(),
        start,
        end,
    })
}

fn read_times(item: &Value) -> Result<(Timestamp, Timestamp), Problem> {
    let at = |key: &str| {
        let at = item[key]
            .as_str()
            .and_then(|text| parse_time(text, &TimeZone::UTC));
        at.ok_or_else(|| field(key, "must be an ISO 8601 time"))
    };
    let (start, end) = (at("start_time")?, at("end_time")?);
    if end <= start {
        return Err(field("end_time", "must be after start_time"));
    }
    Ok((start, end))
}

fn read_member(world: &World, item: &Value, key: &str) -> Result<Member, Problem> {
    let place = &item[key];
    match (place["type"].as_str(), place["user_id"].as_str()) {
        (Some("empty_member"), _) => Ok(Member::Empty),
        (Some("user_member"), Some(user)) if world.users.contains_key(user) => {
            Ok(Member::user(user))
        }
        _ => Err(field(key, "must be a user of the account or empty_member")),
    }
}

fn field(key: &str, detail: &str) -> Problem {
    Problem::of_status(StatusCode::BAD_REQUEST).about(key, detail)
}

fn shift_based_mut<'w>(world: &'w mut World, id: &str) -> Result<&'w mut ShiftSchedule, Problem> {
    match found(world.schedules.get_mut(id))? {
        Schedule::Shifts(schedule) => Ok(schedule),
        Schedule::Layers(_) => Err(not_upgraded()),
    }
}

fn override_view(entry: &ShiftOverride) -> Value {
    let mut shown = json!({
        "id": entry.id,
        "type": "override_shift",
        "start_time": time(entry.start, &TimeZone::UTC),
        "end_time": time(entry.end, &TimeZone::UTC),
        "overridden_member": member(&entry.overridden),
        "overriding_member": member(&entry.overriding),
    });
    match &entry.source {
        Overridden::Rotation(id) => shown["rotation_id"] = json!(id),
        Overridden::CustomShift(id) => shown["custom_shift_id"] = json!(id),
    }
    shown
}

fn shift_view(shift: &CustomShift) -> Value {
    json!({
        "id": shift.id,
        "type": "custom_shift",
        "start_time": time(shift.start, &TimeZone::UTC),
        "end_time": time(shift.end, &TimeZone::UTC),
        "assignments": [{ "type": "shift_assignment", "member": member(&shift.member) }],
    })
}
