//! The target over its seeds, over every departure and over some damaged inputs: what `tests/run` sees of it. And that it
//! can see anything at all.

use super::{Bench, slack};
use crate::input::UNIT;
use crate::seeds::{damage, damaged, files};
use access_core::request::RequestState;
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/slack");

const ASK: &str = "payments 2h fixing refunds";

/// Every input that `tests/fuzz/run slack` begins with.
static SEEDS: LazyLock<BTreeMap<String, Vec<u8>>> = LazyLock::new(|| files(CORPUS));

/// Bytes that mean something somewhere.
const WORDS: &[&str] = &[
    "null",
    "{",
    "\"",
    "\\ud800",
    "\\u0000",
    "1e999",
    "<!channel>",
    "@REQUEST@",
    "@GRANT@",
    "U0LEO",
    "break-glass ",
    "\u{1e}",
    "\u{1f}",
    "\u{202e}",
    "%00",
    "&",
];

fn departing(said: &str, letters: &str) -> Vec<u8> {
    [said.as_bytes(), &[UNIT], letters.as_bytes()].concat()
}

#[test]
fn each_letter_departs_as_the_readme_says() {
    let mut bench = Bench::new();
    for (status, steps, letters) in [
        (200, 1, "let=T"),
        (200, 0, "nbgs"),
        (400, 0, "ir"),
        (401, 0, "wzovcam<>"),
        (403, 0, "x"),
        (404, 0, "/"),
        (405, 0, "GP"),
        (413, 0, "NM"),
    ] {
        for letter in letters.chars() {
            let input = departing(ASK, &letter.to_string());
            assert_eq!(bench.run(&input), (vec![status], steps), "`{letter}`");
        }
    }
    assert_eq!(bench.run(ASK.as_bytes()), (vec![200], 1));
}

#[test]
fn the_seeds_tell_whole_stories() {
    let mut bench = Bench::new();
    for (seed, steps, state) in [
        ("approved", 3, "approved"),
        ("own", 3, "approved"),
        ("denied", 2, "denied"),
        ("two-of-two", 3, "approved"),
        ("taken-back", 2, "cancelled"),
        ("break-glass", 2, "approved"),
    ] {
        let (statuses, taken) = bench.run(&SEEDS[seed]);
        assert!(statuses.iter().all(|status| *status == 200), "{seed}");
        assert_eq!(taken, steps, "{seed}");
        let kept = bench.memory.kept();
        let states: Vec<&RequestState> = kept.requests.values().map(|it| &it.state).collect();
        assert_eq!(states.len(), 1, "{seed}");
        assert_eq!(states[0].word(), state, "{seed}");
    }
}

#[test]
fn every_seed_passes_and_leaves_nothing_to_the_next() {
    let mut used = Bench::new();
    for (name, seed) in &*SEEDS {
        let alone = Bench::new().run(seed);
        assert_eq!(used.run(seed), alone, "{name}");
        assert_eq!(used.run(seed), alone, "{name}");
    }
}

#[test]
fn departures_go_together() {
    for one in "irlTwxGN=".chars() {
        for other in '!'..='~' {
            slack(&departing(ASK, &format!("{one}{other}")));
        }
    }
}

fn seed(which: Index) -> Vec<u8> {
    let all: Vec<&Vec<u8>> = SEEDS.values().collect();
    all[which.index(all.len())].clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_inputs_have_their_answers_too(
        which in any::<Index>(),
        damages in prop::collection::vec(damage(WORDS), 1..6),
    ) {
        slack(&damaged(seed(which), &damages, seed));
    }
}
