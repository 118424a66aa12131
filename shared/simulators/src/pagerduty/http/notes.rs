//! `/incidents/{id}/notes`: what people and programs write on an incident.

use axum::http::StatusCode;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::problem::Problem;
use super::view::{View, found, time};
use crate::pagerduty::model::Note;

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let incident = found(world.incidents.get(call.id()))?;
    let view = View::new(call, &world);
    let notes = incident.notes.iter().map(|note| view.note(note));
    Ok(Answer::ok(json!({ "notes": notes.collect::<Vec<_>>() })))
}

pub(super) fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.json()?;
    let content = body["note"]["content"].as_str();
    let content = content.filter(|content| !content.trim().is_empty());
    let content = content.ok_or_else(|| Problem::invalid("content must be given"))?;
    let author = author(call)?;
    found(call.account.world().incidents.get(call.id()))?;
    let id = call
        .account
        .annotate_incident(call.id(), content, Some(&author));
    let world = call.account.world();
    let notes = &found(world.incidents.get(call.id()))?.notes;
    let note = found(notes.iter().find(|note| note.id == id))?;
    let note = View::new(call, &world).note(note);
    Ok(Answer(StatusCode::CREATED, Some(json!({ "note": note }))))
}

/// The user whom `From` names, by any case of the address.
fn author(call: &Call<'_>) -> Result<String, Problem> {
    let unknown = |code, message| Problem::new(StatusCode::BAD_REQUEST, code, message);
    let from = call
        .from
        .ok_or_else(|| unknown(2011, "Requester ID Missing"))?;
    let world = call.account.world();
    let user = world
        .users
        .values()
        .find(|user| user.email.eq_ignore_ascii_case(from));
    user.map(|user| user.id.clone())
        .ok_or_else(|| unknown(1008, "Requester User Not Found"))
}

impl View<'_> {
    fn note(&self, note: &Note) -> Value {
        json!({
            "id": note.id,
            "user": self.user_ref(&note.user),
            "channel": { "summary": "The PagerDuty website or APIs" },
            "content": note.content,
            "created_at": time(note.created_at, &TimeZone::UTC),
        })
    }
}
