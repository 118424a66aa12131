//! `/access`: everything in one line, or the dialog. Only whoever typed it sees the answer.

use super::app::App;
use super::fill::{asked, key};
use super::line::{self, Line};
use super::{dialog, status, words};
use crate::act::{self, Actor, Refused, Wish};
use crate::deps::Deps;
use crate::http::HttpReply;
use access_core::id::GroupName;
use access_core::request::GrantRecord;
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use slack_client::block_kit::{Block, Mrkdwn};
use slack_client::{Message, Reply, SlackError, SlashCommand};
use tracing::{info, warn};

/// Answers a command. The same one sent twice asks once.
pub(super) async fn answer(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    actor: &Actor,
    command: &SlashCommand,
) -> HttpReply {
    let line = match line::read(&command.text) {
        Ok(line) => line,
        Err(wrong) => return refuse(&wrong),
    };
    let answered = match line {
        Line::Help => Ok(Some(help())),
        Line::Dialog => open(deps, now, app, actor, command).await,
        Line::Status => status::message(deps, now, actor).await.map(Some),
        Line::Done(group) => done(deps, now, actor, group).await.map(Some),
        Line::Ask {
            group,
            duration,
            reason,
            kind,
        } => {
            let wish = Wish {
                group,
                duration,
                reason,
                kind,
                key: Some(key(command.trigger.as_str())),
            };
            let text = asked(deps, now, actor, wish).await;
            text.map(|text| Some(plain(&text)))
        }
    };
    match answered {
        Ok(None) => HttpReply::empty(200),
        Ok(Some(message)) => shown(message),
        Err(why) => {
            let code = why.code();
            info!(code, principal.id = %actor.principal.id(), "a command was refused: {code}");
            refuse(&words::refused(&why))
        }
    }
}

/// Says why nothing was done.
pub(super) fn refuse(why: &str) -> HttpReply {
    shown(plain(why))
}

fn shown(message: Message) -> HttpReply {
    let body = serde_json::to_value(Reply::Ephemeral(message));
    let body = body.expect("a reply is texts and lists of them");
    HttpReply::json(200, "application/json", &body)
}

fn plain(text: &str) -> Message {
    Message::new(&Mrkdwn::new().text(text))
}

/// Opens the dialog; what it answers is said instead.
async fn open(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    actor: &Actor,
    command: &SlashCommand,
) -> Result<Option<Message>, Refused> {
    let groups = act::requestable(deps, now, actor).await?;
    let Some(modal) = dialog::access(&groups) else {
        return Ok(Some(plain("There is no group that you may ask into.")));
    };
    match app.client.open_view(&command.trigger, &modal).await {
        Ok(_) => Ok(None),
        Err(error) => Ok(unopened(&error).map(plain)),
    }
}

/// What is said when no dialog opens; `None` where it may have.
pub(super) fn unopened(error: &SlackError) -> Option<&'static str> {
    warn!(%error, "a dialog was not opened: {error}");
    metrics::count(Metric::SlackCallsFailed, 1);
    match error {
        SlackError::Unreachable { .. } => None,
        SlackError::Expired { .. } => {
            Some("It took too long, and Slack did not open the dialog any more. Please try again.")
        }
        _ => Some(
            "Slack did not open the dialog. Write it in one line, such as `/access payments-prod-admin 2h fixing refunds`.",
        ),
    }
}

/// Hands back what somebody holds: in one group all of it, or the only grant that there is.
async fn done(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    group: Option<GroupName>,
) -> Result<Message, Refused> {
    let grants = act::grants(deps, now, actor, Some(actor.principal.clone())).await?;
    let live = grants.into_iter().filter(|record| record.is_live(now));
    let held: Vec<GrantRecord> = live
        .filter(|record| {
            group
                .as_ref()
                .is_none_or(|group| record.grant.group == *group)
        })
        .collect();
    if held.is_empty() {
        let place = group.map_or_else(String::new, |group| format!(" in {group}"));
        return Ok(plain(&format!("You hold nothing{place} to hand back.")));
    }
    if group.is_none() && held.len() > 1 {
        return status::message(deps, now, actor).await;
    }
    for record in &held {
        act::hand_back(deps, now, actor, record.grant.id).await?;
    }
    let name = &held[0].grant.group;
    Ok(plain(&format!(
        "You are done in {name}: access closes within moments."
    )))
}

fn help() -> Message {
    let lines: [(&str, &str); 6] = [
        ("/access", "opens the dialog"),
        (
            "/access GROUP DURATION REASON",
            "asks in one line: /access payments-prod-admin 2h fixing refunds",
        ),
        (
            "/access break-glass GROUP DURATION REASON",
            "lets you in at once, where allowed; everybody is told, and it is reviewed",
        ),
        (
            "/access status",
            "shows what you hold and what you asked for",
        ),
        ("/access done [GROUP]", "hands access back before its time"),
        ("/access help", "shows this"),
    ];
    let mut text = Mrkdwn::new().bold("Access on request");
    for (typed, does) in lines {
        text = text.line().code(typed).markup(" ").text(does);
    }
    Message::new(&text).blocks([Block::section(&text)])
}
