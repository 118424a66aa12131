//! The history that sightings fold into: phases, and people's work across them.

use super::sighting::{Answer, Priority, Seen, Sighting, Snapshot, Status, Urgency};
use crate::id::{EscalationPolicyId, PagerDutyUserId, ServiceId, TeamId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most phases kept; before that, the oldest two become one.
const PHASES_MAX: usize = 100;

/// An incident from its first sighting on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Its number in the account, as people say it; `None`: not known.
    pub number: Option<u64>,
    /// In order of time, without gaps; the last one goes on. Empty before anything was seen.
    pub phases: Vec<Phase>,
}

/// A span in which nothing about the incident changed: from here to the next phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phase {
    /// It begins here.
    pub from: Timestamp,
    /// Where the incident stands; `None`: only its responders were heard of.
    pub status: Option<Status>,
    /// How urgent it is; `None`: not known.
    pub urgency: Option<Urgency>,
    /// How important it is; `None`: not known.
    pub priority: Option<Priority>,
    /// The service it is on; `None`: not known.
    pub service: Option<ServiceId>,
    /// The teams it concerns, as far as known.
    pub teams: BTreeSet<TeamId>,
    /// Who is called for it; `None`: not known.
    pub escalation_policy: Option<EscalationPolicyId>,
    /// Who is to work on it.
    pub assigned: BTreeSet<PagerDutyUserId>,
    /// Who said that they do, and was neither relieved nor has their acknowledgement lapsed.
    pub acknowledged: BTreeSet<PagerDutyUserId>,
    /// Who was asked to help and agreed.
    pub responding: BTreeSet<PagerDutyUserId>,
}

/// One person's work on an incident, without a break, while certain conditions held: `since..until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The first instant of the unbroken work at which the conditions held. They may have failed since and held again.
    pub began_at: Timestamp,
    /// It begins here.
    pub since: Timestamp,
    /// What ended it; `None`: it goes on.
    pub end: Option<End>,
}

/// The end of somebody's work on an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// Whether the incident itself was over; otherwise others took over, or the conditions no longer held.
    pub resolved: bool,
}

impl State {
    /// How it stands now; `None` before anything was seen.
    #[must_use]
    pub fn last(&self) -> Option<&Phase> {
        self.phases.last()
    }

    /// Whether it is known to be open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.last().is_some_and(Phase::is_open)
    }

    /// Since when it is over; `None` while it is not, or before that is known.
    #[must_use]
    pub fn resolved_at(&self) -> Option<Timestamp> {
        self.last()
            .filter(|phase| phase.status == Some(Status::Resolved))
            .map(|phase| phase.from)
    }

    /// The work of everybody while `meets` held, in order of time.
    pub fn work(&self, meets: impl Fn(&Phase) -> bool) -> BTreeMap<&PagerDutyUserId, Vec<Work>> {
        let mut works: BTreeMap<_, Vec<Work>> = BTreeMap::new();
        // Who works now, and since when under the conditions, if they ever held.
        let mut began: BTreeMap<&PagerDutyUserId, Option<Timestamp>> = BTreeMap::new();
        for phase in &self.phases {
            let working = phase.working();
            let met = meets(phase);
            for (user, work) in &mut works {
                let last = work.last_mut().filter(|work| work.end.is_none());
                if let Some(work) = last.filter(|_| !met || !working.contains(user)) {
                    work.end = Some(End {
                        at: phase.from,
                        resolved: !phase.is_open(),
                    });
                }
            }
            began.retain(|user, _| working.contains(user));
            for user in working {
                let began = began.entry(user).or_default();
                if !met {
                    continue;
                }
                let began_at = *began.get_or_insert(phase.from);
                let work = works.entry(user).or_default();
                if work.last().is_none_or(|work| work.end.is_some()) {
                    work.push(Work {
                        began_at,
                        since: phase.from,
                        end: None,
                    });
                }
            }
        }
        works
    }

    /// Takes the next sighting; none before it may follow.
    pub(super) fn apply(&mut self, sighting: &Sighting) {
        let last = self.phases.last();
        if last.is_none() && sighting.what == Seen::NotOpen {
            return;
        }
        let mut next = last.cloned().unwrap_or_else(|| Phase::unknown(sighting.at));
        match &sighting.what {
            Seen::Incident {
                snapshot,
                acknowledged_by,
            } => {
                self.number = snapshot.number.or(self.number);
                next.take(snapshot);
                if next.status == Some(Status::Acknowledged) {
                    next.acknowledged.extend(acknowledged_by.clone());
                }
            }
            Seen::Read {
                snapshot,
                acknowledged_by,
                responding,
            } => {
                self.number = snapshot.number.or(self.number);
                next.take(snapshot);
                if next.status == Some(Status::Acknowledged) {
                    next.acknowledged.clone_from(acknowledged_by);
                }
                if let Some(responding) = responding.as_ref().filter(|_| next.is_open()) {
                    next.responding.clone_from(responding);
                }
            }
            Seen::Responder { user, answer } => next.answer(user, *answer),
            Seen::NotOpen => next.close(),
        }
        self.push(next, sighting.at);
    }

    fn push(&mut self, mut next: Phase, at: Timestamp) {
        if self.phases.last() == Some(&next) {
            return;
        }
        next.from = at;
        // Of two sightings at one instant only what the later one leaves is a phase.
        self.phases.pop_if(|last| last.from == at);
        self.phases.push(next);
        self.shorten(PHASES_MAX);
    }

    /// Makes one of the oldest two phases until so many are left, or one.
    pub(super) fn shorten(&mut self, phases_max: usize) {
        let excess = self.phases.len().saturating_sub(phases_max.max(1));
        let Some(oldest) = self.phases.first().filter(|_| excess > 0) else {
            return;
        };
        // The later of two is drawn back in time: whoever worked then seems to have begun earlier, and a hard end can only
        // come sooner.
        let from = oldest.from;
        self.phases.drain(..excess);
        self.phases[0].from = from;
    }
}

