//! Every schedule of an account with who is on call at one instant: what a person chooses from.

use crate::error::read_error;
use crate::ids::ours;
use crate::read::AT_ONCE;
use crate::source::PagerDutySource;
use crate::span::Span;
use access_core::id::ScheduleId;
use access_core::ports::ReadError;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use pagerduty_client::{Error, Reference, Rendered, Schedule, ScheduleQuery, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// How a schedule is made in PagerDuty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScheduleKind {
    /// Layers of rotations, one person at a time.
    Layers,
    /// Shift-based ("v3"): several people at once.
    V3,
}

impl fmt::Display for ScheduleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Layers => "layers",
            Self::V3 => "v3",
        })
    }
}

/// One schedule, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleLine {
    /// The id that a `schedule:ACCOUNT/ID` source names.
    pub id: ScheduleId,
    /// The name; empty if PagerDuty gives none.
    pub name: String,
    /// How it is made.
    pub kind: ScheduleKind,
    /// Names of its teams, sorted; the id where PagerDuty gives no name, here and below.
    pub teams: Vec<String>,
    /// The IANA time zone of its rotations.
    pub time_zone: Option<String>,
    /// Names of those on call at the asked instant, sorted.
    pub on_call_now: Vec<String>,
    /// Names of the escalation policies that use it, sorted.
    pub in_policies: Vec<String>,
}

type Found = Vec<(ScheduleKind, Schedule)>;
type Names = BTreeMap<UserId, String>;

impl PagerDutySource {
    /// All schedules of both kinds, by name then id, with who is on call at `now`. Takes one call for every hundred
    /// layer-based schedules, one for every shift-based one, and one for each of the people on call there.
    ///
    /// # Errors
    /// Fails rather than leave a schedule out.
    pub async fn directory(&self, now: Timestamp) -> Result<Vec<ScheduleLine>, ReadError> {
        let found = self.every_schedule(now).await;
        let (mut schedules, names) = found.map_err(|error| read_error(&error))?;
        schedules.sort_by(|(_, a), (_, b)| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let lines = schedules
            .into_iter()
            .map(|(kind, schedule)| line(kind, schedule, now, &names));
        lines.collect()
    }

    /// All schedules with who is on call, and those people's names.
    async fn every_schedule(&self, now: Timestamp) -> Result<(Found, Names), Error> {
        let window = Some(Span::new(now, now).window());
        let query = ScheduleQuery {
            rendered: window,
            ..ScheduleQuery::default()
        };
        let layers = self.client.schedules(&query).await?;
        let listed = self.client.shift_schedules().await?;
        // One that is being upgraded may be in both lists, empty in the first.
        let upgraded: BTreeSet<_> = listed.iter().map(|listed| listed.id.clone()).collect();
        let layers = layers
            .into_iter()
            .filter(|found| !upgraded.contains(&found.id));
        let mut schedules: Found = layers.map(|found| (ScheduleKind::Layers, found)).collect();
        let shifts = listed.into_iter().map(|listed| async move {
            let found = self.client.shift_schedule(&listed.id, window).await?;
            Ok::<_, Error>((ScheduleKind::V3, found))
        });
        let shifts: Vec<_> = stream::iter(shifts)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        schedules.extend(shifts);
        let names = self.names(&schedules, now).await?;
        Ok((schedules, names))
    }

    /// The names of those on call, looked up where schedules give only an id.
    async fn names(
        &self,
        schedules: &[(ScheduleKind, Schedule)],
        now: Timestamp,
    ) -> Result<Names, Error> {
        let mut names = Names::new();
        let mut unknown = BTreeSet::new();
        for (_, schedule) in schedules {
            for user in on_call(schedule.rendered.as_ref(), now) {
                match &user.name {
                    Some(name) => names.insert(user.id.clone(), name.clone()).is_none(),
                    None => unknown.insert(user.id.clone()),
                };
            }
        }
        unknown.retain(|id| !names.contains_key(id));
        let found = unknown.into_iter().map(|id| async move {
            match self.client.user(&id).await {
                Ok(user) => Ok((id, user.name)),
                Err(Error::NotFound { .. }) => Ok((id.clone(), id.to_string())),
                Err(error) => Err(error),
            }
        });
        let found: Vec<_> = stream::iter(found)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        names.extend(found);
        Ok(names)
    }
}

fn on_call(
    rendered: Option<&Rendered>,
    now: Timestamp,
) -> impl Iterator<Item = &pagerduty_client::UserReference> {
    let shifts = rendered.into_iter().flat_map(|rendered| &rendered.shifts);
    let holds = move |shift: &&pagerduty_client::RenderedShift| {
        shift.starts_at <= now && shift.ends_at.is_none_or(|ends_at| now < ends_at)
    };
    shifts.filter(holds).map(|shift| &shift.user)
}

fn line(
    kind: ScheduleKind,
    schedule: Schedule,
    now: Timestamp,
    names: &Names,
) -> Result<ScheduleLine, ReadError> {
    let ids: BTreeSet<&UserId> = on_call(schedule.rendered.as_ref(), now)
        .map(|user| &user.id)
        .collect();
    let name = |id: &UserId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let mut on_call_now: Vec<String> = ids.into_iter().map(name).collect();
    on_call_now.sort_unstable();
    Ok(ScheduleLine {
        id: ours(&schedule.id)?,
        name: schedule.name,
        kind,
        teams: named(schedule.teams),
        time_zone: schedule.time_zone,
        on_call_now,
        in_policies: named(schedule.escalation_policies),
    })
}

fn named<I: fmt::Display>(references: Vec<Reference<I>>) -> Vec<String> {
    let name = |reference: Reference<I>| {
        let id = reference.id.to_string();
        reference.name.unwrap_or(id)
    };
    let mut names: Vec<_> = references.into_iter().map(name).collect();
    names.sort_unstable();
    names
}
