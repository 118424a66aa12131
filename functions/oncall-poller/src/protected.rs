//! Accounts that are never removed, looked up once a sweep.

use crate::deps::Configured;
use access_core::id::{AccountId, TargetName};
use access_core::matching::{AccountMatch, Unmatched, by_alias};
use access_core::ports::Target;
use access_core::principal::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// The protected accounts of each target, or why they are not known: then nothing there may be planned.
#[derive(Debug, Default)]
pub(crate) struct Protected {
    targets: BTreeMap<TargetName, Result<BTreeSet<AccountId>, String>>,
    none: BTreeSet<AccountId>,
}

impl Protected {
    /// Looks up everybody whom the configuration protects in one of these targets.
    pub(crate) async fn look_up(configured: &Configured, names: BTreeSet<TargetName>) -> Self {
        let mut targets = BTreeMap::new();
        for name in names {
            let people = configured
                .config
                .targets
                .get(&name)
                .map(|target| &target.protected);
            let (Some(people), Some(target)) = (people, configured.targets.get(&name)) else {
                continue;
            };
            if !people.is_empty() {
                let accounts = accounts(configured, &name, target.as_ref(), people).await;
                targets.insert(name, accounts);
            }
        }
        Self {
            targets,
            none: BTreeSet::new(),
        }
    }

    /// The protected accounts of one target.
    pub(crate) fn of(&self, name: &TargetName) -> Result<&BTreeSet<AccountId>, String> {
        match self.targets.get(name) {
            None => Ok(&self.none),
            Some(accounts) => accounts.as_ref().map_err(Clone::clone),
        }
    }
}

async fn accounts(
    configured: &Configured,
    name: &TargetName,
    target: &dyn Target,
    people: &BTreeSet<Principal>,
) -> Result<BTreeSet<AccountId>, String> {
    let matching = by_alias(name, &configured.config.people, people);
    let mut found = BTreeMap::new();
    if !matching.ask.is_empty() {
        let answer = target.find_accounts(&matching.ask).await;
        found = answer.map_err(|error| error.to_string())?;
    }
    let mut accounts = BTreeSet::new();
    for (principal, found) in matching.settle(found) {
        match found {
            AccountMatch::Found { account } => {
                accounts.insert(account);
            }
            AccountMatch::Unmatched {
                reason: Unmatched::NoAccount,
            } => {}
            AccountMatch::Unmatched { reason } => {
                return Err(format!(
                    "protected person {} cannot be told apart: {reason}",
                    principal.id()
                ));
            }
        }
    }
    Ok(accounts)
}
