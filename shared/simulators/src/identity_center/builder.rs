//! Describing an identity store before it starts.

use std::io;
use std::sync::{Arc, Mutex};

use super::store::{PAGE_MAX, Store};
use super::throttle::{Throttle, Throttling};
use super::{ConflictReasons, IdentityCenterSim, routes};
use crate::kit::{Kit, SimClock};

/// A user of the identity store; its id is given when it is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityUser {
    /// Unique.
    pub user_name: String,
    /// The primary address, kept as written.
    pub email: Option<String>,
    /// For people to read.
    pub display_name: String,
}

impl IdentityUser {
    /// A user whose user name is the address, as identity providers usually have it.
    #[must_use]
    pub fn new(email: &str, display_name: &str) -> Self {
        Self {
            user_name: email.to_owned(),
            email: Some(email.to_owned()),
            display_name: display_name.to_owned(),
        }
    }
}

/// How `GetUserId` compares user names and addresses. AWS does not document it, so clients must
/// live with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lookups {
    /// `Ada@example.com` is not `ada@example.com`.
    #[default]
    Exact,
    /// Capital letters make no difference.
    IgnoreCase,
}

/// Describes an identity store; [`start`](Self::start) brings it up.
#[derive(Debug)]
pub struct IdentityCenterSimBuilder {
    clock: SimClock,
    store: Store,
    throttling: Throttling,
}

impl IdentityCenterSimBuilder {
    pub(super) fn new(clock: SimClock) -> Self {
        Self {
            clock,
            store: Store::new("d-9067642ac7"),
            throttling: Throttling::Enforced,
        }
    }

    /// The store's id, `d-` and ten digits or letters up to `f`.
    #[must_use]
    pub fn identity_store_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.store.id);
        self
    }

    /// Adds a user.
    #[must_use]
    pub fn user(mut self, user: IdentityUser) -> Self {
        self.store.add_user(user);
        self
    }

    /// Adds a group with the people who have these addresses.
    ///
    /// # Panics
    /// If nobody has one of the addresses: add users first.
    #[must_use]
    pub fn group<'a>(mut self, name: &str, emails: impl IntoIterator<Item = &'a str>) -> Self {
        self.store.ensure_group(name);
        for email in emails {
            self.store.add_member(name, email);
        }
        self
    }

    /// Enforced by default, by the simulated clock.
    #[must_use]
    pub fn throttling(mut self, throttling: Throttling) -> Self {
        self.throttling = throttling;
        self
    }

    /// Exact by default.
    #[must_use]
    pub fn lookups(mut self, lookups: Lookups) -> Self {
        self.store.lookups = lookups;
        self
    }

    /// Sent by default.
    #[must_use]
    pub fn conflict_reasons(mut self, reasons: ConflictReasons) -> Self {
        self.store.conflict_reasons = reasons;
        self
    }

    /// Entries in one page at most, 1 to 100 (the default), whatever a request asks for. AWS may
    /// give fewer than asked as well.
    #[must_use]
    pub fn page_max(mut self, page_max: usize) -> Self {
        self.store.page_max = page_max.clamp(1, PAGE_MAX);
        self
    }

    /// Brings the identity store up on a free loopback port.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub async fn start(self) -> io::Result<IdentityCenterSim> {
        let Self {
            clock,
            store,
            throttling,
        } = self;
        let kit = Kit::new(routes::VENDOR, clock);
        let store = Arc::new(Mutex::new(store));
        let throttle = Throttle::new(throttling);
        let router = routes::router(kit.clock.clone(), Arc::clone(&store), throttle);
        let server = kit.serve(router).await?;
        Ok(IdentityCenterSim { kit, server, store })
    }
}
