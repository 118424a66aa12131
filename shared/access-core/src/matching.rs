//! From a principal to the account in a target: by alias, by what was found before, by e-mail: by every address of theirs.

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
    /// Exactly one usable account has an e-mail address of theirs, compared whole and without case.
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
    /// No account has an e-mail address of theirs.
    NoAccount,
    /// The account is switched off there.
    Inactive,
    /// Several accounts have one; none is guessed.
    Ambiguous,
    /// Somebody else of the same group leads to the same account. It is a member while either is wanted.
    Shared,
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAccount => "no account there has this e-mail address: create one, or name an alias under [[person]]",
            Self::Inactive => "the account there is switched off",
            Self::Ambiguous => "several accounts there have an e-mail address of theirs: name one under [[person]] accounts",
            Self::Shared => "somebody else leads to the same account: if both are one person, name one address under [[person]] emails of the other",
        })
    }
}

/// What is known without asking the target, and whom it must be asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matching {
    /// Accounts by alias, or of memberships already recorded.
    pub known: BTreeMap<Principal, AccountMatch>,
    /// Addresses to look up.
    pub ask: BTreeSet<Principal>,
    /// Those of them that are further addresses of somebody, each with the principal.
    further: BTreeMap<Principal, Principal>,
}

impl Matching {
    /// All accounts, `found` being what the target said of `ask`: one for each principal, by whichever address. Of somebody
    /// whose addresses lead to different accounts, none.
    #[must_use]
    pub fn settle(
        self,
        found: BTreeMap<Principal, AccountMatch>,
    ) -> BTreeMap<Principal, AccountMatch> {
        let Self {
            mut known,
            ask: _,
            further,
        } = self;
        let mut answers: BTreeMap<Principal, Vec<AccountMatch>> = BTreeMap::new();
        for (address, answer) in found {
            let principal = further.get(&address).unwrap_or(&address).clone();
            answers.entry(principal).or_default().push(answer);
        }
        let answers = answers.into_iter();
        known.extend(answers.map(|(principal, answers)| (principal, one_of(&answers))));
        known
    }
}

/// What several addresses of one person come to.
fn one_of(answers: &[AccountMatch]) -> AccountMatch {
    let found: BTreeSet<&AccountId> = answers
        .iter()
        .filter_map(|answer| match answer {
            AccountMatch::Found { account } => Some(account),
            AccountMatch::Unmatched { .. } => None,
        })
        .collect();
    let is = |reason| answers.contains(&AccountMatch::Unmatched { reason });
    let reason = match found.first() {
        _ if found.len() > 1 || is(Unmatched::Ambiguous) => Unmatched::Ambiguous,
        Some(account) => {
            return AccountMatch::Found {
                account: (*account).clone(),
            };
        }
        None if is(Unmatched::Inactive) => Unmatched::Inactive,
        None => Unmatched::NoAccount,
    };
    AccountMatch::Unmatched { reason }
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
        .filter_map(|record| {
            let principal = people.canonical(record.principal.as_ref()?);
            Some((principal, &record.account))
        })
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
                for address in people.all_of(principal) {
                    if address != *principal {
                        let principal = principal.clone();
                        matching.further.insert(address.clone(), principal);
                    }
                    matching.ask.insert(address);
                }
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

    fn graces_addresses() -> People {
        let further = ["grace.h", "hopper"].map(|name| (person(name), person("grace")));
        People {
            addresses: further.into(),
            ..People::default()
        }
    }

    #[test]
    fn an_account_is_found_by_any_address_of_the_person_and_none_is_guessed() {
        let found = |name: &str| AccountMatch::Found {
            account: account(name),
        };
        let unmatched = |reason| AccountMatch::Unmatched { reason };
        let nobody = || unmatched(Unmatched::NoAccount);
        let inactive = || unmatched(Unmatched::Inactive);
        let ambiguous = || unmatched(Unmatched::Ambiguous);
        for (case, answers, expected) in [
            ("main", [found("A"), nobody(), nobody()], found("A")),
            ("further", [nobody(), nobody(), found("A")], found("A")),
            (
                "one account",
                [found("A"), nobody(), found("A")],
                found("A"),
            ),
            (
                "two accounts",
                [found("A"), nobody(), found("B")],
                ambiguous(),
            ),
            (
                "one address of two",
                [found("A"), ambiguous(), nobody()],
                ambiguous(),
            ),
            (
                "the other off",
                [found("A"), inactive(), nobody()],
                found("A"),
            ),
            ("off", [nobody(), inactive(), nobody()], inactive()),
            ("none", [nobody(), nobody(), nobody()], nobody()),
        ] {
            let wanted = [person("grace"), person("ada")];
            let matching = by_alias(&"aws".parse().unwrap(), &graces_addresses(), &wanted);
            let asked = ["ada", "grace", "grace.h", "hopper"].map(person);
            assert_eq!(matching.ask, BTreeSet::from(asked), "{case}");
            let addresses = ["grace", "grace.h", "hopper"].map(person);
            let mut answers: BTreeMap<_, _> = addresses.into_iter().zip(answers).collect();
            answers.insert(person("ada"), found("ada"));
            let settled = [(person("ada"), found("ada")), (person("grace"), expected)];
            assert_eq!(matching.settle(answers), BTreeMap::from(settled), "{case}");
        }
    }

    #[test]
    fn what_was_recorded_by_a_further_address_is_the_persons() {
        let scene = Scene::new().holds("grace.h");
        let scene = scene.record("grace.h", standing(), RecordState::Present);
        let matching = matching(
            &"aws".parse().unwrap(),
            &graces_addresses(),
            &scene.records,
            &scene.observed,
            &[person("grace")],
        );
        assert!(matching.ask.is_empty());
        let account = account("grace.h");
        let found = AccountMatch::Found { account };
        assert_eq!(matching.known, [(person("grace"), found)].into());
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
