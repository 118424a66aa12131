//! The answer of the policies, with what determined it.

use crate::entities;
use crate::policies::Policies;
use crate::question::Question;
use crate::situation::{Situation, Unknown};
use cedar_policy::{Authorizer, PolicySet};
use std::collections::BTreeSet;

/// What the policies said. Anything in doubt is a no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether some policy permits it, none forbids it or might if more were known, and every policy could be evaluated.
    pub allowed: bool,
    /// Ids of the policies that determined it: those that forbid it, or else those that permit it. Empty when nothing permits
    /// it, some policy failed, or it is refused only because too little is known to say that nothing forbids it.
    pub policies: BTreeSet<String>,
    /// For people: why it was refused. Empty when it was not.
    pub why: Vec<String>,
    /// Policies that could not be evaluated, in Cedar's words: a mistake to mend. Any of them makes the answer no.
    pub failed: BTreeSet<String>,
    /// What could not be relied on, of all that these policies speak of: with it the answer might be another.
    pub unknown: BTreeSet<Unknown>,
}

impl Policies {
    /// Asks the policies. Well below a millisecond, whatever the number of groups: only the policies of the question's group,
    /// and only the people in it, are looked at.
    #[must_use]
    pub fn decide(&self, question: &Question<'_>, situation: &Situation) -> Decision {
        let mut unknown = self.unknown(question, situation);
        let answer = self
            .set(question.group())
            .and_then(|set| evaluate(set, question, situation));
        let Answer {
            is_permitted,
            policies,
            reasons,
            failed,
        } = answer.unwrap_or_else(Answer::failed);
        let doubts = if is_permitted {
            self.doubts(question, situation, &mut unknown)
        } else {
            BTreeSet::new()
        };
        let allowed = is_permitted && failed.is_empty() && doubts.is_empty();
        let policies = if allowed || !is_permitted {
            policies
        } else {
            BTreeSet::new()
        };
        let mut why = Vec::new();
        if !allowed {
            if !is_permitted {
                why.extend(reasons);
            }
            let failures = failed.iter();
            why.extend(failures.map(|failure| format!("a policy failed: {failure}")));
            if policies.is_empty() && failed.is_empty() && doubts.is_empty() {
                why.push("no policy permits it".to_owned());
            }
            let doubts = doubts.iter();
            why.extend(
                doubts.map(|id| format!("too little is known to say that {id} does not forbid it")),
            );
            why.extend(unknown.iter().map(ToString::to_string));
        }
        Decision {
            allowed,
            policies,
            why,
            failed,
            unknown,
        }
    }

    fn unknown(&self, question: &Question<'_>, situation: &Situation) -> BTreeSet<Unknown> {
        let hides = |unknown: &&Unknown| {
            let mut mentions = self.mentions(question.group());
            mentions.any(|source| unknown.hides(source))
        };
        situation.unknown.iter().filter(hides).cloned().collect()
    }

    /// Ids of the policies that might forbid it if more were known; what is missing goes to `unknown`.
    fn doubts(
        &self,
        question: &Question<'_>,
        situation: &Situation,
        unknown: &mut BTreeSet<Unknown>,
    ) -> BTreeSet<String> {
        let mut doubts = BTreeSet::new();
        // Nothing is looked at while everything is known.
        for forbid in self
            .forbids()
            .iter()
            .filter(|_| !situation.unknown.is_empty())
        {
            let missing = forbid.missing(question, situation);
            if !missing.is_empty() {
                doubts.insert(forbid.id());
                unknown.extend(missing.into_iter().cloned());
            }
        }
        doubts
    }
}

struct Answer {
    is_permitted: bool,
    policies: BTreeSet<String>,
    /// What the policies that forbid it say of themselves in `@reason`.
    reasons: Vec<String>,
    failed: BTreeSet<String>,
}

impl Answer {
    fn failed(failure: String) -> Self {
        Self {
            is_permitted: false,
            policies: BTreeSet::new(),
            reasons: Vec::new(),
            failed: BTreeSet::from([failure]),
        }
    }
}

fn evaluate(
    set: &PolicySet,
    question: &Question<'_>,
    situation: &Situation,
) -> Result<Answer, String> {
    let (request, entities) = entities::build(question, situation, None)?;
    let response = Authorizer::new().is_authorized(&request, set, &entities);
    let is_permitted = response.decision() == cedar_policy::Decision::Allow;
    let mut determining: Vec<_> = response.diagnostics().reason().collect();
    determining.sort();
    let reasons = determining
        .iter()
        .filter_map(|id| set.annotation(id, "reason"));
    let reasons: BTreeSet<String> = reasons.map(str::to_owned).collect();
    Ok(Answer {
        is_permitted,
        policies: determining.iter().map(ToString::to_string).collect(),
        reasons: reasons.into_iter().collect(),
        // Cedar passes over a policy that fails. A `forbid` that fails would let in whom it is meant to keep out.
        failed: response
            .diagnostics()
            .errors()
            .map(ToString::to_string)
            .collect(),
    })
}
