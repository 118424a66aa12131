//! What an identity store holds.

use std::collections::{BTreeMap, BTreeSet};

use super::ConflictReasons;
use super::builder::{IdentityUser, Lookups};

/// The largest page AWS gives.
pub(super) const PAGE_MAX: usize = 100;

#[derive(Debug)]
pub(super) struct Store {
    pub(super) id: String,
    pub(super) users: BTreeMap<String, IdentityUser>,
    pub(super) groups: BTreeMap<String, Group>,
    /// By the membership's own id.
    memberships: BTreeMap<String, Membership>,
    pub(super) conflict_reasons: ConflictReasons,
    pub(super) lookups: Lookups,
    pub(super) page_max: usize,
    /// Ids of users by lower-case address, of users by lower-case name, of groups by name, and of
    /// memberships by group and user: a company of ten thousand must not be searched each time.
    users_by_email: BTreeMap<String, String>,
    users_by_name: BTreeMap<String, String>,
    groups_by_name: BTreeMap<String, String>,
    memberships_by_pair: BTreeMap<(String, String), String>,
    ids_given: u64,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) display_name: String,
    pub(super) description: Option<String>,
}

#[derive(Clone, Debug)]
struct Membership {
    group_id: String,
    user_id: String,
}

impl Store {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            memberships: BTreeMap::new(),
            conflict_reasons: ConflictReasons::Sent,
            lookups: Lookups::default(),
            page_max: PAGE_MAX,
            users_by_email: BTreeMap::new(),
            users_by_name: BTreeMap::new(),
            groups_by_name: BTreeMap::new(),
            memberships_by_pair: BTreeMap::new(),
            ids_given: 0,
        }
    }

    /// Whoever has this address, whatever the capitals.
    pub(super) fn user_id(&self, email: &str) -> Option<&str> {
        self.users_by_email
            .get(&email.to_lowercase())
            .map(String::as_str)
    }

    /// Whoever has this user name, whatever the capitals.
    pub(super) fn user_id_by_name(&self, name: &str) -> Option<&str> {
        self.users_by_name
            .get(&name.to_lowercase())
            .map(String::as_str)
    }

    pub(super) fn group_id(&self, name: &str) -> Option<&str> {
        self.groups_by_name.get(name).map(String::as_str)
    }

    pub(super) fn membership_id(&self, group_id: &str, user_id: &str) -> Option<&str> {
        let pair = (group_id.to_owned(), user_id.to_owned());
        self.memberships_by_pair.get(&pair).map(String::as_str)
    }

    /// The memberships of a group, as user id and membership id, in the order of user ids.
    pub(super) fn memberships_of_group(
        &self,
        group_id: &str,
    ) -> impl Iterator<Item = (&str, &String)> {
        let from = (group_id.to_owned(), String::new());
        let rest = self.memberships_by_pair.range(from..);
        rest.take_while(move |((group, _), _)| group == group_id)
            .map(|((_, user), id)| (user.as_str(), id))
    }

    /// The memberships of a user, as group id and membership id, in the order of group ids.
    pub(super) fn memberships_of_user(
        &self,
        user_id: &str,
    ) -> impl Iterator<Item = (&str, &String)> {
        let all = self.memberships_by_pair.iter();
        all.filter(move |((_, user), _)| user == user_id)
            .map(|((group, _), id)| (group.as_str(), id))
    }

    pub(super) fn members(&self, group_id: &str) -> BTreeSet<String> {
        self.memberships_of_group(group_id)
            .map(|(user_id, _)| {
                let user = self.users.get(user_id);
                let user = user.expect("a deleted user takes their memberships along");
                user.email
                    .as_ref()
                    .unwrap_or(&user.user_name)
                    .to_lowercase()
            })
            .collect()
    }

    pub(super) fn add_user(&mut self, user: IdentityUser) -> String {
        let id = self.next_id();
        if let Some(email) = &user.email {
            self.users_by_email.insert(email.to_lowercase(), id.clone());
        }
        self.users_by_name
            .insert(user.user_name.to_lowercase(), id.clone());
        self.users.insert(id.clone(), user);
        id
    }

    pub(super) fn delete_user(&mut self, email: &str) {
        let user_id = self.expect_user(email);
        self.users.remove(&user_id);
        self.users_by_email.retain(|_, id| *id != user_id);
        self.users_by_name.retain(|_, id| *id != user_id);
        let ids: Vec<_> = self
            .memberships_of_user(&user_id)
            .map(|(_, id)| id.clone())
            .collect();
        for id in ids {
            self.remove_membership(&id);
        }
    }

    pub(super) fn ensure_group(&mut self, name: &str) -> String {
        match self.group_id(name) {
            Some(id) => id.to_owned(),
            None => self.add_group(name, None),
        }
    }

    pub(super) fn add_group(&mut self, name: &str, description: Option<String>) -> String {
        let id = self.next_id();
        self.groups_by_name.insert(name.to_owned(), id.clone());
        self.groups.insert(
            id.clone(),
            Group {
                display_name: name.to_owned(),
                description,
            },
        );
        id
    }

    pub(super) fn rename_group(&mut self, name: &str, new_name: &str) {
        let id = self.expect_group(name);
        self.groups_by_name.remove(name);
        self.groups_by_name.insert(new_name.to_owned(), id.clone());
        let group = self.groups.get_mut(&id);
        let group = group.expect("a group that is found by its name is there");
        new_name.clone_into(&mut group.display_name);
    }

    pub(super) fn delete_group(&mut self, name: &str) {
        let group_id = self.expect_group(name);
        self.groups.remove(&group_id);
        self.groups_by_name.remove(name);
        let ids: Vec<_> = self
            .memberships_of_group(&group_id)
            .map(|(_, id)| id.clone())
            .collect();
        for id in ids {
            self.remove_membership(&id);
        }
    }

    pub(super) fn add_membership(&mut self, group_id: &str, user_id: &str) -> String {
        let id = self.next_id();
        let (group_id, user_id) = (group_id.to_owned(), user_id.to_owned());
        self.memberships_by_pair
            .insert((group_id.clone(), user_id.clone()), id.clone());
        self.memberships
            .insert(id.clone(), Membership { group_id, user_id });
        id
    }

    /// Answers whether it was there.
    pub(super) fn remove_membership(&mut self, id: &str) -> bool {
        let Some(Membership { group_id, user_id }) = self.memberships.remove(id) else {
            return false;
        };
        self.memberships_by_pair.remove(&(group_id, user_id));
        true
    }

    pub(super) fn add_member(&mut self, group: &str, email: &str) {
        let (group_id, user_id) = (self.expect_group(group), self.expect_user(email));
        if self.membership_id(&group_id, &user_id).is_none() {
            self.add_membership(&group_id, &user_id);
        }
    }

    pub(super) fn remove_member(&mut self, group: &str, email: &str) {
        let (group_id, user_id) = (self.expect_group(group), self.expect_user(email));
        if let Some(id) = self.membership_id(&group_id, &user_id).map(str::to_owned) {
            self.remove_membership(&id);
        }
    }

    fn expect_user(&self, email: &str) -> String {
        self.user_id(email)
            .expect("the store has a user with this address")
            .to_owned()
    }

    fn expect_group(&self, name: &str) -> String {
        self.group_id(name)
            .expect("the store has a group of this name")
            .to_owned()
    }

    /// Ids look like AWS's, the store's own digits in front. They are spread so that the order of
    /// a list is not the order of creation.
    fn next_id(&mut self) -> String {
        self.ids_given += 1;
        let spread = self.ids_given.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let head = self.id.trim_start_matches("d-");
        let (high, low) = (spread >> 32, spread & 0xffff);
        format!(
            "{head}-{high:08x}-{low:04x}-4000-8000-{:012x}",
            self.ids_given
        )
    }
}
