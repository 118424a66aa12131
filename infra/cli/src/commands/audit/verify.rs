//! `audit verify`: whether anybody changed, removed, inserted or moved an entry, and which.

use super::checked::{Checked, Finding, check_all};
use super::trail::{Trail, TrailArgs};
use crate::show::{Look, Tone, count, during, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::audit::{Hash, Head, StreamName};
use serde::Serialize;
use std::collections::BTreeMap;
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
                if all.is_empty() {
                    return Err(Stop::usage(format!(
                        "`{place}` names no stream, and so proves nothing: make it with `rotakey audit head --json`"
                    )));
                }
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

/// What was found out about one stream, as `--json` shows it.
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
    if checked.iter().all(|checked| checked.findings.is_empty()) {
        Ok(Exit::Done)
    } else {
        Ok(Exit::Failed)
    }
}

fn tell(checked: &[Checked], look: Look) {
    let mut table = look.table(["stream", "entries", "is"]);
    for Checked {
        stream,
        entries,
        head: _,
        findings,
    } in checked
    {
        let is = if findings.is_empty() {
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
        for finding in &checked.findings {
            findings += 1;
            let said = format!("{}: {finding}", checked.stream);
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
        findings,
    } = checked;
    Row {
        stream,
        entries: *entries,
        head: *head,
        whole: findings.is_empty(),
        damage: findings.iter().map(found).collect(),
    }
}

fn found(finding: &Finding) -> Found {
    let (from, to) = finding.span();
    Found {
        kind: finding.kind(),
        from,
        to,
        message: finding.to_string(),
    }
}
