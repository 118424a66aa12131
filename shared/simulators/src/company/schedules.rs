//! Acme's schedules: every shape a real account has.

use jiff::civil::{Date, Time, Weekday, time};
use jiff::{SignedDuration, Timestamp};

use self::ids::{
    COMMANDERS, DATA_PIPELINE, DATABASES, DAY_AND_NIGHT, EMPTY, FOLLOW_THE_SUN, IN_NO_POLICY,
    MOBILE, PAYMENTS_PRIMARY, PAYMENTS_SECONDARY, RELEASE_CAPTAINS, SECURITY, SUPPORT,
};
use crate::pagerduty::{
    Event, Layer, LayerSchedule, PagerDuty, Recurrence, Restriction, ShiftSchedule,
};

/// Ids of the schedules.
pub(super) mod ids {
    /// Layer-based: weekly, Mondays at 09:00 in Zurich.
    pub const PAYMENTS_PRIMARY: &str = "PAYMNT1";
    /// Layer-based: weekly as the primary, two people behind.
    pub const PAYMENTS_SECONDARY: &str = "PAYMNT2";
    /// Layer-based: three layers, eight hours each in UTC, weekly within a region.
    pub const FOLLOW_THE_SUN: &str = "PLATFM1";
    /// Layer-based: every twelve hours, at 08:00 and 20:00 in New York.
    pub const DAY_AND_NIGHT: &str = "PCHKDN1";
    /// Layer-based: daily at 09:00 in New York.
    pub const DATA_PIPELINE: &str = "PDATAP1";
    /// Layer-based: weekly, Wednesdays at 10:00 in Sydney.
    pub const DATABASES: &str = "PDATAB1";
    /// Layer-based: weekly in Zurich, with an override that begins soon.
    pub const SECURITY: &str = "PSECUR1";
    /// Layer-based: weekdays from 08:00 to 18:00 in New York, daily rotation.
    pub const SUPPORT: &str = "PSUPRT1";
    /// Layer-based: daily, in no escalation policy.
    pub const IN_NO_POLICY: &str = "PBATCH1";
    /// Layer-based: has no layers, so nobody is ever on call.
    pub const EMPTY: &str = "PEMPTY1";
    /// v3: two people at once, a commander and a deputy, weekly.
    pub const COMMANDERS: &str = "PCMNDR1";
    /// v3: weekdays from 09:00 to 17:00 in Sydney; one place of four is vacant.
    pub const MOBILE: &str = "PMOBIL1";
    /// v3: a week each, made of daily shifts, in New York.
    pub const RELEASE_CAPTAINS: &str = "PRELCA1";
}

const DAY: SignedDuration = SignedDuration::from_hours(24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
const PAYMENTS: [&str; 5] = ["PAMINAK", "PLUCABE", "PSOFIAL", "PTOMASZ", "PINESCA"];

/// Adds every schedule; rotations start at `monday`.
pub(super) fn add(account: &PagerDuty, monday: Date, now: Timestamp) {
    add_layered(account, monday);
    add_shift_based(account, monday);
    add_security(account, monday, now);
}

fn add_layered(account: &PagerDuty, monday: Date) {
    let zoned = |id: &str, name: &str, zone: &str| LayerSchedule::new(name, zone).id(id);
    let nine = monday.to_datetime(time(9, 0, 0, 0));

    let primary = zoned(PAYMENTS_PRIMARY, "Payments Primary", "Europe/Zurich").team("PTMPAY1");
    account.add_schedule(primary.layer(Layer::weekly(nine, &PAYMENTS)));

    let mut behind = PAYMENTS;
    behind.rotate_right(2);
    let secondary = zoned(PAYMENTS_SECONDARY, "Payments Secondary", "Europe/Zurich");
    account.add_schedule(
        secondary
            .team("PTMPAY1")
            .layer(Layer::weekly(nine, &behind)),
    );

    let midnight = monday.to_datetime(Time::midnight());
    let region = |name: &str, from: i8, users: &[&str]| {
        let hours = Restriction::daily(time(from, 0, 0, 0), SignedDuration::from_hours(8));
        Layer::weekly(midnight, users).name(name).restrict(hours)
    };
    let sun = zoned(FOLLOW_THE_SUN, "Platform Follow-the-Sun", "Etc/UTC")
        .description("Eight hours of daylight for each region")
        .team("PTMPLT1")
        .layer(region(
            "Asia Pacific",
            0,
            &["PMEILIN", "PARJUNN", "PKENJIW"],
        ))
        .layer(region(
            "Europe",
            8,
            &["PELIFYI", "PBOGDAN", "PMATTEO", "PANOUKV"],
        ))
        .layer(region("Americas", 16, &["PMARCUS", "PPRIYAR", "PDIEGOM"]));
    account.add_schedule(sun);

    let eight = monday.to_datetime(time(8, 0, 0, 0));
    let half_days = SignedDuration::from_hours(12);
    let crew = ["PTYRONE", "PJONASB", "PCAMILA", "PETHANB", "PBOGDAN"];
    let checkout = zoned(DAY_AND_NIGHT, "Checkout Day and Night", "America/New_York");
    account.add_schedule(
        checkout
            .team("PTMPAY1")
            .layer(Layer::new(eight, half_days, &crew)),
    );

    let data = ["PHANNAH", "PWEIZHA", "PLATOYA", "PNOAHFE", "PROSAJI"];
    let pipeline = zoned(DATA_PIPELINE, "Data Pipeline", "America/New_York").team("PTMDAT1");
    account.add_schedule(pipeline.layer(Layer::daily(nine, &data)));

    let wednesday = monday
        .saturating_add(DAY * 2)
        .to_datetime(time(10, 0, 0, 0));
    let databases = zoned(DATABASES, "Databases", "Australia/Sydney").team("PTMPLT1");
    let engineers = ["PSITIRA", "PKENJIW", "PMINJUN"];
    account.add_schedule(databases.layer(Layer::weekly(wednesday, &engineers)));

    let weekdays = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ];
    let desk = Layer::daily(eight, &["POMARSI", "PTALARE", "PTHANHT", "PFARAHA"]);
    let desk = weekdays.into_iter().fold(desk, |desk, day| {
        let hours = SignedDuration::from_hours(10);
        desk.restrict(Restriction::weekly(day, time(8, 0, 0, 0), hours))
    });
    let support = zoned(SUPPORT, "Support Weekdays", "America/New_York");
    account.add_schedule(support.team("PTMSUP1").layer(desk));

    let batch = zoned(IN_NO_POLICY, "Nightly Batch Watch", "Europe/Zurich").team("PTMDAT1");
    let watch = ["PJONASB", "PROSAJI", "PNOAHFE"];
    account.add_schedule(batch.layer(Layer::daily(eight, &watch)));

    let empty = zoned(EMPTY, "Recommendations", "Europe/Zurich").team("PTMDAT1");
    account.add_schedule(empty.description("To be staffed"));
}

