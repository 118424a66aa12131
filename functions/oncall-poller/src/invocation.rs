//! What wakes the poller: the schedule, an event on the bus, or somebody asking directly.

use access_core::id::{GroupName, PlanId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One invocation, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// The schedule's tick.
    Tick,
    /// Somebody asks directly to reconcile now.
    Sync(Sync),
    /// The bus tells of a wish to reconcile.
    Wish(Wish),
}

/// A demand to reconcile now; as JSON the payload of a direct invoke.
///
/// `{"sync": {"groups": ["payments-oncall"], "dry_run": true}}`; every key may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sync {
    /// Which groups; none named means all.
    pub groups: BTreeSet<GroupName>,
    /// Plan and answer, but change and write nothing.
    pub dry_run: bool,
    /// Lets the removals of a held plan go first.
    pub release: Option<PlanId>,
    /// Who asks, for the journal.
    pub by: Option<String>,
}

/// A wish to reconcile: something that was stored shall be seen soon.
///
/// On the bus: `{"detail-type": "Reconcile Requested", "time": .., "detail": {"groups": [..], "requested_at": ..}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Which groups; none named means all.
    pub groups: BTreeSet<GroupName>,
    /// When it was made, after what it is about was stored: a run that began later has fulfilled it. `None`: nobody can
    /// tell, and it is fulfilled in any case.
    pub requested_at: Option<Timestamp>,
}

/// The payload is none that the poller knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the payload is no event of the schedule, no \"Reconcile Requested\" and no {{\"sync\": ..}}: {0}"
)]
pub struct UnknownPayload(String);

/// An event as EventBridge delivers it; the schedule's own has no detail that matters.
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BusEvent {
    detail_type: String,
    /// To the second. Read only where it is of use: whatever stands there, a tick is a tick.
    #[serde(default)]
    time: serde_json::Value,
    #[serde(default)]
    detail: serde_json::Value,
}

/// The detail of "Reconcile Requested"; unknown keys are for other receivers.
#[derive(Deserialize)]
struct ReconcileRequested {
    #[serde(default)]
    groups: BTreeSet<GroupName>,
    /// More exactly than the event's own time, from senders of ours.
    #[serde(default)]
    requested_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Direct {
    sync: Sync,
}

impl Invocation {
    /// Understands a payload.
    ///
    /// # Errors
    /// [`UnknownPayload`] when it is of no known kind: a wrong target on a rule, or a typing error.
    pub fn parse(payload: serde_json::Value) -> Result<Self, UnknownPayload> {
        let unknown = |error: serde_json::Error| UnknownPayload(without_values(&error));
        if payload.get("sync").is_some() {
            let Direct { sync } = serde_json::from_value(payload).map_err(unknown)?;
            return Ok(Self::Sync(sync));
        }
        let event: BusEvent = serde_json::from_value(payload).map_err(unknown)?;
        match event.detail_type.as_str() {
            "Scheduled Event" => Ok(Self::Tick),
            "Reconcile Requested" => {
                let ReconcileRequested {
                    groups,
                    requested_at,
                } = serde_json::from_value(event.detail).map_err(unknown)?;
                let told = || event.time.as_str()?.parse::<Timestamp>().ok();
                Ok(Self::Wish(Wish {
                    groups,
                    requested_at: requested_at.or_else(told),
                }))
            }
            other => Err(UnknownPayload(format!("its detail-type is `{other}`"))),
        }
    }
}

/// What is wrong, with the names of keys only: a value may be anything, also a secret in the wrong place.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let names_a_key = ["unknown field", "missing field", "duplicate field"];
    if names_a_key.iter().any(|start| text.starts_with(start)) {
        text
    } else {
        "a value is not of the kind that its key takes".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A wish for all groups.
    fn requested_at(text: &str) -> Wish {
        Wish {
            requested_at: Some(text.parse().unwrap()),
            ..Wish::default()
        }
    }

    #[test]
    fn every_kind_of_payload_is_understood() {
        let groups = BTreeSet::from([GroupName::new("payments-oncall").unwrap()]);
        for (case, payload, expected) in [
            (
                "schedule",
                json!({"version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"}),
                Invocation::Tick,
            ),
            (
                "bus",
                json!({"detail-type": "Reconcile Requested", "detail": {"groups": ["payments-oncall"], "reason": "approved"}}),
                Invocation::Wish(Wish {
                    groups: groups.clone(),
                    requested_at: None,
                }),
            ),
            (
                "bus, all",
                json!({"detail-type": "Reconcile Requested", "detail": {}}),
                Invocation::Wish(Wish::default()),
            ),
            (
                "bus, with the event's time",
                json!({"detail-type": "Reconcile Requested", "time": "2026-11-22T12:00:00Z", "detail": {}}),
                Invocation::Wish(requested_at("2026-11-22T12:00:00Z")),
            ),
            (
                "bus, with a better time",
                json!({"detail-type": "Reconcile Requested", "time": "2026-11-22T12:00:00Z", "detail": {"requested_at": "2026-11-22T12:00:00.25Z"}}),
                Invocation::Wish(requested_at("2026-11-22T12:00:00.25Z")),
            ),
            (
                "bus, with a time that is none",
                json!({"detail-type": "Reconcile Requested", "time": 0, "detail": {"requested_at": null}}),
                Invocation::Wish(Wish::default()),
            ),
            (
                "direct",
                json!({"sync": {"groups": ["payments-oncall"], "dry_run": true}}),
                Invocation::Sync(Sync {
                    groups,
                    dry_run: true,
                    ..Sync::default()
                }),
            ),
        ] {
            assert_eq!(Invocation::parse(payload), Ok(expected), "{case}");
        }
    }

    #[test]
    fn other_payloads_are_refused_in_words() {
        for payload in [
            json!({}),
            json!(null),
            json!({"detail-type": "Order Placed"}),
            json!({"sync": {"dryrun": true}}),
            json!({"sync": {"requested_at": "2026-11-22T12:00:00Z"}}),
            json!({"detail-type": "Reconcile Requested", "detail": {"requested_at": "noon"}}),
        ] {
            assert!(Invocation::parse(payload.clone()).is_err(), "{payload}");
        }
    }

    #[test]
    fn a_refusal_names_keys_and_repeats_no_value() {
        let refused = |payload| Invocation::parse(payload).unwrap_err().to_string();
        assert!(refused(json!({"sync": {"dryrun": true}})).contains("`dryrun`"));
        let wrong = refused(json!({"sync": {"by": 1, "dry_run": "a-secret"}}));
        assert!(!wrong.contains("a-secret"), "{wrong}");
    }
}
