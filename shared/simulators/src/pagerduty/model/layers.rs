//! Layer-based (v2) schedules: layers of people who take turns, and overrides above them.

use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::shifts::zone_named;

/// A layer-based schedule: at any instant at most one person.
#[derive(Clone, Debug)]
pub struct LayerSchedule {
    /// Minted when the schedule is added, unless [`id`](Self::id) chose it.
    pub id: String,
    /// The name.
    pub name: String,
    /// What the schedule is for.
    pub description: Option<String>,
    /// The zone in which handoffs and restrictions are civil time.
    pub time_zone: TimeZone,
    /// Lowest first; a later layer wins over an earlier one.
    pub layers: Vec<Layer>,
    /// In order of creation; the last created wins over all layers and earlier overrides.
    pub overrides: Vec<Override>,
    /// Ids of the teams it belongs to.
    pub teams: Vec<String>,
}

impl LayerSchedule {
    /// A schedule without layers: nobody is on call.
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
            layers: Vec::new(),
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

    /// Adds a layer above those added before.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Puts the schedule into a team.
    #[must_use]
    pub fn team(mut self, team: &str) -> Self {
        self.teams.push(team.to_owned());
        self
    }
}

/// People who take turns, in order, from `start` on.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Minted when the schedule is added.
    pub id: String,
    /// The name; `Layer 1` and so on unless given.
    pub name: String,
    /// When the first person's first turn starts, in the schedule's zone.
    pub start: DateTime,
    /// How long a turn lasts in civil time, so that a daily handoff at 09:00 stays at 09:00.
    pub turn: SignedDuration,
    /// When the layer ends; `None` is never.
    pub end: Option<Timestamp>,
    /// User ids in turn order; one user without an end is on call for ever.
    pub users: Vec<String>,
    /// The layer covers only these times; none means all.
    pub restrictions: Vec<Restriction>,
}

impl Layer {
    /// A layer whose turns last `turn` of civil time, the first starting at `start`.
    ///
    /// # Panics
    /// If a turn is shorter than an hour, PagerDuty's own minimum: a shorter one could not be
    /// ordered where clocks go forward.
    #[must_use]
    pub fn new<U: AsRef<str>>(start: DateTime, turn: SignedDuration, users: &[U]) -> Self {
        assert!(
            turn >= SignedDuration::from_hours(1),
            "a turn lasts an hour at least"
        );
        Self {
            id: String::new(),
            name: String::new(),
            start,
            turn,
            end: None,
            users: users.iter().map(|user| user.as_ref().to_owned()).collect(),
            restrictions: Vec::new(),
        }
    }

    /// A layer that changes hands every day at `start`'s time of day.
    #[must_use]
    pub fn daily<U: AsRef<str>>(start: DateTime, users: &[U]) -> Self {
        Self::new(start, SignedDuration::from_hours(24), users)
    }

    /// A layer that changes hands every week at `start`'s weekday and time of day.
    #[must_use]
    pub fn weekly<U: AsRef<str>>(start: DateTime, users: &[U]) -> Self {
        Self::new(start, SignedDuration::from_hours(7 * 24), users)
    }

    /// Names the layer.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Ends the layer.
    #[must_use]
    pub fn until(mut self, end: Timestamp) -> Self {
        self.end = Some(end);
        self
    }

    /// Limits the layer to these times (and those of other restrictions).
    #[must_use]
    pub fn restrict(mut self, restriction: Restriction) -> Self {
        self.restrictions.push(restriction);
        self
    }
}

/// A time of the day, or of the week, to which a layer is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// `None` for every day.
    pub weekday: Option<Weekday>,
    /// When it starts, in the schedule's zone.
    pub from: Time,
    /// How long it lasts in civil time; may run past midnight.
    pub lasts: SignedDuration,
}

impl Restriction {
    /// Every day from `from`, for `lasts` (at most a day).
    #[must_use]
    pub fn daily(from: Time, lasts: SignedDuration) -> Self {
        Self {
            weekday: None,
            from,
            lasts,
        }
    }

    /// Every week on `weekday` from `from`, for `lasts` (at most a week).
    #[must_use]
    pub fn weekly(weekday: Weekday, from: Time, lasts: SignedDuration) -> Self {
        Self {
            weekday: Some(weekday),
            from,
            lasts,
        }
    }
}

/// One person instead of whoever the layers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Minted.
    pub id: String,
    /// The user on call.
    pub user: String,
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}
