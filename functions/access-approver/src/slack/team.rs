//! Whose workspace a request comes from: people of another one are refused, whatever they say.

use super::app::App;
use super::problem::Problem;
use crate::deps::Deps;
use slack_client::{EnterpriseId, Sender, SlackError, TeamId};
use tracing::{error, warn};

/// Refuses a sender who is not of the app's own workspace.
///
/// That is the one of the configuration, or else that of the bot token, which Slack is asked for once.
pub(super) async fn check(deps: &Deps, app: &App<'_>, sender: &Sender) -> Result<(), Problem> {
    let own = own(deps, app).await.map_err(|error| {
        error!(%error, "nobody can tell whose workspace this is: {error}");
        Problem::Unavailable
    })?;
    if is_of(&own, sender) {
        return Ok(());
    }
    warn!("a request from another Slack workspace was refused");
    Err(Problem::OtherWorkspace)
}

/// Whether a check needs no call.
pub(super) fn is_known(deps: &Deps, app: &App<'_>) -> bool {
    app.slack.team_id.is_some() || deps.slack.team(app).is_some()
}

async fn own(deps: &Deps, app: &App<'_>) -> Result<String, SlackError> {
    if let Some(team) = &app.slack.team_id {
        return Ok(team.clone());
    }
    if let Some(team) = deps.slack.team(app) {
        return Ok(team);
    }
    let team = app.client.auth_test().await?.team_id;
    deps.slack.keep_team(app, team.clone());
    Ok(team)
}

/// Whether it happened in this workspace (or organisation), and the person is at home there: in a channel that two companies
/// share, people of the other one see the buttons too.
fn is_of(own: &str, sender: &Sender) -> bool {
    let Sender {
        user: _,
        user_team,
        team,
        enterprise,
        app: _,
    } = sender;
    let team = team.as_ref().map(TeamId::as_str);
    let enterprise = enterprise.as_ref().map(EnterpriseId::as_str);
    let is_here = |id: Option<&str>| id == Some(own);
    let happened_here = is_here(team) || is_here(enterprise);
    let home = user_team.as_ref().map(TeamId::as_str);
    let is_at_home = home.is_none() || is_here(home) || home == team || home == enterprise;
    happened_here && is_at_home
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(team: Option<&str>, enterprise: Option<&str>, home: Option<&str>) -> Sender {
        Sender {
            user: "U1".parse().unwrap(),
            user_team: home.map(|id| id.parse().unwrap()),
            team: team.map(|id| id.parse().unwrap()),
            enterprise: enterprise.map(|id| id.parse().unwrap()),
            app: None,
        }
    }

    #[test]
    fn only_people_of_the_own_workspace_may_speak() {
        for (case, own, sender, expected) in [
            ("own", "T1", sender(Some("T1"), None, None), true),
            (
                "own, said twice",
                "T1",
                sender(Some("T1"), None, Some("T1")),
                true,
            ),
            ("another", "T1", sender(Some("T2"), None, None), false),
            ("none", "T1", sender(None, None, None), false),
            (
                "another company's person in a shared channel",
                "T1",
                sender(Some("T1"), None, Some("T2")),
                false,
            ),
            (
                "organisation",
                "E1",
                sender(Some("T2"), Some("E1"), Some("T2")),
                true,
            ),
            (
                "organisation only",
                "E1",
                sender(None, Some("E1"), Some("E1")),
                true,
            ),
            (
                "another organisation",
                "E1",
                sender(Some("T2"), Some("E2"), None),
                false,
            ),
            (
                "another workspace of the organisation",
                "T1",
                sender(Some("T2"), Some("E1"), None),
                false,
            ),
        ] {
            assert_eq!(is_of(own, &sender), expected, "{case}");
        }
    }
}
