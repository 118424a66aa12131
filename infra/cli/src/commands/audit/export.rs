//! `audit export`: the trail as JSON lines, for what collects logs.

use super::trail::{SpanArgs, Trail, TrailArgs};
use crate::ocsf;
use crate::show::print;
use crate::stop::{Exit, Stop};
use access_core::audit::{Entry, StreamName};
use std::ops::ControlFlow;

/// Print the trail as JSON lines, stream by stream, the oldest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The form of each line
    #[arg(long, value_enum)]
    format: Format,
    /// Only one stream: group/NAME, or system
    #[arg(long)]
    stream: Option<StreamName>,
    #[command(flatten)]
    span: SpanArgs,
    #[command(flatten)]
    trail: TrailArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// Entries as they are kept, with their hashes
    Jsonl,
    /// Events of the Open Cybersecurity Schema Framework 1.3.0
    Ocsf,
}

pub(super) async fn run(args: Args) -> Result<Exit, Stop> {
    let trail = Trail::open(&args.trail).await?;
    let exported = export(&trail, &args).await;
    trail.close().await?;
    exported?;
    Ok(Exit::Done)
}

async fn export(trail: &Trail, args: &Args) -> Result<(), Stop> {
    for stream in trail.streams(args.stream.as_ref()).await?.keys() {
        let tell = |entry: Entry| {
            if !args.span.holds(entry.at) || print(line(args.format, &entry)) {
                ControlFlow::Continue(())
            } else {
                // Whoever read the lines has closed the pipe.
                ControlFlow::Break(())
            }
        };
        if trail.walk(stream, tell).await?.is_break() {
            break;
        }
    }
    Ok(())
}

fn line(format: Format, entry: &Entry) -> String {
    match format {
        Format::Jsonl => {
            serde_json::to_string(entry).expect("an entry holds texts, numbers and JSON")
        }
        Format::Ocsf => ocsf::record(entry).to_string(),
    }
}
