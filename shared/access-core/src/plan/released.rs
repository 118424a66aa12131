//! What a person let go, until it is done.

use super::check::Hold;
use super::{Binding, HeldRemoval};
use crate::id::AccountId;
use std::collections::BTreeSet;

/// The removals of one held plan that a person let go: these accounts, for what held them then, and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    binding: Binding,
    /// Accounts whose removals waited for facts.
    for_facts: BTreeSet<AccountId>,
    /// Every account, if a budget held the plan: whoever lets that go lets go all that it names. Otherwise none.
    for_budget: BTreeSet<AccountId>,
}

impl Released {
    /// What `removals`, as they were held and told, let go in `binding`.
    #[must_use]
    pub fn new(binding: Binding, removals: &[HeldRemoval]) -> Self {
        let for_facts = removals.iter().filter(|held| !held.reason.is_budget());
        let for_budget: &[HeldRemoval] = match Hold::of(removals) {
            Hold::Budget => removals,
            Hold::Facts => &[],
        };
        Self {
            binding,
            for_facts: accounts(for_facts),
            for_budget: accounts(for_budget),
        }
    }

    /// Whether it let go the removals of all these accounts, held for such a reason.
    pub(super) fn covers(&self, binding: &Binding, why: Hold, held: &BTreeSet<&AccountId>) -> bool {
        let named = match why {
            Hold::Facts => &self.for_facts,
            Hold::Budget => &self.for_budget,
        };
        self.binding == *binding && held.iter().all(|account| named.contains(*account))
    }
}

fn accounts<'a>(removals: impl IntoIterator<Item = &'a HeldRemoval>) -> BTreeSet<AccountId> {
    let accounts = removals.into_iter().map(|held| &held.removal.account);
    accounts.cloned().collect()
}
