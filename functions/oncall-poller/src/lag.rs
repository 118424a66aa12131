//! How late access changes hands: from the instant at which it was due to the target's confirmation.
//!
//! Only what a shift explains counts, and only what became due since its binding was last looked at, or failed since: whoever
//! gets an account on the third day of a shift, or is let in by a new configuration, is no late handoff.

use crate::look::Looked;
use access_core::apply::Report;
use access_core::id::{ChangeId, GroupName};
use access_core::plan::RemovalReason;
use access_core::ports::Outcome;
use access_core::principal::Principal;
use access_core::timeline::{Entry, Timeline};
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Shifts that had opened access before PagerDuty told of them, such as an override from now on: whose, into which group, and
/// when PagerDuty was read the last time before. Nobody could know of them by then.
pub(crate) type News = BTreeMap<(GroupName, Principal), Timestamp>;

/// What is known of shifts.
#[derive(Clone, Copy)]
pub(crate) struct Shifts<'a> {
    pub(crate) timeline: &'a Timeline,
    pub(crate) news: &'a News,
    /// News of earlier runs: what of it failed then is late since that read.
    pub(crate) earlier_news: &'a News,
}

/// What a read brought to light by `now`.
pub(crate) fn news(now: Timestamp, before: &Timeline, after: &Timeline) -> News {
    let mut news = News::new();
    for (name, group) in &after.groups {
        let known = before.groups.get(name);
        let read_at = known.and_then(|known| known.rota?.read_at);
        let (Some(known), Some(read_at)) = (known, read_at) else {
            continue;
        };
        for (principal, entries) in &group.entries {
            let Some(opened) = opened(entries, now) else {
                continue;
            };
            let entries = known.entries.get(principal).into_iter().flatten();
            let is_known = by_shift(entries).any(|entry| entry.opens_at == Some(opened));
            if !is_known {
                news.insert((name.clone(), principal.clone()), read_at);
            }
        }
    }
    news
}

/// All news whose shifts hold at `now`, to be known when what failed is tried again. The first read counts.
pub(crate) fn remembered(now: Timestamp, earlier: News, news: News, timeline: &Timeline) -> News {
    let mut all = news;
    all.extend(earlier);
    all.retain(|(group, principal), _| {
        let group = timeline.groups.get(group);
        let entries = group.and_then(|group| group.entries.get(principal));
        entries.is_some_and(|entries| opened(entries, now).is_some())
    });
    all
}

/// Records how late each change of one binding was that the target had confirmed by then.
pub(crate) fn record(
    now: Timestamp,
    confirmed_at: Timestamp,
    shifts: Shifts<'_>,
    looked: &Looked,
    report: &Report,
) {
    let due = due(now, shifts, looked);
    let done = report.applied.iter();
    for applied in done.filter(|applied| applied.outcome == Outcome::Applied) {
        if let Some(due_at) = due.get(&applied.event.change) {
            metrics::seconds(Metric::HandoffLag, confirmed_at.duration_since(*due_at));
        }
    }
}

/// Since when each change of a plan is due, where it counts.
fn due(now: Timestamp, shifts: Shifts<'_>, looked: &Looked) -> BTreeMap<ChangeId, Timestamp> {
    let Looked { item, plan, .. } = looked;
    let last = item.state.as_ref().and_then(|state| state.observed_at);
    let Some(looked_at) = last else {
        return BTreeMap::new();
    };
    let group = &item.binding.group;
    let added = plan.additions.iter().filter_map(|addition| {
        let entries = &shifts.timeline.groups.get(group)?.entries;
        let opened = opened(entries.get(&addition.principal)?, now)?;
        let key = (group.clone(), addition.principal.clone());
        let due_at = match shifts.news.get(&key) {
            Some(read_at) => opened.max(*read_at),
            None if addition.begun => {
                let read_at = shifts.earlier_news.get(&key);
                read_at.map_or(opened, |read_at| opened.max(*read_at))
            }
            None if opened >= looked_at => opened,
            None => return None,
        };
        Some((addition.change, due_at))
    });
    let removed = plan.removals.iter().filter_map(|removal| {
        let RemovalReason::Ended { at } = removal.why else {
            return None;
        };
        let counts = removal.record.member.is_rota() && (removal.begun || at >= looked_at);
        counts.then_some((removal.change, at))
    });
    added.chain(removed).collect()
}

/// When the first of the shifts opened access that hold now; `None`: none does, or it was open before all that is known.
fn opened(entries: &[Entry], now: Timestamp) -> Option<Timestamp> {
    let holding = by_shift(entries.iter()).filter(|entry| entry.holds(now));
    holding.map(|entry| entry.opens_at).min().flatten()
}

fn by_shift<'a>(entries: impl Iterator<Item = &'a Entry>) -> impl Iterator<Item = &'a Entry> {
    entries.filter(|entry| entry.cause.is_rota())
}
