//! `audit list`: what happened, the newest first.

use super::trail::{SpanArgs, Trail, TrailArgs};
use crate::events::{actor, concerned, told};
use crate::show::{Look, Tone, count, during, fitted, harmless, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::audit::{Entry, StreamName};

/// Show what was decided and done, the newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only one stream: group/NAME, or system
    #[arg(long)]
    stream: Option<StreamName>,
    #[command(flatten)]
    span: SpanArgs,
    /// How many entries to show at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    #[command(flatten)]
    trail: TrailArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let trail = Trail::open(&args.trail).await?;
    let newest = during("Reading the audit trail", newest(&trail, &args)).await;
    trail.close().await?;
    let entries = newest?;
    if args.json {
        print_json(&entries);
    } else if entries.is_empty() {
        print("nothing of that kind is in the audit trail");
    } else {
        print(table(&entries, look));
        print(count(entries.len(), "event"));
    }
    Ok(Exit::Done)
}

async fn newest(trail: &Trail, args: &Args) -> Result<Vec<Entry>, Stop> {
    let limit = usize::from(args.limit);
    let mut all = Vec::new();
    for (stream, head) in trail.streams(args.stream.as_ref()).await? {
        all.extend(trail.newest(&stream, head, &args.span, limit).await?);
    }
    all.sort_by(|a, b| (b.at, &b.stream, b.seq).cmp(&(a.at, &a.stream, a.seq)));
    all.truncate(limit);
    Ok(all)
}

fn table(entries: &[Entry], look: Look) -> String {
    let mut table = look.table(["at (UTC)", "stream", "no.", "event", "by", "about", "what"]);
    for entry in entries {
        let (by, about, what) = match entry.event() {
            Ok(event) => {
                let about = concerned(&event).map(ToString::to_string);
                let by = actor(&event).to_string();
                (by, about.unwrap_or_default(), told(&event))
            }
            Err(error) => (String::new(), String::new(), error.to_string()),
        };
        table.add_row(vec![
            format!("{:.0}", entry.at).into(),
            entry.stream.to_string().into(),
            entry.seq.into(),
            look.cell(Tone::Strong, &entry.detail_type),
            harmless(&by).into(),
            harmless(&about).into(),
            harmless(&what).into(),
        ]);
    }
    fitted(&mut table, &[1])
}
