//! `/teams` and their members.

use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::view::{View, found, with};
use crate::pagerduty::model::{Target, Team, World};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let is_wanted = |team: &&Team| call.query.matches(&[&team.name]);
    let teams: Vec<&Team> = world.teams.values().filter(is_wanted).collect();
    page(call, CLASSIC, "teams", &teams, |team| view.team(team)).map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let team = found(world.teams.get(call.id()))?;
    Ok(Answer::ok(
        json!({ "team": View::new(call, &world).team(team) }),
    ))
}

pub(super) fn members(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let team = found(world.teams.get(call.id()))?;
    let members: Vec<(&String, &String)> = team.members.iter().collect();
    let show = |(user, role): &(&String, &String)| {
        let user = match world.users.get(*user) {
            Some(found) if call.query.includes("users") => view.user(found, call),
            _ => view.user_ref(user),
        };
        json!({ "user": user, "role": role })
    };
    page(call, CLASSIC, "members", &members, show).map(Answer::ok)
}

pub(super) fn set_member(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.json()?;
    let role = body["role"].as_str().unwrap_or("manager");
    if !["observer", "responder", "manager"].contains(&role) {
        return Err(Problem::invalid(
            "role must be observer, responder or manager",
        ));
    }
    call.account.change(|world| {
        found(world.users.get(call.sub_id()))?;
        let team = found(world.teams.get_mut(call.id()))?;
        team.members
            .insert(call.sub_id().to_owned(), role.to_owned());
        Ok(Answer::no_content())
    })
}

pub(super) fn remove_member(call: &Call<'_>) -> Result<Answer, Problem> {
    let (team, user) = (call.id(), call.sub_id());
    call.account.change(|world| {
        found(world.users.get(user))?;
        found(world.teams.get(team))?;
        if is_target_in(world, team, user) {
            let reason =
                "User cannot be removed as they belong to an escalation policy on this team";
            return Err(Problem::invalid(reason));
        }
        let team = found(world.teams.get_mut(team))?;
        found(team.members.remove(user))?;
        Ok(Answer::no_content())
    })
}

/// Whether the user is a direct target of one of the team's policies.
fn is_target_in(world: &World, team: &str, user: &str) -> bool {
    let target = Target::user(user);
    let mut policies = world.policies_with(&target);
    policies.any(|policy| policy.team.as_deref() == Some(team))
}

impl View<'_> {
    pub(super) fn team(&self, team: &Team) -> Value {
        with(
            self.identity("team", &team.name, "teams", "teams", &team.id),
            json!({
                "name": team.name,
                "description": team.description,
                "default_role": "manager",
                "parent": Value::Null,
            }),
        )
    }
}
