//! What holds after any number of decisions, whoever makes them and whenever.

use super::{asked, config, id, pending, policies, words};
use crate::config::Config;
use crate::principal::Principal;
use crate::request::{
    GrantRecord, Kind, Refusal, Request, RequestState, Step, Verdict, approve, ask, cancel, deny,
    end_due, hand_back, revoke,
};
use crate::world::{at, person};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Ada asked; nobody knows who the last one is.
const PEOPLE: [&str; 5] = ["ada", "grace", "heidi", "ivan", "judy"];

#[derive(Debug, Clone, Copy)]
enum Act {
    Approve,
    Deny,
    Cancel,
    HandBack,
    Revoke,
    Extend,
    EndDue,
}

/// One request, the grant that came of it, and everything that was told.
#[derive(Debug)]
struct Stage {
    config: Config,
    request: Request,
    grant: Option<GrantRecord>,
    keys: BTreeSet<String>,
    extensions: usize,
}

impl Stage {
    fn of(approvals: u32) -> Self {
        let config = config(approvals);
        Self {
            request: pending(&config),
            config,
            grant: None,
            keys: BTreeSet::new(),
            extensions: 0,
        }
    }

    /// What one act comes to; `None` where there is nothing to act on.
    fn decide(&mut self, now: Timestamp, act: Act, by: &Principal) -> Option<Vec<Step>> {
        let (config, request, grant) = (&self.config, &self.request, self.grant.as_ref());
        let one: Result<Step, Refusal> = match act {
            Act::Approve => {
                let nobody = BTreeSet::new();
                approve(now, config, request, None, by, policies("p"), &nobody)
            }
            Act::Deny => deny(now, config, request, by, &words("no"), policies("p")),
            Act::Cancel => cancel(now, &config.people, request, by),
            Act::HandBack => hand_back(now, &config.people, grant?, by),
            Act::Revoke => revoke(now, grant?, by, &words("over"), policies("p")),
            Act::Extend => {
                let mut asked = asked(Kind::Extension {
                    grant: grant?.grant.id,
                });
                asked.by = by.clone();
                self.extensions += 1;
                let id = id(&format!("more-{}", self.extensions));
                let verdict = Verdict::Approve {
                    policies: policies("p"),
                };
                ask(now, config, id, asked, verdict, grant)
            }
            Act::EndDue => {
                let requests = std::slice::from_ref(request);
                let grants: Vec<_> = grant.cloned().into_iter().collect();
                return Some(end_due(now, config, requests, &grants));
            }
        };
        one.ok().map(|step| vec![step])
    }

    /// Writes a step as the store would, and checks it against what was there.
    fn take(&mut self, now: Timestamp, step: Step) -> Result<(), TestCaseError> {
        prop_assert!(!step.events.is_empty(), "a change is told");
        for entry in step.events {
            prop_assert!(
                self.keys.insert(entry.key),
                "each event has a key of its own"
            );
        }
        if let Some(next) = step.request.filter(|next| next.id == self.request.id) {
            prop_assert_eq!(next.version, self.request.version + 1);
            let was_open = matches!(self.request.state, RequestState::Pending { .. });
            prop_assert!(was_open, "one outcome only");
            let by: BTreeSet<_> = next.approvals().iter().map(|it| it.by.clone()).collect();
            prop_assert_eq!(by.len(), next.approvals().len(), "each person counts once");
            prop_assert!(!by.contains(&next.asked.by), "nobody counts for themselves");
            let needed = self.config.requests[&next.asked.group].approvals;
            if let RequestState::Approved { .. } = next.state {
                prop_assert!(by.len() >= needed as usize);
            }
            self.request = next;
        }
        if let Some(next) = step.grant {
            let before = self.grant.as_ref().map_or(0, |record| record.version);
            prop_assert_eq!(next.version, before + 1);
            let max = self.config.requests[&next.grant.group].max;
            let lasts = next.grant.expires_at.duration_since(now);
            prop_assert!(
                lasts <= max,
                "no longer than the group allows, from any decision"
            );
            let was_live = self.grant.as_ref().is_none_or(|record| {
                record.is_live(now) || next.grant.expires_at == record.grant.expires_at
            });
            prop_assert!(was_live, "what is over stays over");
            self.grant = Some(next);
        }
        Ok(())
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Approve),
        1 => Just(Act::Deny),
        1 => Just(Act::Cancel),
        1 => Just(Act::HandBack),
        1 => Just(Act::Revoke),
        3 => Just(Act::Extend),
        2 => Just(Act::EndDue),
    ]
}

proptest! {
    #[test]
    fn no_row_of_decisions_breaks_the_rules(
        approvals in 1..4_u32,
        acts in proptest::collection::vec((act(), 0..PEOPLE.len(), 0..3_600_i64), 1..40),
    ) {
        let mut stage = Stage::of(approvals);
        let mut now = at("10:00");
        for (act, by, seconds) in acts {
            now += SignedDuration::from_secs(seconds);
            for step in stage.decide(now, act, &person(PEOPLE[by])).into_iter().flatten() {
                stage.take(now, step)?;
            }
            if let Some(record) = &stage.grant {
                let ends_at = record.ends_at();
                prop_assert!(!record.is_live(ends_at), "nobody lives past the end");
                prop_assert!(record.fact().expires_at <= record.grant.expires_at);
            }
        }
        let last = now + SignedDuration::from_hours(24);
        for step in stage.decide(last, Act::EndDue, &person("ada")).into_iter().flatten() {
            stage.take(last, step)?;
        }
        let is_pending = matches!(stage.request.state, RequestState::Pending { .. });
        prop_assert!(!is_pending, "every request ends");
        let is_over = stage.grant.as_ref().is_none_or(|record| !record.is_live(last));
        prop_assert!(is_over, "every grant ends");
    }
}
