//! Changing an account while it runs.

use jiff::Timestamp;

use super::PagerDuty;
use super::model::{
    CustomShift, Layer, LayerSchedule, Member, Overridden, Override, Schedule, ShiftOverride,
    ShiftSchedule, Target, World,
};
use super::seed::{known_target, known_user, name_layers};

#[expect(
    clippy::must_use_candidate,
    reason = "the effect is the point: not every caller needs the answer"
)]
impl PagerDuty {
    /// Creates an override on a layer-based schedule; answers its id.
    ///
    /// # Panics
    /// If the schedule or the user is unknown, or the end is not after the start.
    pub fn create_override(
        &self,
        schedule: &str,
        user: &str,
        start: Timestamp,
        end: Timestamp,
    ) -> String {
        assert!(start < end, "an override ends after it starts");
        self.change(|world| {
            known_user(world, user);
            let id = world.mint.long();
            layered(world, schedule).overrides.push(Override {
                id: id.clone(),
                user: user.to_owned(),
                start,
                end,
            });
            id
        })
    }

    /// Deletes an override of either kind of schedule as if it had never been; answers whether it
    /// existed. (Over HTTP a running override is cut short instead.)
    pub fn delete_override(&self, schedule: &str, id: &str) -> bool {
        self.change(|world| match world.schedules.get_mut(schedule) {
            Some(Schedule::Layers(schedule)) => {
                let before = schedule.overrides.len();
                schedule.overrides.retain(|entry| entry.id != id);
                schedule.overrides.len() < before
            }
            Some(Schedule::Shifts(schedule)) => {
                let before = schedule.overrides.len();
                schedule.overrides.retain(|entry| entry.id != id);
                schedule.overrides.len() < before
            }
            None => false,
        })
    }

    /// Lets the two people on call at `one` and `other` take each other's entry, by two
    /// overrides, whose ids it answers; does nothing where it is the same person or nobody.
    ///
    /// # Panics
    /// If the schedule is unknown, is no layer-based one, or an entry never ends.
    pub fn swap(&self, schedule: &str, one: Timestamp, other: Timestamp) -> Vec<String> {
        let at = |instant| self.shifts(schedule, instant, instant).into_iter().next();
        let (Some(first), Some(second)) = (at(one), at(other)) else {
            return Vec::new();
        };
        if first.user == second.user {
            return Vec::new();
        }
        assert!(
            first.end.max(second.end) < Timestamp::MAX,
            "a swapped shift ends"
        );
        vec![
            self.create_override(schedule, &second.user, first.start, first.end),
            self.create_override(schedule, &first.user, second.start, second.end),
        ]
    }

    /// Replaces one member of a v3 rotation or custom shift for a while; answers the id.
    ///
    /// # Panics
    /// If the schedule or its source is unknown, or the end is not after the start.
    pub fn create_shift_override(
        &self,
        schedule: &str,
        source: Overridden,
        (overridden, overriding): (Member, Member),
        start: Timestamp,
        end: Timestamp,
    ) -> String {
        assert!(start < end, "an override ends after it starts");
        self.change(|world| {
            let id = world.mint.wide();
            let schedule = shift_based(world, schedule);
            assert!(schedule.has(&source), "unknown rotation or custom shift");
            schedule.overrides.push(ShiftOverride {
                id: id.clone(),
                source,
                overridden,
                overriding,
                start,
                end,
            });
            id
        })
    }

    /// Adds a single shift to a v3 schedule; answers its id.
    ///
    /// # Panics
    /// If the schedule is unknown or the end is not after the start.
    pub fn add_custom_shift(
        &self,
        schedule: &str,
        member: Member,
        start: Timestamp,
        end: Timestamp,
    ) -> String {
        assert!(start < end, "a shift ends after it starts");
        self.change(|world| {
            let id = world.mint.wide();
            let shift = CustomShift {
                id: id.clone(),
                member,
                start,
                end,
            };
            shift_based(world, schedule).custom_shifts.push(shift);
            id
        })
    }

    /// Deletes a custom shift of a v3 schedule; answers whether it existed.
    ///
    /// # Panics
    /// If the schedule is unknown.
    pub fn delete_custom_shift(&self, schedule: &str, id: &str) -> bool {
        self.change(|world| {
            let shifts = &mut shift_based(world, schedule).custom_shifts;
            let before = shifts.len();
            shifts.retain(|shift| shift.id != id);
            shifts.len() < before
        })
    }

