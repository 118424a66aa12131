//! Every key of the table, in one place; the README says which pattern each one serves.

use access_core::id::{
    AccountId, ChangeId, DeliveryId, GroupName, PagerDutyName, PagerDutyUserId, PlanId,
};
use access_core::incident::IncidentKey;
use access_core::plan::Binding;
use access_core::ports::JournalStage;
use access_core::principal::Principal;
use jiff::Timestamp;
use std::fmt;

/// A time in a key: UTC with nine decimals, so that text sorts as time does.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// Follows every text that a key part can begin with: the end of a range over a prefix.
pub(crate) const AFTER: char = '~';

/// Where an item lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The partition.
    pub(crate) pk: String,
    /// The place in it.
    pub(crate) sk: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    Key {
        pk: pk.into(),
        sk: sk.into(),
    }
}

pub(crate) const ROTAS: &str = "ROTAS";
pub(crate) const BINDINGS: &str = "BINDINGS";
pub(crate) const HELD: &str = "HELD";
pub(crate) const CONFIG: &str = "CONFIG";
pub(crate) const OUTBOX: &str = "OUTBOX";
pub(crate) const INCIDENTS: &str = "INCIDENTS";
pub(crate) const PEOPLE: &str = "PEOPLE";

/// The lease, and what the last tick left.
pub(crate) fn lease() -> Key {
    key("LEASE", "LEASE")
}

/// Which version of an account's rota is current.
pub(crate) fn rota_head(pagerduty: &PagerDutyName) -> Key {
    key(ROTAS, pagerduty.as_str())
}

/// All versions and chunks of one account.
pub(crate) fn rota_partition(pagerduty: &PagerDutyName) -> String {
    format!("ROTA#{pagerduty}")
}

/// What every version's place begins with.
pub(crate) const VERSION: &str = "V#";

/// The version that became current at `at`.
pub(crate) fn rota_version(pagerduty: &PagerDutyName, at: Timestamp) -> Key {
    key(
        rota_partition(pagerduty),
        format!("{VERSION}{}", sortable(at)),
    )
}

/// What the places of one version's chunks begin with.
pub(crate) fn chunks(id: &str) -> String {
    format!("C#{id}#")
}

/// One chunk, from 0.
pub(crate) fn rota_chunk(pagerduty: &PagerDutyName, id: &str, number: usize) -> Key {
    key(
        rota_partition(pagerduty),
        format!("{}{number:04}", chunks(id)),
    )
}

/// A binding's state. No name holds `#`, so the entitlement may hold anything.
pub(crate) fn binding(binding: &Binding) -> Key {
    key(
        BINDINGS,
        format!("{}#{}", binding.group, binding.entitlement),
    )
}

/// All records of one binding.
pub(crate) fn records(binding: &Binding) -> String {
    format!("RECORDS#{}#{}", binding.group, binding.entitlement)
}

/// One record.
pub(crate) fn record(binding: &Binding, account: &AccountId) -> Key {
    key(records(binding), account.as_str())
}

/// All records of one person, in the index.
pub(crate) fn person(principal: &Principal) -> String {
    format!("PERSON#{}", principal.id())
}

/// One record among its person's, in the index.
pub(crate) fn person_record(principal: &Principal, binding: &Binding, account: &AccountId) -> Key {
    key(
        person(principal),
        format!("{}#{}#{account}", binding.group, binding.entitlement),
    )
}

/// A group's journal: the partition in the table and in the index.
pub(crate) fn journal(group: &GroupName) -> String {
    format!("JOURNAL#{group}")
}

/// The one entry of a change and a stage.
pub(crate) fn journal_entry(group: &GroupName, change: ChangeId, stage: JournalStage) -> Key {
    let stage = match stage {
        JournalStage::Decided => "decided",
        JournalStage::Applied => "applied",
        JournalStage::Failed => "failed",
        JournalStage::GivenUp => "given_up",
    };
    key(journal(group), format!("{change}#{stage}"))
}

/// An entry's place by time, in the index.
pub(crate) fn journal_place(group: &GroupName, at: Timestamp, phase: u8, change: ChangeId) -> Key {
    key(journal(group), format!("{}#{phase}#{change}", sortable(at)))
}

/// A held plan.
pub(crate) fn held(id: PlanId) -> Key {
    key(HELD, id.to_string())
}

/// A version of the configuration.
pub(crate) fn config(version: u64) -> Key {
    key(CONFIG, format!("V#{version:012}"))
}

/// An unsent event.
pub(crate) fn outbox(entry: &str) -> Key {
    key(OUTBOX, entry)
}

/// The outbox key of a change's event: sorts by time, and receivers drop repeats by it.
pub(crate) fn change_event(at: Timestamp, change: ChangeId) -> String {
    format!("{}#{change}", sortable(at))
}

/// What was seen of an incident. No account's name holds `#`.
pub(crate) fn incident(incident: &IncidentKey) -> Key {
    let IncidentKey { pagerduty, id } = incident;
    key(INCIDENTS, format!("{pagerduty}#{id}"))
}

/// A PagerDuty user who was looked up.
pub(crate) fn user(pagerduty: &PagerDutyName, user: &PagerDutyUserId) -> Key {
    key(PEOPLE, format!("{pagerduty}#{user}"))
}

/// A delivery of a webhook.
pub(crate) fn delivery(pagerduty: &PagerDutyName, delivery: &DeliveryId) -> Key {
    key(format!("DELIVERY#{pagerduty}"), delivery.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_text() {
        let times = [
            "2026-11-22T00:00:00Z",
            "2026-11-22T00:00:00.000000001Z",
            "2026-11-22T00:00:00.5Z",
            "2026-11-22T00:00:01Z",
        ];
        let texts: Vec<_> = times
            .iter()
            .map(|at| sortable(at.parse().unwrap()))
            .collect();
        assert_eq!(texts[0], "2026-11-22T00:00:00.000000000Z");
        assert!(texts.is_sorted(), "{texts:?}");
    }

    #[test]
    fn entitlements_that_share_a_beginning_have_partitions_of_their_own() {
        let of = |entitlement: &str| Binding {
            group: GroupName::new("g").unwrap(),
            entitlement: entitlement.parse().unwrap(),
        };
        assert_ne!(records(&of("aws:x")), records(&of("aws:x#y")));
        assert_eq!(
            record(&of("aws:x#y"), &AccountId::new("a").unwrap()).to_string(),
            "RECORDS#g#aws:x#y / a"
        );
    }
}
