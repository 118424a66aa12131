//! `/users`: found by a part of name or e-mail, changed, deleted.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::view::{View, found, with};
use crate::pagerduty::model::{Team, User};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let is_wanted = |user: &&User| {
        let teams = view.teams_of(&user.id).map(|team| team.id.as_str());
        call.query.matches(&[&user.name, &user.email]) && call.query.allows("team_ids[]", teams)
    };
    let users: Vec<&User> = world.users.values().filter(is_wanted).collect();
    let show = |user: &&User| view.user(user, call);
    page(call, CLASSIC, "users", &users, show).map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let user = found(world.users.get(call.id()))?;
    let user = View::new(call, &world).user(user, call);
    Ok(Answer::ok(json!({ "user": user })))
}

pub(super) fn update(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.json()?;
    let text = |field: &str| body["user"][field].as_str().map(str::to_owned);
    let (Some(name), Some(email)) = (text("name"), text("email")) else {
        return Err(Problem::invalid("user needs name and email").about("user", "incomplete"));
    };
    call.account.change(|world| {
        let is_taken = world
            .users
            .values()
            .any(|user| user.id != call.id() && user.email.eq_ignore_ascii_case(&email));
        let user = found(world.users.get_mut(call.id()))?;
        if is_taken {
            return Err(Problem::invalid("Email has already been taken"));
        }
        user.name = name;
        user.email = email;
        user.role = text("role").unwrap_or_else(|| user.role.clone());
        user.time_zone = text("time_zone").unwrap_or_else(|| user.time_zone.clone());
        user.job_title = text("job_title").or_else(|| user.job_title.clone());
        Ok(())
    })?;
    get(call)
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    call.account.change(|world| {
        found(world.users.get(call.id()))?;
        let mut open = world
            .incidents
            .values()
            .flat_map(|incident| &incident.assignments);
        if open.any(|(user, _)| user == call.id()) {
            return Err(Problem::invalid("User has assigned incidents"));
        }
        world.remove_user(call.id());
        Ok(Answer(StatusCode::NO_CONTENT, None))
    })
}

impl View<'_> {
    /// The teams a user is in.
    pub(super) fn teams_of<'s>(&'s self, user: &'s str) -> impl Iterator<Item = &'s Team> {
        self.world
            .teams
            .values()
            .filter(move |team| team.members.contains_key(user))
    }

    /// A whole user; `include[]` turns references into objects.
    pub(super) fn user(&self, user: &User, call: &Call<'_>) -> Value {
        let teams = self.teams_of(&user.id);
        let teams: Vec<Value> = if call.query.includes("teams") {
            teams.map(|team| self.team(team)).collect()
        } else {
            teams.map(|team| self.team_ref(&team.id)).collect()
        };
        with(
            self.identity("user", &user.name, "users", "users", &user.id),
            json!({
                "name": user.name,
                "email": user.email,
                "time_zone": user.time_zone,
                "color": "teal",
                "role": user.role,
                "avatar_url": format!("{}/avatars/{}.png", self.web(), user.id),
                "description": Value::Null,
                "invitation_sent": false,
                "job_title": user.job_title,
                "teams": teams,
                "contact_methods": [self.contact_method(user, call.query.includes("contact_methods"))],
                "notification_rules": [],
            }),
        )
    }

    fn contact_method(&self, user: &User, whole: bool) -> Value {
        let id = format!("C{}", user.id);
        let path = format!("users/{}/contact_methods", user.id);
        let kind = if whole {
            "email_contact_method"
        } else {
            "email_contact_method_reference"
        };
        let mut method = self.identity(kind, "Default", &path, "contact_methods", &id);
        method["html_url"] = Value::Null;
        if whole {
            let more = json!({
                "label": "Default",
                "address": user.email,
                "send_short_email": false,
                "send_html_email": true,
            });
            method = with(method, more);
        }
        method
    }
}
