//! What a running Rotakey left in its store: the last tick, what failed, and what waits for a person.

use super::code::Code;
use super::finding::Finding;
use crate::show::{count, span};
use access_core::ports::{
    Bindings, ConfigVersion, Configs, HeldPlans, KnownBindings, KnownHeld, Leases, Outbox,
    Requests, StoreError, TickRecord, Unsent,
};
use access_core::request::GrantRecord;
use access_store::DynamoStore;
use jiff::{SignedDuration, Timestamp};

/// The clock of the stack ticks every minute; two may be missed.
const TICK_AGE_MAX: SignedDuration = SignedDuration::from_mins(3);

/// What the bus does not take is tried again at every tick.
const OUTBOX_AGE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// This program's version: all parts of one release have the same.
const OURS: &str = env!("CARGO_PKG_VERSION");

/// Everything that is looked at in a store.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) config: Option<ConfigVersion>,
    tick: Option<TickRecord>,
    bindings: KnownBindings,
    held: KnownHeld,
    unsent: Unsent,
    unreviewed: Vec<GrantRecord>,
}

/// Reads it all.
///
/// # Errors
/// When not all can be read.
pub(super) async fn gather(store: &DynamoStore) -> Result<State, StoreError> {
    let (config, tick, bindings, held, unsent, unreviewed) = tokio::try_join!(
        store.latest_config(),
        store.last_tick(),
        store.bindings(),
        store.held(),
        store.unsent(),
        store.unreviewed(),
    )?;
    Ok(State {
        config,
        tick,
        bindings,
        held,
        unsent,
        unreviewed,
    })
}

/// Where a store is, and whether a clock is expected to tick over it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) place: &'a str,
    /// A table on AWS: the stack's clock ticks, and alarms tell somebody.
    pub(super) is_stack: bool,
}

/// What is the matter with it.
pub(super) fn judge(state: &State, whose: Whose<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = whose.place;
    if whose.is_stack {
        findings.extend(clock(state, place, now));
        findings.extend(program(state.tick.as_ref(), place));
        let what = "whether anybody hears of the stack's alarms cannot be seen from here";
        findings.push(Finding::new(Code::AlarmsUnproven, place, what));
    }
    let failures = state.tick.iter().flat_map(|tick| &tick.failures);
    findings.extend(failures.map(|failure| {
        let what = format!("the last sweep failed in part: {failure}");
        Finding::new(Code::SweepFailing, place, what)
    }));
    findings.extend(held(state, now));
    findings.extend(backlog(&state.unsent, place, now));
    findings.extend(unread(&state.unsent, place));
    findings.extend(unread_state(state));
    findings.extend(state.unreviewed.iter().map(review));
    findings
}

/// Whether the clock goes. Before the first configuration ticks do nothing, and leave nothing.
fn clock(state: &State, place: &str, now: Timestamp) -> Option<Finding> {
    let Some(ended_at) = state.tick.as_ref().and_then(|tick| tick.ended_at) else {
        let config = state.config.as_ref()?;
        let is_late = now.duration_since(config.at) > TICK_AGE_MAX;
        let what = "no tick has ever ended";
        return is_late.then(|| Finding::new(Code::TickNever, place, what));
    };
    let age = now.duration_since(ended_at);
    let what = || format!("the last tick ended {} ago", span(age));
    (age > TICK_AGE_MAX).then(|| Finding::new(Code::TickStale, place, what()))
}

fn program(tick: Option<&TickRecord>, place: &str) -> Option<Finding> {
    let theirs = tick?.program.as_deref();
    if theirs == Some(OURS) {
        return None;
    }
    let theirs = theirs.unwrap_or("one that does not say");
    let what = format!("the functions are of version {theirs}, this program of {OURS}");
    Some(Finding::new(Code::ProgramDiffers, place, what))
}

fn held(state: &State, now: Timestamp) -> impl Iterator<Item = Finding> {
    let waiting = state.held.plans.iter();
    let waiting = waiting.filter(|(_, plan)| plan.released.is_none());
    waiting.map(move |(id, plan)| {
        let removals = count(plan.removals.len(), "removal");
        let since = span(now.duration_since(plan.since));
        let what = format!("{removals} of plan {id} wait for a person, for {since} now");
        Finding::new(Code::RemovalsHeld, &plan.binding, what)
    })
}

