//! `audit verify`: whether anybody changed, removed, inserted or moved an entry, and which.

use super::trail::{Trail, TrailArgs, no_stream};
use crate::show::{Look, Tone, count, during, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::audit::{Damage, Entry, Hash, Head, StreamName, verify};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Check that no entry was changed, removed, inserted or moved since it was sealed; exits with 1 when one was
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only one stream: group/NAME, or system
    #[arg(long)]
    stream: Option<StreamName>,
    /// Ends that were kept elsewhere: a file of `audit head --json`, or with --stream the end itself
    #[arg(long, value_name = "FILE|SEQ:HASH", value_parser = kept)]
    head: Option<Kept>,
    #[command(flatten)]
    trail: TrailArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was kept elsewhere.
#[derive(Debug, Clone)]
enum Kept {
    File(PathBuf),
    One(Head),
}

fn kept(text: &str) -> Result<Kept, String> {
    let parts = text.split_once(':');
    let seq = parts.and_then(|(seq, hash)| Some((seq.parse::<u64>().ok()?, hash)));
    let Some((seq, hash)) = seq else {
        return Ok(Kept::File(PathBuf::from(text)));
    };
    let hash = hash.parse::<Hash>().map_err(|error| error.to_string())?;
    Ok(Kept::One(Head { seq, hash }))
}

impl Args {
    /// The ends to compare with, by stream.
    fn anchors(&self) -> Result<BTreeMap<StreamName, Head>, Stop> {
        match (&self.head, &self.stream) {
            (None, _) => Ok(BTreeMap::new()),
            (Some(Kept::One(head)), Some(stream)) => Ok(BTreeMap::from([(stream.clone(), *head)])),
            (Some(Kept::One(_)), None) => Err(Stop::usage(
                "an end is that of one stream: name it with --stream",
            )),
            (Some(Kept::File(path)), stream) => {
                let place = path.display();
                let read = std::fs::read_to_string(path);
                let text = read.map_err(|error| {
                    Stop::usage(format!("the ends `{place}` cannot be read: {error}"))
                })?;
                let mut all: BTreeMap<StreamName, Head> =
                    serde_json::from_str(&text).map_err(|error| {
                        let made = "make it with `rotakey audit head --json`";
                        Stop::usage(format!("`{place}` holds no ends: {error}; {made}"))
                    })?;
                if let Some(stream) = stream {
                    all.retain(|name, _| name == stream);
                    if all.is_empty() {
                        return Err(Stop::usage(format!("`{place}` holds no end of {stream}")));
                    }
                }
                Ok(all)
            }
        }
    }
}

/// What was found out about one stream.
struct Checked {
    stream: StreamName,
    entries: usize,
    head: Option<Head>,
    damage: BTreeSet<Damage>,
}

/// The same, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row<'a> {
    stream: &'a StreamName,
    entries: usize,
    head: Option<Head>,
    whole: bool,
    damage: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Found {
    kind: &'static str,
    from: u64,
    to: u64,
    message: String,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let anchors = args.anchors()?;
    let trail = Trail::open(&args.trail).await?;
    let checked = check_all(&trail, args.stream.as_ref(), &anchors);
    let checked = during("Reading the audit trail", checked).await;
    trail.close().await?;
    let checked = checked?;
    if args.json {
        let rows: Vec<Row<'_>> = checked.iter().map(row).collect();
        print_json(&rows);
    } else {
        tell(&checked, look);
    }
    if checked.iter().all(|checked| checked.damage.is_empty()) {
        Ok(Exit::Done)
    } else {
        Ok(Exit::Failed)
    }
}

async fn check_all(
    trail: &Trail,
    asked: Option<&StreamName>,
    anchors: &BTreeMap<StreamName, Head>,
) -> Result<Vec<Checked>, Stop> {
    let streams = trail.streams(None).await?;
    let names: BTreeSet<&StreamName> = match asked {
        Some(asked) => BTreeSet::from([asked]),
        // A stream of which nothing is left is missed by its anchor alone.
        None => streams.keys().chain(anchors.keys()).collect(),
    };
    let mut all = Vec::new();
    for stream in names {
        let checked = check(trail, stream, anchors.get(stream).copied()).await?;
        if checked.head.is_none() && checked.entries == 0 && checked.damage.is_empty() {
            return Err(no_stream(stream, streams.keys()));
        }
        all.push(checked);
    }
    Ok(all)
}

async fn check(trail: &Trail, stream: &StreamName, anchor: Option<Head>) -> Result<Checked, Stop> {
    let head = trail.head(stream).await?;
    let mut entries = trail.entries_from(stream, 0).await?;
    let after = trail.head(stream).await?;
    if after != head {
        // The trail went on while it was read: what is newer is checked the next time.
        let last = head.map_or(0, |head| head.seq);
        entries.retain(|entry| entry.seq <= last);
    }
    Ok(Checked {
        stream: stream.clone(),
        entries: entries.len(),
        head,
        damage: damage(stream, &entries, head, anchor),
    })
}

/// Everything that was done to a stream, by its own end and by one that was kept elsewhere, at that end or before.
fn damage(
    stream: &StreamName,
    entries: &[Entry],
    head: Option<Head>,
    anchor: Option<Head>,
) -> BTreeSet<Damage> {
    let against = |entries: &[Entry], end| verify(stream, entries, end).err().unwrap_or_default();
    let mut found: BTreeSet<Damage> = against(entries, head).into_iter().collect();
    if let Some(anchor) = anchor {
        let until_then = entries.iter().filter(|entry| entry.seq <= anchor.seq);
        let until_then: Vec<Entry> = until_then.cloned().collect();
        found.extend(against(&until_then, Some(anchor)));
    }
    found
}

fn tell(checked: &[Checked], look: Look) {
    let mut table = look.table(["stream", "entries", "is"]);
    for Checked {
        stream,
        entries,
        head: _,
        damage,
    } in checked
    {
        let is = if damage.is_empty() {
            look.cell(Tone::Open, "whole")
        } else {
            look.cell(Tone::Bad, "DAMAGED")
        };
        table.add_row(vec![stream.to_string().into(), (*entries).into(), is]);
    }
    if table.is_empty() {
        print("the audit trail is empty");
        return;
    }
    print(table.trim_fmt());
    let mut findings = 0;
    for checked in checked {
        for damage in &checked.damage {
            findings += 1;
            let said = format!("{}: {damage}", checked.stream);
            print(look.tone(Tone::Bad, said));
        }
    }
    let streams = count(checked.len(), "stream");
    let said = match findings {
        0 => "nothing was touched".to_owned(),
        findings => count(findings, "finding"),
    };
    print(format!("{streams} checked: {said}"));
}

fn row(checked: &Checked) -> Row<'_> {
    let Checked {
        stream,
        entries,
        head,
        damage,
    } = checked;
    Row {
        stream,
        entries: *entries,
        head: *head,
        whole: damage.is_empty(),
        damage: damage.iter().map(found).collect(),
    }
}

fn found(damage: &Damage) -> Found {
    let (kind, from, to) = match damage {
        Damage::Removed { from, to } => ("removed", *from, *to),
        Damage::Changed { seq } => ("changed", *seq, *seq),
        Damage::Inserted { seq } => ("inserted", *seq, *seq),
        Damage::Reordered { seq } => ("reordered", *seq, *seq),
        Damage::Rewritten { seq } => ("rewritten", *seq, *seq),
        Damage::MissingTail { from, to } => ("missing_tail", *from, *to),
    };
    Found {
        kind,
        from,
        to,
        message: damage.to_string(),
    }
}
