//! Small worlds for tests: three people, one PagerDuty account, one target, and as many groups as a test names.
//!
//! Times are written `10:00` or `10:00:01` on 22 November 2026, UTC, or in full; an empty text is no time.

mod fakes;
pub(crate) mod incidents;
pub(crate) mod scene;

pub(crate) use fakes::{FakeMemberships, FakeTarget, Life, at_once};

use crate::config::{
    AccessConfig, Config, Limits, PagerDutyAccount, PagerDutyAuth, People, SecretRef,
};
use crate::config::{SweepConfig, TargetConfig, TargetKind};
use crate::desired::Desired;
use crate::facts::{
    Facts, Freshness, Grant, PagerDutyFacts, Person, PolicyFacts, PolicyShift, Reading, Rota,
    ScheduleFacts, Shift,
};
use crate::group::{GroupRule, WhenEmpty};
use crate::id::{
    AccountId, EscalationPolicyId, GroupName, PagerDutyName, PagerDutyUserId, ScheduleId,
    SightingId, derived,
};
use crate::incident::{Incident, IncidentKey, IncidentTerms, Seen, Sighting};
use crate::plan::Binding;
use crate::principal::Principal;
use crate::timeline::Timeline;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// PagerDuty users: two with an address, one without.
pub(crate) const PEOPLE: [(&str, Option<&str>); 3] = [
    ("PGRACE", Some("grace@acme.example")),
    ("PADA", Some("ada@acme.example")),
    ("PGHOST", None),
];

pub(crate) fn at(text: &str) -> Timestamp {
    let full = if text.contains('T') {
        text.to_owned()
    } else {
        let seconds = if text.len() == 5 { ":00" } else { "" };
        format!("2026-11-22T{text}{seconds}Z")
    };
    full.parse().expect("tests write valid times")
}

pub(crate) fn maybe(text: &str) -> Option<Timestamp> {
    (!text.is_empty()).then(|| at(text))
}

pub(crate) fn person(name: &str) -> Principal {
    Principal::new(format!("{name}@acme.example")).unwrap()
}

pub(crate) fn group(name: &str) -> GroupName {
    GroupName::new(name).unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

pub(crate) fn acme() -> PagerDutyName {
    PagerDutyName::new("acme").unwrap()
}

/// `payments-oncall` on `aws:Operators`.
pub(crate) fn binding() -> Binding {
    Binding {
        group: group("payments-oncall"),
        entitlement: "aws:Operators".parse().unwrap(),
    }
}

/// Configuration and facts, read at 10:00 for the whole day, as a test goes on to fill them.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) facts: Facts,
}

impl World {
    pub(crate) fn new() -> Self {
        let freshness = Freshness {
            read_at: at("10:00"),
            covers_from: at("00:00"),
            covers_until: at("2026-11-23T00:00:00Z"),
        };
        let people = PEOPLE.map(|(user, email)| {
            let email = email.map(|email| Principal::new(email).unwrap());
            let name = user.trim_start_matches('P').to_lowercase();
            (PagerDutyUserId::new(user).unwrap(), Person { name, email })
        });
        let rota = Rota {
            people: people.into(),
            ..Rota::default()
        };
        let pagerduty = BTreeMap::from([(acme(), PagerDutyFacts { freshness, rota })]);
        let facts = Facts {
            pagerduty,
            ..Facts::default()
        };
        Self {
            config: config(),
            facts,
        }
    }

    /// A group with neither lead nor lag, on `aws:NAME`, or on `aws:Operators` for `payments-oncall`.
    pub(crate) fn group(mut self, name: &str, sources: &[&str]) -> Self {
        let entitlement = if name == "payments-oncall" {
            "Operators"
        } else {
            name
        };
        let rule = GroupRule {
            name: group(name),
            sources: sources
                .iter()
                .map(|source| source.parse().unwrap())
                .collect(),
            entitlements: BTreeSet::from([format!("aws:{entitlement}").parse().unwrap()]),
            lead: SignedDuration::ZERO,
            lag: SignedDuration::ZERO,
            incident: IncidentTerms::default(),
            when_empty: WhenEmpty::Hold,
            ownership: None,
            blocked: BTreeSet::new(),
        };
        self.config.groups.insert(rule.name.clone(), rule);
        self
    }

    /// `payments-oncall`, from schedule `P1`.
    pub(crate) fn payments() -> Self {
        Self::new().group("payments-oncall", &["schedule:acme/P1"])
    }

    pub(crate) fn edges(mut self, name: &str, lead_secs: i64, lag_secs: i64) -> Self {
        let rule = self.rule(name);
        rule.lead = SignedDuration::from_secs(lead_secs);
        rule.lag = SignedDuration::from_secs(lag_secs);
        self
    }

    pub(crate) fn rule(&mut self, name: &str) -> &mut GroupRule {
        self.config
            .groups
            .get_mut(&group(name))
            .expect("the test made the group")
    }

    pub(crate) fn account(&mut self) -> &mut PagerDutyFacts {
        self.facts
            .pagerduty
            .get_mut(&acme())
            .expect("every world has it")
    }

