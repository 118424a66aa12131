//! What the bus tells, as lines for a person: who came, who went, why, and how far from the shift's edge.

use crate::local::BusEvent;
use crate::show::{Look, Names, ShiftOf, Tone, cause, count, moment, shift_of, span};
use access_core::event::{CoverageWarning, MembershipChanged, RemovalsHeld, SyncFailed, Warning};
use access_core::id::ScheduleId;
use access_core::membership::Cause;
use access_core::plan::Action;
use access_core::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use simulators::pagerduty::{PagerDuty, Source};
use std::collections::{BTreeMap, BTreeSet};

/// Reads events and tells them.
pub(crate) struct Story {
    names: Names,
    look: Look,
    account: PagerDuty,
    waiting: Vec<BusEvent>,
    /// People who will come on call without an account: when, who, where not.
    to_come: BTreeSet<(Timestamp, String, String)>,
    /// Every edge at which a person changed on a schedule.
    edges: BTreeSet<(Timestamp, ScheduleId)>,
    came: usize,
    went: usize,
    /// The shortest time by which access was open before a shift.
    closest: Option<SignedDuration>,
}

/// When something comes.
type Ahead = BTreeSet<Timestamp>;

/// One person coming or going, in all places at once.
type Move = (Timestamp, Action, Option<Principal>);

impl Story {
    pub(crate) fn new(names: Names, look: Look, account: PagerDuty) -> Self {
        Self {
            names,
            look,
            account,
            waiting: Vec::new(),
            to_come: BTreeSet::new(),
            edges: BTreeSet::new(),
            came: 0,
            went: 0,
            closest: None,
        }
    }

