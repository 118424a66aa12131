//! `audit head`: the end of every stream, to be kept where nobody who can write the store can reach it.

use super::trail::{Trail, TrailArgs};
use crate::show::{Look, Tone, during, fitted, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::audit::StreamName;

/// Show the end of every stream; keep it elsewhere, and `audit verify --head` finds what was cut off or written anew since
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only one stream: group/NAME, or system
    #[arg(long)]
    stream: Option<StreamName>,
    #[command(flatten)]
    trail: TrailArgs,
    /// Print JSON, as `audit verify --head FILE` reads it
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let trail = Trail::open(&args.trail).await?;
    let heads = trail.streams(args.stream.as_ref());
    let heads = during("Reading the audit trail", heads).await;
    trail.close().await?;
    let heads = heads?;
    if args.json {
        print_json(&heads);
        return Ok(Exit::Done);
    }
    let mut table = look.table(["stream", "end"]);
    for (stream, head) in &heads {
        let end = format!("{}:{}", head.seq, head.hash);
        table.add_row(vec![look.cell(Tone::Strong, stream), end.into()]);
    }
    if table.is_empty() {
        print("the audit trail is empty");
    } else {
        print(fitted(&mut table, &[0, 1]));
    }
    Ok(Exit::Done)
}
