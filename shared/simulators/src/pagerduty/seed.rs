//! Seeding an account: what is added, with an id chosen or minted.

use super::PagerDuty;
use super::model::{
    EscalationPolicy, Layer, LayerSchedule, Member, Rotation, Schedule, Service, ShiftSchedule,
    Target, Team, User, World,
};

#[expect(
    clippy::must_use_candidate,
    reason = "the effect is the point: a seed that chose its ids needs no answer"
)]
impl PagerDuty {
    /// Adds a user; answers the id. An id already taken is replaced, here and below.
    pub fn add_user(&self, mut user: User) -> String {
        self.change(|world| {
            let id = settle(&mut user.id, world.mint.short());
            world.users.insert(id.clone(), user);
            id
        })
    }

    /// Adds a team; answers the id.
    ///
    /// # Panics
    /// If a member is unknown.
    pub fn add_team(&self, mut team: Team) -> String {
        self.change(|world| {
            known_users(world, team.members.keys());
            let id = settle(&mut team.id, world.mint.short());
            world.teams.insert(id.clone(), team);
            id
        })
    }

    /// Adds a layer-based schedule; answers the id.
    ///
    /// # Panics
    /// If a user is unknown.
    pub fn add_schedule(&self, mut schedule: LayerSchedule) -> String {
        self.change(|world| {
            name_layers(world, &mut schedule.layers);
            let id = settle(&mut schedule.id, world.mint.short());
            world
                .schedules
                .insert(id.clone(), Schedule::Layers(schedule));
            id
        })
    }

    /// Adds a v3 schedule; answers the id.
    ///
    /// # Panics
    /// If a user is unknown.
    pub fn add_shift_schedule(&self, mut schedule: ShiftSchedule) -> String {
        self.change(|world| {
            for rotation in &mut schedule.rotations {
                name_rotation(world, rotation);
            }
            let id = settle(&mut schedule.id, world.mint.short());
            world
                .schedules
                .insert(id.clone(), Schedule::Shifts(schedule));
            id
        })
    }

    /// Adds an escalation policy; answers the id.
    ///
    /// # Panics
    /// If a target is unknown.
    pub fn add_policy(&self, mut policy: EscalationPolicy) -> String {
        self.change(|world| {
            for rule in &mut policy.rules {
                settle(&mut rule.id, world.mint.short());
                for target in &rule.targets {
                    known_target(world, target);
                }
            }
            let id = settle(&mut policy.id, world.mint.short());
            world.policies.insert(id.clone(), policy);
            id
        })
    }

    /// Adds a service; answers the id.
    ///
    /// # Panics
    /// If its policy is unknown.
    pub fn add_service(&self, mut service: Service) -> String {
        self.change(|world| {
            assert!(
                world.policies.contains_key(&service.policy),
                "unknown policy"
            );
            let id = settle(&mut service.id, world.mint.short());
            world.services.insert(id.clone(), service);
            id
        })
    }
}

/// Keeps an id that was chosen, else takes the minted one; answers it.
pub(super) fn settle(id: &mut String, minted: String) -> String {
    if id.is_empty() {
        *id = minted;
    }
    id.clone()
}

pub(super) fn name_layers(world: &mut World, layers: &mut [Layer]) {
    for (place, layer) in layers.iter_mut().enumerate() {
        known_users(world, layer.users.iter());
        settle(&mut layer.id, world.mint.short());
        settle(&mut layer.name, format!("Layer {}", place + 1));
    }
}

fn name_rotation(world: &mut World, rotation: &mut Rotation) {
    settle(&mut rotation.id, world.mint.wide());
    for event in &mut rotation.events {
        settle(&mut event.id, world.mint.wide());
        for member in &event.members {
            if let Member::User(user) = member {
                known_user(world, user);
            }
        }
    }
}

pub(super) fn known_user(world: &World, user: &str) {
    assert!(world.users.contains_key(user), "no user `{user}`");
}

pub(super) fn known_users<U: AsRef<str>>(world: &World, users: impl IntoIterator<Item = U>) {
    for user in users {
        known_user(world, user.as_ref());
    }
}

pub(super) fn known_target(world: &World, target: &Target) {
    match target {
        Target::User(user) => known_user(world, user),
        Target::Schedule(id) => assert!(world.schedules.contains_key(id), "no schedule `{id}`"),
    }
}
