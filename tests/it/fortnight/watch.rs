//! The poller's clock for the fortnight: it jumps, and before it does, looks at every group.

use super::oracle::{Entitlement, People};
use crate::support::World;
use access_core::ports::Clock;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

/// Looks at the groups whenever time moves on.
pub(super) struct Watch {
    world: Arc<World>,
    groups: Vec<Entitlement>,
    seen: Mutex<Vec<(Timestamp, Vec<People>)>>,
}

impl Watch {
    pub(super) fn new(world: Arc<World>, groups: Vec<Entitlement>) -> Self {
        Self {
            world,
            groups,
            seen: Mutex::default(),
        }
    }

    /// Who was in which group, each time with the instant since when, from the last call on until now.
    ///
    /// `begun` is the instant at which the tick began.
    pub(super) fn take(&self, begun: Timestamp) -> Vec<(Timestamp, Vec<People>)> {
        self.look();
        let seen = std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        assert_eq!(
            seen.first().map(|(since, _)| *since),
            Some(begun),
            "the tick began at its minute"
        );
        seen
    }

    fn look(&self) {
        let people = |group: &Entitlement| match group {
            Entitlement::Aws(name) => self.world.identity_center.members_of(name),
            Entitlement::Slack(handle) => self.world.slack.members_of(handle),
        };
        let groups = self.groups.iter().map(people).collect();
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((self.now(), groups));
    }
}

#[async_trait]
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    async fn wait_until(&self, at: Timestamp) {
        if self.now() < at {
            self.look();
            self.world.clock.set(at);
        }
    }
}
