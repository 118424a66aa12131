//! What people do to their rotas in a fortnight: some of it written out, the rest drawn from a seed.

use crate::support::at;
use jiff::civil::{date, time};
use jiff::{SignedDuration, Timestamp};
use simulators::company::{
    CHECKOUT_POLICY, COMMANDERS, DATA_PIPELINE, DATABASES, DAY_AND_NIGHT, EMPTY, FOLLOW_THE_SUN,
    IN_NO_POLICY, MOBILE, PAYMENTS_PRIMARY, PAYMENTS_SECONDARY, SECURITY, SECURITY_POLICY, SUPPORT,
};
use simulators::pagerduty::{Layer, LayerSchedule, Member, Overridden, PagerDuty, Target};

/// A schedule that is made during the fortnight, at first in no escalation policy.
pub(super) const FRAUD: &str = "PFRAUD1";

/// One of so many minutes sees a change that nobody wrote out.
const ONE_MINUTE_IN: u64 = 30;

/// Layer-based schedules, with people who stand in on them.
const LAYERED: [(&str, &[&str]); 10] = [
    (
        PAYMENTS_PRIMARY,
        &["PAMINAK", "PSOFIAL", "PTOMASZ", "PINESCA", "PTYRONE"],
    ),
    (PAYMENTS_SECONDARY, &["PAMINAK", "PSOFIAL", "PLUCABE"]),
    (
        FOLLOW_THE_SUN,
        &["PMEILIN", "PELIFYI", "PBOGDAN", "PMARCUS"],
    ),
    (DAY_AND_NIGHT, &["PTYRONE", "PJONASB", "PCAMILA", "PBOGDAN"]),
    (DATA_PIPELINE, &["PHANNAH", "PWEIZHA", "PLATOYA", "PNOAHFE"]),
    (DATABASES, &["PSITIRA", "PKENJIW"]),
    (SECURITY, &["PFREYAN", "PHUGOLE", "PNADIAH", "PRAVIME"]),
    (SUPPORT, &["POMARSI", "PTALARE", "PTHANHT"]),
    (IN_NO_POLICY, &["PJONASB", "PROSAJI", "PNOAHFE"]),
    (EMPTY, &["PWEIZHA", "PLATOYA"]),
];

const COMMANDERS_BY_TURN: [&[&str]; 2] = [
    &["PELIFYI", "PHANNAH", "POLIVIA", "PAMINAK"],
    &["PMARCUS", "PFREYAN", "PARJUNN"],
];
const MOBILE_PEOPLE: &[&str] = &["POLIVIA", "PJACKTH", "PAROHAW", "PZOEPAP"];

