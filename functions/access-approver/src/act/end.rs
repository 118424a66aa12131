//! Grants: handed back, revoked, reviewed.

use super::judge::{may_see_grant, require};
use super::take::{TRIES_MAX, Taken, beaten, take};
use super::{Actor, Refused};
use crate::deps::Deps;
use crate::situation::Moment;
use access_core::id::GrantId;
use access_core::request::{self as requests, Channel, GrantRecord, Reason, Refusal, Step};
use access_policy::{Filed, Question};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What somebody does with a grant.
#[derive(Debug, Clone, Copy)]
enum Verb<'a> {
    HandBack,
    Revoke(&'a Reason),
    Review(&'a Reason),
}

/// Hands one's own grant back, and answers it as it then is.
///
/// # Errors
/// [`Refused`]. A repeat is refused: it is over.
pub async fn hand_back(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: GrantId,
) -> Result<GrantRecord, Refused> {
    end(deps, now, actor, id, Verb::HandBack).await
}

/// Takes a grant away, and answers it as it then is.
///
/// # Errors
/// [`Refused`]. A repeat is refused: it is over.
pub async fn revoke(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: GrantId,
    reason: Reason,
) -> Result<GrantRecord, Refused> {
    end(deps, now, actor, id, Verb::Revoke(&reason)).await
}

/// Notes that somebody looked at a break-glass, and what they found. Whoever may revoke the grant may, except its holder.
///
/// # Errors
/// [`Refused`]. A repeat is refused: the first one counts.
pub async fn review(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: GrantId,
    note: Reason,
) -> Result<GrantRecord, Refused> {
    end(deps, now, actor, id, Verb::Review(&note)).await
}

async fn end(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    id: GrantId,
    verb: Verb<'_>,
) -> Result<GrantRecord, Refused> {
    for _try in 0..TRIES_MAX {
        // At once: somebody waits.
        let (moment, record) = tokio::join!(Moment::at(deps, now), deps.store.grant(id));
        let moment = moment?;
        let record = record?.ok_or(Refused::NotFound)?;
        // Whoever presses a button in Slack has the message before them.
        if actor.through == Channel::Api && !may_see_grant(&moment, actor, &record) {
            return Err(Refused::NotFound);
        }
        let step = step(&moment, actor, &record, verb)?;
        if take(deps, now, &step).await? == Taken::Written {
            let changed = step.grant;
            return Ok(changed.expect("what is done with a grant changes the grant"));
        }
    }
    Err(beaten())
}

/// The decision. What no policy can allow is said first.
fn step(
    moment: &Moment,
    actor: &Actor,
    record: &GrantRecord,
    verb: Verb<'_>,
) -> Result<Step, Refused> {
    let (now, by) = (moment.now, &actor.principal);
    let made = |policies: BTreeSet<String>| -> Result<Step, Refusal> {
        match verb {
            Verb::HandBack => requests::hand_back(now, &moment.config().people, record, by),
            Verb::Revoke(reason) => requests::revoke(now, record, by, reason, policies),
            Verb::Review(note) => requests::review(now, moment.config(), record, by, note),
        }
    };
    let unasked = made(BTreeSet::new())?;
    if let Verb::HandBack = verb {
        return Ok(unasked);
    }
    let question = Question::Revoke {
        who: by,
        through: actor.through,
        of: Filed::from(record),
    };
    Ok(made(require(moment, &question)?)?)
}
