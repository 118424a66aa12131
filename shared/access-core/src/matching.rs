//! From a principal to the account in a target: by alias, by what was found before, by e-mail.

use crate::config::People;
use crate::id::{AccountId, TargetName};
use crate::membership::Record;
use crate::principal::Principal;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a target knows of one principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "match")]
pub enum AccountMatch {
    /// Exactly one usable account has that e-mail address, compared whole and without case.
    Found {
        /// The account.
        account: AccountId,
    },
    /// There is none, or none that can be used.
    Unmatched {
        /// Why not.
        reason: Unmatched,
    },
}

/// Why somebody has no account in a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmatched {
    /// No account has the e-mail address.
    NoAccount,
    /// The account is switched off there.
    Inactive,
    /// Several accounts have it; none is guessed.
    Ambiguous,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAccount => "no account there has this e-mail address: create one, or name an alias under [[person]]",
            Self::Inactive => "the account there is switched off",
            Self::Ambiguous => "several accounts there have this e-mail address: name one under [[person]] accounts",
        })
    }
}

/// What is known without asking the target, and whom it must be asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// Accounts by alias, or of memberships already recorded.
    pub known: BTreeMap<Principal, AccountMatch>,
    /// Principals to look up by e-mail.
    pub ask: BTreeSet<Principal>,
}

/// Splits `wanted` into known accounts and look-ups.
///
/// An alias in the configuration comes first: the owner's word beats what was found before. A record counts only while
/// its account is in the target group (`observed`): one that left may be gone, and its owner may have another.
#[must_use]
pub fn matching<'a>(
    target: &TargetName,
    people: &People,
    records: &BTreeMap<AccountId, Record>,
    observed: &BTreeSet<AccountId>,
    wanted: impl IntoIterator<Item = &'a Principal>,
) -> Matching {
    let recorded: BTreeMap<_, _> = records
        .values()
        .filter(|record| observed.contains(&record.account))
        .filter_map(|record| Some((record.principal.as_ref()?, &record.account)))
        .collect();
    let mut matching = Matching::default();
    for principal in wanted {
        let alias = people.accounts.get(&(target.clone(), principal.clone()));
        match alias.or_else(|| recorded.get(principal).copied()) {
            Some(account) => {
                matching.known.insert(
                    principal.clone(),
                    AccountMatch::Found {
                        account: account.clone(),
                    },
                );
            }
            None => {
                matching.ask.insert(principal.clone());
            }
        }
    }
    matching
}

/// The same where no membership is recorded that could tell: aliases, and everybody else to be looked up.
#[must_use]
pub fn by_alias<'a>(
    target: &TargetName,
    people: &People,
    wanted: impl IntoIterator<Item = &'a Principal>,
) -> Matching {
    matching(target, people, &BTreeMap::new(), &BTreeSet::new(), wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::RecordState;
    use crate::world::scene::{Scene, adding, standing};
    use crate::world::{account, person};

    #[test]
    fn an_alias_beats_a_record_and_a_record_beats_a_look_up() {
        let target: TargetName = "aws".parse().unwrap();
        let alias = || ((target.clone(), person("grace")), account("alias"));
        let there = || Scene::new().holds("grace");
        let present = |scene: Scene| scene.record("grace", standing(), RecordState::Present);
        for (case, has_alias, scene, known) in [
            ("nothing is known", false, Scene::new(), None),
            (
                "a stranger's record",
                false,
                there().has("ada", standing()),
                None,
            ),
            ("recorded and there", false, present(there()), Some("grace")),
            (
                "recorded and no longer there",
                false,
                present(Scene::new()),
                None,
            ),
            (
                "an addition that never came through",
                false,
                Scene::new().record("grace", standing(), adding("grace")),
                None,
            ),
            ("alias alone", true, Scene::new(), Some("alias")),
            ("alias and record", true, present(there()), Some("alias")),
        ] {
            let accounts = has_alias.then(alias).into_iter().collect();
            let people = People {
                accounts,
                ..People::default()
            };
            let wanted = [person("grace")];
            let matching = matching(&target, &people, &scene.records, &scene.observed, &wanted);
            let found = known.map(|known| AccountMatch::Found {
                account: account(known),
            });
            assert_eq!(
                matching.known.get(&person("grace")),
                found.as_ref(),
                "{case}"
            );
            assert_eq!(
                matching.ask.contains(&person("grace")),
                known.is_none(),
                "{case}"
            );
        }
    }

    #[test]
    fn an_account_of_another_target_is_no_alias() {
        let people = People {
            accounts: [(("slack".parse().unwrap(), person("grace")), account("U1"))].into(),
            ..People::default()
        };
        let matching = by_alias(&"aws".parse().unwrap(), &people, &[person("grace")]);
        assert_eq!((matching.known.len(), matching.ask.len()), (0, 1));
    }
}
