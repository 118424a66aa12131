//! `schedules`: what there is to choose from.

use crate::setup::ConfigArg;
use crate::show::{Look, Tone, during, fitted, harmless, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::id::PagerDutyName;
use access_sources::{Reads, ScheduleLine};
use futures::future::join_all;
use oncall_poller::wiring::RealSystems;
use serde::Serialize;

/// Show the schedules that PagerDuty has, with who is on call and what to write into the configuration
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One schedule, as `--json` shows it.
#[derive(Debug, Serialize)]
struct Row {
    pagerduty: String,
    id: String,
    name: String,
    kind: String,
    time_zone: Option<String>,
    teams: Vec<String>,
    on_call_now: Vec<String>,
    in_policies: Vec<String>,
    source: String,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let aws = loaded.aws().await?;
    loaded.require_secrets(&aws).await?;
    let (systems, now) = (RealSystems::new(&aws), function_kit::now());
    let reads = loaded.config.pagerduty.iter().map(|(name, account)| {
        let source = systems.pagerduty(account, Reads::Rota);
        async move {
            match source {
                Ok(source) => source
                    .directory(now)
                    .await
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error),
            }
            .map_err(|error| format!("PagerDuty account {name}: {error}"))
            .map(|lines| (name, lines))
        }
    });
    let read = during("Reading PagerDuty", join_all(reads)).await;
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for account in read {
        match account {
            Ok((name, lines)) => rows.extend(lines.into_iter().map(|line| row(name, line))),
            Err(failure) => failures.push(failure),
        }
    }
    if args.json {
        print_json(&rows);
    } else if !rows.is_empty() {
        print(table(&rows, look));
    } else if loaded.config.pagerduty.is_empty() {
        print("the configuration names no PagerDuty account");
    } else if failures.is_empty() {
        print("PagerDuty shows no schedule");
    }
    if failures.is_empty() {
        Ok(Exit::Done)
    } else {
        Err(Stop::failed(failures.join("\n")))
    }
}

fn row(pagerduty: &PagerDutyName, line: ScheduleLine) -> Row {
    let ScheduleLine {
        id,
        name,
        kind,
        teams,
        time_zone,
        on_call_now,
        in_policies,
    } = line;
    Row {
        pagerduty: pagerduty.to_string(),
        source: format!("schedule:{pagerduty}/{id}"),
        id: id.to_string(),
        name,
        kind: kind.to_string(),
        time_zone,
        teams,
        on_call_now,
        in_policies,
    }
}

fn table(rows: &[Row], look: Look) -> String {
    let mut table = look.table([
        "source",
        "name",
        "kind",
        "zone",
        "teams",
        "on call now",
        "escalation policies",
    ]);
    for row in rows {
        let on_call = match row.on_call_now.as_slice() {
            [] => look.cell(Tone::Faint, "nobody"),
            people => comfy_table::Cell::new(harmless(&people.join(", "))),
        };
        table.add_row(vec![
            look.cell(Tone::Strong, &row.source),
            harmless(&row.name).into(),
            row.kind.as_str().into(),
            harmless(row.time_zone.as_deref().unwrap_or_default()).into(),
            harmless(&row.teams.join(", ")).into(),
            on_call,
            harmless(&row.in_policies.join(", ")).into(),
        ]);
    }
    fitted(&mut table, &[0])
}