fn backlog(unsent: &Unsent, place: &str, now: Timestamp) -> Option<Finding> {
    let oldest = unsent.entries.iter().map(|entry| entry.at).min()?;
    let age = now.duration_since(oldest);
    let events = count(unsent.entries.len(), "event");
    let what = || {
        format!(
            "{events} wait to be put on the bus, the oldest for {}",
            span(age)
        )
    };
    (age > OUTBOX_AGE_MAX).then(|| Finding::new(Code::OutboxBacklog, place, what()))
}

/// What this program does not understand; the functions may.
fn unread(unsent: &Unsent, place: &str) -> Option<Finding> {
    let (first, reason) = unsent.unread.first_key_value()?;
    let events = unsent.unread.len();
    let what = format!(
        "{events} of the events that wait cannot be understood, the first of them {first}: {reason}"
    );
    Some(Finding::new(Code::OutboxUnread, place, what))
}

/// What is left alone, or stays held, because this program does not understand it.
fn unread_state(state: &State) -> impl Iterator<Item = Finding> {
    let bindings = state.bindings.unread.iter();
    let bindings =
        bindings.map(|(place, unread)| (place, &unread.reason, "its binding is left alone"));
    let held = state.held.unread.iter();
    let held = held.map(|(place, unread)| (place, &unread.reason, "what it holds stays held"));
    bindings.chain(held).map(|(place, reason, so)| {
        let what = format!("it cannot be understood, and {so}: {reason}");
        Finding::new(Code::StateUnread, place, what)
    })
}

