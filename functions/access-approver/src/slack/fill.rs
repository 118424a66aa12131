//! Dialogs that were sent off: what is wrong is said beside the fields, and the dialog stays.

use super::app::App;
use super::dialog::{self, DURATION, Form, GROUP, REASON};
use super::words;
use crate::act::{self, Actor, Refused, Wish};
use crate::deps::Deps;
use crate::http::HttpReply;
use access_core::config::parse_duration;
use access_core::id::{GrantId, GroupName, IdempotencyKey};
use access_core::request::{Kind, Reason, Refusal, Request};
use jiff::{SignedDuration, Timestamp};
use slack_client::block_kit::BlockId;
use slack_client::{SubmissionAnswer, SubmittedView};
use tracing::{info, warn};
use uuid::Uuid;

/// What is wrong, and beside which fields.
type Errors = Vec<(BlockId, String)>;

/// What becomes of a dialog.
enum Outcome {
    /// It closes.
    Closed,
    /// It says what came of it.
    Told(String),
}

/// Does what a dialog asks for. The same dialog sent off twice asks once.
pub(super) async fn answer(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    actor: &Actor,
    view: &SubmittedView,
) -> HttpReply {
    let Some(form) = Form::of(view) else {
        warn!("a dialog came back that nobody made here");
        return HttpReply::empty(200);
    };
    let done = match form {
        Form::Access => access(deps, now, app, actor, view).await,
        Form::Extend(grant) => extend(deps, now, actor, view, grant).await,
        Form::Deny(request) => match reason(view) {
            Ok(reason) => {
                let denied = act::deny(deps, now, actor, request, reason).await;
                denied
                    .map(|_| Outcome::Closed)
                    .map_err(|why| beside(form, &why))
            }
            Err(errors) => Err(errors),
        },
        Form::Review(grant) => match reason(view) {
            Ok(note) => {
                let reviewed = act::review(deps, now, actor, grant, note).await;
                reviewed
                    .map(|_| Outcome::Closed)
                    .map_err(|why| beside(form, &why))
            }
            Err(errors) => Err(errors),
        },
    };
    match done {
        Ok(Outcome::Closed) => HttpReply::empty(200),
        Ok(Outcome::Told(text)) => shown(&SubmissionAnswer::Update {
            view: dialog::outcome(&text),
        }),
        Err(errors) => shown(&SubmissionAnswer::errors(errors)),
    }
}

/// Says beside its first field why a dialog was not looked at.
pub(super) fn refuse(view: &SubmittedView, why: &str) -> HttpReply {
    match Form::of(view) {
        Some(form) => {
            let error = (form.first_field(), why.to_owned());
            shown(&SubmissionAnswer::errors([error]))
        }
        None => HttpReply::empty(200),
    }
}

fn shown(answer: &SubmissionAnswer) -> HttpReply {
    let body = serde_json::to_value(answer).expect("an answer is texts and lists of them");
    HttpReply::json(200, "application/json", &body)
}

async fn access(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    actor: &Actor,
    view: &SubmittedView,
) -> Result<Outcome, Errors> {
    let gone = || vec![(GROUP, "Nobody may ask into this group any more.".to_owned())];
    let group = dialog::chosen_group(app.config, view).ok_or_else(gone);
    let kind = if dialog::is_emergency(view) {
        Kind::BreakGlass
    } else {
        Kind::Access
    };
    let (group, duration, reason) = all(group, duration(view), reason(view))?;
    ask(
        deps,
        now,
        actor,
        view,
        Form::Access,
        (group, kind, duration, reason),
    )
    .await
}

async fn extend(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    view: &SubmittedView,
    grant: GrantId,
) -> Result<Outcome, Errors> {
    let form = Form::Extend(grant);
    let found = deps.store.grant(grant).await.map_err(Refused::from);
    let found = found.and_then(|record| record.ok_or(Refused::NotFound));
    let group = found
        .map(|record| record.grant.group)
        .map_err(|why| beside(form, &why));
    let (group, duration, reason) = all(group, duration(view), reason(view))?;
    let kind = Kind::Extension { grant };
    ask(
        deps,
        now,
        actor,
        view,
        form,
        (group, kind, duration, reason),
    )
    .await
}

/// Everything, or all that is wrong with it.
fn all<A, B, C>(
    first: Result<A, Errors>,
    second: Result<B, Errors>,
    third: Result<C, Errors>,
) -> Result<(A, B, C), Errors> {
    match (first, second, third) {
        (Ok(first), Ok(second), Ok(third)) => Ok((first, second, third)),
        (first, second, third) => {
            let errors = [first.err(), second.err(), third.err()];
            Err(errors.into_iter().flatten().flatten().collect())
        }
    }
}

async fn ask(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    view: &SubmittedView,
    form: Form,
    (group, kind, duration, reason): (GroupName, Kind, SignedDuration, Reason),
) -> Result<Outcome, Errors> {
    let wish = Wish {
        group,
        duration,
        reason,
        kind,
        key: Some(key(view.id.as_str())),
    };
    match asked(deps, now, actor, wish).await {
        Ok(text) => Ok(Outcome::Told(text)),
        Err(why) => Err(beside(form, &why)),
    }
}

/// Asks, and answers what came of it in words.
pub(super) async fn asked(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    wish: Wish,
) -> Result<String, Refused> {
    let request: Request = act::ask(deps, now, actor, wish).await?;
    let grant = match request.grant() {
        Some(grant) => deps.store.grant(grant).await?,
        None => None,
    };
    Ok(words::made(now, &request, grant.as_ref()))
}

/// A name for what was sent, the same whenever Slack sends it again.
pub(super) fn key(sent: &str) -> IdempotencyKey {
    let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, sent.as_bytes());
    IdempotencyKey::new(format!("slack/{digest}")).expect("a digest is short and printable")
}

fn duration(view: &SubmittedView) -> Result<SignedDuration, Errors> {
    let text = dialog::entered(view, DURATION);
    let wrong = || {
        let error = format!("`{text}` is no duration: write it such as 30m, 2h or 1h 30m.");
        vec![(DURATION, error)]
    };
    parse_duration(text.trim()).ok_or_else(wrong)
}

fn reason(view: &SubmittedView) -> Result<Reason, Errors> {
    let reason = Reason::new(dialog::entered(view, REASON));
    reason.map_err(|error| vec![(REASON, words::sentence(&error.to_string()))])
}

/// Beside which field it is said why nothing was done.
fn beside(form: Form, why: &Refused) -> Errors {
    let code = why.code();
    info!(code, "a dialog was refused: {code}");
    let field = match why {
        Refused::Refusal(Refusal::TooLong { .. } | Refusal::NoTime) if form.has_duration() => {
            DURATION
        }
        _ => form.first_field(),
    };
    vec![(field, words::refused(why))]
}
