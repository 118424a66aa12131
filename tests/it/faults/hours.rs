//! A world in which something happens every hour, the same in every hour, so that each hour tells one story.
//!
//! At the full hour one person hands over as known, and others, of whom all facts read before say that they go, stay:
//! an override was made after the last read. Ten past the hour is when those who go have to be removed.

use crate::support::{Holdings, World, WorldOptions, at};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use simulators::kit::SimClock;
use simulators::pagerduty::{
    EscalationPolicy, Event, Layer, LayerSchedule, Member, PagerDuty, Recurrence, ShiftSchedule,
    Target, User,
};
use std::collections::BTreeSet;

/// How much of the account there is, and how it is asked for: each way of reading has calls of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scene {
    /// Groups by template; so many schedules in no policy and so many new people that both are read in bulk.
    Bulk,
    /// Groups by template; what is in no policy is read one by one.
    Few,
    /// Groups that name their sources.
    Named,
    /// Two such groups, in both targets.
    Targets,
}

const TEMPLATE: &str = r#"
[[group_template]]
name = "{schedule}"
pagerduty = "acme"
schedule_names = "Ops *"
entitlements = ["aws:{schedule}"]
lead = "5m"
lag = "10m"
"#;

const MAIN: &str = r#"
[[group]]
name = "main"
sources = ["escalation_policy:acme/PMAIN", "escalation_policy:acme/PEMPTY"]
entitlements = ["aws:main"]
lead = "5m"
lag = "10m"
"#;

const SWEEP: &str = r#"
[sweep]
forecast = "1d"
"#;

/// Schedules that become groups: id, name, slug.
const SCHEDULES: [(&str, &str, &str); 5] = [
    ("PHAND", "Ops Handover", "ops-handover"),
    ("PKEPT", "Ops Kept", "ops-kept"),
    ("PALONE", "Ops Alone", "ops-alone"),
    ("PCREW", "Ops Crew", "ops-crew"),
    ("PWATCH", "Ops Watch", "ops-watch"),
];

/// Those who take turns as known long before.
const TURNS: [&str; 2] = ["PEVEN", "PODD"];
/// Stays at every full hour, by an override that nobody knew of.
const KEPT: &str = "PKEEP";
/// Nobody heard of them before they are on call.
const NEW: [&str; 2] = ["PNEWEVEN", "PNEWODD"];
/// On call all the time.
const CREW: &str = "PZOE";
const WATCH: &str = "PVERA";
const ALWAYS: &str = "PPERM";

/// New people in each hour of [`Scene::Bulk`]: more than are looked up one by one.
const CHOIR: usize = 21;
/// Enough users for two pages.
const OTHERS: usize = 60;

