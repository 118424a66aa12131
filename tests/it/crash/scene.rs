//! Ticks that are worth killing: what comes before them, and what must be there in the end.

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs};
use crate::support::{Holdings, Moved, World, WorldOptions, at};
use access_core::event::Event;
use access_core::membership::Record;
use access_core::plan::Binding;
use access_core::ports::{BindingState, Bindings, HeldPlans, Memberships};
use std::collections::{BTreeMap, BTreeSet};

/// Follows a rota, into groups that Rotakey has to create.
const PAYMENTS: &str = r#"
[[group]]
name = "payments"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
lead = "5m"
lag = "0s"
"#;

/// The source of [`PAYMENTS`], and Ada besides.
const WITH_ADA: [&str; 2] = [
    r#""schedule:acme/PSCHED1""#,
    r#""schedule:acme/PSCHED1", "person:ada@acme.example""#,
];

/// Ada, always, in a group that was there.
const LEADS: &str = r#"
[[group]]
name = "leads"
sources = ["person:ada@acme.example"]
entitlements = ["aws:Leads"]
"#;

/// Any removal before its time waits for a person.
const NO_REMOVALS: &str = r"
[limits]
removals_max = 0
";

/// Groups of the configuration.
const GROUPS: [&str; 2] = ["leads", "payments"];

/// What they are granted on.
pub(super) const ENTITLEMENTS: [&str; 3] = ["aws:Leads", "aws:Payments", "slack:payments"];

/// One tick that is killed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scene {
    /// The first tick of all.
    FirstSync,
    /// One tick in which one person comes and, at an edge that is waited for, the other one goes.
    Handoff,
    /// A group with people in it has left the configuration.
    GroupRemoved,
    /// Somebody is on call no more before the time; nobody may be removed unasked.
    RemovalsHeld,
    /// As before, and Ada is a source no more; the removals, two in each target, were held, and a person let them go.
    Released,
}

/// What there is in the end, as far as it does not depend on when things happened.
#[derive(Debug, PartialEq)]
pub(super) struct End {
    pub(super) applied: Vec<Moved>,
    holdings: Holdings,
    records: BTreeMap<Binding, Vec<Record>>,
    bindings: BTreeMap<Binding, BindingState>,
    held: BTreeSet<String>,
    /// Held plans that somebody was told of.
    held_told: BTreeSet<String>,
    groups: BTreeSet<String>,
}

impl Scene {
    /// A world just before the tick.
    pub(super) async fn world(self) -> World {
        let config = match self {
            Self::FirstSync | Self::Handoff | Self::GroupRemoved => format!("{PAYMENTS}{LEADS}"),
            Self::RemovalsHeld => format!("{PAYMENTS}{LEADS}{NO_REMOVALS}"),
            Self::Released => {
                let [alone, with_ada] = WITH_ADA;
                let payments = PAYMENTS.replace(alone, with_ada);
                format!("{payments}{LEADS}{NO_REMOVALS}")
            }
        };
        let options = WorldOptions {
            pagerduty: noon_handoffs("2026-11-03T11:20:00Z"),
            people: vec![GRACE, LINUS, ADA],
            groups: vec!["Leads"],
            config: &config,
        };
        let world = World::start(options).await;
        if !matches!(self, Self::FirstSync) {
            self.prepare(&world).await;
        }
        world
    }

    async fn prepare(self, world: &World) {
        let poller = world.poller().await;
        poller.tick().await.expect("the first tick succeeds");
        match self {
            Self::FirstSync => {}
            Self::Handoff => world.clock.set(at("2026-11-03T11:59:30Z")),
            Self::GroupRemoved => {
                world.clock.set(at("2026-11-03T11:30:00Z"));
                world.configure(LEADS).await;
            }
            Self::RemovalsHeld | Self::Released => {
                world.pagerduty.create_override(
                    "PSCHED1",
                    "PLINUS",
                    at("2026-11-03T11:25:00Z"),
                    at("2026-11-03T13:00:00Z"),
                );
                world.clock.set(at("2026-11-03T11:26:00Z"));
            }
        }
        if matches!(self, Self::Released) {
            let config = format!("{PAYMENTS}{LEADS}{NO_REMOVALS}");
            world.configure(&config).await;
            poller.tick().await.expect("the tick holds the removals");
            for id in world
                .store
                .held()
                .await
                .expect("held plans are read")
                .plans
                .into_keys()
            {
                world
                    .store
                    .let_go(id, "ada", world.clock.now())
                    .await
                    .expect("the plan is held");
            }
            world.clock.set(at("2026-11-03T11:27:00Z"));
        }
    }

    /// When the lease of the killed poller has ended.
    pub(super) fn recovers_at(self) -> &'static str {
        match self {
            Self::FirstSync => "2026-11-03T11:23:00Z",
            Self::Handoff => "2026-11-03T12:03:00Z",
            Self::GroupRemoved => "2026-11-03T11:33:00Z",
            Self::RemovalsHeld => "2026-11-03T11:29:00Z",
            Self::Released => "2026-11-03T11:30:00Z",
        }
    }

    /// Who was where at the very beginning, and just before the tick.
    pub(super) fn holdings_before(self) -> [Holdings; 2] {
        let holdings = |leads: &[&str], payments: &[&str]| -> Holdings {
            let people = |emails: &[&str]| -> BTreeSet<String> {
                emails.iter().map(ToString::to_string).collect()
            };
            ENTITLEMENTS
                .map(|it| {
                    (
                        it.to_owned(),
                        people(if it == "aws:Leads" { leads } else { payments }),
                    )
                })
                .into()
        };
        let first = holdings(&[], &[]);
        let before = match self {
            Self::FirstSync => first.clone(),
            Self::Handoff | Self::GroupRemoved | Self::RemovalsHeld => holdings(&[ADA], &[GRACE]),
            Self::Released => holdings(&[ADA], &[ADA, GRACE, LINUS]),
        };
        [first, before]
    }
}

impl End {
    pub(super) async fn of(world: &World, case: &str) -> Self {
        let bindings = world.store.bindings().await;
        let mut bindings = bindings.expect("bindings are read").states;
        let mut records = BTreeMap::new();
        for (binding, state) in &mut bindings {
            // What the last look found, and when: a run that was cut off looks more often.
            state.observed_at = None;
            state.removable = 0;
            // Noted while something was held; what is compared next does without it.
            let fingerprint = state.fingerprint.as_mut();
            if let Some(text) = fingerprint {
                text.truncate(text.trim_end_matches("/fresh").len());
            }
            let known = world
                .store
                .records(binding)
                .await
                .expect("records are read");
            records.insert(binding.clone(), known.into_values().collect());
        }
        let events = world.events().into_iter();
        let told = events.filter_map(|entry| match entry.event {
            Event::RemovalsHeld(held) => Some(held.plan.to_string()),
            _ => None,
        });
        Self {
            applied: world.audit(case, &GROUPS).await,
            holdings: world.holdings(&ENTITLEMENTS),
            records,
            bindings,
            held: world.held().await,
            held_told: told.collect(),
            groups: world.identity_center.groups(),
        }
    }
}
