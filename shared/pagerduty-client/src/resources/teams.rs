//! Teams and who is in them.

use serde::Deserialize;

use crate::{
    call::Call,
    client::Client,
    error::{Error, Operation},
    fields::words,
    ids::TeamId,
    paging::PAGE_ROWS,
    reference::UserReference,
};

/// Of PagerDuty's scopes the one that reads teams.
const SCOPE: &str = "teams.read";

words! {
    /// What a member may do with the team's resources.
    TeamRole {
        /// Sees them.
        Observer = "observer",
        /// Works on incidents.
        Responder = "responder",
        /// Changes everything of the team.
        Manager = "manager",
    }
}

/// Which teams to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamQuery {
    /// Part of the name; all teams without it.
    pub name_part: Option<String>,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "TeamWire")]
pub struct Team {
    /// Which one.
    pub id: TeamId,
    /// The name; empty if PagerDuty gives none.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}

#[derive(Deserialize)]
struct TeamWire {
    id: TeamId,
    name: Option<String>,
    summary: Option<String>,
    description: Option<String>,
}

impl From<TeamWire> for Team {
    fn from(wire: TeamWire) -> Self {
        Self {
            id: wire.id,
            name: wire.name.or(wire.summary).unwrap_or_default(),
            description: wire.description,
        }
    }
}

/// A person in a team.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TeamMember {
    /// Who, with e-mail address.
    pub user: UserReference,
    /// As what.
    pub role: Option<TeamRole>,
}

impl Client {
    /// All teams that match.
    ///
    /// Needs `teams.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn teams(&self, query: &TeamQuery) -> Result<Vec<Team>, Error> {
        let call = Call::get(Operation::new("list teams"), &["teams"])
            .scope(SCOPE)
            .queries("query", &query.name_part);
        self.all_by_offset(call, "teams", PAGE_ROWS).await
    }

    /// Everyone in a team.
    ///
    /// Needs `teams.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn team_members(&self, id: &TeamId) -> Result<Vec<TeamMember>, Error> {
        let operation = Operation::of("list members of team", id.as_str());
        let call = Call::get(operation, &["teams", id.as_str(), "members"])
            .scope(SCOPE)
            .query("include[]", "users");
        self.all_by_offset(call, "members", PAGE_ROWS).await
    }
}
