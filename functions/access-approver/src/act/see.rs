//! What people may look at: what is theirs, and what the policies show them.

use super::judge::{may_see, may_see_grant};
use super::{Actor, Refused};
use crate::deps::Deps;
use crate::situation::Moment;
use access_core::id::{GroupName, RequestId};
use access_core::ports::RequestFilter;
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
    if filter == RequestFilter::By(actor.principal.clone()) {
        return Ok(deps.store.requests(&filter).await?);
    }
    let moment = Moment::at(deps, now).await?;
    let filter = match filter {
        RequestFilter::By(principal) => {
            RequestFilter::By(moment.config().people.canonical(&principal))
        }
        other => other,
    };
    let mut requests = deps.store.requests(&filter).await?;
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
    if of.as_ref() == Some(&actor.principal) {
        return Ok(deps.store.grants_of(&actor.principal).await?);
    }
    let moment = Moment::at(deps, now).await?;
    let mut grants = if let Some(principal) = of {
        let principal = moment.config().people.canonical(&principal);
        deps.store.grants_of(&principal).await?
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
