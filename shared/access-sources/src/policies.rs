//! Escalation policies that do not appear among on-calls: nobody is on call for them, or they are gone.

use crate::error::{describe, read_error};
use crate::ids::{ours, theirs};
use crate::read::{AT_ONCE, FEW, Reader};
use access_core::facts::{PolicyFacts, Reading};
use access_core::id::EscalationPolicyId;
use access_core::ports::ReadError;
use futures::stream::{self, StreamExt};
use pagerduty_client::{Error, EscalationPolicy, EscalationPolicyQuery, EscalationTarget};
use std::collections::{BTreeMap, BTreeSet};

type Policies = BTreeMap<EscalationPolicyId, PolicyFacts>;

impl Reader<'_> {
    pub(crate) async fn add_other_policies(&self, seen: &mut Policies) -> Result<(), ReadError> {
        let wanted = self.ask.escalation_policies.iter();
        let mut absent: BTreeSet<_> = wanted
            .filter(|id| !seen.contains_key(*id))
            .cloned()
            .collect();
        if absent.len() > FEW {
            let query = EscalationPolicyQuery::default();
            let listed = self.client.escalation_policies(&query).await;
            for policy in listed.map_err(|error| read_error(&error))? {
                let id: EscalationPolicyId = ours(&policy.id)?;
                if absent.remove(&id) {
                    let facts = self.without_rows(&id, &policy);
                    seen.insert(id, facts);
                }
            }
        }
        let reads = absent.into_iter().map(|id| async move {
            let facts = self.policy(&id).await;
            (id, facts)
        });
        let reads: Vec<_> = stream::iter(reads)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        seen.extend(reads);
        Ok(())
    }

    async fn policy(&self, id: &EscalationPolicyId) -> PolicyFacts {
        let Some(asked) = theirs(id) else {
            return self.gone_policy(id);
        };
        match self.client.escalation_policy(&asked).await {
            Ok(policy) => self.without_rows(id, &policy),
            Err(Error::NotFound { .. }) => self.gone_policy(id),
            Err(error) => {
                tracing::warn!(escalation_policy.id = %id, error = error.kind(), "escalation policy {id} could not be read");
                self.lent.failed_policy(id, None, describe(&error))
            }
        }
    }

    /// A policy that exists and for which no row came. A person whom it names directly is always on call, so then the
    /// rows cannot be right.
    fn without_rows(&self, id: &EscalationPolicyId, policy: &EscalationPolicy) -> PolicyFacts {
        let name = Some(policy.name.as_str());
        let mut targets = policy.rules.iter().flat_map(|rule| &rule.targets);
        if targets.any(|target| matches!(target, EscalationTarget::User(_))) {
            let reason = "it names people directly, yet PagerDuty tells of nobody on call for it";
            return self.lent.failed_policy(id, name, reason.to_owned());
        }
        PolicyFacts {
            name: self.lent.policy_name(id, name),
            reading: Reading::Complete,
            shifts: BTreeSet::new(),
        }
    }

    fn gone_policy(&self, id: &EscalationPolicyId) -> PolicyFacts {
        PolicyFacts {
            name: self.lent.policy_name(id, None),
            reading: Reading::Gone,
            shifts: BTreeSet::new(),
        }
    }
}