/// The world and its hour.
pub(super) struct Hours {
    pub(super) world: World,
    scene: Scene,
    hour: i64,
    /// Overrides and custom shifts made so far, each with its schedule: the oldest are taken away again.
    made: Vec<(&'static str, String)>,
}

/// What must hold in one hour, at ten past.
pub(super) struct Expected {
    /// Exactly these, once everything is known.
    pub(super) right: Holdings,
    /// Never gone, whatever fails.
    pub(super) stay: Holdings,
    /// Let in, even if nothing can be read: their shifts were known.
    pub(super) known: Holdings,
    /// All who may be in as long as something failed: those who went, and those who came by the facts of before.
    pub(super) possible: Holdings,
}

fn email(id: &str) -> String {
    format!("{}@acme.example", id.to_lowercase())
}

fn turn(people: [&'static str; 2], hour: i64) -> &'static str {
    people[usize::from(hour.rem_euclid(2) == 1)]
}

impl Hours {
    /// Starts the world at ten past its first hour, before any tick.
    pub(super) async fn start(scene: Scene) -> Self {
        let account = account(scene);
        let people: Vec<String> = TURNS
            .iter()
            .chain(&NEW)
            .chain(&[KEPT, CREW, WATCH, ALWAYS])
            .map(|id| email(id))
            .collect();
        let config = config(scene);
        let people = people.iter().map(String::as_str).collect();
        let world = World::start(WorldOptions {
            pagerduty: account,
            people,
            groups: vec![],
            config: &config,
        })
        .await;
        let mut hours = Self {
            world,
            scene,
            hour: -1,
            made: Vec::new(),
        };
        hours.add_known_shift(0);
        hours.next();
        hours
    }

    /// The scene's entitlements.
    pub(super) fn holdings(&self) -> Holdings {
        let entitlements: Vec<String> = self.expected().right.into_keys().collect();
        self.world
            .holdings(&entitlements.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Goes on to ten past the next hour; what happens in it was not known at the last read, but for the handover.
    pub(super) fn next(&mut self) {
        self.hour += 1;
        let (from, until) = (begins(self.hour), begins(self.hour + 1));
        let account = self.world.pagerduty.clone();
        for schedule in ["PKEPT", "PALONE"] {
            self.made.push((
                schedule,
                account.create_override(schedule, KEPT, from, until),
            ));
        }
        for (schedule, user) in [
            ("PCREW", KEPT),
            ("PCREW", turn(NEW, self.hour)),
            ("PWATCH", KEPT),
        ] {
            self.made.push((
                schedule,
                account.add_custom_shift(schedule, Member::user(user), from, until),
            ));
        }
        self.add_known_shift(self.hour + 1);
        if self.scene == Scene::Bulk {
            account.add_shift_schedule(choir(self.hour));
        }
        // Three hours are more than any read looks back.
        while self.made.len() > 3 * 6 {
            let (schedule, id) = self.made.remove(0);
            let is_shift = matches!(schedule, "PCREW" | "PWATCH");
            let deleted = if is_shift {
                account.delete_custom_shift(schedule, &id)
            } else {
                account.delete_override(schedule, &id)
            };
            assert!(deleted, "what was made is there");
        }
        self.world.clock.set(from + SignedDuration::from_mins(10));
    }

    /// So many minutes past the hour.
    pub(super) fn set_minute(&self, minute: i64) {
        self.world
            .clock
            .set(begins(self.hour) + SignedDuration::from_mins(minute));
    }

    fn add_known_shift(&mut self, hour: i64) {
        let (from, until) = (begins(hour), begins(hour + 1));
        let id = self.world.pagerduty.add_custom_shift(
            "PCREW",
            Member::user(turn(TURNS, hour)),
            from,
            until,
        );
        self.made.push(("PCREW", id));
    }

    pub(super) fn expected(&self) -> Expected {
        let now = turn(TURNS, self.hour);
        let newcomer = turn(NEW, self.hour);
        let people =
            |ids: &[&str]| -> BTreeSet<String> { ids.iter().map(|id| email(id)).collect() };
        let mut expected = Expected {
            right: Holdings::new(),
            stay: Holdings::new(),
            known: Holdings::new(),
            possible: Holdings::new(),
        };
        let mut group = |slug: &str, stay: &[&str], known: &[&str], unknown: &[&str]| {
            for entitlement in self.entitlements(slug) {
                let (stay, known) = (people(stay), people(known));
                let right: BTreeSet<_> = &(&stay | &known) | &people(unknown);
                let rota = &people(&TURNS) | &people(&NEW);
                expected
                    .possible
                    .insert(entitlement.clone(), &right | &rota);
                expected.stay.insert(entitlement.clone(), stay);
                expected.known.insert(entitlement.clone(), known);
                expected.right.insert(entitlement, right);
            }
        };
        group("ops-handover", &[], &[now], &[]);
        group("ops-kept", &[KEPT], &[], &[]);
        group("ops-alone", &[KEPT], &[], &[]);
        group("ops-crew", &[CREW, KEPT], &[now], &[newcomer]);
        group("ops-watch", &[WATCH, KEPT], &[], &[]);
        group("main", &[ALWAYS, WATCH, KEPT], &[now], &[]);
        expected
    }

    fn entitlements(&self, slug: &str) -> Vec<String> {
        match self.scene {
            Scene::Targets if matches!(slug, "ops-handover" | "ops-crew") => {
                vec![format!("aws:{slug}"), format!("slack:{slug}")]
            }
            Scene::Targets => vec![],
            Scene::Bulk | Scene::Few | Scene::Named => vec![format!("aws:{slug}")],
        }
    }
}

fn config(scene: Scene) -> String {
    let group = |id: &str, slug: &str, entitlements: &str| {
        format!(
            "[[group]]\nname = \"{slug}\"\nsources = [\"schedule:acme/{id}\"]\nentitlements = [{entitlements}]\nlead = \"5m\"\nlag = \"10m\"\n"
        )
    };
    let groups = match scene {
        Scene::Bulk | Scene::Few => format!("{TEMPLATE}{MAIN}"),
        Scene::Named => {
            let groups = SCHEDULES.map(|(id, _, slug)| group(id, slug, &format!("\"aws:{slug}\"")));
            format!("{}{MAIN}", groups.concat())
        }
        Scene::Targets => {
            let both = |slug: &str| format!("\"aws:{slug}\", \"slack:{slug}\"");
            [("PHAND", "ops-handover"), ("PCREW", "ops-crew")]
                .map(|(id, slug)| group(id, slug, &both(slug)))
                .concat()
        }
    };
    format!("{groups}{SWEEP}")
}

fn account(scene: Scene) -> PagerDuty {
    let account = PagerDuty::new("acme", SimClock::at(at("2026-11-03T00:10:00Z")));
    let add = |id: &str| account.add_user(User::new(id, &email(id)).id(id));
    for id in TURNS.iter().chain(&NEW).chain(&[KEPT, CREW, WATCH, ALWAYS]) {
        add(id);
    }
    for number in 0..OTHERS {
        add(&format!("POTHER{number}"));
    }
    for number in 0..2 * CHOIR {
        add(&format!("PCHOIR{number}"));
    }
    let hourly = || {
        Layer::new(
            date(2026, 11, 2).at(0, 0, 0, 0),
            SignedDuration::from_hours(1),
            &TURNS,
        )
    };
    for (id, name, _) in &SCHEDULES[..3] {
        account.add_schedule(LayerSchedule::new(name, "UTC").id(id).layer(hourly()));
    }
    for ((id, name, _), user) in SCHEDULES[3..].iter().zip([CREW, WATCH]) {
        account.add_shift_schedule(all_day(name, id, &[user]));
    }
    account.add_schedule(LayerSchedule::new("Nobody", "UTC").id("PNOBODY"));
    if scene == Scene::Bulk {
        account.add_shift_schedule(choir(0));
    }
    let schedules = |ids: &[&str]| {
        ids.iter()
            .map(|id| Target::schedule(id))
            .collect::<Vec<_>>()
    };
    // Twice the same: two levels of hourly shifts for a day and more are two pages of rows.
    let main = EscalationPolicy::new("Main")
        .id("PMAIN")
        .level(schedules(&["PHAND", "PKEPT"]))
        .level(schedules(&["PHAND", "PKEPT"]));
    account.add_policy(
        main.level(schedules(&["PWATCH"]))
            .level(vec![Target::user(ALWAYS)]),
    );
    account.add_policy(
        EscalationPolicy::new("Empty")
            .id("PEMPTY")
            .level(schedules(&["PNOBODY"])),
    );
    account
}

/// People who are all on call, day and night.
fn all_day(name: &str, id: &str, users: &[&str]) -> ShiftSchedule {
    let event = Event::new(
        name,
        date(2026, 11, 1).at(0, 0, 0, 0),
        SignedDuration::from_hours(24),
        Recurrence::Daily(1),
    );
    ShiftSchedule::new(name, "UTC")
        .id(id)
        .rotation(event.users(users).everyone())
}

/// In every hour others than in the hour before.
fn choir(hour: i64) -> ShiftSchedule {
    let first = if hour.rem_euclid(2) == 0 { 0 } else { CHOIR };
    let ids: Vec<String> = (first..first + CHOIR)
        .map(|number| format!("PCHOIR{number}"))
        .collect();
    all_day(
        "Choir",
        "PCHOIR",
        &ids.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

/// When an hour of the story begins.
fn begins(hour: i64) -> Timestamp {
    at("2026-11-03T00:00:00Z") + SignedDuration::from_hours(hour)
}
