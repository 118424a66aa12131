//! Schedules of both kinds as they come over the wire.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    fields::{nullable, or_empty},
    ids::{ScheduleId, UserId},
    reference::{EscalationPolicyReference, ScheduleKind, TeamReference, UserReference},
    resources::schedules::{Rendered, RenderedShift, Schedule},
};

#[derive(PartialEq, Deserialize)]
pub(super) struct LayerWire {
    id: ScheduleId,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    summary: Option<String>,
    time_zone: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    teams: Vec<TeamReference>,
    #[serde(default, deserialize_with = "or_empty")]
    escalation_policies: Vec<EscalationPolicyReference>,
    #[serde(default, deserialize_with = "or_empty")]
    users: Vec<UserReference>,
    final_schedule: Option<LayerFinal>,
}

#[derive(PartialEq, Deserialize)]
struct LayerFinal {
    rendered_schedule_entries: Option<Vec<LayerEntry>>,
}

#[derive(PartialEq, Deserialize)]
struct LayerEntry {
    start: Timestamp,
    #[serde(deserialize_with = "nullable")]
    end: Option<Timestamp>,
    user: Option<UserReference>,
}

impl LayerWire {
    /// Without a window PagerDuty sends an empty list of entries, which must not read as "nobody".
    pub(super) fn read(self, is_rendered: bool) -> Schedule {
        let entries = self
            .final_schedule
            .and_then(|f| f.rendered_schedule_entries);
        Schedule {
            id: self.id,
            kind: ScheduleKind::of(self.kind.as_deref()),
            name: self.name.or(self.summary).unwrap_or_default(),
            time_zone: self.time_zone,
            teams: self.teams,
            escalation_policies: self.escalation_policies,
            users: self.users,
            rendered: entries.filter(|_| is_rendered).map(|entries| {
                let shifts = entries.into_iter().map(|entry| {
                    entry.user.map(|user| RenderedShift {
                        user,
                        starts_at: entry.start,
                        ends_at: entry.end,
                    })
                });
                Rendered::of(shifts)
            }),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ShiftWire {
    id: ScheduleId,
    name: Option<String>,
    summary: Option<String>,
    time_zone: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    teams: Vec<TeamReference>,
    #[serde(default, deserialize_with = "or_empty")]
    escalation_policies: Vec<EscalationPolicyReference>,
    final_schedule: Option<ShiftFinal>,
}

#[derive(Deserialize)]
struct ShiftFinal {
    computed_shift_assignments: Vec<ShiftEntry>,
}

#[derive(Deserialize)]
struct ShiftEntry {
    start_time: Timestamp,
    #[serde(deserialize_with = "nullable")]
    end_time: Option<Timestamp>,
    member: ShiftMember,
}

#[derive(Deserialize)]
struct ShiftMember {
    #[serde(rename = "type")]
    kind: String,
    user_id: Option<UserId>,
}

impl From<ShiftWire> for Schedule {
    fn from(wire: ShiftWire) -> Self {
        Self {
            id: wire.id,
            kind: ScheduleKind::ShiftBased,
            name: wire.name.or(wire.summary).unwrap_or_default(),
            time_zone: wire.time_zone,
            teams: wire.teams,
            escalation_policies: wire.escalation_policies,
            users: Vec::new(),
            rendered: wire.final_schedule.map(|rendered| {
                let entries = rendered.computed_shift_assignments.into_iter();
                let taken = entries.filter(|entry| entry.member.kind != "empty_member");
                let shifts = taken.map(|entry| {
                    entry.member.user_id.map(|id| RenderedShift {
                        user: UserReference::by_id(id),
                        starts_at: entry.start_time,
                        ends_at: entry.end_time,
                    })
                });
                Rendered::of(shifts)
            }),
        }
    }
}

impl Rendered {
    fn of(entries: impl Iterator<Item = Option<RenderedShift>>) -> Self {
        let mut rendered = Self::default();
        for entry in entries {
            match entry {
                Some(shift) => rendered.shifts.push(shift),
                None => rendered.unknown_entries += 1,
            }
        }
        rendered
    }
}
