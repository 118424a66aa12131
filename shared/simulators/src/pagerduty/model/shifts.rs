//! Shift-based (v3) schedules: rotations of recurring events, custom shifts, overrides of either.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A shift-based schedule: any number of people at once.
#[derive(Clone, Debug)]
pub struct ShiftSchedule {
    /// Minted when the schedule is added, unless [`id`](Self::id) chose it.
    pub id: String,
    /// The name.
    pub name: String,
    /// What the schedule is for.
    pub description: Option<String>,
    /// The zone in which events recur.
    pub time_zone: TimeZone,
    /// Rotations add up; none wins over another.
    pub rotations: Vec<Rotation>,
    /// Single shifts that add to the rotations.
    pub custom_shifts: Vec<CustomShift>,
    /// In order of creation; the last created wins.
    pub overrides: Vec<ShiftOverride>,
    /// Ids of the teams it belongs to.
    pub teams: Vec<String>,
}

impl ShiftSchedule {
    /// A schedule without rotations: nobody is on call.
    ///
    /// # Panics
    /// If `time_zone` is no IANA name.
    #[must_use]
    pub fn new(name: &str, time_zone: &str) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            description: None,
            time_zone: zone_named(time_zone),
            rotations: Vec::new(),
            custom_shifts: Vec::new(),
            overrides: Vec::new(),
            teams: Vec::new(),
        }
    }

    /// Chooses the id instead of having one minted.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Says what the schedule is for.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Adds a rotation made of one event.
    #[must_use]
    pub fn rotation(mut self, event: Event) -> Self {
        self.rotations.push(Rotation {
            id: String::new(),
            events: vec![event],
        });
        self
    }

    /// Puts the schedule into a team.
    #[must_use]
    pub fn team(mut self, team: &str) -> Self {
        self.teams.push(team.to_owned());
        self
    }
}

impl ShiftSchedule {
    /// Whether it has this rotation or custom shift.
    pub(in crate::pagerduty) fn has(&self, source: &Overridden) -> bool {
        match source {
            Overridden::Rotation(id) => self.rotations.iter().any(|rotation| rotation.id == *id),
            Overridden::CustomShift(id) => self.custom_shifts.iter().any(|shift| shift.id == *id),
        }
    }
}

/// Events that follow one another in time.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Minted when the schedule is added.
    pub id: String,
    /// Usually one; a changed rotation has an ended event and its successor.
    pub events: Vec<Event>,
}

/// A shift that recurs, and who takes it.
#[derive(Clone, Debug)]
pub struct Event {
    /// Minted when the schedule is added.
    pub id: String,
    /// The name.
    pub name: String,
    /// When the first shift starts, in the schedule's zone.
    pub start: DateTime,
    /// How long each shift lasts in civil time.
    pub lasts: SignedDuration,
    /// On which days further shifts start, at the same time of day.
    pub recurrence: Recurrence,
    /// Shifts are cut to begin no earlier; `None` is the first shift's start.
    pub effective_since: Option<Timestamp>,
    /// Shifts are cut to end no later; `None` is never.
    pub effective_until: Option<Timestamp>,
    /// Who takes which shift.
    pub strategy: Strategy,
    /// In turn order.
    pub members: Vec<Member>,
}

impl Event {
    /// An event whose members take turns, one shift each.
    #[must_use]
    pub fn new(name: &str, start: DateTime, lasts: SignedDuration, recurrence: Recurrence) -> Self {
        Self {
            id: String::new(),
            name: name.to_owned(),
            start,
            lasts,
            recurrence,
            effective_since: None,
            effective_until: None,
            strategy: Strategy::Rotating {
                shifts_per_member: 1,
            },
            members: Vec::new(),
        }
    }

    /// Adds users to the members, in turn order.
    #[must_use]
    pub fn users<U: AsRef<str>>(mut self, users: &[U]) -> Self {
        let users = users.iter().map(|user| Member::user(user.as_ref()));
        self.members.extend(users);
        self
    }

    /// Adds a vacant place to the members: nobody is on call in its shifts.
    #[must_use]
    pub fn vacant(mut self) -> Self {
        self.members.push(Member::Empty);
        self
    }

    /// Puts all members on call at once, in every shift.
    #[must_use]
    pub fn everyone(mut self) -> Self {
        self.strategy = Strategy::Every;
        self
    }

    /// Lets each member keep the turn for so many shifts.
    ///
    /// # Panics
    /// If `shifts` is zero.
    #[must_use]
    pub fn shifts_per_member(mut self, shifts: u32) -> Self {
        assert!(shifts > 0, "a turn has one shift at least");
        self.strategy = Strategy::Rotating {
            shifts_per_member: shifts,
        };
        self
    }

    /// Ends the event.
    #[must_use]
    pub fn until(mut self, end: Timestamp) -> Self {
        self.effective_until = Some(end);
        self
    }
}

/// On which days a shift starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recurrence {
    /// Every so many days (1 or more).
    Daily(u32),
    /// Every so many weeks (1 or more), on these days, among them the first shift's own.
    Weekly(u32, Vec<Weekday>),
}

/// How an event's members share its shifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// One after another.
    Rotating {
        /// Shifts until the next member's turn.
        shifts_per_member: u32,
    },
    /// All at once.
    Every,
}

/// A place in an event's members.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// A user, by id.
    User(String),
    /// Deliberately nobody.
    Empty,
}

impl Member {
    /// The place of this user.
    #[must_use]
    pub fn user(id: &str) -> Self {
        Self::User(id.to_owned())
    }
}

/// A single shift that adds to the rotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomShift {
    /// Minted.
    pub id: String,
    /// Who takes it.
    pub member: Member,
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

/// One member instead of another, within one rotation or one custom shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftOverride {
    /// Minted.
    pub id: String,
    /// Whose shifts are changed.
    pub source: Overridden,
    /// The member replaced; others on call from the same source stay.
    pub overridden: Member,
    /// The member on call instead.
    pub overriding: Member,
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

/// What a v3 override changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overridden {
    /// Shifts of the rotation with this id.
    Rotation(String),
    /// The custom shift with this id.
    CustomShift(String),
}

pub(super) fn zone_named(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a schedule's time zone is an IANA name")
}
