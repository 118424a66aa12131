//! `audit show`: one entry, whole.

use super::trail::{Trail, TrailArgs};
use crate::events::told;
use crate::show::{during, harmless_lines, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::audit::{Entry, StreamName};
use serde::Serialize;
use std::fmt;
use std::ops::ControlFlow;

/// Show one entry, with its place in the chain
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Its number in the stream, or its event's key
    #[arg(value_name = "SEQ|KEY", value_parser = which)]
    which: Which,
    /// The stream: group/NAME, or system [default for a key: all of them]
    #[arg(long)]
    stream: Option<StreamName>,
    #[command(flatten)]
    trail: TrailArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How an entry is named.
#[derive(Debug, Clone)]
enum Which {
    Seq(u64),
    Key(String),
}

fn which(text: &str) -> Result<Which, String> {
    match text.parse() {
        Ok(seq) => Ok(Which::Seq(seq)),
        Err(_) if text.is_empty() => Err("write a number or a key".to_owned()),
        Err(_) => Ok(Which::Key(text.to_owned())),
    }
}

/// The entry, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    /// Whether the hash is that of what the entry says.
    hash_fits: bool,
}

pub(super) async fn run(args: Args) -> Result<Exit, Stop> {
    let trail = Trail::open(&args.trail).await?;
    let found = during("Reading the audit trail", find(&trail, &args)).await;
    trail.close().await?;
    let entry = found?;
    let shown = Shown {
        hash_fits: entry.computed() == entry.hash,
        entry: &entry,
    };
    if args.json {
        print_json(&shown);
    } else {
        print(harmless_lines(&shown.to_string()));
    }
    Ok(Exit::Done)
}

async fn find(trail: &Trail, args: &Args) -> Result<Entry, Stop> {
    let streams = trail.streams(args.stream.as_ref()).await?;
    match &args.which {
        Which::Seq(seq) => {
            let mut names = streams.keys();
            let (Some(stream), None) = (names.next(), names.next()) else {
                let help = "numbers count in one stream: name it with --stream";
                return Err(Stop::usage(help));
            };
            let entries = trail.entries_from(stream, *seq).await?;
            let found = entries.into_iter().find(|entry| entry.seq == *seq);
            found.ok_or_else(|| Stop::usage(format!("there is no entry {seq} in {stream}")))
        }
        Which::Key(key) => {
            for stream in streams.keys() {
                let mut found = None;
                let look = |entry: Entry| {
                    if entry.key != *key {
                        return ControlFlow::Continue(());
                    }
                    found = Some(entry);
                    ControlFlow::Break(())
                };
                // Whether it was found is all that counts.
                let _end = trail.walk(stream, look).await?;
                if let Some(entry) = found {
                    return Ok(entry);
                }
            }
            Err(Stop::usage(format!("there is no entry of key `{key}`")))
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, hash_fits } = self;
        let fits = if *hash_fits {
            "fits what the entry says"
        } else {
            "is NOT that of what the entry says"
        };
        writeln!(f, "entry {} of {}", entry.seq, entry.stream)?;
        writeln!(f, "at        {}", entry.at)?;
        writeln!(f, "event     {}", entry.detail_type)?;
        match entry.event() {
            Ok(event) => writeln!(f, "what      {}", told(&event))?,
            Err(error) => writeln!(f, "what      {error}")?,
        }
        writeln!(f, "key       {}", entry.key)?;
        writeln!(f, "previous  {}", entry.previous)?;
        writeln!(f, "hash      {}, which {fits}", entry.hash)?;
        write!(f, "\n{:#}", entry.detail)
    }
}
