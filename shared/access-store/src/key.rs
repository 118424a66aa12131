//! Every key of the table, in one place; the README says which pattern each one serves.

use access_core::audit::StreamName;
use access_core::id::{
    AccountId, ChangeId, DeliveryId, GrantId, GroupName, IdempotencyKey, IncidentId, PagerDutyName,
    PagerDutyUserId, PlanId, RequestId, WebhookSubscriptionId,
};
use access_core::incident::IncidentKey;
use access_core::plan::Binding;
use access_core::ports::{CardReader, JournalStage};
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

/// The binding whose place that is, whatever lies there.
pub(crate) fn binding_at(place: &Key) -> Option<Binding> {
    let (group, entitlement) = place.sk.split_once('#')?;
    Some(Binding {
        group: GroupName::new(group).ok()?,
        entitlement: entitlement.parse().ok()?,
    })
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

/// What did not fit into the item of a held plan, in pieces from 1 on: right behind it.
pub(crate) fn held_part(id: PlanId, number: usize) -> Key {
    key(HELD, format!("{id}#{number:04}"))
}

/// What lies there belongs to the plan whose item lies at this place.
pub(crate) fn held_head(place: &Key) -> &str {
    place
        .sk
        .split_once('#')
        .map_or(place.sk.as_str(), |(head, _)| head)
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

/// The incident whose place that is, whatever lies there.
pub(crate) fn incident_at(place: &Key) -> Option<IncidentKey> {
    let (pagerduty, id) = place.sk.split_once('#')?;
    Some(IncidentKey {
        pagerduty: PagerDutyName::new(pagerduty).ok()?,
        id: IncidentId::new(id).ok()?,
    })
}

/// A PagerDuty user who was looked up.
pub(crate) fn user(pagerduty: &PagerDutyName, user: &PagerDutyUserId) -> Key {
    key(PEOPLE, format!("{pagerduty}#{user}"))
}

/// The user whose place that is, whatever lies there.
pub(crate) fn user_at(place: &Key) -> Option<(PagerDutyName, PagerDutyUserId)> {
    let (pagerduty, user) = place.sk.split_once('#')?;
    let pagerduty = PagerDutyName::new(pagerduty).ok()?;
    Some((pagerduty, PagerDutyUserId::new(user).ok()?))
}

/// The last ping of a webhook subscription.
pub(crate) fn ping(pagerduty: &PagerDutyName, subscription: &WebhookSubscriptionId) -> Key {
    key(format!("PING#{pagerduty}"), subscription.as_str())
}

/// A delivery of a webhook.
pub(crate) fn delivery(pagerduty: &PagerDutyName, delivery: &DeliveryId) -> Key {
    key(format!("DELIVERY#{pagerduty}"), delivery.as_str())
}

/// Requests that nobody decided yet, as stored.
pub(crate) const PENDING: &str = "PENDING";
/// Grants that are live as stored, or were ended early a short while ago.
pub(crate) const GRANTS: &str = "GRANTS";
/// Grants from a break-glass that await their review.
pub(crate) const REVIEWS: &str = "REVIEWS";
/// The end of every audit stream.
pub(crate) const AUDITS: &str = "AUDITS";

/// A request.
pub(crate) fn request(id: RequestId) -> Key {
    key(format!("REQUEST#{id}"), "REQUEST")
}

/// All that one person ever asked, in the index.
pub(crate) fn asked(by: &Principal) -> String {
    format!("ASKED#{}", by.id())
}

/// Where a request stands among others, wherever it lies: by the time of asking.
fn by_time(at: Timestamp, id: impl fmt::Display) -> String {
    format!("{}#{id}", sortable(at))
}

/// A request among those of whoever asked, in the index.
pub(crate) fn asked_place(by: &Principal, at: Timestamp, id: RequestId) -> Key {
    key(asked(by), by_time(at, id))
}

/// All requests into one group.
pub(crate) fn group_requests(group: &GroupName) -> String {
    format!("REQUESTS#{group}")
}

/// The copy of a request among those of its group.
pub(crate) fn group_request(group: &GroupName, at: Timestamp, id: RequestId) -> Key {
    key(group_requests(group), by_time(at, id))
}

/// The copy of a request while nobody decided it.
pub(crate) fn pending(at: Timestamp, id: RequestId) -> Key {
    key(PENDING, by_time(at, id))
}

/// The request that a pending one is a copy of.
pub(crate) fn pending_original(place: &Key) -> Option<Key> {
    let (_, id) = place.sk.rsplit_once('#')?;
    Some(request(id.parse().ok()?))
}

/// What a person named a request by.
pub(crate) fn named(by: &Principal, name: &IdempotencyKey) -> Key {
    key(format!("ASKEDKEY#{}", by.id()), name.as_str())
}

/// A grant.
pub(crate) fn grant(id: GrantId) -> Key {
    key(format!("GRANT#{id}"), "GRANT")
}

/// All that one person ever held, in the index.
pub(crate) fn holder(principal: &Principal) -> String {
    format!("HOLDER#{}", principal.id())
}

/// A grant among those of its holder, in the index.
pub(crate) fn holder_place(principal: &Principal, at: Timestamp, id: GrantId) -> Key {
    key(holder(principal), by_time(at, id))
}

/// The copy of a grant while it matters to membership.
pub(crate) fn current_grant(id: GrantId) -> Key {
    key(GRANTS, id.to_string())
}

/// The grant that a current one is a copy of.
pub(crate) fn current_original(place: &Key) -> Option<Key> {
    Some(grant(place.sk.parse().ok()?))
}

/// The copy of a grant until its break-glass is reviewed.
pub(crate) fn unreviewed(at: Timestamp, id: GrantId) -> Key {
    key(REVIEWS, by_time(at, id))
}

/// The grant that one awaiting its review is a copy of.
pub(crate) fn review_original(place: &Key) -> Option<Key> {
    let (_, id) = place.sk.rsplit_once('#')?;
    Some(grant(id.parse().ok()?))
}

/// All chat messages about one request.
pub(crate) fn cards(request: RequestId) -> String {
    format!("CARDS#{request}")
}

/// One of them.
pub(crate) fn card(request: RequestId, channel: &str, reader: CardReader) -> Key {
    key(cards(request), card_place(channel, reader))
}

/// Who is posting one of them: in a partition that no request has.
pub(crate) fn card_claim(request: RequestId, channel: &str, reader: CardReader) -> Key {
    key(
        format!("CARDS#CLAIMS#{request}"),
        card_place(channel, reader),
    )
}

fn card_place(channel: &str, reader: CardReader) -> String {
    let reader = match reader {
        CardReader::Approver => "approver",
        CardReader::Requester => "requester",
        CardReader::Everybody => "everybody",
    };
    format!("{channel}#{reader}")
}

/// The end of an audit stream.
pub(crate) fn audit_head(stream: &StreamName) -> Key {
    key(AUDITS, stream.to_string())
}

/// What the partitions of audit streams begin with.
pub(crate) const AUDIT: &str = "AUDIT#";

/// All entries of one audit stream, and the keys of its events.
pub(crate) fn audit(stream: &StreamName) -> String {
    format!("{AUDIT}{stream}")
}

/// What the places of an audit stream's entries begin with.
pub(crate) const ENTRY: &str = "E#";

/// One entry. Twenty digits hold every number, so that text sorts as numbers do.
pub(crate) fn audit_entry(stream: &StreamName, seq: u64) -> Key {
    key(audit(stream), format!("{ENTRY}{seq:020}"))
}

/// That a stream holds the event of this key.
pub(crate) fn audit_key(stream: &StreamName, event: &str) -> Key {
    key(audit(stream), format!("K#{event}"))
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
