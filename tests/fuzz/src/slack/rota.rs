//! Who is on call: Ted is, at the first level of the only policy.

use super::NOON;
use access_core::facts::{Freshness, Person, PolicyFacts, PolicyShift, Reading, Rota, Shift};
use access_core::id::{EscalationPolicyId, PagerDutyName, PagerDutyUserId};
use access_core::ports::TickRecord;
use access_core::principal::Principal;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

fn acme() -> PagerDutyName {
    PagerDutyName::new("acme").expect("a name")
}

/// What the poller left: it has read everything at noon.
pub(crate) fn tick() -> TickRecord {
    let freshness = Freshness {
        read_at: NOON,
        covers_from: NOON - SignedDuration::from_hours(1),
        covers_until: NOON + SignedDuration::from_hours(24),
    };
    TickRecord {
        freshness: BTreeMap::from([(acme(), freshness)]),
        ..TickRecord::default()
    }
}

/// What it read.
pub(crate) fn rotas() -> BTreeMap<PagerDutyName, Rota> {
    let ted = PagerDutyUserId::new("PTED").expect("an id");
    let turn = PolicyShift {
        level: 1,
        schedule: None,
        shift: Shift {
            user: ted.clone(),
            starts_at: None,
            ends_at: None,
        },
    };
    let policy = PolicyFacts {
        name: "Payments".to_owned(),
        reading: Reading::Complete,
        shifts: BTreeSet::from([turn]),
    };
    let person = Person {
        name: "Ted".to_owned(),
        email: Principal::new("ted@acme.example").ok(),
    };
    let id = EscalationPolicyId::new("PPOLICY").expect("an id");
    let rota = Rota {
        schedules: BTreeMap::new(),
        escalation_policies: BTreeMap::from([(id, policy)]),
        people: BTreeMap::from([(ted, person)]),
    };
    BTreeMap::from([(acme(), rota)])
}
