//! A small world in which every schedule is tried: two approvers, whoever asked, somebody who revokes, the reconciler and
//! the clock, each reading first and writing later under a version condition, with anything in between.

use super::tests::{GROUP, config, id, pending, policies, words};
use super::{
    GrantRecord, Refusal, Request, RequestState, Step, approve, cancel, deny, end_due, facts,
    hand_back, revoke,
};
use crate::audit::Hash;
use crate::config::Config;
use crate::desired::desired;
use crate::facts::Facts;
use crate::world::{at, group, person};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::slice::from_ref;

/// Asked at 10:00 for 20 minutes and decided until 10:30: a grant of the first instant ends at the second, one of the
/// second outlives the time for deciding, and at the third all is over.
const CLOCK: [&str; 3] = ["10:00", "10:20", "10:40"];

/// How often the reconciler runs, so that it meets a decision before, between and after.
const ROUNDS: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Actor {
    Approves(&'static str),
    Denies(&'static str),
    /// Takes the request back, or the grant.
    Asked,
    Revokes,
    Reconciles,
}

/// How far an actor has come.
#[derive(Debug, Clone)]
enum Phase {
    Idle { rounds: usize },
    Read { rounds: usize, seen: Seen },
    Done,
}

/// What an actor read, and when it began.
#[derive(Debug, Clone)]
struct Seen {
    clock: usize,
    rows: Rows,
}

/// What is stored, and a hash of all that, by which states are told apart.
#[derive(Debug, Clone)]
struct Rows {
    request: Rc<Request>,
    grant: Option<Rc<GrantRecord>>,
    hash: Hash,
}

#[derive(Debug, Clone)]
struct State {
    clock: usize,
    rows: Rows,
    is_member: bool,
    told: Vec<&'static str>,
    phases: Vec<Phase>,
}

struct Model {
    config: Config,
    actors: Vec<Actor>,
}

impl Rows {
    fn new(request: Rc<Request>, grant: Option<Rc<GrantRecord>>) -> Self {
        let text = serde_json::to_string(&(&*request, grant.as_deref())).unwrap();
        Self {
            hash: Hash::of(&[&text]),
            request,
            grant,
        }
    }

    fn grants(&self) -> &[GrantRecord] {
        match &self.grant {
            Some(record) => from_ref(&**record),
            None => &[],
        }
    }
}

impl State {
    fn now(&self) -> Timestamp {
        at(CLOCK[self.clock])
    }

    /// Writes under the versions that were read; `false` when somebody came first.
    fn take(&mut self, step: Step) -> bool {
        let request = step.request.map(Rc::new);
        let grant = step.grant.map(Rc::new);
        let here = self.rows.grant.as_ref().map_or(0, |record| record.version);
        let fits = request
            .as_ref()
            .is_none_or(|next| next.version == self.rows.request.version + 1)
            && grant.as_ref().is_none_or(|next| next.version == here + 1);
        if fits {
            let request = request.unwrap_or_else(|| Rc::clone(&self.rows.request));
            let grant = grant.or_else(|| self.rows.grant.clone());
            self.rows = Rows::new(request, grant);
            let told = step.events.iter().map(|entry| entry.event.detail_type());
            self.told.extend(told);
        }
        fits
    }

    /// One outcome at most, and the events say what the rows say.
    fn check(&self) {
        let told = |what: &str| self.told.iter().filter(|known| **known == what).count();
        let state = &self.rows.request.state;
        for (what, happened) in [
            (
                "Access Approved",
                matches!(state, RequestState::Approved { .. }),
            ),
            (
                "Access Denied",
                matches!(state, RequestState::Denied { .. }),
            ),
            (
                "Request Cancelled",
                matches!(state, RequestState::Cancelled { .. }),
            ),
            (
                "Request Timed Out",
                matches!(state, RequestState::TimedOut { .. }),
            ),
        ] {
            assert_eq!(told(what), usize::from(happened), "{what}: {self:?}");
        }
        let grant = self.rows.grant.as_ref();
        assert_eq!(grant.map(|it| it.grant.id), self.rows.request.grant());
        let ended = grant.is_some_and(|it| matches!(it.state, super::GrantState::Ended { .. }));
        assert_eq!(told("Grant Ended"), usize::from(ended), "{self:?}");
    }

    fn key(&self) -> Hash {
        let phases = self.phases.iter().map(|phase| match phase {
            Phase::Idle { rounds } => format!("idle {rounds}"),
            Phase::Read { rounds, seen } => {
                format!("read {rounds} {} {}", seen.clock, seen.rows.hash)
            }
            Phase::Done => "done".to_owned(),
        });
        let phases: Vec<_> = phases.collect();
        let rows = self.rows.hash;
        let own = format!("{} {} {rows} {:?}", self.clock, self.is_member, self.told);
        let mut parts = vec![own.as_str()];
        parts.extend(phases.iter().map(String::as_str));
        Hash::of(&parts)
    }
}

impl Model {
    fn of(approvals: u32, actors: &[Actor]) -> Self {
        let mut config = config(approvals);
        let rule = config.requests.get_mut(&group(GROUP)).unwrap();
        rule.timeout = SignedDuration::from_mins(30);
        rule.escalate_after = None;
        Self {
            config,
            actors: actors.to_vec(),
        }
    }

    fn start(&self) -> State {
        let mut request = pending(&self.config);
        request.asked.duration = SignedDuration::from_mins(20);
        assert_eq!(request.id, id("one"));
        State {
            clock: 0,
            rows: Rows::new(Rc::new(request), None),
            is_member: false,
            told: Vec::new(),
            phases: vec![Phase::Idle { rounds: 1 }; self.actors.len()],
        }
    }

    /// Tries every schedule; answers how many different states there are.
    fn run(&self) -> usize {
        let mut seen = BTreeSet::new();
        let mut open = vec![self.start()];
        while let Some(state) = open.pop() {
            if !seen.insert(state.key()) {
                continue;
            }
            state.check();
            let mut next: Vec<_> = (0..self.actors.len())
                .filter_map(|actor| self.act(&state, actor))
                .collect();
            if state.clock + 1 < CLOCK.len() {
                next.push(State {
                    clock: state.clock + 1,
                    ..state.clone()
                });
            }
            if next.is_empty() {
                self.check_end(state);
            }
            open.extend(next);
        }
        seen.len()
    }

    /// One actor's next move: it reads, or decides from what it read and writes.
    fn act(&self, state: &State, actor: usize) -> Option<State> {
        let mut next = state.clone();
        next.phases[actor] = match state.phases[actor].clone() {
            Phase::Done => return None,
            Phase::Idle { rounds } => {
                let seen = Seen {
                    clock: state.clock,
                    rows: state.rows.clone(),
                };
                // Whoever revokes waits until there is something to revoke.
                if matches!(self.actors[actor], Actor::Revokes) && seen.rows.grant.is_none() {
                    return None;
                }
                Phase::Read { rounds, seen }
            }
            Phase::Read { rounds, seen } => match self.actors[actor] {
                Actor::Reconciles => {
                    self.reconcile(&mut next, &seen);
                    if rounds < ROUNDS {
                        Phase::Idle { rounds: rounds + 1 }
                    } else {
                        Phase::Done
                    }
                }
                other => self.decide(&mut next, other, rounds, &seen),
            },
        };
        Some(next)
    }

    /// Decides as of the reading; whoever came too late reads again, and is told.
    fn decide(&self, next: &mut State, actor: Actor, rounds: usize, seen: &Seen) -> Phase {
        let now = at(CLOCK[seen.clock]);
        let Rows { request, grant, .. } = &seen.rows;
        let config = &self.config;
        let decision = match actor {
            Actor::Approves(by) => approve(
                now,
                config,
                request,
                None,
                &person(by),
                policies("p"),
                &BTreeSet::new(),
            ),
            Actor::Denies(by) => deny(
                now,
                config,
                request,
                &person(by),
                &words("no"),
                policies("p"),
            ),
            Actor::Asked if matches!(request.state, RequestState::Pending { .. }) => {
                cancel(now, &config.people, request, &person("ada"))
            }
            Actor::Asked | Actor::Revokes | Actor::Reconciles => match (grant, actor) {
                (None, _) => return Phase::Done,
                (Some(record), Actor::Asked) => {
                    hand_back(now, &config.people, record, &person("ada"))
                }
                (Some(record), _) => {
                    revoke(now, record, &person("ivan"), &words("over"), policies("p"))
                }
            },
        };
        match decision {
            Ok(step) => {
                if next.take(step) {
                    Phase::Done
                } else {
                    Phase::Idle { rounds }
                }
            }
            Err(Refusal::AlreadyResolved(told)) => {
                assert_eq!(
                    told, next.rows.request.state,
                    "the winner's decision stands"
                );
                Phase::Done
            }
            Err(_) => Phase::Done,
        }
    }

    /// One tick: what is due is written, and the target is brought in line with what was read.
    fn reconcile(&self, next: &mut State, seen: &Seen) {
        let now = at(CLOCK[seen.clock]);
        let grants = seen.rows.grants();
        for step in end_due(now, &self.config, from_ref(&*seen.rows.request), grants) {
            // Somebody decided in between: the next tick sees it.
            next.take(step);
        }
        let known = Facts {
            grants: facts(now, &self.config, grants),
            ..Facts::default()
        };
        let wanted = desired(&self.config, &known, now);
        next.is_member = wanted[&group(GROUP)].members.contains_key(&person("ada"));
        let is_live = grants.iter().any(|record| record.is_live(now));
        assert_eq!(
            next.is_member, is_live,
            "access is what the grant says: {next:?}"
        );
    }

    /// Nobody does anything any more: one more tick, and nothing is open and nobody in.
    fn check_end(&self, mut state: State) {
        assert_eq!(state.now(), at("10:40"));
        let seen = Seen {
            clock: state.clock,
            rows: state.rows.clone(),
        };
        self.reconcile(&mut state, &seen);
        state.check();
        assert!(!state.is_member, "{state:?}");
        let is_open = matches!(state.rows.request.state, RequestState::Pending { .. });
        assert!(!is_open, "{state:?}");
        let is_live = state
            .rows
            .grant
            .is_some_and(|record| record.is_live(at("10:40")));
        assert!(!is_live);
    }
}

#[test]
fn no_schedule_gives_two_outcomes_or_access_past_its_end() {
    let (one, two) = (Actor::Approves("grace"), Actor::Approves("heidi"));
    let no = Actor::Denies("heidi");
    let others = [Actor::Asked, Actor::Revokes, Actor::Reconciles];
    for (case, approvals, approvers) in [
        ("one of two is enough", 1, [one, two]),
        ("both are needed", 2, [one, two]),
        ("yes and no", 1, [one, no]),
        ("a no among two", 2, [one, no]),
    ] {
        let actors: Vec<_> = approvers.into_iter().chain(others).collect();
        let states = Model::of(approvals, &actors).run();
        assert!(states > 1_000, "{case}: only {states} states");
    }
}

#[test]
fn one_approver_who_clicks_twice_counts_once() {
    let twice = [Actor::Approves("grace"); 2];
    let actors: Vec<_> = twice.into_iter().chain([Actor::Reconciles]).collect();
    let model = Model::of(2, &actors);
    let states = model.run();
    assert!(states > 100, "only {states} states");
}
