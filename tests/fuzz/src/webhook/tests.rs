//! The target over its seeds, over every pair of departures and over a few hundred damaged inputs: what `tests/run`
//! sees of it. And that it can see anything at all.

use super::{Bench, webhook};
use crate::input::{RECORD, UNIT};
use crate::seeds::{Damage, damage, damaged, files};
use access_core::ports::Incidents;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::sync::LazyLock;

const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../fixtures/pagerduty/webhooks"
);
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/webhook");

/// Every input that `tests/fuzz/run` begins with.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let fixtures = files(FIXTURES).into_iter().map(|(name, body)| {
        let letters = if name.ends_with("-2021.json") {
            "p"
        } else {
            ""
        };
        departing(&body, letters)
    });
    fixtures.chain(files(CORPUS).into_values()).collect()
});

fn fixture(name: &str) -> Vec<u8> {
    fs::read(format!("{FIXTURES}/{name}.json")).expect("the fixture is there")
}

fn departing(body: &[u8], letters: &str) -> Vec<u8> {
    [body, &[UNIT], letters.as_bytes()].concat()
}

/// What came of an input: each status, and how many traces were left.
fn outcome(bench: &mut Bench, input: &[u8]) -> (Vec<u16>, u64) {
    let before = bench.ports.traces();
    let statuses = bench.run(input);
    (statuses, bench.ports.traces() - before)
}

#[test]
fn each_letter_departs_as_the_readme_says() {
    let body = fixture("incident-triggered");
    let mut bench = Bench::new();
    // Traces: the incident, that the delivery was dealt with, a wish to reconcile; with what came before trouble.
    for (status, traces, letters) in [
        (202, 3, "2c,;sSdDLOMFB+!?*^$~"),
        (202, 4, "&"),
        (202, 1, "qk"),
        (202, 0, "->p"),
        (401, 0, "9wzoftvhiya"),
        (404, 0, "nr0/%"),
        (405, 0, "GHUX"),
        (413, 0, "N"),
        (503, 0, "eb"),
    ] {
        for letter in letters.chars() {
            let input = departing(&body, &letter.to_string());
            let found = outcome(&mut bench, &input);
            assert_eq!(found, (vec![status], traces), "`{letter}`");
        }
    }
    for (status, letters) in [
        (503, "k2"),
        (503, "kw"),
        (401, "ka"),
        (405, "nG"),
        (404, "rG"),
    ] {
        let found = outcome(&mut bench, &departing(&body, letters));
        assert_eq!(found, (vec![status], 0), "`{letters}`");
    }
}

#[test]
fn deliveries_of_one_input_meet_the_same_receiver() {
    let bodies = ["triggered", "acknowledged", "resolved"];
    let bodies = bodies.map(|name| fixture(&format!("incident-{name}")));
    let mut bench = Bench::new();
    let (statuses, traces) = outcome(&mut bench, &bodies.join(&RECORD));
    assert_eq!((statuses, traces), (vec![202; 3], 9));
    let incidents = bench.runtime.block_on(bench.ports.incidents());
    let incidents = incidents.expect("no trouble is left").incidents;
    assert_eq!(incidents.len(), 1);

    // Under the first one's id too: that header is not signed, and only the event's own id tells repeats.
    let input = [
        bodies[0].clone(),
        departing(&bodies[1], "d"),
        departing(&bodies[2], "d"),
    ];
    let found = outcome(&mut bench, &input.join(&RECORD));
    assert_eq!(found, (vec![202; 3], 9));
}

#[test]
fn every_seed_passes_and_leaves_nothing_to_the_next() {
    let mut used = Bench::new();
    for seed in &*SEEDS {
        let alone = outcome(&mut Bench::new(), seed);
        assert_eq!(outcome(&mut used, seed), alone);
        assert_eq!(outcome(&mut used, seed), alone);
    }
}

#[test]
fn departures_go_together() {
    let body = fixture("incident-triggered");
    for one in '!'..='~' {
        for other in '!'..='~' {
            webhook(&departing(&body, &format!("{one}{other}")));
        }
    }
}

/// Bytes that mean something somewhere.
const WORDS: &[&str] = &[
    "null",
    "{",
    "}",
    "[[[[[[[[",
    "\"",
    "-1",
    "1e999",
    "\\ud800",
    "\"id\":",
    "\"event\":",
    "incident.resolved",
    "pagey.ping",
    "9999-12-31T23:59:59Z",
    "-009999-01-01T00:00:00Z",
    "\u{1e}",
    "\u{1f}",
    "\u{0}",
    "\u{feff}",
];

/// Each kind of damage as often as any other.
fn damage_to_deliveries() -> impl Strategy<Value = Damage> {
    let letters = prop::collection::vec(0x21..0x7f_u8, 1..4);
    prop_oneof![
        4 => damage(WORDS),
        1 => any::<Index>().prop_map(Damage::Twice),
        1 => letters
            .prop_map(|letters| Damage::Letters(letters.into_iter().map(char::from).collect())),
    ]
}

fn seed(which: Index) -> Vec<u8> {
    which.get(SEEDS.as_slice()).clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn damaged_inputs_have_their_answers_too(
        which in any::<Index>(),
        damages in prop::collection::vec(damage_to_deliveries(), 1..6),
    ) {
        webhook(&damaged(seed(which), &damages, seed));
    }
}
