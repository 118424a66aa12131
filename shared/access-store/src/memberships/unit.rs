//! What each kind of change writes: one unit, written together and once.

use super::Stored;
use crate::action::{Action, Unit};
use crate::item::Item;
use crate::journal::{self, Phase};
use crate::key;
use crate::outbox;
use access_core::apply::in_words;
use access_core::event::{Event, MembershipChanged};
use access_core::id::AccountId;
use access_core::membership::{Origin, Record, RecordState};
use access_core::plan::{Action as Kind, Addition, Binding, Removal, Settled};
use access_core::ports::{JournalEntry, JournalStage, OutboxEntry};
use jiff::Timestamp;

/// Writes a record; `reason` says why its change under way was decided.
pub(super) fn put(binding: &Binding, record: &Record, reason: Option<String>) -> Action {
    let stored = Stored {
        binding: binding.clone(),
        record: record.clone(),
        reason,
    };
    let item = Item::new(key::record(binding, &record.account), &stored);
    Action::Put(match &record.principal {
        Some(principal) => item.indexed(key::person_record(principal, binding, &record.account)),
        None => item,
    })
}

fn put_or_delete(binding: &Binding, account: &AccountId, record: Option<&Record>) -> Action {
    match record {
        Some(record) => put(binding, record, None),
        None => Action::Delete(key::record(binding, account)),
    }
}

/// Before an addition is made.
pub(super) fn decide_addition(now: Timestamp, binding: &Binding, addition: &Addition) -> Unit {
    let Addition {
        change,
        principal,
        account,
        member,
        begun: _,
    } = addition.clone();
    let reason = in_words(&member);
    let record = Record {
        account: account.clone(),
        principal: Some(principal.clone()),
        origin: Origin::Added,
        member,
        state: RecordState::Adding { change },
    };
    let record = put(binding, &record, Some(reason.clone()));
    let stage = JournalStage::Decided;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal: Some(principal),
        action: Kind::Add,
        stage,
        reason,
    };
    Unit::once(journal::item(Phase::Decided, &entry), [record])
}

/// Before a removal is made.
pub(super) fn decide_removal(now: Timestamp, binding: &Binding, removal: &Removal) -> Unit {
    let Removal {
        change,
        principal,
        account,
        why,
        record,
        begun: _,
    } = removal.clone();
    let reason = why.to_string();
    let record = put(
        binding,
        &Record {
            state: RecordState::Removing { change },
            ..record
        },
        Some(reason.clone()),
    );
    let stage = JournalStage::Decided;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal,
        action: Kind::Remove,
        stage,
        reason,
    };
    Unit::once(journal::item(Phase::Decided, &entry), [record])
}

/// What an earlier sweep began and the target now shows done or not; `before` is the record as it stands until then.
pub(super) fn settle(
    now: Timestamp,
    binding: &Binding,
    settled: &Settled,
    before: Option<&Stored>,
) -> Unit {
    let Settled {
        change,
        action,
        done,
        account,
        principal,
        record,
    } = settled.clone();
    if done {
        let member = record
            .as_ref()
            .or(before.map(|before| &before.record))
            .map(|record| record.member.clone());
        let decided = before.and_then(|before| before.reason.clone());
        let event = MembershipChanged {
            change,
            binding: binding.clone(),
            action,
            principal,
            account,
            reason: decided
                .or_else(|| member.as_ref().map(in_words))
                .unwrap_or_default(),
            until: member.as_ref().and_then(|member| member.until),
            causes: member.map(|member| member.causes).unwrap_or_default(),
        };
        return confirm(Phase::Settled, now, binding, &event, record.as_ref());
    }
    let reason = match action {
        Kind::Add => "no longer wanted before it took effect",
        Kind::Remove => "wanted again before it took effect",
    };
    let record = put_or_delete(binding, &account, record.as_ref());
    let stage = JournalStage::GivenUp;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal,
        action,
        stage,
        reason: reason.to_owned(),
    };
    Unit::once(journal::item(Phase::Settled, &entry), [record])
}

/// A change that the target shows: its record, its journal entry and its event, together and once.
pub(super) fn confirm(
    phase: Phase,
    now: Timestamp,
    binding: &Binding,
    event: &MembershipChanged,
    record: Option<&Record>,
) -> Unit {
    let MembershipChanged {
        change,
        binding: _,
        action,
        principal,
        account,
        causes: _,
        reason,
        until: _,
    } = event.clone();
    let record = put_or_delete(binding, &account, record);
    let told = OutboxEntry {
        key: key::change_event(now, change),
        at: now,
        event: Event::MembershipChanged(event.clone()),
    };
    let stage = JournalStage::Applied;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal,
        action,
        stage,
        reason,
    };
    Unit::once(
        journal::item(phase, &entry),
        [record, Action::Put(outbox::item(&told))],
    )
}