fn add_shift_based(account: &PagerDuty, monday: Date) {
    let weekly = || Recurrence::Weekly(1, vec![Weekday::Monday]);
    let noon = monday.to_datetime(time(12, 0, 0, 0));
    let commanders = ["PELIFYI", "PHANNAH", "POLIVIA", "PAMINAK"];
    let deputies = ["PMARCUS", "PFREYAN", "PARJUNN"];
    let pair = ShiftSchedule::new("Incident Commanders", "Etc/UTC")
        .id(COMMANDERS)
        .description("Two at once: a commander and a deputy")
        .rotation(Event::new("Commander", noon, WEEK, weekly()).users(&commanders))
        .rotation(Event::new("Deputy", noon, WEEK, weekly()).users(&deputies));
    account.add_shift_schedule(pair);

    let nine = monday.to_datetime(time(9, 0, 0, 0));
    let weekdays = Recurrence::Weekly(
        1,
        vec![
            Weekday::Monday,
            Weekday::Tuesday,
            Weekday::Wednesday,
            Weekday::Thursday,
            Weekday::Friday,
        ],
    );
    let hours = Event::new(
        "Office hours",
        nine,
        SignedDuration::from_hours(8),
        weekdays,
    )
    .users(&["POLIVIA", "PJACKTH", "PAROHAW"])
    .vacant()
    .users(&["PZOEPAP"]);
    let mobile = ShiftSchedule::new("Mobile", "Australia/Sydney")
        .id(MOBILE)
        .team("PTMMOB1");
    account.add_shift_schedule(mobile.rotation(hours));

    let captains = Event::new("Captain", nine, DAY, Recurrence::Daily(1))
        .users(&["PCHLOEM", "PPRIYAR", "PCAMILA"])
        .shifts_per_member(7);
    let release = ShiftSchedule::new("Release Captains", "America/New_York").id(RELEASE_CAPTAINS);
    account.add_shift_schedule(release.rotation(captains));
}

fn add_security(account: &PagerDuty, monday: Date, now: Timestamp) {
    let people = ["PFREYAN", "PHUGOLE", "PNADIAH", "PRAVIME"];
    let nine = monday.to_datetime(time(9, 0, 0, 0));
    let schedule = LayerSchedule::new("Security", "Europe/Zurich")
        .id(SECURITY)
        .team("PTMSEC1");
    account.add_schedule(schedule.layer(Layer::weekly(nine, &people)));

    // At a full hour, one to two hours ahead, for four hours, by somebody else.
    let hour = now.as_second().div_euclid(3600) + 2;
    let start = Timestamp::from_second(hour * 3600).expect("a year in jiff's range");
    let end = start + SignedDuration::from_hours(4);
    let taken = account.on_call_at(SECURITY, start);
    let stand_in = people.iter().find(|user| !taken.contains(**user));
    let stand_in = stand_in.expect("four people, at most one on call");
    account.create_override(SECURITY, stand_in, start, end);
}
