//! Rendered entries in JSON: the final schedule, the overrides, each layer.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::view::{View, time, with};
use crate::pagerduty::model::{Layer, LayerSchedule};
use crate::pagerduty::render::{self, Entry};

/// How entries are to be shown.
pub(super) struct Rendering<'a> {
    window: Option<(Timestamp, Timestamp)>,
    /// Entries keep their own ends instead of being cut to the window.
    overflow: bool,
    zone: &'a TimeZone,
}

impl<'a> Rendering<'a> {
    pub(super) fn new(
        window: Option<(Timestamp, Timestamp)>,
        overflow: bool,
        zone: &'a TimeZone,
    ) -> Self {
        Self {
            window,
            overflow,
            zone,
        }
    }

    /// A sub-schedule: its entries and how much of the window they cover.
    fn show(
        &self,
        view: &View<'_>,
        name: &str,
        entries: impl FnOnce(Timestamp, Timestamp) -> Vec<Entry>,
    ) -> Value {
        let (mut shown, mut coverage) = (Vec::new(), Value::Null);
        if let Some((since, until)) = self.window {
            let entries = entries(since, until);
            coverage = percentage(&entries, since, until);
            for entry in entries {
                let entry = if self.overflow {
                    entry
                } else {
                    entry.clipped(since, until)
                };
                shown.push(json!({
                    "start": time(entry.start, self.zone),
                    "end": time(entry.end, self.zone),
                    "user": view.user_ref(&entry.user),
                }));
            }
        }
        json!({
            "name": name,
            "rendered_schedule_entries": shown,
            "rendered_coverage_percentage": coverage,
        })
    }
}

/// How much of the window the entries (which may overlap) cover, from 0 to 100.
pub(super) fn percentage(entries: &[Entry], since: Timestamp, until: Timestamp) -> Value {
    let (mut covered, mut reached) = (SignedDuration::ZERO, since);
    for entry in entries {
        let (start, end) = (entry.start.max(reached), entry.end.min(until));
        if start < end {
            covered += start.duration_until(end);
            reached = end;
        }
    }
    let whole = since.duration_until(until).as_secs_f64();
    if whole <= 0.0 {
        return json!(if entries.is_empty() { 0.0 } else { 100.0 });
    }
    json!((covered.as_secs_f64() / whole * 1000.0).round() / 10.0)
}

impl View<'_> {
    /// The parts of a schedule that a window renders, by name.
    pub(super) fn rendered_parts(
        &self,
        schedule: &LayerSchedule,
        rendering: &Rendering<'_>,
    ) -> [(&'static str, Value); 3] {
        let layers = schedule.layers.iter().rev();
        let layers: Vec<Value> = layers
            .map(|layer| self.layer(layer, &schedule.time_zone, rendering))
            .collect();
        let overrides = rendering.show(self, "Overrides", |since, until| {
            render::overrides(schedule, since, until)
        });
        let last = rendering.show(self, "Final Schedule", |since, until| {
            render::layers(schedule, since, until)
        });
        [
            ("schedule_layers", json!(layers)),
            ("overrides_subschedule", overrides),
            ("final_schedule", last),
        ]
    }

    fn layer(&self, layer: &Layer, zone: &TimeZone, rendering: &Rendering<'_>) -> Value {
        let start = layer
            .start
            .to_zoned(zone.clone())
            .map(|start| start.timestamp());
        let start = time(
            start.expect("a layer starts in jiff's years"),
            rendering.zone,
        );
        let users = layer
            .users
            .iter()
            .map(|user| json!({ "user": self.user_ref(user) }));
        let restrictions = layer.restrictions.iter().map(|limit| {
            let mut shown = json!({
                "type": "daily_restriction",
                "start_time_of_day": limit.from.strftime("%H:%M:%S").to_string(),
                "duration_seconds": limit.lasts.as_secs(),
            });
            if let Some(weekday) = limit.weekday {
                shown["type"] = json!("weekly_restriction");
                shown["start_day_of_week"] = json!(weekday.to_monday_one_offset());
            }
            shown
        });
        let rendered = rendering.show(self, &layer.name, |since, until| {
            render::layer_entries(layer, zone, since, until)
        });
        with(
            rendered,
            json!({
                "id": layer.id,
                "start": start,
                "end": layer.end.map(|end| time(end, rendering.zone)),
                "rotation_virtual_start": start,
                "rotation_turn_length_seconds": layer.turn.as_secs(),
                "users": users.collect::<Vec<_>>(),
                "restrictions": restrictions.collect::<Vec<_>>(),
            }),
        )
    }
}
