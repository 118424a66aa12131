//! AWS IAM Identity Center: groups of an identity store, which carry permission sets into AWS accounts.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/welcome.html>

mod directory;
mod failure;
mod groups;
mod memberships;
mod pace;
mod people;
mod whole;
mod wire;

pub use pace::Pace;

use crate::shared_read::SharedRead;
use access_core::id::{EntitlementName, TargetGroupId};
use access_core::matching::AccountMatch;
use access_core::plan::Observed;
use access_core::ports::{Outcome, Step, Target, TargetError};
use access_core::principal::Principal;
use async_trait::async_trait;
use aws_sdk_identitystore::Client;
use directory::Directory;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use wire::Wire;

/// How long the list of all users is believed when it only shows who is *not* there. Whoever is found in it is
/// looked at again, so only somebody new, registered with capital letters, waits this long.
const DIRECTORY_AGE_MAX: Duration = Duration::from_mins(10);

/// An identity store as a target. An entitlement is a group's display name, or its id.
#[derive(Debug)]
pub struct IdentityCenter {
    wire: Wire,
    directory: SharedRead<Directory>,
    directory_age_max: Duration,
}

impl IdentityCenter {
    /// The identity store `d-..`, through a client for the region of its Identity Center instance.
    ///
    /// The client's own repeats are switched off: every request has to pass the [`Pace`], which all targets of this
    /// store in this process share, and what is repeated is decided here.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what goes past the pace must not go on using the same client"
    )]
    pub fn new(client: Client, identity_store_id: impl Into<String>) -> Self {
        let store_id = identity_store_id.into();
        let pace = Pace::shared(&store_id);
        Self {
            wire: Wire::new(&client, store_id, pace),
            directory: SharedRead::new(),
            directory_age_max: DIRECTORY_AGE_MAX,
        }
    }

    /// Another pace than AWS's first quota: one that was raised, or none for a simulator.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.wire.set_pace(pace);
        self
    }

    /// The first pause before a repeat, a fifth of a second by default; it doubles each time.
    #[must_use]
    pub fn with_first_pause(mut self, pause: Duration) -> Self {
        self.wire.set_first_pause(pause);
        self
    }

    /// How long a list of all users is good for showing who is not there; ten minutes by default.
    #[must_use]
    pub fn with_directory_age_max(mut self, age_max: Duration) -> Self {
        self.directory_age_max = age_max;
        self
    }
}

#[async_trait]
impl Target for IdentityCenter {
    async fn find_accounts(
        &self,
        principals: &BTreeSet<Principal>,
    ) -> Result<BTreeMap<Principal, AccountMatch>, TargetError> {
        people::find(self, principals).await
    }

    async fn observe(
        &self,
        entitlement: &EntitlementName,
    ) -> Result<Option<Observed>, TargetError> {
        groups::observe(&self.wire, entitlement).await
    }

    async fn create(&self, entitlement: &EntitlementName) -> Result<TargetGroupId, TargetError> {
        groups::create(&self.wire, entitlement).await
    }

    async fn apply(
        &self,
        group: &TargetGroupId,
        steps: &[Step],
    ) -> Vec<Result<Outcome, TargetError>> {
        memberships::apply(&self.wire, group, steps).await
    }
}