    /// Keeps an event until [`Story::tell`]: what belongs together comes together.
    pub(crate) fn take(&mut self, event: BusEvent) {
        self.waiting.push(event);
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
        let mut lines = Vec::new();
        for event in std::mem::take(&mut self.waiting) {
            let (at, detail) = (event.time, event.detail);
            match event.detail_type.as_str() {
                "Membership Changed" => {
                    if let Ok(change) = serde_json::from_value::<MembershipChanged>(detail) {
                        let key = (at, change.action, change.principal.clone());
                        moves.entry(key).or_default().push(change);
                    }
                }
                "Removals Held" => lines.extend(
                    serde_json::from_value(detail)
                        .ok()
                        .map(|held| self.held(at, &held)),
                ),
                "Sync Failed" => lines.extend(
                    serde_json::from_value(detail)
                        .ok()
                        .map(|failed| self.failed(at, &failed)),
                ),
                "Coverage Warning" => {
                    warnings.extend(serde_json::from_value::<CoverageWarning>(detail).ok());
                }
                _ => {}
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
        told.into_iter().chain(lines).chain(warned).collect()
    }

    fn moved(
        &mut self,
        (at, action, principal): &Move,
        changes: &[MembershipChanged],
    ) -> Vec<String> {
        let causes: BTreeSet<&Cause> = changes
            .iter()
            .flat_map(|change| change.causes.iter())
            .collect();
        let shifts: BTreeSet<ShiftOf> = causes.iter().filter_map(|cause| shift_of(cause)).collect();
        // The shift whose edge is nearest is the one that moved them.
        let edge = |shift: &ShiftOf| match action {
            Action::Add => shift.starts_at,
            Action::Remove => shift.ends_at,
        };
        let nearest = shifts
            .iter()
            .filter_map(|shift| Some((edge(shift)?, shift)));
        let nearest = nearest.min_by_key(|(edge, _)| at.duration_since(*edge).abs());
        let (tone, mark) = match action {
            Action::Add => (Tone::Open, "+"),
            Action::Remove => (Tone::Close, "-"),
        };
        match action {
            Action::Add => self.came += 1,
            Action::Remove => self.went += 1,
        }
        let why = match nearest {
            Some((edge, shift)) => self.at_edge(*at, *action, edge, shift, principal.as_ref()),
            None => match (action, causes.first()) {
                (Action::Add, Some(first)) => cause(first, &self.names.rota),
                _ => changes
                    .first()
                    .map(|change| change.reason.clone())
                    .unwrap_or_default(),
            },
        };
        let who = match principal {
            Some(principal) => self.names.person(principal),
            None => "an unknown account".to_owned(),
        };
        let places: BTreeSet<String> = changes
            .iter()
            .map(|change| change.binding.entitlement.to_string())
            .collect();
        let places = places.into_iter().collect::<Vec<_>>().join(", ");
        let who = self.look.tone(tone, format!("{mark} {who:<18}"));
        vec![
            format!("{}  {who} {why}", moment(*at)),
            self.look.tone(Tone::Faint, format!("{:18}  {places}", "")),
        ]
    }

    /// Notes the handoff, and says how far from its edge access changed.
    fn at_edge(
        &mut self,
        at: Timestamp,
        action: Action,
        edge: Timestamp,
        shift: &ShiftOf,
        who: Option<&Principal>,
    ) -> String {
        self.edges.insert((edge, shift.schedule.clone()));
        let early = edge.duration_since(at);
        let side = if early.is_positive() {
            "before"
        } else {
            "after"
        };
        let far = if early.is_zero() {
            "at".to_owned()
        } else {
            format!("{} {side}", span(early))
        };
        let schedule = self.names.rota.schedules.get(&shift.schedule).cloned();
        let schedule = schedule.unwrap_or_else(|| shift.schedule.to_string());
        let kind = if self.is_override(shift, edge, action, who) {
            " (an override)"
        } else {
            ""
        };
        match action {
            Action::Add => {
                self.closest = Some(self.closest.map_or(early, |closest| closest.min(early)));
                let until = shift
                    .ends_at
                    .map(|ends| format!(" until {}", moment(ends)))
                    .unwrap_or_default();
                format!("{far} {schedule}{kind}, {}{until}", edge.strftime("%H:%M"))
            }
            Action::Remove => format!("{far} {schedule}{kind} ended, {}", edge.strftime("%H:%M")),
        }
    }

    /// Whether PagerDuty has this person on call there by an override.
    fn is_override(
        &self,
        shift: &ShiftOf,
        edge: Timestamp,
        action: Action,
        who: Option<&Principal>,
    ) -> bool {
        let inside = match action {
            Action::Add => edge,
            Action::Remove => edge - SignedDuration::from_secs(1),
        };
        let users = self.account.users();
        let is_who = |id: &str| {
            users
                .get(id)
                .is_some_and(|user| who.is_some_and(|who| user.email.to_lowercase() == who.email()))
        };
        let entries = self.account.shifts(shift.schedule.as_str(), inside, inside);
        entries.iter().any(|entry| {
            let by_override = matches!(
                entry.source,
                Source::Override(_)
                    | Source::RotationOverride { .. }
                    | Source::CustomShiftOverride { .. }
            );
            by_override && is_who(&entry.user)
        })
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

    /// One line for each matter, however many spans and groups it has.
    fn warned(&mut self, warnings: &[CoverageWarning]) -> Vec<String> {
        let mut told: BTreeMap<String, Ahead> = BTreeMap::new();
        for CoverageWarning {
            group,
            warning,
            from,
            ..
        } in warnings
        {
            let group = group.as_ref().map_or("-", |group| group.as_str());
            let what = match warning {
                Warning::Uncovered => format!("{group}: nobody is on call"),
                Warning::Unmatched {
                    principal, target, ..
                } => {
                    let who = self.names.person(principal);
                    self.to_come
                        .insert((*from, who.clone(), target.to_string()));
                    format!("{who} goes on call without an account in {target}")
                }
                Warning::Unresolved { user, .. } => {
                    format!("{user} goes on call without an e-mail address")
                }
                Warning::Finding { finding } => finding.to_string(),
            };
            told.entry(what).or_default().insert(*from);
        }
        let line = |(what, from): (&String, &Ahead)| {
            let first = from.first().copied().map(moment).unwrap_or_default();
            let times = match from.len() {
                1 => String::new(),
                times => format!("{times} times, first "),
            };
            let text = format!("{:18}  ? ahead: {what}, {times}{first}", "");
            self.look.tone(Tone::Warn, text)
        };
        told.iter().map(line).collect()
    }

    /// Who has come on call by `at` and is let in nowhere: nothing on the bus tells of what did not happen.
    fn left_out(&mut self, at: Timestamp) -> Vec<String> {
        let later = self.to_come.split_off(&(
            at + SignedDuration::from_nanos(1),
            String::new(),
            String::new(),
        ));
        let now = std::mem::replace(&mut self.to_come, later);
        let line = |(from, who, target): &(Timestamp, String, String)| {
            let text =
                format!("? {who:<18} is on call, and let in nowhere: no account in {target}");
            format!("{}  {}", moment(*from), self.look.tone(Tone::Warn, text))
        };
        now.iter().map(line).collect()
    }

    /// The whole in one sentence; `passed` is the demo's own time.
    pub(crate) fn summary(&self, passed: SignedDuration) -> String {
        let handoffs = count(self.handoffs(), "handoff");
        let (came, went) = (count(self.came, "arrival"), count(self.went, "departure"));
        let closest = match self.closest {
            Some(closest) if closest.is_positive() => {
                format!(
                    "; everybody was in at least {} before their shift",
                    span(closest)
                )
            }
            _ => String::new(),
        };
        format!("{handoffs} in {}: {came}, {went}{closest}", span(passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::id::{AccountId, ChangeId, GroupName, PagerDutyName, PlanId};
    use access_core::plan::Binding;
    use serde_json::{Value, to_value};
    use simulators::company::{PAYMENTS_PRIMARY, company};
    use simulators::kit::SimClock;

    const EDGE: &str = "2026-11-23T08:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn story() -> Story {
        let account = company(SimClock::at(at("2026-11-23T07:30:00Z")));
        let mut names = Names::default();
        let ada = Principal::new("ada@acme.example").unwrap();
        names.people.insert(ada, "Ada Lovelace".to_owned());
        let schedules = &mut names.rota.schedules;
        schedules.insert(
            ScheduleId::new(PAYMENTS_PRIMARY).unwrap(),
            "Payments Primary".to_owned(),
        );
        Story::new(names, Look::plain(), account)
    }

    fn event(time: &str, detail_type: &str, detail: Value) -> BusEvent {
        let [id, source] = ["1", "rotakey"].map(str::to_owned);
        let (time, detail_type) = (at(time), detail_type.to_owned());
        BusEvent {
            id,
            detail_type,
            source,
            time,
            detail,
        }
    }

    fn binding(entitlement: &str) -> Binding {
        Binding {
            group: GroupName::new("payments").unwrap(),
            entitlement: entitlement.parse().unwrap(),
        }
    }

    /// Somebody moves at the handoff of Monday morning.
    fn moves(time: &str, action: Action, email: &str, entitlement: &str) -> BusEvent {
        let (starts_at, ends_at) = match action {
            Action::Add => (EDGE, "2026-11-30T08:00:00Z"),
            Action::Remove => ("2026-11-16T08:00:00Z", EDGE),
        };
        let cause = Cause::Shift {
            pagerduty: PagerDutyName::new("acme").unwrap(),
            schedule: ScheduleId::new(PAYMENTS_PRIMARY).unwrap(),
            starts_at: Some(at(starts_at)),
            ends_at: Some(at(ends_at)),
        };
        let change = MembershipChanged {
            change: ChangeId::nil(),
            binding: binding(entitlement),
            action,
            principal: Some(Principal::new(email).unwrap()),
            account: AccountId::new("u-1").unwrap(),
            causes: [cause].into_iter().collect(),
            reason: String::new(),
            until: None,
        };
        event(time, "Membership Changed", to_value(change).unwrap())
    }

    #[test]
    fn a_handoff_is_one_person_coming_and_one_going_wherever_that_is() {
        let mut story = story();
        story.take(moves(
            "2026-11-23T07:55:00Z",
            Action::Add,
            "ada@acme.example",
            "slack:payments",
        ));
        story.take(moves(
            "2026-11-23T07:55:00Z",
            Action::Add,
            "ada@acme.example",
            "aws:Operators",
        ));
        story.take(moves(
            "2026-11-23T08:05:00Z",
            Action::Remove,
            "bob@acme.example",
            "aws:Operators",
        ));
        assert!(story.has_news());
        assert_eq!(
            story.tell(),
            [
                "Mon 23 Nov 07:55  + Ada Lovelace       5 min before Payments Primary, 08:00 until Mon 30 Nov 08:00",
                "                    aws:Operators, slack:payments",
                "Mon 23 Nov 08:05  - bob@acme.example   5 min after Payments Primary ended, 08:00",
                "                    aws:Operators",
            ]
        );
        assert_eq!((story.handoffs(), story.has_news()), (1, false));
        assert_eq!(
            (story.handoff_at(1), story.handoff_at(2)),
            (Some(at(EDGE)), None)
        );
        let summary = story.summary(SignedDuration::from_mins(90));
        assert_eq!(
            summary,
            "1 handoff in 1 h 30 min: 1 arrival, 1 departure; everybody was in at least 5 min before their shift"
        );
    }

    #[test]
    fn what_is_held_and_what_lies_ahead_is_told_once_for_all() {
        let mut story = story();
        let held = RemovalsHeld {
            plan: PlanId::nil(),
            binding: binding("aws:Operators"),
            removals: 1,
            reasons: BTreeSet::from(["nobody is on call".to_owned()]),
        };
        story.take(event(EDGE, "Removals Held", to_value(held).unwrap()));
        for day in ["2026-11-24T22:00:00Z", "2026-11-25T22:00:00Z"] {
            let warning = CoverageWarning {
                group: Some(GroupName::new("payments").unwrap()),
                warning: Warning::Uncovered,
                from: at(day),
                until: None,
            };
            story.take(event(EDGE, "Coverage Warning", to_value(warning).unwrap()));
        }
        assert_eq!(
            story.tell(),
            [
                "Mon 23 Nov 08:00  ! payments on aws:Operators keeps 1 member: nobody is on call",
                "                    ? ahead: payments: nobody is on call, 2 times, first Tue 24 Nov 22:00",
            ]
        );
    }

    #[test]
    fn who_is_let_in_nowhere_is_told_when_the_time_comes() {
        let mut story = story();
        let warning = CoverageWarning {
            group: Some(GroupName::new("payments").unwrap()),
            warning: Warning::Unmatched {
                principal: Principal::new("ada@acme.example").unwrap(),
                target: "aws".parse().unwrap(),
                reason: access_core::matching::Unmatched::NoAccount,
            },
            from: at(EDGE),
            until: None,
        };
        story.take(event(
            "2026-11-23T07:31:00Z",
            "Coverage Warning",
            to_value(warning).unwrap(),
        ));
        assert!(
            story.tell()[0]
                .ends_with("Ada Lovelace goes on call without an account in aws, Mon 23 Nov 08:00")
        );
        story.take(moves(
            "2026-11-23T07:55:00Z",
            Action::Add,
            "bob@acme.example",
            "aws:Operators",
        ));
        assert_eq!(story.tell().len(), 2, "it is not time yet");
        story.take(moves(
            "2026-11-23T08:05:00Z",
            Action::Remove,
            "bob@acme.example",
            "aws:Operators",
        ));
        let left_out = &story.tell()[0];
        assert_eq!(
            left_out,
            "Mon 23 Nov 08:00  ? Ada Lovelace       is on call, and let in nowhere: no account in aws"
        );
    }

    #[test]
    fn an_override_is_called_one() {
        let mut story = story();
        let (from, until) = (at(EDGE), at("2026-11-30T08:00:00Z"));
        story
            .account
            .create_override(PAYMENTS_PRIMARY, "PCHLOEM", from, until);
        story.take(moves(
            "2026-11-23T08:01:00Z",
            Action::Add,
            "chloe.martin@acme.example",
            "aws:Operators",
        ));
        let line = &story.tell()[0];
        assert!(
            line.contains("1 min after Payments Primary (an override), 08:00"),
            "{line}"
        );
    }
}
