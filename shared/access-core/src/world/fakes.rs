//! A target and a store that really keep what they are told, and can be cut off between any two effects.

use crate::apply::{Applied, ChangeFailure};
use crate::id::{AccountId, ChangeId, EntitlementName, GroupName, TargetGroupId};
use crate::matching::{AccountMatch, Unmatched};
use crate::membership::{Origin, Record, RecordState};
use crate::plan::{Action, Binding, Observed, Plan};
use crate::ports::{
    Fence, JournalEntry, JournalStage, Memberships, Outcome, Step, StoreError, Target, TargetError,
};
use crate::principal::Principal;
use async_trait::async_trait;
use futures::FutureExt;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Runs what never waits.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("fakes answer at once")
}

/// How many effects are left, at the target or in the store, before everything is cut off.
#[derive(Debug, Clone)]
pub(crate) struct Life(Arc<Mutex<usize>>);

impl Life {
    pub(crate) fn of(effects: usize) -> Self {
        Self(Arc::new(Mutex::new(effects)))
    }

    pub(crate) fn endless() -> Self {
        Self::of(usize::MAX)
    }

    /// Effects that may still happen.
    pub(crate) fn left(&self) -> usize {
        *lock(&self.0)
    }

    fn goes_on(&self) -> bool {
        let mut left = lock(&self.0);
        if *left == 0 {
            return false;
        }
        *left -= 1;
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One target group that keeps its members.
#[derive(Debug)]
pub(crate) struct FakeTarget {
    members: Mutex<BTreeSet<AccountId>>,
    taken: Mutex<Vec<Step>>,
    failing: BTreeMap<usize, TargetError>,
    life: Life,
}

impl FakeTarget {
    pub(crate) fn holding(members: impl IntoIterator<Item = AccountId>) -> Self {
        Self {
            members: Mutex::new(members.into_iter().collect()),
            taken: Mutex::new(Vec::new()),
            failing: BTreeMap::new(),
            life: Life::endless(),
        }
    }

    /// The `n`th step, from 1, fails.
    pub(crate) fn fail(mut self, n: usize, error: TargetError) -> Self {
        self.failing.insert(n, error);
        self
    }

    pub(crate) fn living(mut self, life: &Life) -> Self {
        self.life = life.clone();
        self
    }

    pub(crate) fn holds(&self) -> BTreeSet<AccountId> {
        lock(&self.members).clone()
    }

    pub(crate) fn observed(&self) -> Observed {
        Observed {
            id: group_id(),
            members: self.holds(),
        }
    }

    /// Every step that was sent, in order.
    pub(crate) fn steps(&self) -> Vec<Step> {
        lock(&self.taken).clone()
    }

    fn step(&self, step: &Step) -> Result<Outcome, TargetError> {
        if !self.life.goes_on() {
            return Err(TargetError::Unreachable("cut off".into()));
        }
        let n = {
            let mut taken = lock(&self.taken);
            taken.push(step.clone());
            taken.len()
        };
        if let Some(error) = self.failing.get(&n) {
            return Err(error.clone());
        }
        let mut members = lock(&self.members);
        let changed = match step.action {
            Action::Add => members.insert(step.account.clone()),
            Action::Remove => members.remove(&step.account),
        };
        Ok(if changed {
            Outcome::Applied
        } else {
            Outcome::AlreadySo
        })
    }
}

fn group_id() -> TargetGroupId {
    TargetGroupId::new("g-1").unwrap()
}

#[async_trait]
impl Target for FakeTarget {
    async fn find_accounts(
        &self,
        principals: &BTreeSet<Principal>,
    ) -> Result<BTreeMap<Principal, AccountMatch>, TargetError> {
        let unmatched = AccountMatch::Unmatched {
            reason: Unmatched::NoAccount,
        };
        Ok(principals
            .iter()
            .map(|principal| (principal.clone(), unmatched.clone()))
            .collect())
    }

    async fn observe(&self, _: &EntitlementName) -> Result<Option<Observed>, TargetError> {
        Ok(Some(self.observed()))
    }

    async fn create(&self, _: &EntitlementName) -> Result<TargetGroupId, TargetError> {
        Ok(group_id())
    }

    async fn apply(&self, _: &TargetGroupId, steps: &[Step]) -> Vec<Result<Outcome, TargetError>> {
        steps.iter().map(|step| self.step(step)).collect()
    }
}

/// Records and journal in memory; every line of `begin` is a write of its own.
#[derive(Debug)]
pub(crate) struct FakeMemberships {
    kept: Mutex<Kept>,
    life: Life,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    records: BTreeMap<Binding, BTreeMap<AccountId, Record>>,
    journal: Vec<JournalEntry>,
}

impl FakeMemberships {
    pub(crate) fn new() -> Self {
        Self {
            kept: Mutex::default(),
            life: Life::endless(),
        }
    }

    pub(crate) fn living(mut self, life: &Life) -> Self {
        self.life = life.clone();
        self
    }

    /// Puts a record there, with the decision behind a change that is under way.
    pub(crate) fn seed(&self, binding: &Binding, record: Record) {
        let mut kept = lock(&self.kept);
        if let RecordState::Adding { change } | RecordState::Removing { change } = record.state {
            let action = match record.state {
                RecordState::Adding { .. } => Action::Add,
                _ => Action::Remove,
            };
            let entry = entry(
                Timestamp::UNIX_EPOCH,
                binding,
                change,
                action,
                &record.account,
            );
            kept.journal.push(entry);
        }
        let records = kept.records.entry(binding.clone()).or_default();
        records.insert(record.account.clone(), record);
    }

    pub(crate) fn of(&self, binding: &Binding) -> BTreeMap<AccountId, Record> {
        lock(&self.kept)
            .records
            .get(binding)
            .cloned()
            .unwrap_or_default()
    }

    /// What was written of each change, in order.
    pub(crate) fn stages(&self) -> BTreeMap<ChangeId, Vec<JournalStage>> {
        let mut stages: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for entry in &lock(&self.kept).journal {
            stages.entry(entry.change).or_default().push(entry.stage);
        }
        stages
    }

    /// The same store after a crash, with a life of its own.
    pub(crate) fn revived(&self) -> Self {
        Self {
            kept: Mutex::new(lock(&self.kept).clone()),
            life: Life::endless(),
        }
    }

    fn write(&self, binding: &Binding, write: impl FnOnce(&mut Kept)) -> Result<(), StoreError> {
        if !self.life.goes_on() {
            return Err(StoreError::Unavailable("cut off".into()));
        }
        let mut kept = lock(&self.kept);
        write(&mut kept);
        kept.records
            .retain(|key, records| key == binding || !records.is_empty());
        Ok(())
    }
}

impl Kept {
    fn put(&mut self, binding: &Binding, account: &AccountId, record: Option<Record>) {
        let records = self.records.entry(binding.clone()).or_default();
        match record {
            Some(record) => records.insert(account.clone(), record),
            None => records.remove(account),
        };
    }

    /// Adds a line; only a failure that is repeated is not told again, so that a second outcome of one change shows.
    fn note(&mut self, entry: JournalEntry) {
        let same =
            |known: &JournalEntry| known.change == entry.change && known.stage == entry.stage;
        if entry.stage != JournalStage::Failed || !self.journal.iter().any(same) {
            self.journal.push(entry);
        }
    }
}

fn entry(
    at: Timestamp,
    binding: &Binding,
    change: ChangeId,
    action: Action,
    account: &AccountId,
) -> JournalEntry {
    JournalEntry {
        at,
        change,
        binding: binding.clone(),
        account: account.clone(),
        principal: None,
        action,
        stage: JournalStage::Decided,
        reason: String::new(),
    }
}

#[async_trait]
impl Memberships for FakeMemberships {
    async fn records(&self, binding: &Binding) -> Result<BTreeMap<AccountId, Record>, StoreError> {
        Ok(self.of(binding))
    }

    async fn records_of(
        &self,
        principal: &Principal,
    ) -> Result<Vec<(Binding, Record)>, StoreError> {
        let kept = lock(&self.kept);
        let all = kept.records.iter();
        let all = all.flat_map(|(binding, records)| records.values().map(move |r| (binding, r)));
        let theirs = all.filter(|(_, record)| record.principal.as_ref() == Some(principal));
        Ok(theirs
            .map(|(binding, record)| (binding.clone(), record.clone()))
            .collect())
    }

    async fn begin(&self, _: Fence, now: Timestamp, plan: &Plan) -> Result<(), StoreError> {
        let binding = &plan.binding;
        for settled in &plan.settled {
            let stage = if settled.done {
                JournalStage::Applied
            } else {
                JournalStage::GivenUp
            };
            self.write(binding, |kept| {
                let line = entry(
                    now,
                    binding,
                    settled.change,
                    settled.action,
                    &settled.account,
                );
                kept.note(JournalEntry { stage, ..line });
                kept.put(binding, &settled.account, settled.record.clone());
            })?;
        }
        for record in &plan.records {
            self.write(binding, |kept| {
                kept.put(binding, &record.account, Some(record.clone()));
            })?;
        }
        for account in &plan.forgotten {
            self.write(binding, |kept| kept.put(binding, account, None))?;
        }
        for addition in plan.additions.iter().filter(|addition| !addition.begun) {
            let record = Record {
                account: addition.account.clone(),
                principal: Some(addition.principal.clone()),
                origin: Origin::Added,
                member: addition.member.clone(),
                state: RecordState::Adding {
                    change: addition.change,
                },
            };
            self.write(binding, |kept| {
                kept.note(entry(
                    now,
                    binding,
                    addition.change,
                    Action::Add,
                    &record.account,
                ));
                kept.put(binding, &addition.account, Some(record));
            })?;
        }
        for removal in plan.removals.iter().filter(|removal| !removal.begun) {
            let state = RecordState::Removing {
                change: removal.change,
            };
            let record = Record {
                state,
                ..removal.record.clone()
            };
            self.write(binding, |kept| {
                kept.note(entry(
                    now,
                    binding,
                    removal.change,
                    Action::Remove,
                    &record.account,
                ));
                kept.put(binding, &removal.account, Some(record));
            })?;
        }
        Ok(())
    }

    async fn finish(
        &self,
        _: Fence,
        now: Timestamp,
        binding: &Binding,
        change: &Applied,
    ) -> Result<(), StoreError> {
        let event = &change.event;
        self.write(binding, |kept| {
            let line = entry(now, binding, event.change, event.action, &event.account);
            kept.note(JournalEntry {
                stage: JournalStage::Applied,
                ..line
            });
            kept.put(binding, &event.account, change.record.clone());
        })
    }

    async fn fail(
        &self,
        _: Fence,
        now: Timestamp,
        binding: &Binding,
        failure: &ChangeFailure,
    ) -> Result<(), StoreError> {
        self.write(binding, |kept| {
            let line = entry(
                now,
                binding,
                failure.change,
                failure.action,
                &failure.account,
            );
            kept.note(JournalEntry {
                stage: JournalStage::Failed,
                ..line
            });
        })
    }

    async fn journal(
        &self,
        group: &GroupName,
        since: Option<Timestamp>,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let kept = lock(&self.kept);
        let lines = kept
            .journal
            .iter()
            .filter(|line| line.binding.group == *group);
        Ok(lines
            .filter(|line| since.is_none_or(|since| line.at >= since))
            .cloned()
            .collect())
    }
}
