//! Which policies decided, as text, and which could have.

use crate::decide::Decision;
use crate::policies::Policies;
use crate::question::Question;
use cedar_policy::{ActionConstraint, Effect, Policy, PolicyId};
use std::fmt;

/// One policy that had a part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ruling {
    /// Its id.
    pub id: String,
    /// Whether it permits; otherwise it forbids.
    pub permits: bool,
    /// The policy itself.
    pub text: String,
}

/// A decision with the policies behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What was decided.
    pub decision: Decision,
    /// The policies that determined it.
    pub determined_by: Vec<Ruling>,
    /// Where nothing permits it and nothing forbids it: the policies that permit this action to somebody.
    pub could_permit: Vec<Ruling>,
}

impl Policies {
    /// Shows what is behind a decision on `question`.
    #[must_use]
    pub fn explain(&self, question: &Question<'_>, decision: Decision) -> Explanation {
        let mut determined_by = Vec::new();
        let mut could_permit = Vec::new();
        if let Ok(set) = self.set(question.group()) {
            let ids = decision.policies.iter().map(PolicyId::new);
            determined_by.extend(ids.filter_map(|id| set.policy(&id)).map(ruling));
            if decision.policies.is_empty() && !decision.allowed {
                let action = question.action().word();
                let policies = set.policies();
                let policies = policies.filter(|policy| policy.effect() == Effect::Permit);
                could_permit.extend(policies.filter(|policy| is_on(policy, action)).map(ruling));
            }
        }
        determined_by.sort();
        could_permit.sort();
        Explanation {
            decision,
            determined_by,
            could_permit,
        }
    }
}

fn ruling(policy: &Policy) -> Ruling {
    Ruling {
        id: policy.id().to_string(),
        permits: policy.effect() == Effect::Permit,
        text: policy.to_string(),
    }
}

/// Whether a policy speaks of an action.
pub(crate) fn is_on(policy: &Policy, action: &str) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => uid.id().unescaped() == action,
        ActionConstraint::In(uids) => uids.iter().any(|uid| uid.id().unescaped() == action),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            decision,
            determined_by,
            could_permit,
        } = self;
        let answer = if decision.allowed {
            "allowed"
        } else {
            "refused"
        };
        writeln!(f, "{answer}")?;
        for why in &decision.why {
            writeln!(f, "  {why}")?;
        }
        rulings(f, "determined by", determined_by)?;
        rulings(f, "what permits it to others", could_permit)
    }
}

fn rulings(f: &mut fmt::Formatter<'_>, title: &str, rulings: &[Ruling]) -> fmt::Result {
    if !rulings.is_empty() {
        writeln!(f, "\n{title}")?;
    }
    for ruling in rulings {
        writeln!(f, "\n// {}\n{}", ruling.id, ruling.text)?;
    }
    Ok(())
}
