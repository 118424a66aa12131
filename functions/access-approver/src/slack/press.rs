//! Pressed buttons. Everybody who sees one can press it, twice and long after: whoever presses is asked for by the policies,
//! and the first decision counts.

use super::app::App;
use super::card::{APPROVE, CANCEL, DENY, DONE, EXTEND, RELEASE, REVIEW};
use super::command::unopened;
use super::removals::Hold;
use super::{dialog, words};
use crate::act::{self, Actor, Refused};
use crate::deps::Deps;
use access_core::id::{GrantId, RequestId};
use access_core::request::Refusal;
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use slack_client::block_kit::{Modal, Mrkdwn};
use slack_client::{Action, BlockActions, Message, Reply, ResponseUrl, SlackError};
use std::str::FromStr;
use tracing::{info, warn};

/// A button, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Button {
    Approve(RequestId),
    Deny(RequestId),
    Cancel(RequestId),
    Extend(GrantId),
    Done(GrantId),
    Review(GrantId),
    Release(Hold),
}

/// What is said to whoever pressed, a moment later.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Tell {
    pub(super) to: ResponseUrl,
    pub(super) text: String,
}

impl Button {
    /// `None`: the program never made such a button.
    fn of(action: &Action) -> Option<Self> {
        let value = action.value.as_deref();
        match action.action_id.as_str() {
            APPROVE => id(value).map(Self::Approve),
            DENY => id(value).map(Self::Deny),
            CANCEL => id(value).map(Self::Cancel),
            EXTEND => id(value).map(Self::Extend),
            DONE => id(value).map(Self::Done),
            REVIEW => id(value).map(Self::Review),
            RELEASE => id(value).map(Self::Release),
            _ => None,
        }
    }
}

fn id<T: FromStr>(value: Option<&str>) -> Option<T> {
    value?.parse().ok()
}

/// Does what the first pressed button says; Slack sends one at a time. What there is to say is said a moment later.
pub(super) async fn answer(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    actor: &Actor,
    pressed: &BlockActions,
) {
    let Some(button) = pressed.actions.first().and_then(Button::of) else {
        warn!("a button was pressed that nobody made here");
        return;
    };
    let done = match button {
        Button::Approve(request) => {
            let approved = act::approve(deps, now, actor, request).await;
            approved.map(|_| None)
        }
        Button::Cancel(request) => {
            let cancelled = act::cancel(deps, now, actor, request).await;
            cancelled.map(|request| {
                let group = &request.asked.group;
                Some(format!("You took your request for {group} back."))
            })
        }
        Button::Done(grant) => {
            let ended = act::hand_back(deps, now, actor, grant).await;
            ended.map(|record| {
                let group = &record.grant.group;
                Some(format!(
                    "You are done in {group}: access closes within moments."
                ))
            })
        }
        Button::Release(hold) => release(deps, now, actor, hold).await.map(Some),
        Button::Deny(request) => Ok(open(app, pressed, &dialog::deny(request)).await),
        Button::Review(grant) => Ok(open(app, pressed, &dialog::review(grant)).await),
        Button::Extend(grant) => match theirs(deps, now, app, actor, grant).await {
            Ok(modal) => Ok(open(app, pressed, &modal).await),
            Err(why) => Err(why),
        },
    };
    match done {
        Ok(None) => {}
        Ok(Some(text)) => tell(deps, now, app, pressed, &text).await,
        Err(why) => {
            let code = why.code();
            info!(code, principal.id = %actor.principal.id(), "a button was refused: {code}");
            tell(deps, now, app, pressed, &words::refused(&why)).await;
        }
    }
}

/// Opens a dialog; what it answers is said instead.
async fn open(app: &App<'_>, pressed: &BlockActions, modal: &Modal) -> Option<String> {
    // Slack gives one with every button.
    let trigger = pressed.trigger.as_ref()?;
    match app.client.open_view(trigger, modal).await {
        Ok(_) => None,
        Err(error) => unopened(&error).map(str::to_owned),
    }
}

/// Lets removals go, and answers what there is to say. The message of a hold stays when the hold is over, with its button.
async fn release(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    hold: Hold,
) -> Result<String, Refused> {
    let text = match act::release(deps, now, actor, hold.plan, Some(hold.since)).await {
        Ok(()) => "The removals are let go and happen within moments.",
        Err(Refused::NotFound) => {
            "Nothing was done: this hold is over. If these removals wait again, a newer message says so."
        }
        Err(why) => return Err(why),
    };
    Ok(text.to_owned())
}

/// The dialog for more time, for the holder of a live grant.
async fn theirs(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    actor: &Actor,
    grant: GrantId,
) -> Result<Modal, Refused> {
    let record = deps.store.grant(grant).await?.ok_or(Refused::NotFound)?;
    let people = &app.config.people;
    if !people.is_same(&record.grant.principal, &actor.principal) {
        return Err(Refusal::NotYours.into());
    }
    if !record.is_live(now) {
        return Err(Refusal::NotLive.into());
    }
    Ok(dialog::extend(&record))
}

/// Says something to whoever pressed, and to nobody else: put off, so that Slack is answered first. Where nobody can be asked
/// to do it later it is done now.
pub(super) async fn tell(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    pressed: &BlockActions,
    text: &str,
) {
    let Some(to) = &pressed.response_url else {
        return;
    };
    let tell = Tell {
        to: to.clone(),
        text: text.to_owned(),
    };
    let work = serde_json::to_value(&tell).expect("an address and a text become JSON");
    if let Err(error) = deps.later.later(now, &work).await {
        warn!(%error, "whoever pressed a button is told at once: {error}");
        if let Err(error) = say(app, &tell).await {
            warn!(%error, "whoever pressed a button could not be told: {error}");
        }
    }
}

/// Says it.
pub(super) async fn say(app: &App<'_>, tell: &Tell) -> Result<(), SlackError> {
    let reply = Reply::Ephemeral(Message::new(&Mrkdwn::new().text(&tell.text)));
    let said = app.client.respond(&tell.to, &reply).await;
    said.inspect_err(|_| metrics::count(Metric::SlackCallsFailed, 1))
}
