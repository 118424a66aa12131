//! What each operation does: from what was sent to a use case, and from what that answers to what is sent back.

use super::input::{Query, body, id, key, nothing};
use super::page::page;
use super::problem::Problem;
use super::routes::{Operation, Route};
use super::view;
use super::wire::{
    Because, Finding, Grants, GroupView, Groups, MoreTime, NewRequest, RequestWord, Requests, Span,
};
use crate::act::{self, Actor, Refused, Wish};
use crate::configured::configured;
use crate::deps::Deps;
use crate::http::{HttpReply, HttpRequest};
use access_core::id::GrantId;
use access_core::ports::RequestFilter;
use access_core::request::{GrantRecord, Kind, Request};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

/// One call by somebody who is known.
pub(super) struct Call<'a> {
    pub(super) deps: &'a Deps,
    pub(super) now: Timestamp,
    pub(super) actor: Actor,
    pub(super) request: &'a HttpRequest,
    pub(super) route: &'static Route,
    /// The id in the path, where the path has one.
    pub(super) id: Option<&'a str>,
}

/// Does what is asked.
pub(super) async fn perform(call: &Call<'_>) -> Result<HttpReply, Problem> {
    let Call {
        deps,
        now,
        actor,
        request,
        route,
        id: given,
    } = call;
    let (now, given) = (*now, *given);
    let query = Query::read(request, &route.names())?;
    match route.operation {
        Operation::Ask => ask(call).await,
        Operation::Requests => requests(call, &query).await,
        Operation::Request => shown(call, act::request(deps, now, actor, id(given)?).await),
        Operation::Approve => {
            let id = id(given)?;
            nothing(request)?;
            shown(call, act::approve(deps, now, actor, id).await)
        }
        Operation::Deny => {
            let id = id(given)?;
            let Because { reason } = body(request)?;
            shown(call, act::deny(deps, now, actor, id, reason).await)
        }
        Operation::Cancel => {
            let id = id(given)?;
            nothing(request)?;
            shown(call, act::cancel(deps, now, actor, id).await)
        }
        Operation::Grants => grants(call, &query).await,
        Operation::Extend => extend(call, id(given)?).await,
        Operation::HandBack => {
            let id = id(given)?;
            nothing(request)?;
            held(call, act::hand_back(deps, now, actor, id).await)
        }
        Operation::Revoke => {
            let id = id(given)?;
            let Because { reason } = body(request)?;
            held(call, act::revoke(deps, now, actor, id, reason).await)
        }
        Operation::Review => {
            let id = id(given)?;
            let Finding { note } = body(request)?;
            held(call, act::review(deps, now, actor, id, note).await)
        }
        Operation::Groups => groups(call).await,
        Operation::Release => {
            let id = id(given)?;
            nothing(request)?;
            act::release(deps, now, actor, id, None).await?;
            Ok(HttpReply::empty(route.status))
        }
        Operation::Document => Err(Problem::no_path()),
    }
}

async fn ask(call: &Call<'_>) -> Result<HttpReply, Problem> {
    let NewRequest {
        group,
        duration,
        reason,
        break_glass,
        extends,
    } = body(call.request)?;
    let kind = match (extends, break_glass.unwrap_or_default()) {
        (Some(_), true) => {
            let detail = "`extends` and `break_glass` exclude each other";
            return Err(Problem::invalid(detail));
        }
        (Some(grant), false) => {
            let record = own_grant(call, grant).await?;
            if record.grant.group != group {
                return Err(Problem::invalid(
                    "the grant under `extends` is in another group",
                ));
            }
            Kind::Extension { grant }
        }
        (None, true) => Kind::BreakGlass,
        (None, false) => Kind::Access,
    };
    let wish = Wish {
        group,
        duration: duration.0,
        reason,
        kind,
        key: key(call.request)?,
    };
    make(call, wish).await
}

async fn extend(call: &Call<'_>, grant: GrantId) -> Result<HttpReply, Problem> {
    let MoreTime { duration, reason } = body(call.request)?;
    let key = key(call.request)?;
    let record = own_grant(call, grant).await?;
    let wish = Wish {
        group: record.grant.group,
        duration: duration.0,
        reason,
        kind: Kind::Extension { grant },
        key,
    };
    make(call, wish).await
}

async fn make(call: &Call<'_>, wish: Wish) -> Result<HttpReply, Problem> {
    let made = act::ask(call.deps, call.now, &call.actor, wish).await?;
    let place = format!("/requests/{}", made.id);
    let mut reply = shown(call, Ok(made))?;
    reply.headers.insert("location", place);
    Ok(reply)
}

/// A grant of the caller's. That of somebody else is as good as none: its id shall not be found out by asking for more time.
async fn own_grant(call: &Call<'_>, grant: GrantId) -> Result<GrantRecord, Problem> {
    let look = configured(call.deps, call.now).await?;
    let people = &look.configured.config.people;
    let record = call.deps.store.grant(grant).await.map_err(Refused::from)?;
    let own = record.filter(|held| people.is_same(&held.grant.principal, &call.actor.principal));
    own.ok_or_else(Problem::not_found)
}

async fn requests(call: &Call<'_>, query: &Query<'_>) -> Result<HttpReply, Problem> {
    let me = &call.actor.principal;
    let (by, group) = (query.person("by", me)?, query.group("group")?);
    let (state, after) = (query.state("state")?, query.after("after")?);
    let filter = match (&by, &group, state) {
        (Some(by), _, _) => RequestFilter::By(by.clone()),
        (None, Some(group), _) => RequestFilter::Group(group.clone()),
        (None, None, Some(RequestWord::Pending)) => RequestFilter::Pending,
        (None, None, _) => RequestFilter::By(me.clone()),
    };
    let found = act::requests(call.deps, call.now, &call.actor, filter).await?;
    let views = found
        .into_iter()
        .map(|request| view::request(call.now, request));
    let wanted = views.filter(|view| {
        group.as_ref().is_none_or(|group| view.group == *group)
            && state.is_none_or(|state| view.state == state)
    });
    let (requests, next) = page(wanted, after, |view| view.id);
    Ok(answer(call, &Requests { requests, next }))
}

async fn grants(call: &Call<'_>, query: &Query<'_>) -> Result<HttpReply, Problem> {
    let of = query.person("of", &call.actor.principal)?;
    let after = query.after("after")?;
    let found = act::grants(call.deps, call.now, &call.actor, of).await?;
    let views = found
        .into_iter()
        .map(|record| view::grant(call.now, record));
    let (grants, next) = page(views, after, |view| view.request);
    Ok(answer(call, &Grants { grants, next }))
}

async fn groups(call: &Call<'_>) -> Result<HttpReply, Problem> {
    let found = act::requestable(call.deps, call.now, &call.actor).await?;
    let groups = found.into_iter().map(|one| GroupView {
        name: one.group,
        max: Span(one.max),
    });
    let groups = groups.collect();
    Ok(answer(call, &Groups { groups }))
}

fn shown(call: &Call<'_>, done: Result<Request, Refused>) -> Result<HttpReply, Problem> {
    Ok(answer(call, &view::request(call.now, done?)))
}

fn held(call: &Call<'_>, done: Result<GrantRecord, Refused>) -> Result<HttpReply, Problem> {
    Ok(answer(call, &view::grant(call.now, done?)))
}

fn answer(call: &Call<'_>, body: &impl Serialize) -> HttpReply {
    HttpReply::json(call.route.status, "application/json", &json!(body))
}