    /// A schedule that was read completely; shifts are (user, start, end).
    pub(crate) fn schedule(self, id: &str, shifts: &[(&str, &str, &str)]) -> Self {
        let shifts = shifts
            .iter()
            .map(|(user, from, until)| shift(user, maybe(from), maybe(until)));
        self.schedule_of(id, id, shifts.collect(), Reading::Complete)
    }

    pub(crate) fn schedule_of(
        mut self,
        id: &str,
        name: &str,
        shifts: BTreeSet<Shift>,
        reading: Reading,
    ) -> Self {
        let facts = ScheduleFacts {
            name: name.into(),
            teams: BTreeSet::new(),
            reading,
            shifts,
        };
        self.account()
            .rota
            .schedules
            .insert(ScheduleId::new(id).unwrap(), facts);
        self
    }

    /// An escalation policy; places are (level, schedule or none, user, start, end).
    pub(crate) fn policy(mut self, id: &str, places: &[(u32, &str, &str, &str, &str)]) -> Self {
        let places = places
            .iter()
            .map(|(level, schedule, user, from, until)| PolicyShift {
                level: *level,
                schedule: (!schedule.is_empty()).then(|| ScheduleId::new(schedule).unwrap()),
                shift: shift(user, maybe(from), maybe(until)),
            });
        let reading = Reading::Complete;
        let facts = PolicyFacts {
            name: id.into(),
            reading,
            shifts: places.collect(),
        };
        let id = EscalationPolicyId::new(id).unwrap();
        self.account().rota.escalation_policies.insert(id, facts);
        self
    }

    pub(crate) fn grant(mut self, name: &str, to: &str, from: &str, until: &str) -> Self {
        self.facts.grants.push(Grant {
            id: derived(&["grant", name, to, from]),
            request: derived(&["request", name, to, from]),
            principal: person(name),
            group: group(to),
            starts_at: at(from),
            expires_at: at(until),
        });
        self
    }

    /// A new incident of service `S1`, assigned to one of [`PEOPLE`] until it is resolved, if it is.
    pub(crate) fn responder(self, name: &str, since: &str, until: &str) -> Self {
        let id = format!("Q{}", self.facts.incidents.len() + 1);
        let user = format!("P{}", name.to_uppercase());
        let world = self.sees(&id, since, "triggered", Seen::of("S1", &[&user]));
        if until.is_empty() {
            return world;
        }
        world.sees(&id, until, "resolved", Seen::resolved())
    }

    /// Something seen of an incident; equal events of one incident are one event.
    pub(crate) fn sees(mut self, id: &str, when: &str, event: &str, what: Seen) -> Self {
        let key = incident(id);
        let known = self.facts.incidents.entry(key.clone());
        let sighting = Sighting {
            at: at(when),
            id: SightingId::new(event).unwrap(),
            what,
        };
        known.or_insert_with(|| Incident::new(key)).see(sighting);
        self
    }

    pub(crate) fn block(mut self, name: &str) -> Self {
        self.config.people.blocked.insert(person(name));
        self
    }

    pub(crate) fn timeline(&self) -> Timeline {
        Timeline::of(&self.config, &self.facts)
    }

    pub(crate) fn desired(&self, name: &str, now: Timestamp) -> Desired {
        self.timeline().groups[&group(name)].at(now, &self.config.sweep)
    }

    /// The members' names, without their domain.
    pub(crate) fn members(&self, name: &str, now: Timestamp) -> Vec<String> {
        let members = self.desired(name, now).members.into_keys();
        members
            .map(|member| member.email().trim_end_matches("@acme.example").to_owned())
            .collect()
    }
}

pub(crate) fn incident(id: &str) -> IncidentKey {
    IncidentKey {
        pagerduty: acme(),
        id: id.parse().unwrap(),
    }
}

pub(crate) fn shift(user: &str, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> Shift {
    Shift {
        user: PagerDutyUserId::new(user).unwrap(),
        starts_at,
        ends_at,
    }
}

fn config() -> Config {
    let secret = SecretRef {
        reference: "rotakey/acme".into(),
        line: 1,
    };
    let account = PagerDutyAccount {
        url: "https://acme.pagerduty.com".parse().unwrap(),
        auth: PagerDutyAuth::ApiKey,
        secret,
        webhook_secrets: Vec::new(),
        priorities: Vec::new(),
        incident_notes_from: None,
        api_url: None,
        token_url: None,
    };
    let target = TargetConfig {
        kind: TargetKind::IdentityCenter {
            identity_store_id: "d-1234567890".into(),
            region: None,
        },
        create_groups: false,
        protected: BTreeSet::new(),
    };
    Config {
        pagerduty: BTreeMap::from([(acme(), account)]),
        targets: BTreeMap::from([("aws".parse().unwrap(), target)]),
        slack: None,
        groups: BTreeMap::new(),
        requests: BTreeMap::new(),
        access: AccessConfig::default(),
        api: None,
        templates: Vec::new(),
        people: People::default(),
        limits: Limits::default(),
        sweep: SweepConfig::default(),
    }
}
