//! `/oncalls`: one row for every policy, level, user and shift.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::query::ordered;
use super::view::{View, found, time};
use crate::pagerduty::model::{Target, World};
use crate::pagerduty::render::Entry;

/// On-calls that begin later than this from now are not told.
const HORIZON: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Row lists kept; a client reads the pages of one or two queries at a time.
const KEPT_MAX: usize = 16;

/// One person on call for one level of one policy, for one shift.
#[derive(Clone, Debug)]
pub(in crate::pagerduty) struct Row {
    policy: String,
    level: usize,
    user: String,
    /// Schedule, start and end; `None` is a permanent on-call.
    shift: Option<(String, Timestamp, Timestamp)>,
}

/// Rows of the latest queries, so that page two costs no rendering.
#[derive(Debug, Default)]
pub(in crate::pagerduty) struct RowCache {
    kept: Vec<(Wanted, Arc<Vec<Row>>)>,
}

/// What decides a list of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    version: u64,
    since: Timestamp,
    until: Timestamp,
    schedules: Vec<String>,
    policies: Vec<String>,
    users: Vec<String>,
    earliest: bool,
    clip: bool,
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let (account_zone, clip) = {
        let settings = call.account.settings();
        (settings.time_zone.clone(), settings.clip_oncalls)
    };
    let zone = call.query.time_zone(&account_zone)?;
    let since = call.query.time("since", &zone)?.unwrap_or(call.now);
    let until = call.query.time("until", &zone)?.unwrap_or(call.now);
    let (since, until) = ordered(since, until)?;
    let owned = |key| call.query.all(key).into_iter().map(str::to_owned).collect();
    let world = call.account.world();
    let wanted = Wanted {
        version: world.version,
        since,
        until: until.min(call.now + HORIZON),
        schedules: owned("schedule_ids[]"),
        policies: owned("escalation_policy_ids[]"),
        users: owned("user_ids[]"),
        earliest: call.query.flag("earliest"),
        clip,
    };
    let rows = call.account.rows().get_or_make(wanted, &world);
    let view = View::new(call, &world);
    page(call, CLASSIC, "oncalls", &rows, |row| {
        let shift = row.shift.as_ref();
        json!({
            "user": view.shown_user(call, &row.user),
            "schedule": shift.map(|(schedule, ..)| view.shown_schedule(call, schedule)),
            "escalation_policy": view.shown_policy(call, &row.policy),
            "escalation_level": row.level,
            "start": shift.map(|(_, start, _)| time(*start, &zone)),
            "end": shift.map(|(.., end)| time(*end, &zone)),
        })
    })
    .map(Answer::ok)
}

impl RowCache {
    fn get_or_make(&mut self, wanted: Wanted, world: &World) -> Arc<Vec<Row>> {
        if let Some((_, rows)) = self.kept.iter().find(|(kept, _)| *kept == wanted) {
            return Arc::clone(rows);
        }
        let rows = Arc::new(rows(&wanted, world));
        if self.kept.len() == KEPT_MAX {
            self.kept.remove(0);
        }
        self.kept.push((wanted, Arc::clone(&rows)));
        rows
    }
}

fn rows(wanted: &Wanted, world: &World) -> Vec<Row> {
    // A schedule in several policies is rendered once.
    let mut rendered: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    let mut rows = Vec::new();
    if wanted.until < wanted.since {
        return rows;
    }
    let allows =
        |list: &[String], id: &str| list.is_empty() || list.iter().any(|other| other == id);
    for policy in world
        .policies
        .values()
        .filter(|policy| allows(&wanted.policies, &policy.id))
    {
        for (level, rule) in (1..).zip(&policy.rules) {
            let mut add = |user: &str, shift| {
                if allows(&wanted.users, user) {
                    rows.push(Row {
                        policy: policy.id.clone(),
                        level,
                        user: user.to_owned(),
                        shift,
                    });
                }
            };
            for target in &rule.targets {
                match target {
                    // Among schedule ids, the literal `null` asks for permanent on-calls.
                    Target::User(user) if allows(&wanted.schedules, "null") => add(user, None),
                    Target::Schedule(id) if allows(&wanted.schedules, id) => {
                        let entries = rendered.entry(id).or_insert_with(|| {
                            let schedule = world.schedules.get(id);
                            schedule.map_or_else(Vec::new, |found| {
                                found.entries(wanted.since, wanted.until)
                            })
                        });
                        for entry in entries {
                            let shift = if wanted.clip {
                                entry.clone().clipped(wanted.since, wanted.until)
                            } else {
                                entry.clone()
                            };
                            add(&entry.user, Some((id.clone(), shift.start, shift.end)));
                        }
                    }
                    Target::User(_) | Target::Schedule(_) => {}
                }
            }
        }
    }
    if wanted.earliest {
        keep_earliest(&mut rows);
    }
    rows
}

/// Keeps the first row of every policy, level and user.
fn keep_earliest(rows: &mut Vec<Row>) {
    rows.sort_by(|a, b| {
        let key = |row: &Row| {
            (
                row.policy.clone(),
                row.level,
                row.shift.as_ref().map(|(_, start, _)| *start),
            )
        };
        key(a).cmp(&key(b))
    });
    let mut seen = BTreeSet::new();
    rows.retain(|row| seen.insert((row.policy.clone(), row.level, row.user.clone())));
}

impl View<'_> {
    fn shown_user(&self, call: &Call<'_>, id: &str) -> Value {
        match self.world.users.get(id) {
            Some(user) if call.query.includes("users") => self.user(user, call),
            _ => self.user_ref(id),
        }
    }

    fn shown_schedule(&self, call: &Call<'_>, id: &str) -> Value {
        match self.world.schedules.get(id) {
            Some(schedule) if call.query.includes("schedules") => self.bare_schedule(id, schedule),
            _ => self.schedule_ref(id),
        }
    }

    fn shown_policy(&self, call: &Call<'_>, id: &str) -> Value {
        match found(self.world.policies.get(id)) {
            Ok(policy) if call.query.includes("escalation_policies") => self.policy(policy, call),
            _ => self.policy_ref(id),
        }
    }
}
