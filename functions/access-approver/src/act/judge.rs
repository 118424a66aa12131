//! What the answer of the policies means for whoever waits for it.

use super::{Actor, Refused};
use crate::situation::Moment;
use access_core::id::PagerDutyName;
use access_core::principal::Principal;
use access_core::request::{GrantRecord, Request};
use access_policy::{Decision, Filed, Question, Thing, Unknown};
use std::collections::BTreeSet;
use tracing::error;

/// Ids of the policies that permit it.
///
/// # Errors
/// [`Refused::Unknown`] where nothing forbids it and it may only be that too little is known; else [`Refused::Policy`].
pub(super) fn require(
    moment: &Moment,
    question: &Question<'_>,
) -> Result<BTreeSet<String>, Refused> {
    let decision = moment.decide(question);
    if decision.allowed {
        return Ok(decision.policies);
    }
    let action = question.action();
    let failed = decision.failed.len();
    if failed > 0 {
        // Not in detail: Cedar's words may repeat somebody's address.
        error!(%action, failed, "{failed} policies cannot be evaluated: run `rotakey policy explain`");
    }
    Err(refused(decision))
}

fn refused(decision: Decision) -> Refused {
    let accounts = accounts(&decision);
    let Decision {
        allowed: _,
        policies,
        why,
        failed,
        unknown: _,
    } = decision;
    if policies.is_empty() && failed.is_empty() && !accounts.is_empty() {
        return Refused::Unknown { accounts };
    }
    Refused::Policy { why, policies }
}

/// The PagerDuty accounts of which too little is known for this decision.
pub(super) fn accounts(decision: &Decision) -> BTreeSet<PagerDutyName> {
    let unknown = decision.unknown.iter().filter_map(Unknown::pagerduty);
    unknown.cloned().collect()
}

/// Whether the policies let somebody see it.
pub(super) fn may_view(moment: &Moment, actor: &Actor, what: Thing<'_>) -> bool {
    let question = Question::View {
        who: &actor.principal,
        through: actor.through,
        what,
    };
    moment.decide(&question).allowed
}

/// Whether somebody may know of a request: it is theirs, the policies show it to them, or they may decide on it.
pub(super) fn may_see(moment: &Moment, actor: &Actor, request: &Request) -> bool {
    let approve = Question::Approve {
        who: &actor.principal,
        through: actor.through,
        request,
    };
    is_theirs(moment, actor, &request.asked.by)
        || may_view(moment, actor, Thing::Request(request.into()))
        || moment.decide(&approve).allowed
}

/// Whether somebody may know of a grant: they hold it, or the policies show it to them.
pub(super) fn may_see_grant(moment: &Moment, actor: &Actor, record: &GrantRecord) -> bool {
    let filed = Filed::from(record);
    is_theirs(moment, actor, &record.grant.principal)
        || may_view(moment, actor, Thing::Request(filed))
}

/// Whether what is filed under an address is this person's.
fn is_theirs(moment: &Moment, actor: &Actor, address: &Principal) -> bool {
    moment.config().people.is_same(address, &actor.principal)
}
