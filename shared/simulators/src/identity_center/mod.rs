//! An IAM Identity Center identity store behind the AWS JSON 1.1 protocol.

mod builder;
mod operations;
mod refusal;
mod routes;
mod store;
#[cfg(test)]
mod tests;
mod throttle;

pub use builder::{IdentityCenterSimBuilder, IdentityUser, Lookups};
pub use refusal::ConflictReasons;
pub use throttle::Throttling;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kit::{Fault, Kit, Server, SimClock};
use store::Store;

/// A running identity store. Dropping it stops its server.
#[derive(Debug)]
pub struct IdentityCenterSim {
    kit: Kit,
    server: Server,
    store: Arc<Mutex<Store>>,
}

impl IdentityCenterSim {
    /// Starts describing an identity store that lives by `clock`.
    #[must_use]
    pub fn builder(clock: SimClock) -> IdentityCenterSimBuilder {
        IdentityCenterSimBuilder::new(clock)
    }

    /// The address to give the AWS SDK as its endpoint. Any region and any credentials do, as
    /// long as requests are signed.
    #[must_use]
    pub fn endpoint_url(&self) -> &str {
        self.server.url()
    }

    /// The id that every request must name.
    #[must_use]
    pub fn identity_store_id(&self) -> String {
        self.lock().id.clone()
    }

    /// Clock, faults and request log. Operations are named as AWS names them:
    /// `CreateGroupMembership`.
    #[must_use]
    pub fn kit(&self) -> &Kit {
        &self.kit
    }

    /// Who is in the group, as lower-case e-mail addresses (user names for people without one);
    /// nobody if the group does not exist.
    #[must_use]
    pub fn members_of(&self, group: &str) -> BTreeSet<String> {
        let store = self.lock();
        store
            .group_id(group)
            .map(|id| store.members(id))
            .unwrap_or_default()
    }

    /// The display names of all groups.
    #[must_use]
    pub fn groups(&self) -> BTreeSet<String> {
        self.lock()
            .groups
            .values()
            .map(|group| group.display_name.clone())
            .collect()
    }

    /// The id of a group.
    #[must_use]
    pub fn group_id(&self, group: &str) -> Option<String> {
        self.lock().group_id(group).map(str::to_owned)
    }

    /// The id of whoever has this address.
    #[must_use]
    pub fn user_id(&self, email: &str) -> Option<String> {
        self.lock().user_id(email).map(str::to_owned)
    }

    /// Adds a user, as an identity provider would.
    pub fn add_user(&self, user: IdentityUser) {
        self.lock().add_user(user);
    }

    /// Deletes a user with all their memberships.
    ///
    /// # Panics
    /// If nobody has this address.
    pub fn delete_user(&self, email: &str) {
        self.lock().delete_user(email);
    }

    /// Adds a group without people; one that exists stays as it is.
    pub fn add_group(&self, group: &str) {
        self.lock().ensure_group(group);
    }

    /// Gives a group another name; its id and its members stay.
    ///
    /// # Panics
    /// If the group does not exist.
    pub fn rename_group(&self, group: &str, new_name: &str) {
        self.lock().rename_group(group, new_name);
    }

    /// Deletes a group, and its memberships with it.
    ///
    /// # Panics
    /// If the group does not exist.
    pub fn delete_group(&self, group: &str) {
        self.lock().delete_group(group);
    }

    /// Puts a person into a group behind everybody's back: drift. A repeat changes nothing.
    ///
    /// # Panics
    /// If there is no such group or person.
    pub fn add_member(&self, group: &str, email: &str) {
        self.lock().add_member(group, email);
    }

    /// Takes a person out of a group behind everybody's back: drift. A repeat changes nothing.
    ///
    /// # Panics
    /// If there is no such group or person.
    pub fn remove_member(&self, group: &str, email: &str) {
        self.lock().remove_member(group, email);
    }

    /// Whether conflicts carry their reason from now on; AWS may leave it out.
    pub fn conflict_reasons(&self, reasons: ConflictReasons) {
        self.lock().conflict_reasons = reasons;
    }

    /// The conflict that AWS answers when two writers met, for the fault script of the
    /// [`kit`](Self::kit). Nothing was changed, and a repeat may succeed.
    #[must_use]
    pub fn concurrent_modification() -> Fault {
        let refusal = refusal::Refusal::concurrent_modification();
        let status = refusal.status().as_u16();
        let body = Some(refusal.into_body().to_string());
        Fault::Status {
            status,
            headers: Vec::new(),
            body,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
