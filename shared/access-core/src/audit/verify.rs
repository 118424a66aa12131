//! Finding what was done to a chain after it was sealed.

use super::{Entry, Hash, Head, StreamName};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What was done to a stream, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Entries are missing between others, or at the beginning.
    Removed {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// An entry is no longer what was sealed, though its number is there.
    Changed {
        /// Its number.
        seq: u64,
    },
    /// An entry was never sealed: a second one of its number, one of another stream, or one after the anchored end.
    Inserted {
        /// The number that it claims.
        seq: u64,
    },
    /// An entry stands behind one that came after it.
    Reordered {
        /// Its number.
        seq: u64,
    },
    /// Every entry fits the one before, but the last is not the one that was anchored: it was changed, or the chain was
    /// written anew from some earlier entry on.
    Rewritten {
        /// The last entry's number.
        seq: u64,
    },
    /// The anchored end lies behind the last entry.
    MissingTail {
        /// The first that is missing.
        from: u64,
        /// The last that is missing: the anchored one.
        to: u64,
    },
}

impl Damage {
    /// The number of the first entry that it is about.
    #[must_use]
    pub fn seq(&self) -> u64 {
        match self {
            Self::Removed { from: seq, .. }
            | Self::MissingTail { from: seq, .. }
            | Self::Changed { seq }
            | Self::Inserted { seq }
            | Self::Reordered { seq }
            | Self::Rewritten { seq } => *seq,
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Removed { from, to } if from == to => write!(f, "entry {from} was removed"),
            Self::Removed { from, to } => write!(f, "entries {from} to {to} were removed"),
            Self::Changed { seq } => write!(f, "entry {seq} was changed"),
            Self::Inserted { seq } => write!(f, "entry {seq} was inserted"),
            Self::Reordered { seq } => write!(f, "entry {seq} is out of its order"),
            Self::Rewritten { seq } => write!(
                f,
                "entry {seq} is not the anchored end: it or what leads to it was written anew"
            ),
            Self::MissingTail { from, to } => {
                write!(f, "the end is missing: entries {from} to {to}")
            }
        }
    }
}

/// Checks a whole stream, in the order in which its entries are kept, against its anchored end; `None` for a stream
/// that was never written to.
///
/// # Errors
/// Everything that was done to it, by the numbers of entries.
pub fn verify(
    stream: &StreamName,
    entries: &[Entry],
    head: Option<Head>,
) -> Result<(), Vec<Damage>> {
    let mut damage = BTreeSet::new();
    let last = head.map_or(0, |head| head.seq);
    let mut candidates: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, entry) in entries.iter().enumerate() {
        let seq = entry.seq;
        if entry.stream == *stream && (1..=last).contains(&seq) {
            candidates.entry(seq).or_default().push(place);
        } else {
            damage.insert(Damage::Inserted { seq });
        }
    }
    let mut chain = BTreeMap::new();
    for (seq, places) in &candidates {
        let next = candidates.get(&seq.saturating_add(1)).into_iter().flatten();
        let mut claims: BTreeSet<Hash> = next.map(|place| entries[*place].previous).collect();
        claims.extend(head.filter(|head| head.seq == *seq).map(|head| head.hash));
        let genuine = genuine(entries, places, &claims);
        chain.insert(*seq, genuine);
        if places.len() > 1 {
            damage.insert(Damage::Inserted { seq: *seq });
        }
    }
    damage.extend(out_of_order(&chain));
    let chain: Vec<&Entry> = chain.values().map(|place| &entries[*place]).collect();
    damage.extend(missing(&chain, last));
    damage.extend(changed(&chain, head));
    if damage.is_empty() {
        return Ok(());
    }
    let mut damage: Vec<_> = damage.into_iter().collect();
    damage.sort_by_key(|damage| (damage.seq(), *damage));
    Err(damage)
}

/// Of several entries with one number, the one that was sealed, as far as what comes after it, `claims`, can tell.
fn genuine(entries: &[Entry], places: &[usize], claims: &BTreeSet<Hash>) -> usize {
    let whole = |place: &&usize| entries[**place].computed() == entries[**place].hash;
    let claimed = |place: &&usize| claims.contains(&entries[**place].hash);
    let best = places.iter().find(|place| whole(place) && claimed(place));
    let best = best.or_else(|| places.iter().find(claimed));
    let best = best.or_else(|| places.iter().find(whole));
    *best.unwrap_or(&places[0])
}

/// Entries that stand behind one with a greater number.
fn out_of_order(chain: &BTreeMap<u64, usize>) -> Vec<Damage> {
    let mut placed: Vec<(usize, u64)> = chain.iter().map(|(seq, place)| (*place, *seq)).collect();
    placed.sort_unstable();
    let mut greatest = 0;
    let mut behind = Vec::new();
    for (_, seq) in placed {
        if seq < greatest {
            behind.push(Damage::Reordered { seq });
        }
        greatest = greatest.max(seq);
    }
    behind
}

/// Numbers up to `last` that no entry has.
fn missing(chain: &[&Entry], last: u64) -> Vec<Damage> {
    let mut missing = Vec::new();
    let mut before = 0;
    for entry in chain {
        if entry.seq > before + 1 {
            let (from, to) = (before + 1, entry.seq - 1);
            missing.push(Damage::Removed { from, to });
        }
        before = entry.seq;
    }
    if before < last {
        let (from, to) = (before + 1, last);
        missing.push(Damage::MissingTail { from, to });
    }
    missing
}

/// Entries that do not fit their own hash or their neighbours.
fn changed(chain: &[&Entry], head: Option<Head>) -> BTreeSet<Damage> {
    let whole: Vec<bool> = chain
        .iter()
        .map(|entry| entry.computed() == entry.hash)
        .collect();
    // Whether what comes after an entry names it as it is; `None`: what comes after is missing.
    let named = |place: usize| {
        let entry = chain[place];
        match chain.get(place + 1) {
            Some(next) if next.seq == entry.seq + 1 => Some(next.previous == entry.hash),
            Some(_) => None,
            None => {
                let head = head.filter(|head| head.seq == entry.seq);
                head.map(|head| head.hash == entry.hash)
            }
        }
    };
    let mut damage = BTreeSet::new();
    for (place, entry) in chain.iter().enumerate() {
        let seq = entry.seq;
        let is_first = seq == 1 && entry.previous != Hash::NONE;
        if !whole[place] || is_first {
            damage.insert(Damage::Changed { seq });
        } else if named(place) == Some(false) {
            let next = place + 1;
            if next == chain.len() {
                damage.insert(Damage::Rewritten { seq });
            } else if whole[next] && named(next) != Some(false) {
                // The next one fits what follows it, so it is this one that is another.
                damage.insert(Damage::Changed { seq });
            } else {
                damage.insert(Damage::Changed { seq: seq + 1 });
            }
        }
    }
    damage
}