/// Changes the account, minute by minute.
pub(super) struct Changes {
    account: PagerDuty,
    random: Random,
    /// Overrides that can still be deleted: schedule and id.
    overrides: Vec<(&'static str, String)>,
    custom_shifts: Vec<(&'static str, String)>,
    /// How many were made.
    pub(super) made: usize,
}

impl Changes {
    pub(super) fn new(account: PagerDuty, seed: u64) -> Self {
        Self {
            account,
            random: Random(seed),
            overrides: Vec::new(),
            custom_shifts: Vec::new(),
            made: 0,
        }
    }

    /// Makes what is due at this minute; answers whether anything was.
    pub(super) fn make(&mut self, now: Timestamp) -> bool {
        let before = self.made;
        self.written(now);
        while self.random.below(ONE_MINUTE_IN) == 0 {
            self.drawn(now);
            self.made += 1;
        }
        self.made > before
    }

    fn written(&mut self, now: Timestamp) {
        let account = &self.account;
        let is = |text| now == at(text);
        let before = self.made;
        self.made += 1;
        if is("2026-10-21T10:00:00Z") {
            account.add_target(CHECKOUT_POLICY, 1, Target::user("PGRACEO"));
        } else if is("2026-10-23T16:30:00Z") {
            account.remove_target(CHECKOUT_POLICY, 1, &Target::user("PGRACEO"));
        } else if is("2026-10-22T09:17:00Z") {
            account.change_email("PSOFIAL", "Sofia.Ek@ACME.example");
        } else if is("2026-10-24T11:00:00Z") {
            let layer = Layer::new(
                date(2026, 10, 24).at(14, 0, 0, 0),
                SignedDuration::from_hours(6),
                &["PRAVIME", "PLATOYA", "PHUGOLE"],
            );
            account.add_schedule(
                LayerSchedule::new("Fraud Watch", "Europe/Zurich")
                    .id(FRAUD)
                    .layer(layer),
            );
        } else if is("2026-10-26T13:00:00Z") {
            account.add_target(SECURITY_POLICY, 2, Target::schedule(FRAUD));
        } else if is("2026-10-27T15:45:00Z") {
            account.remove_user("PMINJUN");
        } else if is("2026-10-28T12:00:00Z") {
            // From weekdays to every night.
            let nights = Layer::daily(
                date(2026, 10, 28).at(20, 0, 0, 0),
                &["POMARSI", "PTALARE", "PTHANHT", "PFARAHA"],
            );
            let hours = simulators::pagerduty::Restriction::daily(
                time(20, 0, 0, 0),
                SignedDuration::from_hours(10),
            );
            account.set_layers(SUPPORT, vec![nights.restrict(hours)]);
        } else if is("2026-10-31T08:00:00Z") {
            // Somebody stands in over the hour that New York lives twice.
            let (start, end) = (at("2026-11-01T05:30:00Z"), at("2026-11-01T06:30:00Z"));
            account.create_override(DAY_AND_NIGHT, "PCAMILA", start, end);
        } else {
            self.made = before;
        }
    }

    fn drawn(&mut self, now: Timestamp) {
        match self.random.below(9) {
            0..=2 => self.add_override(now),
            3 | 4 => {
                if let Some((schedule, id)) = self.random.take(&mut self.overrides) {
                    self.account.delete_override(schedule, &id);
                }
            }
            5 => {
                let (schedule, _) = LAYERED[self.random.index(LAYERED.len())];
                let other = now + self.minutes(24 * 60, 4 * 24 * 60);
                let ids = self.account.swap(schedule, now, other);
                self.overrides
                    .extend(ids.into_iter().map(|id| (schedule, id)));
            }
            6 => self.add_shift_override(now),
            7 => {
                let people = MOBILE_PEOPLE;
                let (start, end) = self.span(now);
                let who = Member::user(people[self.random.index(people.len())]);
                let schedule = *self.random.of(&[MOBILE, COMMANDERS]);
                let id = self.account.add_custom_shift(schedule, who, start, end);
                self.custom_shifts.push((schedule, id));
            }
            _ => {
                if let Some((schedule, id)) = self.random.take(&mut self.custom_shifts) {
                    self.account.delete_custom_shift(schedule, &id);
                }
            }
        }
    }

    fn add_override(&mut self, now: Timestamp) {
        let (schedule, people) = LAYERED[self.random.index(LAYERED.len())];
        let who = people[self.random.index(people.len())];
        let (start, end) = self.span(now);
        let id = self.account.create_override(schedule, who, start, end);
        self.overrides.push((schedule, id));
    }

    fn add_shift_override(&mut self, now: Timestamp) {
        let rotation = self.random.index(2);
        let people = COMMANDERS_BY_TURN[rotation];
        let source = Overridden::Rotation(self.account.rotation_ids(COMMANDERS)[rotation].clone());
        let (start, end) = self.span(now);
        let who = Member::user(people[self.random.index(people.len())]);
        let instead = match self.random.below(4) {
            0 => Member::Empty,
            _ => Member::user(people[self.random.index(people.len())]),
        };
        let id = self
            .account
            .create_shift_override(COMMANDERS, source, (who, instead), start, end);
        self.overrides.push((COMMANDERS, id));
    }

    /// A span that begins now, in the next minutes or within the next day.
    fn span(&mut self, now: Timestamp) -> (Timestamp, Timestamp) {
        let start = match self.random.below(3) {
            0 => now,
            1 => now + self.minutes(1, 8),
            _ => now + self.minutes(8, 30 * 60),
        };
        (start, start + self.minutes(1, 10 * 60))
    }

    fn minutes(&mut self, from: u64, to: u64) -> SignedDuration {
        let minutes = from + self.random.below(to - from);
        SignedDuration::from_mins(i64::try_from(minutes).expect("a few days"))
    }
}

/// The same numbers for the same seed, on every machine (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("less than a length")
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    fn take<T>(&mut self, list: &mut Vec<T>) -> Option<T> {
        (!list.is_empty()).then(|| list.swap_remove(self.index(list.len())))
    }
}
