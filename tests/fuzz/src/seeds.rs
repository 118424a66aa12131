//! Seeds from files and damage to them: what the tests of every target share.

use crate::input::{RECORD, UNIT};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
use std::fs;

/// The files of a folder, by their names.
pub(crate) fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
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

/// One damage to an input.
#[derive(Debug, Clone)]
pub(crate) enum Damage {
    /// Another byte.
    Byte(Index, u8),
    /// Bytes that mean something somewhere.
    Word(Index, &'static str),
    /// Some bytes less.
    Cut(Index, usize),
    /// Another input follows.
    Next(Index),
    /// Everything from there on is said twice.
    Twice(Index),
    /// More letters.
    Letters(String),
}

/// The first four kinds of damage, with words that mean something to the target.
pub(crate) fn damage(words: &'static [&'static str]) -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (any::<Index>(), prop::sample::select(words)).prop_map(|(at, word)| Damage::Word(at, word)),
        (any::<Index>(), 1..200_usize).prop_map(|(at, bytes)| Damage::Cut(at, bytes)),
        any::<Index>().prop_map(Damage::Next),
    ]
}

/// The input after all of it; `seed` finds the input that follows.
pub(crate) fn damaged(
    mut input: Vec<u8>,
    damages: &[Damage],
    seed: fn(Index) -> Vec<u8>,
) -> Vec<u8> {
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
            Damage::Next(which) => {
                input.push(RECORD);
                input.extend(seed(*which));
            }
            Damage::Twice(at) => input.extend_from_within(at.index(bytes + 1)..),
            Damage::Letters(letters) => {
                input.push(UNIT);
                input.extend(letters.bytes());
            }
        }
    }
    input
}
