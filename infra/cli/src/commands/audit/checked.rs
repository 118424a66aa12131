//! What somebody did to a stream: to the chain of its entries, to its end, or to all of it.

use super::trail::{Trail, no_stream};
use crate::stop::Stop;
use access_core::audit::{Damage, Entry, Head, StreamName, verify};
use access_core::ports::StoreError;
use access_store::KnownEntries;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What was found out about one stream.
pub(super) struct Checked {
    pub(super) stream: StreamName,
    pub(super) entries: usize,
    pub(super) head: Option<Head>,
    pub(super) findings: BTreeSet<Finding>,
}

/// One thing that was done to a stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finding {
    /// To its chain.
    Chain(Damage),
    /// What lies in the place of an entry cannot be read.
    Unread { seq: u64, reason: String },
    /// Entries are there, up to this number, and nothing says where the stream ends.
    Endless { last: u64 },
    /// What says where it ends cannot be read.
    EndUnread { reason: String },
    /// Nothing of it is there, and something else tells that it was.
    Gone { witness: String },
}

impl Finding {
    /// The word that programs go by.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Chain(Damage::Removed { .. }) => "removed",
            Self::Chain(Damage::Changed { .. }) => "changed",
            Self::Chain(Damage::Inserted { .. }) => "inserted",
            Self::Chain(Damage::Reordered { .. }) => "reordered",
            Self::Chain(Damage::Rewritten { .. }) => "rewritten",
            Self::Chain(Damage::MissingTail { .. }) => "missing_tail",
            Self::Unread { .. } => "unreadable",
            Self::Endless { .. } => "missing_end",
            Self::EndUnread { .. } => "unreadable_end",
            Self::Gone { .. } => "missing_stream",
        }
    }

    /// The first and the last entry that it is about; 0 where it is about none.
    pub(super) fn span(&self) -> (u64, u64) {
        match self {
            Self::Chain(Damage::Removed { from, to } | Damage::MissingTail { from, to }) => {
                (*from, *to)
            }
            Self::Chain(damage) => (damage.seq(), damage.seq()),
            Self::Unread { seq, .. } | Self::Endless { last: seq } => (*seq, *seq),
            Self::EndUnread { .. } | Self::Gone { .. } => (0, 0),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(damage) => damage.fmt(f),
            Self::Unread { seq, reason } => write!(f, "entry {seq} cannot be read: {reason}"),
            Self::Endless { last } => write!(
                f,
                "its end was removed: entries up to {last} are there, and nothing tells of later ones"
            ),
            Self::EndUnread { reason } => write!(f, "its end cannot be read: {reason}"),
            Self::Gone { witness } => write!(f, "all of it was removed: {witness}"),
        }
    }
}

impl Checked {
    /// Whether nothing is there, and nothing tells that anything ever was.
    fn is_absent(&self) -> bool {
        self.head.is_none() && self.entries == 0 && self.findings.is_empty()
    }
}

/// Checks every stream that there may be, or the one asked for, also by the ends that were kept elsewhere.
///
/// # Errors
/// When the store cannot be asked, or nothing is known of the stream asked for.
pub(super) async fn check_all(
    trail: &Trail,
    asked: Option<&StreamName>,
    anchors: &BTreeMap<StreamName, Head>,
) -> Result<Vec<Checked>, Stop> {
    let names = if let Some(asked) = asked {
        BTreeSet::from([asked.clone()])
    } else {
        let mut names = trail.possible().await?;
        // A stream of which nothing is left may be missed by its anchor alone.
        names.extend(anchors.keys().cloned());
        names
    };
    let mut all = Vec::new();
    for stream in names {
        let checked = check(trail, stream, anchors).await?;
        if !checked.is_absent() {
            all.push(checked);
        } else if asked.is_some() {
            let known = trail.ended().await?;
            return Err(no_stream(&checked.stream, known.iter()));
        }
    }
    Ok(all)
}

async fn check(
    trail: &Trail,
    stream: StreamName,
    anchors: &BTreeMap<StreamName, Head>,
) -> Result<Checked, StoreError> {
    let mut findings = BTreeSet::new();
    let head = end(trail, &stream).await?;
    let KnownEntries {
        mut entries,
        mut unread,
    } = trail.known_entries(&stream).await?;
    if end(trail, &stream).await? != head {
        // The trail went on while it was read: what is newer is checked the next time.
        let last = match &head {
            Ok(head) => head.map_or(0, |head| head.seq),
            Err(_) => u64::MAX,
        };
        entries.retain(|entry| entry.seq <= last);
        unread.retain(|seq, _| *seq <= last);
    }
    let last = entries.iter().max_by_key(|entry| entry.seq);
    let last_seq = last.map(|entry| entry.seq);
    let last_seq = last_seq.max(unread.last_key_value().map(|(seq, _)| *seq));
    // Without its own end, a stream is held to what is there.
    let until = match (&head, last_seq) {
        (Ok(Some(head)), _) => Some(*head),
        (Ok(None), None) => None,
        (Ok(None), Some(seq)) => {
            findings.insert(Finding::Endless { last: seq });
            last.map(Entry::head)
        }
        (Err(reason), _) => {
            let reason = reason.clone();
            findings.insert(Finding::EndUnread { reason });
            last.map(Entry::head)
        }
    };
    let damage = damage(&stream, &entries, until, anchors.get(&stream).copied());
    let damage = damage.into_iter();
    let damage = damage.filter(|damage| !is_of_unread(damage, &unread));
    findings.extend(damage.map(Finding::Chain));
    let unread = unread.into_iter();
    findings.extend(unread.map(|(seq, reason)| Finding::Unread { seq, reason }));
    let head = head.ok().flatten();
    if head.is_none() && findings.is_empty() {
        let witness = trail.missed(&stream).await?;
        findings.extend(witness.map(|witness| Finding::Gone { witness }));
    }
    Ok(Checked {
        stream,
        entries: entries.len(),
        head,
        findings,
    })
}

/// The end of a stream as it is now, or why it cannot be read.
async fn end(
    trail: &Trail,
    stream: &StreamName,
) -> Result<Result<Option<Head>, String>, StoreError> {
    match trail.head(stream).await {
        Ok(head) => Ok(Ok(head)),
        Err(StoreError::Malformed { what: _, reason }) => Ok(Err(reason)),
        Err(error) => Err(error),
    }
}

/// Everything that was done to a chain, by its own end and by one that was kept elsewhere, at that end or before.
fn damage(
    stream: &StreamName,
    entries: &[Entry],
    until: Option<Head>,
    anchor: Option<Head>,
) -> BTreeSet<Damage> {
    let against = |entries: &[Entry], end| verify(stream, entries, end).err().unwrap_or_default();
    let mut found: BTreeSet<Damage> = against(entries, until).into_iter().collect();
    if let Some(anchor) = anchor {
        let until_then = entries.iter().filter(|entry| entry.seq <= anchor.seq);
        let until_then: Vec<Entry> = until_then.cloned().collect();
        found.extend(against(&until_then, Some(anchor)));
    }
    found
}

/// Whether the entries that a chain lacks are there, and only cannot be read.
fn is_of_unread(damage: &Damage, unread: &BTreeMap<u64, String>) -> bool {
    match damage {
        Damage::Removed { from, to } | Damage::MissingTail { from, to } => {
            (*from..=*to).all(|seq| unread.contains_key(&seq))
        }
        _ => false,
    }
}