    /// Replaces all layers of a layer-based schedule.
    ///
    /// # Panics
    /// If the schedule or a user is unknown.
    pub fn set_layers(&self, schedule: &str, mut layers: Vec<Layer>) {
        self.change(|world| {
            name_layers(world, &mut layers);
            layered(world, schedule).layers = layers;
        });
    }

    /// Ids of the rotations of a v3 schedule, in order.
    ///
    /// # Panics
    /// If the schedule is unknown.
    #[must_use]
    pub fn rotation_ids(&self, schedule: &str) -> Vec<String> {
        match self.world().schedules.get(schedule) {
            Some(Schedule::Shifts(schedule)) => {
                let ids = schedule
                    .rotations
                    .iter()
                    .map(|rotation| rotation.id.clone());
                ids.collect()
            }
            _ => panic!("no v3 schedule `{schedule}`"),
        }
    }

    /// Deletes a user from everywhere; answers whether the user existed.
    pub fn remove_user(&self, user: &str) -> bool {
        self.change(|world| world.remove_user(user))
    }

    /// Changes a user's e-mail.
    ///
    /// # Panics
    /// If the user is unknown.
    pub fn change_email(&self, user: &str, email: &str) {
        self.change(|world| {
            let user = world.users.get_mut(user).expect("a known user");
            email.clone_into(&mut user.email);
        });
    }

    /// Deletes a schedule of either kind; answers whether it existed. It then answers 404 and is
    /// in no list and no policy.
    pub fn delete_schedule(&self, schedule: &str) -> bool {
        self.change(|world| world.delete_schedule(schedule))
    }

    /// Adds a target to a policy at a level (1 is the first); a level that is just one too high
    /// is made.
    ///
    /// # Panics
    /// If the policy or the target is unknown, or the level would leave a gap.
    pub fn add_target(&self, policy: &str, level: usize, target: Target) {
        self.change(|world| {
            known_target(world, &target);
            let rule_id = world.mint.short();
            let policy = world.policies.get_mut(policy).expect("a known policy");
            if level == policy.rules.len() + 1 {
                *policy = policy.clone().level(Vec::new());
                policy.rules[level - 1].id = rule_id;
            }
            policy.rules[level - 1].targets.push(target);
        });
    }

    /// Takes a target out of a level of a policy; answers whether it was there.
    ///
    /// # Panics
    /// If the policy or the level is unknown.
    pub fn remove_target(&self, policy: &str, level: usize, target: &Target) -> bool {
        self.change(|world| {
            let policy = world.policies.get_mut(policy).expect("a known policy");
            let targets = &mut policy.rules[level - 1].targets;
            let before = targets.len();
            targets.retain(|other| other != target);
            targets.len() < before
        })
    }

    /// Puts a user into a team with a role, or changes the role.
    ///
    /// # Panics
    /// If the team or the user is unknown.
    pub fn set_team_member(&self, team: &str, user: &str, role: &str) {
        self.change(|world| {
            known_user(world, user);
            let team = world.teams.get_mut(team).expect("a known team");
            team.members.insert(user.to_owned(), role.to_owned());
        });
    }

    /// Takes a user out of a team; answers whether the user was in it.
    ///
    /// # Panics
    /// If the team is unknown.
    pub fn remove_team_member(&self, team: &str, user: &str) -> bool {
        self.change(|world| {
            let team = world.teams.get_mut(team).expect("a known team");
            team.members.remove(user).is_some()
        })
    }
}

fn layered<'a>(world: &'a mut World, id: &str) -> &'a mut LayerSchedule {
    match world.schedules.get_mut(id) {
        Some(Schedule::Layers(schedule)) => schedule,
        _ => panic!("no layer-based schedule `{id}`"),
    }
}

fn shift_based<'a>(world: &'a mut World, id: &str) -> &'a mut ShiftSchedule {
    match world.schedules.get_mut(id) {
        Some(Schedule::Shifts(schedule)) => schedule,
        _ => panic!("no v3 schedule `{id}`"),
    }
}
