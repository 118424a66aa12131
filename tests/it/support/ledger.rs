//! What happened, told three ways: by the targets, by the journal, by the bus. They must agree.

use super::world::World;
use access_core::event::{Event, MembershipChanged};
use access_core::id::{ChangeId, GroupName};
use access_core::plan::Action;
use access_core::ports::{HeldPlans, JournalEntry, JournalStage, Memberships, Outbox, Unsent};
use std::collections::{BTreeMap, BTreeSet};

/// Who is in which target group, by entitlement (`aws:NAME` or `slack:HANDLE`).
pub(crate) type Holdings = BTreeMap<String, BTreeSet<String>>;

/// Somebody came or went somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moved {
    pub(crate) entitlement: String,
    pub(crate) action: Action,
    pub(crate) email: String,
}

/// What lies between two looks at the targets.
pub(crate) fn moves(before: &Holdings, after: &Holdings) -> Vec<Moved> {
    let nobody = BTreeSet::new();
    let entitlements: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut moves = Vec::new();
    for entitlement in entitlements {
        let [before, after] =
            [before, after].map(|holdings| holdings.get(entitlement).unwrap_or(&nobody));
        let note = |action, email: &String| Moved {
            entitlement: entitlement.clone(),
            action,
            email: email.clone(),
        };
        moves.extend(
            after
                .difference(before)
                .map(|email| note(Action::Add, email)),
        );
        moves.extend(
            before
                .difference(after)
                .map(|email| note(Action::Remove, email)),
        );
    }
    moves.sort();
    moves
}

impl World {
    /// Who is in these target groups now.
    pub(crate) fn holdings(&self, entitlements: &[&str]) -> Holdings {
        let holding = |entitlement: &&str| {
            let members = match entitlement.split_once(':') {
                Some(("aws", name)) => self.members(name),
                Some(("slack", handle)) => self.slack.members_of(handle),
                _ => panic!("`{entitlement}` is in no target of this world"),
            };
            ((*entitlement).to_owned(), members)
        };
        entitlements.iter().map(holding).collect()
    }

    /// Every change of these groups that was carried out, as the journal has it.
    ///
    /// Holds the journal and the bus against each other on the way: each stage of a change is written once, every change
    /// was decided first and has one end, every applied change was told to the bus, always in the same words, and no
    /// event waits.
    pub(crate) async fn audit(&self, case: &str, groups: &[&str]) -> Vec<Moved> {
        let mut journal = Vec::new();
        for group in groups {
            let group = GroupName::new(*group).expect("tests name groups");
            journal.extend(
                self.store
                    .journal(&group, None)
                    .await
                    .expect("the journal is read"),
            );
        }
        let applied = check_journal(case, &journal);
        assert_eq!(
            self.store.unsent().await.expect("the outbox is read"),
            Unsent::default(),
            "{case}: every event was sent"
        );
        let told = self.told(case);
        let expected: BTreeSet<ChangeId> = applied.iter().map(|entry| entry.change).collect();
        assert_eq!(
            told.keys().copied().collect::<BTreeSet<_>>(),
            expected,
            "{case}: each applied change is told, and no other"
        );
        let mut moves: Vec<Moved> = applied.into_iter().map(moved).collect();
        moves.sort();
        moves
    }

    /// The ids of the plans that wait for a person, as text.
    pub(crate) async fn held(&self) -> BTreeSet<String> {
        let held = self.store.held().await.expect("held plans are read");
        held.plans.into_keys().map(|id| id.to_string()).collect()
    }

    fn told(&self, case: &str) -> BTreeMap<ChangeId, MembershipChanged> {
        let mut told = BTreeMap::new();
        for entry in self.events() {
            if let Event::MembershipChanged(event) = entry.event {
                let known = told.entry(event.change).or_insert_with(|| event.clone());
                assert_eq!(*known, event, "{case}: a repeated event is the same event");
            }
        }
        told
    }
}

fn check_journal<'a>(case: &str, journal: &'a [JournalEntry]) -> Vec<&'a JournalEntry> {
    let mut stages: BTreeMap<ChangeId, BTreeSet<JournalStage>> = BTreeMap::new();
    for entry in journal {
        let is_new = stages.entry(entry.change).or_default().insert(entry.stage);
        assert!(is_new, "{case}: written twice: {entry:?}");
    }
    for (change, stages) in &stages {
        assert!(
            stages.contains(&JournalStage::Decided),
            "{case}: {change} was never decided: {stages:?}"
        );
        let ends = [JournalStage::Applied, JournalStage::GivenUp]
            .iter()
            .filter(|stage| stages.contains(stage))
            .count();
        assert_eq!(ends, 1, "{case}: {change} has one end: {stages:?}");
    }
    journal
        .iter()
        .filter(|entry| entry.stage == JournalStage::Applied)
        .collect()
}

fn moved(entry: &JournalEntry) -> Moved {
    let email = entry.principal.as_ref().map_or_else(
        || entry.account.to_string(),
        |principal| principal.email().to_owned(),
    );
    Moved {
        entitlement: entry.binding.entitlement.to_string(),
        action: entry.action,
        email,
    }
}
