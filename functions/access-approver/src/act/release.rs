//! Held removals that a person lets go.

use super::judge::require;
use super::take::tell;
use super::{Actor, Refused};
use crate::deps::Deps;
use crate::situation::Moment;
use access_core::id::PlanId;
use access_policy::Question;
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::info;

/// Lets the removals of a held plan go; the poller carries them out. A repeat changes nothing: the first one counts.
///
/// A plan that is held again has the id that it had before. Whoever looks at one time that it is held says by `since` which;
/// `None` is whichever there is.
///
/// # Errors
/// [`Refused`]; [`Refused::NotFound`] also when the plan was carried out or given up since.
pub async fn release(
    deps: &Deps,
    now: Timestamp,
    actor: &Actor,
    plan: PlanId,
    since: Option<Timestamp>,
) -> Result<(), Refused> {
    let moment = Moment::at(deps, now).await?;
    let found = deps.store.held().await?.find(plan)?;
    let found = found.filter(|held| since.is_none_or(|since| held.since == since));
    let group = found.ok_or(Refused::NotFound)?.binding.group;
    let question = Question::ReleaseHeld {
        who: &actor.principal,
        through: actor.through,
        group: &group,
    };
    require(&moment, &question)?;
    deps.store
        .let_go(plan, actor.principal.email(), now)
        .await?;
    info!(plan.id = %plan, principal.id = %actor.principal.id(), %group, "held removals of group {group} are let go");
    tell(deps, now, BTreeSet::from([group])).await;
    Ok(())
}
