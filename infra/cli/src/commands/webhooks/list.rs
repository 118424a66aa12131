//! `webhooks list`: every subscription, and whether PagerDuty delivers to it.

use super::desk::known;
use super::row::{Row, State};
use crate::setup::ConfigArg;
use crate::show::{Look, Tone, during, fitted, harmless, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::id::PagerDutyName;
use access_sources::Reads;
use comfy_table::Cell;
use futures::future::join_all;
use oncall_poller::wiring::RealSystems;

/// Show the webhook subscriptions that PagerDuty has, and whether they deliver
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only of this PagerDuty account
    account: Option<PagerDutyName>,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    if let Some(asked) = &args.account {
        known(&loaded, asked)?;
    }
    let aws = loaded.aws().await?;
    loaded.require_secrets(&aws).await?;
    let systems = RealSystems::new(&aws);
    let asked = args.account.as_ref();
    let accounts = loaded.config.pagerduty.iter();
    let accounts = accounts.filter(|(name, _)| asked.is_none_or(|asked| asked == *name));
    let reads = accounts.map(|(name, account)| {
        let source = systems.pagerduty(account, Reads::Webhooks);
        async move {
            let listed = match source {
                Ok(source) => source
                    .client()
                    .webhook_subscriptions()
                    .await
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error),
            };
            listed
                .map(|all| (name, all))
                .map_err(|error| format!("PagerDuty account {name}: {error}"))
        }
    });
    let read = during("Reading PagerDuty", join_all(reads)).await;
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for account in read {
        match account {
            Ok((name, all)) => rows.extend(all.iter().map(|one| Row::of(name, one))),
            Err(failure) => failures.push(failure),
        }
    }
    if args.json {
        print_json(&rows);
    } else if rows.is_empty() && failures.is_empty() {
        print("there is no webhook subscription");
    } else if !rows.is_empty() {
        print(table(&rows, look));
    }
    if failures.is_empty() {
        Ok(Exit::Done)
    } else {
        Err(Stop::failed(failures.join("\n")))
    }
}

fn table(rows: &[Row], look: Look) -> String {
    let mut table = look.table([
        "account",
        "subscription",
        "state",
        "incidents of",
        "delivers to",
        "description",
    ]);
    for row in rows {
        let weight = if row.ours { Tone::Strong } else { Tone::Faint };
        let state = match row.state {
            State::Delivering => Tone::Open,
            State::Disabled => Tone::Bad,
            State::Off => Tone::Warn,
        };
        table.add_row(vec![
            Cell::new(&row.pagerduty),
            look.cell(weight, &row.id),
            look.cell(state, row.state.as_str()),
            harmless(&row.filter).into(),
            row.url.as_deref().unwrap_or_default().into(),
            harmless(row.description.as_deref().unwrap_or_default()).into(),
        ]);
    }
    fitted(&mut table, &[0, 1])
}
