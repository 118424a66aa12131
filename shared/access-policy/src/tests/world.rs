//! A small company: Ada is first on call, Bob third, Lea leads, Cto comes later, Mallory is blocked.

use crate::{Policies, Question, Situation};
use access_core::config::Config;
use access_core::facts::{
    Facts, Freshness, PagerDutyFacts, Person, PolicyFacts, PolicyShift, Reading, Rota,
    ScheduleFacts, Shift,
};
use access_core::id::{GroupName, PagerDutyName};
use access_core::principal::Principal;
use access_core::request::{Asked, Channel, Kind, Reason, Request, RequestState};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:ACME_KEY"

[[person]]
email = "mallory@acme.example"
blocked = true

[[group]]
name = "payments-leads"
sources = ["person:lea@acme.example"]

[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED"]

[[group]]
name = "payments-prod-admin"
blocked = ["eve@acme.example"]
[group.request]
max = "4h"
approvers = ["group:payments-leads", "group:payments-oncall"]
auto_approve_on_call = ["escalation_policy:acme/PPOLICY#1"]
escalate_after = "30m"
escalate_to = ["person:cto@acme.example"]
break_glass = ["escalation_policy:acme/PPOLICY"]

[access]
administrators = ["person:root@acme.example"]
release_held = ["group:payments-leads"]
"#;

pub(super) fn config() -> Config {
    Config::parse("rotakey.toml", CONFIG).unwrap()
}

pub(super) fn at(time: &str) -> Timestamp {
    format!("2026-11-22T{time}Z").parse().unwrap()
}

pub(super) fn person(name: &str) -> Principal {
    Principal::new(format!("{name}@acme.example")).unwrap()
}

pub(super) fn admin() -> GroupName {
    GroupName::new("payments-prod-admin").unwrap()
}

pub(super) fn acme() -> PagerDutyName {
    PagerDutyName::new("acme").unwrap()
}

/// Ada from 09:00 to 17:00 on the schedule and at level 1, Bob all day at level 3; read at `read_at`.
pub(super) fn facts(read_at: Timestamp) -> Facts {
    let shift = |user: &str, from: Option<&str>, until: Option<&str>| Shift {
        user: user.parse().unwrap(),
        starts_at: from.map(at),
        ends_at: until.map(at),
    };
    let ada = shift("PADA", Some("09:00:00"), Some("17:00:00"));
    let place = |level, shift: &Shift| PolicyShift {
        level,
        schedule: None,
        shift: shift.clone(),
    };
    let policy = PolicyFacts {
        name: "Payments".to_owned(),
        reading: Reading::Complete,
        shifts: BTreeSet::from([place(1, &ada), place(3, &shift("PBOB", None, None))]),
    };
    let schedule = ScheduleFacts {
        name: "Payments".to_owned(),
        teams: BTreeSet::new(),
        reading: Reading::Complete,
        shifts: BTreeSet::from([ada]),
    };
    let somebody = |name: &str| Person {
        name: name.to_owned(),
        email: Some(person(name)),
    };
    let rota = Rota {
        schedules: BTreeMap::from([("PSCHED".parse().unwrap(), schedule)]),
        escalation_policies: BTreeMap::from([("PPOLICY".parse().unwrap(), policy)]),
        people: BTreeMap::from([
            ("PADA".parse().unwrap(), somebody("ada")),
            ("PBOB".parse().unwrap(), somebody("bob")),
        ]),
    };
    let account = PagerDutyFacts {
        freshness: Freshness {
            read_at,
            covers_from: at("00:00:00"),
            covers_until: at("23:59:59"),
        },
        rota,
    };
    Facts {
        pagerduty: BTreeMap::from([(acme(), account)]),
        ..Facts::default()
    }
}

/// The company at noon, just read.
pub(super) fn noon() -> Situation {
    Situation::of(&config(), &facts(at("12:00:00")), at("12:00:00"))
}

pub(super) fn policies() -> Policies {
    Policies::compile(&config(), &BTreeMap::new()).unwrap()
}

/// The company's policies and one file of the owner, `own.cedar`.
pub(super) fn with_file(text: &str) -> Policies {
    let mut config = config();
    config.access.policies = vec!["own.cedar".to_owned()];
    let files = BTreeMap::from([("own.cedar".to_owned(), text.to_owned())]);
    Policies::compile(&config, &files).unwrap()
}

/// Two hours in `payments-prod-admin`, asked for at noon.
pub(super) fn asked(by: &str) -> Asked {
    Asked {
        by: person(by),
        group: admin(),
        duration: SignedDuration::from_hours(2),
        reason: Reason::new("fixing refunds").unwrap(),
        at: at("12:00:00"),
        through: Channel::Slack,
        kind: Kind::Access,
        key: None,
    }
}

/// The same as a request that waits, and escalates at 12:30.
pub(super) fn request(by: &str) -> Request {
    Request {
        id: "00000000-0000-0000-0000-000000000000".parse().unwrap(),
        version: 1,
        asked: asked(by),
        state: RequestState::Pending {
            approvals: Vec::new(),
            needed: 1,
            escalates_at: Some(at("12:30:00")),
            escalated_at: None,
            times_out_at: at("23:00:00"),
        },
    }
}

pub(super) fn approve<'a>(who: &'a Principal, request: &'a Request) -> Question<'a> {
    Question::Approve {
        who,
        through: Channel::Slack,
        request,
    }
}

pub(super) fn ids<const N: usize>(ids: [&str; N]) -> BTreeSet<String> {
    ids.map(str::to_owned).into()
}
