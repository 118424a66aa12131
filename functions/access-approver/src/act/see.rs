//! What people may look at: what is theirs, and what the policies show them.

use super::judge::{may_see, may_see_grant};
use super::{Actor, Refused};
use crate::configured::configured;
use crate::deps::Deps;
use crate::situation::Moment;
use access_core::config::People;
use access_core::id::{GroupName, RequestId};
use access_core::ports::{RequestFilter, StoreError};
use access_core::principal::Principal;
use access_core::request::{Asked, GrantRecord, Kind, Reason, Request};
use access_policy::Question;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A group that somebody may ask into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requestable {
    /// Its name.
    pub group: GroupName,
    /// The longest grant.
    pub max: SignedDuration,
}

/// One request.
///
/// # Errors
/// [`Refused::NotFound`] also when it may not be seen.
pub async fn request(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: RequestId,
) -> Result<Request, Refused> {
    let request = deps.store.request(id).await?.ok_or(Refused::NotFound)?;
    let moment = Moment::at(deps, now).await?;
    if may_see(&moment, actor, &request) {
        Ok(request)
    } else {
        Err(Refused::NotFound)
    }
}

/// Requests, the newest first; those that may not be seen are left out.
///
/// # Errors
/// When not all can be read.
pub async fn requests(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    filter: RequestFilter,
) -> Result<Vec<Request>, Refused> {
    let look = configured(deps, now).await?;
    let people = &look.configured.config.people;
    if let RequestFilter::By(principal) = &filter
        && people.is_same(principal, &actor.principal)
    {
        return Ok(requests_by(deps, people, principal).await?);
    }
    let moment = Moment::at(deps, now).await?;
    let people = &moment.config().people;
    let mut requests = match &filter {
        RequestFilter::By(principal) => requests_by(deps, people, principal).await?,
        other => deps.store.requests(other).await?,
    };
    requests.retain(|request| may_see(&moment, actor, request));
    Ok(requests)
}

/// Grants, the newest first: all that a person ever held, or of everybody those that are live or await a review. Those
/// that may not be seen are left out.
///
/// # Errors
/// When not all can be read.
pub async fn grants(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    of: Option<Principal>,
) -> Result<Vec<GrantRecord>, Refused> {
    let look = configured(deps, now).await?;
    let people = &look.configured.config.people;
    if let Some(principal) = &of
        && people.is_same(principal, &actor.principal)
    {
        return Ok(grants_of(deps, people, principal).await?);
    }
    let moment = Moment::at(deps, now).await?;
    let mut grants = if let Some(principal) = of {
        grants_of(deps, &moment.config().people, &principal).await?
    } else {
        let live = moment.grants.iter().filter(|record| record.is_live(now));
        let unreviewed = deps.store.unreviewed().await?;
        let all = live.cloned().chain(unreviewed);
        let all: BTreeMap<_, _> = all.map(|record| (record.grant.id, record)).collect();
        let mut all: Vec<GrantRecord> = all.into_values().collect();
        all.sort_by_key(|record| Reverse(record.grant.starts_at));
        all
    };
    grants.retain(|record| may_see_grant(&moment, actor, record));
    Ok(grants)
}

/// What a person asked for by any of their addresses, the newest first: a request stays filed under the one by which it was
/// made.
pub(crate) async fn requests_by(
    deps: &Deps,
    people: &People,
    who: &Principal,
) -> Result<Vec<Request>, StoreError> {
    let mut all = Vec::new();
    for address in people.all_of(who) {
        let filter = RequestFilter::By(address);
        all.extend(deps.store.requests(&filter).await?);
    }
    all.sort_by_key(|request| Reverse((request.asked.at, request.id)));
    Ok(all)
}

/// What a person ever held by any of their addresses, the newest first.
async fn grants_of(
    deps: &Deps,
    people: &People,
    who: &Principal,
) -> Result<Vec<GrantRecord>, StoreError> {
    let mut all = Vec::new();
    for address in people.all_of(who) {
        all.extend(deps.store.grants_of(&address).await?);
    }
    all.sort_by_key(|record| Reverse((record.grant.starts_at, record.grant.id)));
    Ok(all)
}

/// The groups that somebody may ask into, by name. What policies say of a certain reason or duration is found out by
/// asking.
///
/// # Errors
/// When the configuration or the facts cannot be read.
///
/// # Panics
/// Never.
pub async fn requestable(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
) -> Result<Vec<Requestable>, Refused> {
    let moment = Moment::at(deps, now).await?;
    let may_ask = |group: &GroupName| {
        let asked = Asked {
            by: actor.principal.clone(),
            group: group.clone(),
            duration: SignedDuration::from_mins(1),
            reason: Reason::new("which groups are there?").expect("these words are a reason"),
            at: now,
            through: actor.through,
            kind: Kind::Access,
            key: None,
        };
        moment.decide(&Question::Request(&asked)).allowed
    };
    let rules = moment.config().requests.iter();
    let allowed = rules.filter(|(group, _)| may_ask(group));
    let all = allowed.map(|(group, rule)| Requestable {
        group: group.clone(),
        max: rule.max,
    });
    Ok(all.collect())
}