impl Phase {
    fn unknown(from: Timestamp) -> Self {
        Self {
            from,
            status: None,
            urgency: None,
            priority: None,
            service: None,
            teams: BTreeSet::new(),
            escalation_policy: None,
            assigned: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            responding: BTreeSet::new(),
        }
    }

    /// Whether the incident is known to be open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self.status {
            Some(Status::Triggered | Status::Acknowledged) => true,
            Some(Status::Resolved) | None => false,
        }
    }

    /// Everybody who works on the incident: nobody unless it is known to be open.
    #[must_use]
    pub fn working(&self) -> BTreeSet<&PagerDutyUserId> {
        if !self.is_open() {
            return BTreeSet::new();
        }
        let Self {
            assigned,
            acknowledged,
            responding,
            ..
        } = self;
        assigned
            .iter()
            .chain(acknowledged)
            .chain(responding)
            .collect()
    }

    fn take(&mut self, snapshot: &Snapshot) {
        let Snapshot {
            status,
            number: _,
            urgency,
            priority,
            service,
            teams,
            escalation_policy,
            assignees,
        } = snapshot;
        self.urgency = urgency.or(self.urgency);
        replace(&mut self.priority, priority.as_ref());
        replace(&mut self.service, service.as_ref());
        replace(&mut self.escalation_policy, escalation_policy.as_ref());
        if let Some(teams) = teams {
            self.teams.clone_from(teams);
        }
        if *status == Status::Resolved {
            return self.close();
        }
        if let Some(assignees) = assignees {
            // Whoever is relieved does not stay because of an acknowledgement.
            let assigned = &self.assigned;
            self.acknowledged
                .retain(|user| assignees.contains(user) || !assigned.contains(user));
            self.assigned.clone_from(assignees);
        }
        if *status == Status::Triggered {
            self.acknowledged.clear();
        }
        self.status = Some(*status);
    }

    fn answer(&mut self, user: &PagerDutyUserId, answer: Answer) {
        match answer {
            // Help with what is over is no help.
            Answer::Accepted if self.status != Some(Status::Resolved) => {
                self.responding.insert(user.clone());
            }
            Answer::Declined | Answer::Cancelled => {
                self.responding.remove(user);
            }
            Answer::Accepted | Answer::Pending => {}
        }
    }

    fn close(&mut self) {
        self.status = Some(Status::Resolved);
        self.assigned.clear();
        self.acknowledged.clear();
        self.responding.clear();
    }
}

/// Takes what is said, and keeps what was known where nothing is.
fn replace<T: Clone>(known: &mut Option<T>, said: Option<&T>) {
    if let Some(said) = said {
        *known = Some(said.clone());
    }
}
