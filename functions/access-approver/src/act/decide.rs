//! People's decisions on a request.

use super::judge::{may_see, require};
use super::take::{TRIES_MAX, Taken, beaten, take};
use super::{Actor, Refused};
use crate::deps::Deps;
use crate::situation::Moment;
use access_core::id::RequestId;
use access_core::principal::Principal;
use access_core::request::{
    self as requests, Channel, Kind, Policies, Reason, Refusal, Request, RequestState, Step,
};
use access_policy::Question;
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What somebody decides.
#[derive(Debug, Clone, Copy)]
enum Verb<'a> {
    Approve,
    Deny(&'a Reason),
    Cancel,
}

/// Says yes to somebody's request, and answers it as it then is: perhaps more have to agree.
///
/// # Errors
/// [`Refused`]. A repeat is refused: the first one counts.
pub async fn approve(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: RequestId,
) -> Result<Request, Refused> {
    decide(deps, now, actor, id, Verb::Approve).await
}

/// Says no to somebody's request, for good. Whoever may approve it may.
///
/// # Errors
/// [`Refused`]. A repeat is refused: the first one counts.
pub async fn deny(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: RequestId,
    reason: Reason,
) -> Result<Request, Refused> {
    decide(deps, now, actor, id, Verb::Deny(&reason)).await
}

/// Takes one's own request back.
///
/// # Errors
/// [`Refused`]. A repeat is refused: the first one counts.
pub async fn cancel(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: RequestId,
) -> Result<Request, Refused> {
    decide(deps, now, actor, id, Verb::Cancel).await
}

async fn decide(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: RequestId,
    verb: Verb<'_>,
) -> Result<Request, Refused> {
    for _try in 0..TRIES_MAX {
        // At once: somebody waits.
        let (moment, request) = tokio::join!(Moment::at(deps, now), deps.store.request(id));
        let moment = moment?;
        let request = request?.ok_or(Refused::NotFound)?;
        // Whoever presses a button in Slack has the card before them.
        if actor.through == Channel::Api && !may_see(&moment, actor, &request) {
            return Err(Refused::NotFound);
        }
        let step = step(deps, &moment, actor, &request, verb).await?;
        if take(deps, now, &step).await? == Taken::Written {
            let changed = step.request;
            let changed = changed.expect("a decision on a request changes the request");
            note_time(now, &changed);
            return Ok(changed);
        }
    }
    Err(beaten())
}

/// Records how long somebody waited for people's decision, once it is made.
fn note_time(now: Timestamp, request: &Request) {
    if let RequestState::Approved { .. } | RequestState::Denied { .. } = request.state {
        let waited = now.duration_since(request.asked.at);
        metrics::seconds(Metric::DecisionTime, waited);
    }
}

/// The decision. What no policy can allow is said first: whoever comes too late is told what was decided.
async fn step(
    deps: &Deps,
    moment: &Moment,
    actor: &Actor,
    request: &Request,
    verb: Verb<'_>,
) -> Result<Step, Refused> {
    let (now, config, by) = (moment.now, moment.config(), &actor.principal);
    let extends = match request.asked.kind {
        Kind::Extension { grant } => deps.store.grant(grant).await?,
        Kind::Access | Kind::BreakGlass => None,
    };
    let extends = extends.as_ref();
    let made = |policies: Policies, lapsed: &BTreeSet<Principal>| -> Result<Step, Refusal> {
        match verb {
            Verb::Approve => requests::approve(now, config, request, extends, by, policies, lapsed),
            Verb::Deny(reason) => requests::deny(now, config, request, by, reason, policies),
            Verb::Cancel => requests::cancel(now, &config.people, request, by),
        }
    };
    let nobody = BTreeSet::new();
    let unasked = made(BTreeSet::new(), &nobody)?;
    if let Verb::Cancel = verb {
        return Ok(unasked);
    }
    let question = Question::Approve {
        who: by,
        through: actor.through,
        request,
    };
    let policies = require(moment, &question)?;
    let lapsed = match verb {
        Verb::Approve => lapsed(moment, request)?,
        Verb::Deny(_) | Verb::Cancel => nobody,
    };
    Ok(made(policies, &lapsed)?)
}

/// Who agreed before and may not any more: they left, or a policy forbids it since.
///
/// # Errors
/// [`Refused::Unknown`] where too little is known now to say: an approval is not dropped for that.
fn lapsed(moment: &Moment, request: &Request) -> Result<BTreeSet<Principal>, Refused> {
    let mut lapsed = BTreeSet::new();
    for approval in request.approvals() {
        if !may_still(moment, request, &approval.by)? {
            lapsed.insert(approval.by.clone());
        }
    }
    Ok(lapsed)
}

/// Whether the policies let somebody approve it now, by whichever way: by which they came is not kept.
fn may_still(moment: &Moment, request: &Request, who: &Principal) -> Result<bool, Refused> {
    for through in [Channel::Slack, Channel::Api] {
        let question = Question::Approve {
            who,
            through,
            request,
        };
        match require(moment, &question) {
            Ok(_) => return Ok(true),
            Err(Refused::Policy { .. }) => {}
            Err(refused) => return Err(refused),
        }
    }
    Ok(false)
}
