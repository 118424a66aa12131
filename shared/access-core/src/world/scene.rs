//! One binding as the planner sees it, filled in step by step.

use super::{FakeMemberships, FakeTarget, account, at, at_once, binding, maybe, person};
use crate::apply::{Hands, Report, carry_out};
use crate::config::Limits;
use crate::desired::{Desired, Trust};
use crate::group::{Ownership, WhenEmpty};
use crate::id::{AccountId, ChangeId, PlanId, derived};
use crate::incident::IncidentScope;
use crate::matching::{AccountMatch, Unmatched};
use crate::membership::{Cause, Member, Origin, Record, RecordState};
use crate::plan::{Plan, Released, Situation, Spent, Standing, check, draft};
use crate::ports::Fence;
use crate::principal::Principal;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The change that seeded records have under way.
pub(crate) fn open_change(account: &AccountId) -> ChangeId {
    derived(&["open", account.as_str()])
}

pub(crate) fn adding(of: &str) -> RecordState {
    RecordState::Adding {
        change: open_change(&account(of)),
    }
}

pub(crate) fn removing(of: &str) -> RecordState {
    RecordState::Removing {
        change: open_change(&account(of)),
    }
}

/// On call on `P1` until `until`.
pub(crate) fn on_call(until: &str) -> Member {
    let cause = Cause::Shift {
        pagerduty: super::acme(),
        schedule: "P1".parse().unwrap(),
        starts_at: maybe("08:00"),
        ends_at: maybe(until),
    };
    member(cause, until)
}

/// Granted from 08:00 until `until`.
pub(crate) fn granted(until: &str) -> Member {
    let cause = Cause::Grant {
        id: derived(&["grant"]),
        starts_at: at("08:00"),
        expires_at: at(until),
    };
    member(cause, until)
}

/// Working on incident `id` since 08:00, with access until 16:00 at the latest.
pub(crate) fn working(id: &str) -> Member {
    let cause = Cause::Incident {
        pagerduty: super::acme(),
        incident: id.parse().unwrap(),
        number: None,
        of: IncidentScope::Service("S1".parse().unwrap()),
        since: at("08:00"),
        until: None,
    };
    member(cause, "16:00")
}

pub(crate) fn standing() -> Member {
    member(Cause::Standing, "")
}

fn member(cause: Cause, until: &str) -> Member {
    Member {
        causes: [cause].into_iter().collect(),
        until: maybe(until),
    }
}

/// Everything about [`binding`] at 10:00; `grace` has account `grace`, and so has everybody.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) now: Timestamp,
    pub(crate) desired: Desired,
    pub(crate) accounts: BTreeMap<Principal, AccountMatch>,
    pub(crate) observed: BTreeSet<AccountId>,
    pub(crate) records: BTreeMap<AccountId, Record>,
    pub(crate) ownership: Ownership,
    pub(crate) when_empty: WhenEmpty,
    pub(crate) protected: BTreeSet<AccountId>,
    pub(crate) blocked: BTreeSet<Principal>,
    pub(crate) standing: Standing,
    pub(crate) limits: Limits,
}

impl Scene {
    /// Nobody wanted, nobody there, facts fresh, the group additive.
    pub(crate) fn new() -> Self {
        Self {
            now: at("10:00"),
            desired: Desired {
                members: BTreeMap::new(),
                trust: Trust::Fresh,
                nobody_on_call: false,
                ended: BTreeMap::new(),
                ended_grants: BTreeMap::new(),
                unread: BTreeSet::new(),
            },
            accounts: BTreeMap::new(),
            observed: BTreeSet::new(),
            records: BTreeMap::new(),
            ownership: Ownership::Additive,
            when_empty: WhenEmpty::Hold,
            protected: BTreeSet::new(),
            blocked: BTreeSet::new(),
            standing: Standing::Configured,
            limits: Limits::default(),
        }
    }

    pub(crate) fn wants(mut self, name: &str, member: Member) -> Self {
        let found = AccountMatch::Found {
            account: account(name),
        };
        self.desired.members.insert(person(name), member);
        self.accounts.insert(person(name), found);
        self
    }

    /// An incident that made `name` a member, and no longer does.
    pub(crate) fn ended(mut self, name: &str, id: &str, when: &str) -> Self {
        let ended = self.desired.ended.entry(person(name)).or_default();
        ended.insert(super::incident(id), at(when));
        self
    }

    pub(crate) fn unmatched(mut self, name: &str) -> Self {
        let reason = Unmatched::NoAccount;
        self.accounts
            .insert(person(name), AccountMatch::Unmatched { reason });
        self
    }

    pub(crate) fn holds(mut self, name: &str) -> Self {
        self.observed.insert(account(name));
        self
    }

    /// What an earlier sweep wrote of `name`'s account of the same name.
    pub(crate) fn record(self, name: &str, member: Member, state: RecordState) -> Self {
        self.record_of(name, Some(name), Origin::Added, member, state)
    }

    pub(crate) fn record_of(
        mut self,
        of: &str,
        name: Option<&str>,
        origin: Origin,
        member: Member,
        state: RecordState,
    ) -> Self {
        let record = Record {
            account: account(of),
            principal: name.map(person),
            origin,
            member,
            state,
        };
        self.records.insert(account(of), record);
        self
    }

    /// A member whom Rotakey added and who is there.
    pub(crate) fn has(self, name: &str, member: Member) -> Self {
        self.holds(name).record(name, member, RecordState::Present)
    }

    pub(crate) fn draft(&self) -> Plan {
        let binding = binding();
        draft(&Situation {
            now: self.now,
            binding: &binding,
            desired: &self.desired,
            accounts: &self.accounts,
            observed: &FakeTarget::holding(self.observed.clone()).observed(),
            records: &self.records,
            ownership: self.ownership,
            when_empty: self.when_empty,
            protected: &self.protected,
            blocked: &self.blocked,
            standing: self.standing,
        })
    }

    pub(crate) fn plan(&self) -> Plan {
        self.plan_after(&BTreeSet::new(), &[])
    }

    pub(crate) fn plan_after(&self, held_before: &BTreeSet<PlanId>, released: &[Released]) -> Plan {
        let mut plans = [self.draft()];
        check(
            &mut plans,
            0,
            &mut Spent::default(),
            &self.limits,
            held_before,
            released,
        );
        let [plan] = plans;
        plan
    }

    /// A target and a store as the scene finds them.
    pub(crate) fn outside(&self) -> (FakeTarget, FakeMemberships) {
        let store = FakeMemberships::new();
        for record in self.records.values() {
            store.seed(&binding(), record.clone());
        }
        (FakeTarget::holding(self.observed.clone()), store)
    }

    /// One sweep: looks, plans, carries out.
    pub(crate) fn sweep(&mut self, target: &FakeTarget, store: &FakeMemberships) -> (Plan, Report) {
        self.look(target, store);
        let plan = self.plan();
        let report = apply(self.now, &plan, target, store);
        self.look(target, store);
        (plan, report)
    }

    pub(crate) fn look(&mut self, target: &FakeTarget, store: &FakeMemberships) {
        self.observed = target.holds();
        self.records = store.of(&binding());
    }
}

pub(crate) fn apply(
    now: Timestamp,
    plan: &Plan,
    target: &FakeTarget,
    store: &FakeMemberships,
) -> Report {
    let hands = Hands {
        target,
        store,
        fence: Fence(1),
        goes_on: &|| true,
    };
    at_once(carry_out(now, plan, &hands))
}