fn review(record: &GrantRecord) -> Finding {
    let grant = &record.grant;
    let what = format!(
        "{} let themselves in at {:.0}, and nobody has looked at it: grant {}",
        grant.principal, grant.starts_at, grant.id
    );
    Finding::new(Code::ReviewOpen, format!("group {}", grant.group), what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::event::{Event, SyncFailed};
    use access_core::facts::Grant;
    use access_core::id::{GrantId, GroupName, RequestId, SweepId};
    use access_core::ports::{OutboxEntry, UnreadBinding, UnreadHeld};
    use access_core::principal::Principal;
    use access_core::request::{GrantState, Review};
    use std::collections::{BTreeMap, BTreeSet};

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn ticked(seconds_ago: i64) -> State {
        let tick = TickRecord {
            ended_at: Some(now() - SignedDuration::from_secs(seconds_ago)),
            program: Some(OURS.to_owned()),
            ..TickRecord::default()
        };
        State {
            tick: Some(tick),
            ..State::default()
        }
    }

    /// A configuration was stored so long ago, and nothing happened since.
    fn applied(seconds_ago: i64) -> State {
        let config = ConfigVersion {
            version: 1,
            by: "ada".to_owned(),
            at: now() - SignedDuration::from_secs(seconds_ago),
            text: String::new(),
            policies: BTreeMap::new(),
        };
        State {
            config: Some(config),
            ..State::default()
        }
    }

    fn codes(state: &State, is_stack: bool) -> Vec<Code> {
        let whose = Whose {
            place: "the table `rotakey`",
            is_stack,
        };
        let found = judge(state, whose, now());
        let found = found.into_iter().map(|finding| finding.code);
        found.filter(|code| *code != Code::AlarmsUnproven).collect()
    }

    #[test]
    fn a_stack_ticks_every_minute() {
        for (case, state, on_a_stack) in [
            ("just now", ticked(20), &[][..]),
            ("at the edge", ticked(180), &[]),
            ("late", ticked(181), &[Code::TickStale]),
            ("never", applied(181), &[Code::TickNever]),
            ("not yet", applied(180), &[]),
            ("nothing to do yet", State::default(), &[]),
        ] {
            assert_eq!(codes(&state, true), on_a_stack, "{case}");
            // One machine may sync by hand.
            assert!(codes(&state, false).is_empty(), "{case}");
        }
    }

    #[test]
    fn functions_of_another_version_are_told() {
        for (program, expected) in [
            (Some(OURS), &[][..]),
            (Some("0.0.1"), &[Code::ProgramDiffers]),
            (None, &[Code::ProgramDiffers]),
        ] {
            let mut state = ticked(20);
            let tick = state.tick.as_mut().unwrap();
            tick.program = program.map(str::to_owned);
            assert_eq!(codes(&state, true), expected, "{program:?}");
        }
    }

    #[test]
    fn what_failed_and_what_waits_is_told() {
        let mut state = ticked(20);
        let tick = state.tick.as_mut().unwrap();
        tick.failures = BTreeSet::from(["payments on aws:Payments: no such group".to_owned()]);
        let event = |minutes: i64| OutboxEntry {
            key: format!("{minutes}"),
            at: now() - SignedDuration::from_mins(minutes),
            event: Event::SyncFailed(SyncFailed {
                sweep: SweepId::nil(),
                failures: BTreeSet::new(),
            }),
        };
        state.unsent.entries = vec![event(1), event(5)];
        assert_eq!(codes(&state, false), [Code::SweepFailing]);
        state.unsent.entries.push(event(6));
        assert_eq!(
            codes(&state, false),
            [Code::SweepFailing, Code::OutboxBacklog]
        );
    }

    #[test]
    fn events_that_this_program_does_not_understand_are_told() {
        let mut state = ticked(20);
        let reason = "its layout is 99, and this program reads 1";
        for place in ["item OUTBOX / 2", "item OUTBOX / 1"] {
            let unread = &mut state.unsent.unread;
            unread.insert(place.to_owned(), reason.to_owned());
        }
        for is_stack in [true, false] {
            assert_eq!(codes(&state, is_stack), [Code::OutboxUnread], "{is_stack}");
        }
        let found = unread(&state.unsent, "the store").unwrap();
        let words = "2 of the events that wait cannot be understood, the first of them item OUTBOX / 1: its layout is 99";
        assert!(found.what.starts_with(words), "{}", found.what);
    }

    #[test]
    fn bindings_and_held_plans_that_this_program_does_not_understand_are_told() {
        let reason = "its layout is 99, and this program reads 1";
        let mut state = ticked(20);
        let binding = UnreadBinding {
            binding: None,
            reason: reason.to_owned(),
        };
        let plan = UnreadHeld {
            plan: None,
            reason: reason.to_owned(),
        };
        let (bindings, held) = (&mut state.bindings.unread, &mut state.held.unread);
        bindings.insert("item BINDINGS / 1".to_owned(), binding);
        held.insert("item HELD / 1".to_owned(), plan);
        assert_eq!(codes(&state, true), [Code::StateUnread; 2]);
        let found: Vec<_> = unread_state(&state).collect();
        let places = [&found[0].place, &found[1].place];
        assert_eq!(places, ["item BINDINGS / 1", "item HELD / 1"]);
        let words = "it cannot be understood, and what it holds stays held: its layout is 99";
        assert!(found[1].what.starts_with(words), "{}", found[1].what);
    }

    #[test]
    fn a_break_glass_that_nobody_looked_at_is_told_with_its_grant() {
        let grant = Grant {
            id: GrantId::nil(),
            request: RequestId::nil(),
            principal: Principal::new("ada@acme.example").unwrap(),
            group: GroupName::new("payments").unwrap(),
            starts_at: now(),
            expires_at: now() + SignedDuration::from_hours(1),
        };
        let state = State {
            unreviewed: vec![GrantRecord {
                grant,
                version: 1,
                state: GrantState::Live,
                break_glass: Some(Review::Open),
            }],
            ..State::default()
        };
        assert_eq!(codes(&state, false), [Code::ReviewOpen]);
        let found = review(&state.unreviewed[0]);
        assert_eq!(found.place, "group payments");
        let words = "ada@acme.example let themselves in at 2026-11-22T12:00:00Z";
        assert!(found.what.starts_with(words), "{}", found.what);
    }
}
