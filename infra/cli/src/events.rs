//! Every event on the bus: its name, the JSON schema of its detail, who it is about, and what it says in a sentence.

#[cfg(test)]
pub(crate) mod check;
mod people;
#[cfg(test)]
pub(crate) mod samples;
mod words;

pub(crate) use people::{Actor, actor, concerned};
pub(crate) use words::told;

/// One kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The `detail-type` on the bus.
    pub(crate) name: &'static str,
    /// The JSON schema of the `detail`, as text.
    pub(crate) schema: &'static str,
}

macro_rules! kind {
    ($name:literal, $file:literal) => {
        Kind {
            name: $name,
            schema: include_str!(concat!("../../events/", $file, ".schema.json")),
        }
    };
}

/// Every kind, by name.
pub(crate) const KINDS: [Kind; 20] = [
    kind!("Access Approved", "access-approved"),
    kind!("Access Denied", "access-denied"),
    kind!("Access Requested", "access-requested"),
    kind!("Approval Recorded", "approval-recorded"),
    kind!("Break Glass Reviewed", "break-glass-reviewed"),
    kind!("Break Glass Used", "break-glass-used"),
    kind!("Change Failed", "change-failed"),
    kind!("Configuration Applied", "configuration-applied"),
    kind!("Coverage Warning", "coverage-warning"),
    kind!("Grant Ended", "grant-ended"),
    kind!("Grant Extended", "grant-extended"),
    kind!("Membership Changed", "membership-changed"),
    kind!("Removals Held", "removals-held"),
    kind!("Removals Released", "removals-released"),
    kind!("Request Cancelled", "request-cancelled"),
    kind!("Request Escalated", "request-escalated"),
    kind!("Request Timed Out", "request-timed-out"),
    kind!("Sync Failed", "sync-failed"),
    kind!("Webhook Disabled", "webhook-disabled"),
    kind!("Webhook Unwatched", "webhook-unwatched"),
];

/// A kind by its name, also in lower case and with hyphens, as `access-requested`.
pub(crate) fn kind(name: &str) -> Option<&'static Kind> {
    let plain = |name: &str| name.trim().to_lowercase().replace(['-', '_'], " ");
    let name = plain(name);
    KINDS.iter().find(|kind| plain(kind.name) == name)
}

#[cfg(test)]
mod tests {
    use super::check::mistakes;
    use super::samples::samples;
    use super::{KINDS, kind, told};
    use access_core::event::Event;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    fn schema(name: &str) -> Value {
        serde_json::from_str(kind(name).unwrap().schema).unwrap()
    }

    #[test]
    fn every_event_has_a_schema_and_a_sample() {
        let sampled: BTreeSet<&str> = samples("why").iter().map(Event::detail_type).collect();
        let known: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(sampled, known);
        assert!(KINDS.iter().map(|kind| kind.name).is_sorted());
        for kind in &KINDS {
            let schema = schema(kind.name);
            assert_eq!(schema["title"], kind.name);
            assert!(schema["description"].is_string(), "{}", kind.name);
        }
    }

    #[test]
    fn what_the_bus_carries_is_what_the_schema_says() {
        for event in samples("fixing refunds") {
            let name = event.detail_type();
            let detail: Value = serde_json::from_str(&event.detail()).unwrap();
            let found = mistakes(&schema(name), &detail);
            assert_eq!(found, Vec::<String>::new(), "{name}: {detail}");
        }
    }

    #[test]
    fn a_key_that_is_unknown_or_missing_is_refused() {
        for event in samples("why") {
            let name = event.detail_type();
            let detail: Value = serde_json::from_str(&event.detail()).unwrap();
            let schema = schema(name);
            let mut more = detail.clone();
            more["colour"] = json!("red");
            assert!(!mistakes(&schema, &more).is_empty(), "{name}");
            for key in detail.as_object().unwrap().keys() {
                let mut less = detail.clone();
                less.as_object_mut().unwrap().remove(key);
                assert!(!mistakes(&schema, &less).is_empty(), "{name} without {key}");
                let mut other = detail.clone();
                other[key] = json!({"what": 0.5});
                assert!(!mistakes(&schema, &other).is_empty(), "{name}: {key}");
            }
        }
    }

    #[test]
    fn kinds_are_found_by_their_names() {
        for name in ["Access Requested", "access-requested", " access requested"] {
            assert_eq!(kind(name).unwrap().name, "Access Requested", "{name}");
        }
        assert_eq!(kind("Lunch"), None);
    }

    #[test]
    fn every_event_is_said_in_a_sentence() {
        let mut said = BTreeSet::new();
        for event in samples("fixing refunds") {
            let sentence = told(&event);
            assert!(
                !sentence.is_empty() && !sentence.contains('\n'),
                "{sentence}"
            );
            assert!(said.insert(sentence.clone()), "twice: {sentence}");
        }
    }
}
