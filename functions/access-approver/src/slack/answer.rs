//! From a request to an answer: who speaks, then what they want.

use super::app::App;
use super::people::principal;
use super::problem::Problem;
use super::proof::prove;
use super::{command, fill, press, team};
use crate::act::Actor;
use crate::configured::{Unconfigured, configured};
use crate::deps::Deps;
use crate::http::{HttpReply, HttpRequest};
use access_core::request::Channel;
use jiff::Timestamp;
use slack_client::{
    BODY_BYTES_MAX, Interaction, PayloadError, Sender, parse_command, parse_interaction,
};
use std::time::Duration;
use tracing::{error, info, warn};

/// The longest body of a command, in bytes. What is typed has 4,000 characters at most.
const COMMAND_BYTES_MAX: usize = 64 * 1024;
/// What all calls to Slack may take before it is answered: Slack waits three seconds, the store needs some of them.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What Slack posts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Command,
    Interaction,
}

impl Route {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/slack/command" => Some(Self::Command),
            "/slack/interaction" => Some(Self::Interaction),
            _ => None,
        }
    }

    /// A dialog comes back with all the choices that it had, and two hundred groups have more than 64 KB.
    fn body_bytes_max(self) -> usize {
        match self {
            Self::Command => COMMAND_BYTES_MAX,
            Self::Interaction => BODY_BYTES_MAX,
        }
    }
}

/// Takes one request. Safe to repeat, as Slack does, and as people do who press twice: what was asked or decided once is
/// neither asked nor decided again.
pub(crate) async fn answer(deps: &Deps, now: Timestamp, request: &HttpRequest) -> HttpReply {
    match take(deps, now, request).await {
        Ok(reply) => reply,
        Err(problem) => {
            let code = problem.code();
            info!(code, "a request to Slack's routes was refused: {code}");
            problem.reply()
        }
    }
}

async fn take(deps: &Deps, now: Timestamp, request: &HttpRequest) -> Result<HttpReply, Problem> {
    let route = Route::of(&request.path).ok_or(Problem::NotFound)?;
    if request.method != "POST" {
        return Err(Problem::MethodNotAllowed);
    }
    if request.body.len() > route.body_bytes_max() {
        return Err(Problem::TooLarge);
    }
    let look = configured(deps, now).await;
    let look = look.map_err(|error| unconfigured(&error))?;
    let known = &look.configured.config;
    let slack = known.slack.as_ref().ok_or(Problem::NotFound)?;
    prove(deps, now, slack, request).await?;
    // Until now nobody could make us read. Who somebody is must not be taken from what was in force a minute ago.
    let current = look.in_force(deps, now).await;
    let current = current.map_err(|error| unconfigured(&error))?;
    let app = App::of(&current, ANSWER_WITHIN).ok_or(Problem::NotFound)?;
    if app.slack != slack {
        prove(deps, now, app.slack, request).await?;
    }
    match route {
        Route::Command => typed(deps, now, &app, &request.body).await,
        Route::Interaction => done(deps, now, &app, &request.body).await,
    }
}

fn unconfigured(error: &Unconfigured) -> Problem {
    error!(%error, "nothing can be taken from Slack: {error}");
    Problem::Unavailable
}

async fn typed(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    body: &[u8],
) -> Result<HttpReply, Problem> {
    let command = parse_command(body).map_err(|error| unreadable(&error))?;
    Ok(match who(deps, now, app, &command.sender).await? {
        Ok(actor) => command::answer(deps, now, app, &actor, &command).await,
        Err(why) => command::refuse(&why),
    })
}

async fn done(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    body: &[u8],
) -> Result<HttpReply, Problem> {
    match parse_interaction(body).map_err(|error| unreadable(&error))? {
        Interaction::Actions(pressed) => {
            match who(deps, now, app, &pressed.sender).await? {
                Ok(actor) => press::answer(deps, now, app, &actor, &pressed).await,
                Err(why) => press::tell(deps, now, app, &pressed, &why).await,
            }
            Ok(HttpReply::empty(200))
        }
        Interaction::Submitted(filled) => Ok(match who(deps, now, app, &filled.sender).await? {
            Ok(actor) => fill::answer(deps, now, app, &actor, &filled.view).await,
            Err(why) => fill::refuse(&filled.view, &why),
        }),
        // Nothing is kept of an open dialog, and a kind that nobody knows asks for nothing.
        _ => Ok(HttpReply::empty(200)),
    }
}

/// Who it is, after the workspace was checked; the inner error is for that person.
///
/// A process that does not know its workspace yet asks for both at once: whoever clicked waits for Slack once, not twice.
async fn who(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    sender: &Sender,
) -> Result<Result<Actor, String>, Problem> {
    if team::is_known(deps, app) {
        team::check(deps, app, sender).await?;
        return Ok(actor(deps, now, app, sender).await);
    }
    let (checked, actor) = tokio::join!(
        team::check(deps, app, sender),
        actor(deps, now, app, sender)
    );
    checked?;
    Ok(actor)
}

async fn actor(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    sender: &Sender,
) -> Result<Actor, String> {
    match principal(deps, now, app, &sender.user).await {
        Ok(principal) => Ok(Actor {
            principal,
            through: Channel::Slack,
        }),
        Err(stranger) => {
            warn!(slack.user = %sender.user, "a Slack user is nobody here: {}", stranger.code());
            Err(stranger.to_string())
        }
    }
}

fn unreadable(error: &PayloadError) -> Problem {
    // The error names fields and places, never what was in them.
    warn!(%error, "what Slack sent cannot be read: {error}");
    Problem::Unreadable
}
