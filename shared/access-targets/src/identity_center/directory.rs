//! The users of the identity store, by their addresses.
//!
//! A user goes by every e-mail address it has, and by its user name, which is an address wherever the identity provider
//! makes it one.

use super::failure::Failed;
use super::whole::HoldsList;
use super::wire::{Operation, Wire};
use access_core::id::AccountId;
use access_core::matching::{AccountMatch, Unmatched};
use access_core::ports::TargetError;
use access_core::principal::Principal;
use aws_sdk_identitystore::types::{Email, UserStatus};
use std::collections::{BTreeMap, BTreeSet};

const LIST: Operation = Operation::reading("ListUsers");
/// Users in one page; AWS gives no more.
const PAGE_MAX: i32 = 100;
/// Pages before the list is taken for endless: ten times the users that a store may have.
pub(super) const PAGES_MAX: usize = 10_000;

/// One user, as far as matching goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) account: AccountId,
    /// In lower case.
    addresses: BTreeSet<String>,
    is_usable: bool,
}

impl User {
    /// Fails for a user without an id.
    pub(super) fn read(
        operation: Operation,
        id: &str,
        user_name: Option<&str>,
        emails: &[Email],
        status: Option<&UserStatus>,
    ) -> Result<Self, Failed> {
        let account = AccountId::new(id)
            .map_err(|_| Failed::unclear(operation.name(), "holds a user without an id"))?;
        let addresses = emails.iter().filter_map(Email::value).chain(user_name);
        Ok(Self {
            account,
            addresses: addresses.map(|text| text.trim().to_lowercase()).collect(),
            // A status that is new to us is not known to allow anything.
            is_usable: matches!(status, None | Some(UserStatus::Enabled)),
        })
    }

    pub(super) fn goes_by(&self, principal: &Principal) -> bool {
        self.addresses.contains(principal.email())
    }
}

/// All users at one moment.
#[derive(Debug)]
pub(super) struct Directory {
    by_address: BTreeMap<String, Vec<User>>,
}

impl Directory {
    /// Reads every page: as many requests as there are hundreds of users.
    pub(super) async fn read(wire: &Wire) -> Result<Self, TargetError> {
        let mut by_address: BTreeMap<String, Vec<User>> = BTreeMap::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = wire
                .call(LIST, || {
                    wire.client
                        .list_users()
                        .identity_store_id(&wire.store_id)
                        .max_results(PAGE_MAX)
                        .set_next_token(token.clone())
                        .customize()
                        .interceptor(HoldsList("Users"))
                        .send()
                })
                .await?;
            for user in page.users() {
                let user = User::read(
                    LIST,
                    user.user_id(),
                    user.user_name(),
                    user.emails(),
                    user.user_status(),
                )?;
                for address in &user.addresses {
                    let entry = by_address.entry(address.clone()).or_default();
                    entry.push(user.clone());
                }
            }
            match page.next_token.filter(|next| !next.is_empty()) {
                None => return Ok(Self { by_address }),
                next if next == token => {
                    return Err(Failed::unclear(LIST.name(), "leads to itself").into());
                }
                next => token = next,
            }
        }
        Err(Failed::unclear(LIST.name(), "does not end").into())
    }

    /// Everybody who goes by the principal's address.
    pub(super) fn users(&self, principal: &Principal) -> &[User] {
        self.by_address
            .get(principal.email())
            .map_or(&[], Vec::as_slice)
    }
}

/// Which of the users that go by one address it is: never the first of several.
pub(super) fn choose(users: &[User]) -> AccountMatch {
    let usable: BTreeSet<&AccountId> = users
        .iter()
        .filter(|user| user.is_usable)
        .map(|user| &user.account)
        .collect();
    let reason = match (usable.len(), users) {
        (1, _) => {
            let account = usable.into_iter().next().expect("there is one");
            return AccountMatch::Found {
                account: account.clone(),
            };
        }
        (0, []) => Unmatched::NoAccount,
        (0, _) => Unmatched::Inactive,
        (2.., _) => Unmatched::Ambiguous,
    };
    AccountMatch::Unmatched { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, status: Option<&UserStatus>) -> User {
        User::read(LIST, id, Some("Ada@Example.com"), &[], status).unwrap()
    }

    #[test]
    fn one_usable_user_is_the_account_and_none_is_guessed() {
        let enabled = || user("on", Some(&UserStatus::Enabled));
        let disabled = || user("off", Some(&UserStatus::Disabled));
        let unmatched = |reason| AccountMatch::Unmatched { reason };
        let found = |id: &str| AccountMatch::Found {
            account: AccountId::new(id).unwrap(),
        };
        let cases = [
            ("nobody", vec![], unmatched(Unmatched::NoAccount)),
            ("one", vec![enabled()], found("on")),
            ("the same twice", vec![enabled(), enabled()], found("on")),
            ("no status", vec![user("plain", None)], found("plain")),
            ("off", vec![disabled()], unmatched(Unmatched::Inactive)),
            (
                "a status of tomorrow",
                vec![user("odd", Some(&UserStatus::from("LOCKED")))],
                unmatched(Unmatched::Inactive),
            ),
            ("one on, one off", vec![disabled(), enabled()], found("on")),
            (
                "two on",
                vec![enabled(), user("other", None)],
                unmatched(Unmatched::Ambiguous),
            ),
        ];
        for (name, users, expected) in cases {
            assert_eq!(choose(&users), expected, "{name}");
        }
    }

    #[test]
    fn addresses_are_compared_whole() {
        let user = user("on", None);
        let goes_by = |address| user.goes_by(&Principal::new(address).unwrap());
        assert!(goes_by("ada@example.com"));
        assert!(!goes_by("a@example.com"));
        assert!(!goes_by("ada@example.co"));
    }
}
