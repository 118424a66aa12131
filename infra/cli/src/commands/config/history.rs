//! `config history`: every version that was in force, and what each changed.

use crate::settings::{Settings, changes, lines, tally};
use crate::setup::ConfigArg;
use crate::show::{Look, Tone, count, during, harmless, print, print_json};
use crate::stop::{Exit, Stop};
use crate::store_or_table::StoreOrTable;
use access_core::ports::{ConfigVersion, Configs};
use jiff::Timestamp;
use serde::Serialize;

/// Show the versions that were put into force, the newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many versions to show at most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    limit: u16,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreOrTable,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One version, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row {
    version: u64,
    at: Timestamp,
    by: String,
    /// The files that it changed.
    files: Vec<String>,
    added: usize,
    removed: usize,
    /// The same in words.
    #[serde(skip)]
    changed: String,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let open = args.store.open(&args.config.config, super::LACK).await?;
    let limit = usize::from(args.limit);
    // One more, which the oldest of them is held against.
    let read = open.store.configs(None, limit + 1);
    let versions = during("Reading the versions", read).await;
    open.close().await?;
    let rows = rows(&versions?, limit);
    if args.json {
        print_json(&rows);
    } else if rows.is_empty() {
        print("no configuration was put into force yet: `rotakey apply` does that");
    } else {
        print(table(&rows, look));
        print(count(rows.len(), "version"));
    }
    Ok(Exit::Done)
}

fn rows(versions: &[ConfigVersion], limit: usize) -> Vec<Row> {
    let older = versions.iter().skip(1).map(Some);
    let older = older.chain(std::iter::once(None));
    let held = versions.iter().zip(older).take(limit);
    held.map(|(version, older)| row(version, older)).collect()
}

fn row(version: &ConfigVersion, older: Option<&ConfigVersion>) -> Row {
    let changes = changes(older.map(Settings::from), Settings::from(version));
    let (added, removed) = lines(&changes);
    Row {
        version: version.version,
        at: version.at,
        by: version.by.clone(),
        changed: tally(&changes),
        files: changes.into_iter().map(|change| change.file).collect(),
        added,
        removed,
    }
}

fn table(rows: &[Row], look: Look) -> String {
    let mut table = look.table(["version", "at (UTC)", "by", "changed"]);
    for (place, row) in rows.iter().enumerate() {
        // The newest is the one in force.
        let tone = if place == 0 {
            Tone::Strong
        } else {
            Tone::Faint
        };
        table.add_row(vec![
            look.cell(tone, row.version),
            format!("{:.0}", row.at).into(),
            harmless(&row.by).into(),
            row.changed.as_str().into(),
        ]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn version(version: u64, text: &str) -> ConfigVersion {
        ConfigVersion {
            version,
            by: "grace@laptop".to_owned(),
            at: "2026-11-23T07:00:00Z".parse().unwrap(),
            text: text.to_owned(),
            policies: BTreeMap::new(),
        }
    }

    #[test]
    fn each_version_is_held_against_the_one_before() {
        let versions = [
            version(3, "a\nB\n"),
            version(2, "a\nb\n"),
            version(1, "a\n"),
        ];
        for (case, known, limit, expected) in [
            (
                "all",
                &versions[..],
                5,
                vec![(3, 1, 1), (2, 1, 0), (1, 1, 0)],
            ),
            ("some", &versions[..], 2, vec![(3, 1, 1), (2, 1, 0)]),
            ("the first alone", &versions[2..], 5, vec![(1, 1, 0)]),
            ("none", &versions[..0], 5, vec![]),
        ] {
            let rows = rows(known, limit);
            let told: Vec<_> = rows
                .iter()
                .map(|row| (row.version, row.added, row.removed))
                .collect();
            assert_eq!(told, expected, "{case}");
        }
        let table = table(&rows(&versions, 5), Look::plain());
        assert!(table.contains("1 file, +1 -1 lines"), "{table}");
    }
}
