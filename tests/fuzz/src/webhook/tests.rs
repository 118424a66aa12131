//! The target over its seeds, over every pair of departures and over a few hundred damaged inputs: what `tests/run`
//! sees of it. And that it can see anything at all.

use super::delivery::{RECORD, UNIT};
use super::{Bench, webhook};
use access_core::ports::Incidents;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
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

fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let file = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("the folder can be listed");
        let bytes = fs::read(entry.path()).expect("the file can be read");
        (entry.file_name().to_string_lossy().into_owned(), bytes)
    };
    let files: BTreeMap<_, _> = entries.map(file).collect();
    assert!(!files.is_empty(), "{folder} holds files");
    files
}

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

/// One damage to an input.
#[derive(Debug, Clone)]
enum Damage {
    /// Another byte.
    Byte(Index, u8),
    /// Bytes that mean something somewhere.
    Word(Index, &'static str),
    /// Some bytes less.
    Cut(Index, usize),
    /// Everything from there on is said twice.
    Twice(Index),
    /// Another input follows.
    Next(Index),
    /// More letters.
    Letters(String),
}

fn damage() -> impl Strategy<Value = Damage> {
    let words = [
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
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (any::<Index>(), prop::sample::select(words.to_vec()))
            .prop_map(|(at, word)| Damage::Word(at, word)),
        (any::<Index>(), 1..200_usize).prop_map(|(at, bytes)| Damage::Cut(at, bytes)),
        any::<Index>().prop_map(Damage::Twice),
        any::<Index>().prop_map(Damage::Next),
        prop::collection::vec(0x21..0x7f_u8, 1..4)
            .prop_map(|letters| { Damage::Letters(letters.into_iter().map(char::from).collect()) }),
    ]
}

fn damaged(mut input: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let bytes = input.len();
        match damage {
            Damage::Byte(at, byte) if bytes > 0 => input[at.index(bytes)] = *byte,
            Damage::Byte(_, byte) => input.push(*byte),
            Damage::Word(at, word) => {
                let at = at.index(bytes + 1);
                input.splice(at..at, word.bytes());
            }
            Damage::Cut(at, cut) => {
                let from = at.index(bytes + 1);
                input.drain(from..bytes.min(from + cut));
            }
            Damage::Twice(at) => input.extend_from_within(at.index(bytes + 1)..),
            Damage::Next(which) => {
                input.push(RECORD);
                let next: &Vec<u8> = which.get(SEEDS.as_slice());
                input.extend_from_slice(next);
            }
            Damage::Letters(letters) => input = departing(&input, letters),
        }
    }
    input
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn damaged_inputs_have_their_answers_too(
        seed in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        webhook(&damaged(seed.get(SEEDS.as_slice()).clone(), &damages));
    }
}
