//! What the bus tells, as lines for a person: who came, who went, why, and how far from the shift's edge.

mod ahead;
mod moves;
mod requests;
#[cfg(test)]
mod tests;

use crate::local::BusEvent;
use crate::show::{Look, Names, Tone, count, moment, span};
use access_core::event::{Event, MembershipChanged, RemovalsHeld, SyncFailed};
use access_core::id::{GrantId, ScheduleId};
use access_core::plan::Action;
use access_core::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use simulators::pagerduty::PagerDuty;
use std::collections::{BTreeMap, BTreeSet};

/// Reads events and tells them.
pub(crate) struct Story {
    names: Names,
    look: Look,
    account: PagerDuty,
    waiting: Vec<BusEvent>,
    /// Kind, time and detail of all events so far: the bus may bring one twice.
    heard: BTreeSet<(String, Timestamp, String)>,
    /// People who will come on call without an account: when, who, where not.
    to_come: BTreeSet<(Timestamp, String, String)>,
    /// Who has come on call and was let in nowhere.
    nowhere: BTreeSet<String>,
    /// Every edge at which a person changed on a schedule.
    edges: BTreeSet<(Timestamp, ScheduleId)>,
    /// Who approved each grant, and until when it was to last.
    approved: BTreeMap<GrantId, String>,
    /// How each grant ended.
    ended: BTreeMap<GrantId, &'static str>,
    came: usize,
    went: usize,
    /// The shortest time by which access was open before a shift.
    closest: Option<SignedDuration>,
}

/// One person coming or going, in all places at once.
type Move = (Timestamp, Action, Option<Principal>);

impl Story {
    pub(crate) fn new(names: Names, look: Look, account: PagerDuty) -> Self {
        Self {
            names,
            look,
            account,
            waiting: Vec::new(),
            heard: BTreeSet::new(),
            to_come: BTreeSet::new(),
            nowhere: BTreeSet::new(),
            edges: BTreeSet::new(),
            approved: BTreeMap::new(),
            ended: BTreeMap::new(),
            came: 0,
            went: 0,
            closest: None,
        }
    }

    /// Keeps an event until [`Story::tell`]: what belongs together comes together. A repeat changes nothing.
    pub(crate) fn take(&mut self, event: BusEvent) {
        let heard = (
            event.detail_type.clone(),
            event.time,
            event.detail.to_string(),
        );
        if self.heard.insert(heard) {
            self.waiting.push(event);
        }
    }

    /// Whether anything waits to be told.
    pub(crate) fn has_news(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Handoffs so far: instants at which the person on a schedule changed.
    pub(crate) fn handoffs(&self) -> usize {
        self.edges.len()
    }

    /// The instant of the handoff of that number, from 1, in the order of time.
    pub(crate) fn handoff_at(&self, number: usize) -> Option<Timestamp> {
        self.edges
            .iter()
            .nth(number.checked_sub(1)?)
            .map(|(at, _)| *at)
    }

    /// Tells everything that waits, in order.
    pub(crate) fn tell(&mut self) -> Vec<String> {
        let mut moves: BTreeMap<Move, Vec<MembershipChanged>> = BTreeMap::new();
        let mut warnings = Vec::new();
        let (mut asked, mut lines) = (Vec::new(), Vec::new());
        for event in std::mem::take(&mut self.waiting) {
            let at = event.time;
            match Event::read(&event.detail_type, event.detail) {
                Ok(Event::MembershipChanged(change)) => {
                    let key = (at, change.action, change.principal.clone());
                    moves.entry(key).or_default().push(change);
                }
                Ok(Event::RemovalsHeld(held)) => lines.push(self.held(at, &held)),
                Ok(Event::SyncFailed(failed)) => lines.push(self.failed(at, &failed)),
                Ok(Event::CoverageWarning(warning)) => warnings.push(warning),
                Ok(event) => asked.extend(self.asked(at, &event)),
                // Wishes, which tell nobody anything.
                Err(_) => {}
            }
        }
        let told: Vec<String> = moves
            .iter()
            .flat_map(|(key, changes)| {
                let mut lines = self.left_out(key.0);
                lines.extend(self.moved(key, changes));
                lines
            })
            .collect();
        let warned = self.warned(&warnings);
        let rest = told.into_iter().chain(lines).chain(warned);
        asked.into_iter().chain(rest).collect()
    }

    fn held(&self, at: Timestamp, held: &RemovalsHeld) -> String {
        let reasons: Vec<_> = held.reasons.iter().cloned().collect();
        let (keeps, binding) = (count(held.removals, "member"), &held.binding);
        let text = format!("! {binding} keeps {keeps}: {}", reasons.join("; "));
        format!("{}  {}", moment(at), self.look.tone(Tone::Warn, text))
    }

    fn failed(&self, at: Timestamp, failed: &SyncFailed) -> String {
        let failures: Vec<_> = failed.failures.iter().cloned().collect();
        let text = format!("x {}", failures.join("; "));
        format!("{}  {}", moment(at), self.look.tone(Tone::Bad, text))
    }

    /// The whole in one sentence; `passed` is the demo's own time.
    pub(crate) fn summary(&self, passed: SignedDuration) -> String {
        let handoffs = count(self.handoffs(), "handoff");
        let (came, went) = (count(self.came, "arrival"), count(self.went, "departure"));
        let (who, nowhere) = match self.nowhere.len() {
            0 => ("everybody", String::new()),
            number => (
                "everybody with an account",
                format!("; let in nowhere without one: {}", count(number, "person")),
            ),
        };
        let closest = match self.closest {
            Some(closest) if closest.is_positive() => {
                let early = span(closest);
                format!("; {who} was in at least {early} before their shift")
            }
            _ => String::new(),
        };
        let passed = span(passed);
        format!("{handoffs} in {passed}: {came}, {went}{closest}{nowhere}")
    }
}
