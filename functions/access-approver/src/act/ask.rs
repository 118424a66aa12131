//! Asking for access.

use super::judge::{accounts, require};
use super::take::{TRIES_MAX, Taken, beaten, take};
use super::{Actor, Refused, Wish};
use crate::deps::Deps;
use crate::situation::Moment;
use access_core::id::RequestId;
use access_core::ports::RequestFilter;
use access_core::request::{self as requests, Asked, GrantRecord, Kind, Request, Verdict};
use access_policy::{Filed, Question};
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Makes a request, and answers it as it is kept: granted, put to people, or denied by a policy. Also a denied one is kept,
/// for whoever reads the audit trail.
///
/// A repeat with the same key answers the request that there is, as it now stands.
///
/// # Errors
/// [`Refused`]; nothing is kept then.
///
/// # Panics
/// Never: to ask is to make a request.
pub async fn ask(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    wish: Wish,
) -> Result<Request, Refused> {
    let id = request_id(now);
    for _try in 0..TRIES_MAX {
        // At once: somebody waits.
        let (known, moment, waiting) = tokio::join!(
            repeated(deps, actor, &wish),
            Moment::at(deps, now),
            deps.store.requests(&RequestFilter::Pending)
        );
        if let Some(known) = known? {
            return Ok(known);
        }
        let moment = moment?;
        let extends = match wish.kind {
            Kind::Extension { grant } => deps.store.grant(grant).await?,
            Kind::Access | Kind::BreakGlass => None,
        };
        let asked = asked(now, actor, &wish);
        let make = |asked: Asked, verdict| {
            requests::ask(now, moment.config(), id, asked, verdict, extends.as_ref())
        };
        // What no policy can allow is said first.
        let undecided = Verdict::Ask {
            policies: BTreeSet::new(),
        };
        let pending = make(asked.clone(), undecided)?.request;
        let pending = pending.expect("to ask is to make a request");
        let verdict = verdict(&moment, &pending, extends.as_ref())?;
        if let Verdict::Ask { .. } = verdict {
            requests::has_room(now, &moment.config().people, &asked, &waiting?)?;
        }
        let step = make(asked, verdict)?;
        if take(deps, now, &step).await? == Taken::Written {
            metrics::count(Metric::RequestsMade, 1);
            return Ok(step.request.expect("to ask is to make a request"));
        }
    }
    Err(beaten())
}

fn asked(now: Timestamp, actor: &Actor, wish: &Wish) -> Asked {
    let Wish {
        group,
        duration,
        reason,
        kind,
        key,
    } = wish.clone();
    Asked {
        by: actor.principal.clone(),
        group,
        duration,
        reason,
        at: now,
        through: actor.through,
        kind,
        key,
    }
}

/// The request that this person named by this key before.
async fn repeated(deps: &Deps, actor: &Actor, wish: &Wish) -> Result<Option<Request>, Refused> {
    let Some(key) = &wish.key else {
        return Ok(None);
    };
    let Some(id) = deps.store.by_key(&actor.principal, key).await? else {
        return Ok(None);
    };
    let known = deps.store.request(id).await?.ok_or(Refused::NotFound)?;
    let Asked {
        by: _,
        group,
        duration,
        reason,
        at: _,
        through: _,
        kind,
        key: _,
    } = &known.asked;
    let is_same = *group == wish.group
        && *duration == wish.duration
        && *reason == wish.reason
        && *kind == wish.kind;
    if is_same {
        Ok(Some(known))
    } else {
        Err(Refused::KeyTaken)
    }
}

/// What the policies say of a request that would be put to people.
fn verdict(
    moment: &Moment,
    pending: &Request,
    extends: Option<&GrantRecord>,
) -> Result<Verdict, Refused> {
    let asked = &pending.asked;
    let may_ask = match (asked.kind, extends) {
        (Kind::Access, _) => Question::Request(asked),
        (Kind::BreakGlass, _) => Question::BreakGlass(asked),
        (Kind::Extension { .. }, Some(record)) => Question::Extend {
            of: Filed::from(record),
            asked,
        },
        (Kind::Extension { .. }, None) => return Err(Refused::NotFound),
    };
    let policies = match require(moment, &may_ask) {
        Ok(policies) => policies,
        Err(Refused::Policy { why, policies }) => {
            let reason = why.join("; ");
            return Ok(Verdict::Deny { policies, reason });
        }
        Err(refused) => return Err(refused),
    };
    if asked.kind == Kind::BreakGlass {
        return Ok(Verdict::Approve { policies });
    }
    let automatic = moment.decide(&Question::ApproveAutomatically(asked));
    if automatic.allowed {
        let policies = automatic.policies;
        return Ok(Verdict::Approve { policies });
    }
    if may_be_approved(moment, pending) {
        return Ok(Verdict::Ask { policies });
    }
    let accounts = accounts(&automatic);
    if accounts.is_empty() {
        let mut why = automatic.why;
        why.push("and nobody can be asked".to_owned());
        return Ok(Verdict::Deny {
            policies: automatic.policies,
            reason: why.join("; "),
        });
    }
    Err(Refused::Unknown { accounts })
}

/// Whether anybody may ever approve it: the rule names approvers, or the owner's policies permit somebody now.
fn may_be_approved(moment: &Moment, pending: &Request) -> bool {
    let rule = moment.config().requests.get(&pending.asked.group);
    let names_approvers =
        rule.is_some_and(|rule| !(rule.approvers.is_empty() && rule.escalate_to.is_empty()));
    names_approvers
        || !moment
            .policies()
            .approvers(pending, pending.asked.through, &moment.situation)
            .is_empty()
}

/// Sorts by time, and cannot be guessed.
fn request_id(now: Timestamp) -> RequestId {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    let timestamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanoseconds);
    RequestId::new_v7(timestamp)
}
