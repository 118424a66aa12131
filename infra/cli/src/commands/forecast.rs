//! `forecast`: what the coming days lack.

use crate::given::Given;
use crate::local::LocalStore;
use crate::setup::{self, ConfigArg};
use crate::show::{Look, Tone, count, during, harmless, moment, print, print_json};
use crate::stop::{Exit, Stop};
use access_core::event::{CoverageWarning, Warning};
use access_core::forecast::Forecast;
use std::sync::Arc;

/// Said below a table with people in it.
const FIRST_ONLY: &str = "of each person, only the first time in each group is shown";

/// Show who goes on call without an account, and which hours have nobody on call
///
/// Of each person, only the first such time in each group is shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// How far ahead [default: `forecast` under [sweep], or 14]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=90))]
    days: Option<u16>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let aws = loaded.aws_signed_in().await?;
    loaded.require_secrets(&aws).await?;
    let text = match args.days {
        Some(days) => looking_ahead(&loaded.text, days),
        None => loaded.text.clone(),
    };
    let (local, now) = (LocalStore::open(None).await?, function_kit::now());
    let store = Given::new(Arc::new(local.store()), now, &text);
    let deps = setup::deps(Arc::new(store), &aws);
    let forecast = during(
        "Reading the coming days",
        oncall_poller::forecast(&deps, now),
    )
    .await;
    local.stop().await?;
    let forecast = forecast?;
    if args.json {
        print_json(&forecast);
    } else {
        tell(&forecast, look);
    }
    Ok(Exit::Done)
}

/// The same configuration with another horizon; `text` was checked before.
fn looking_ahead(text: &str, days: u16) -> String {
    let mut config: toml::Table = text.parse().expect("a checked configuration is TOML");
    let sweep = config
        .entry("sweep")
        .or_insert_with(|| toml::Table::new().into());
    if let Some(sweep) = sweep.as_table_mut() {
        sweep.insert("forecast".to_owned(), format!("{days}d").into());
    }
    config.to_string()
}

fn tell(forecast: &Forecast, look: Look) {
    let warnings = forecast.warnings();
    let mut table = look.table(["group", "from (UTC)", "until (UTC)", "what"]);
    for CoverageWarning {
        group,
        warning,
        from,
        until,
    } in &warnings
    {
        let group = group.as_ref().map_or("-", |group| group.as_str());
        let (from, until) = (moment(*from), until.map(moment).unwrap_or_default());
        table.add_row(vec![
            group.into(),
            from.into(),
            until.into(),
            look.cell(tone(warning), harmless(&words(warning))),
        ]);
    }
    if !table.is_empty() {
        print(table.trim_fmt());
    }
    if warnings.iter().any(|one| is_first_of_several(&one.warning)) {
        print(look.tone(Tone::Faint, FIRST_ONLY));
    }
    let said = match warnings.len() {
        0 => "nothing to see to".to_owned(),
        number => format!("{} to see to", count(number, "thing")),
    };
    let groups = count(forecast.groups.len(), "group");
    print(format!(
        "{groups} looked at until {} UTC: {said}",
        moment(forecast.until)
    ));
}

/// Whether more of that kind may follow, of the same person in the same group.
fn is_first_of_several(warning: &Warning) -> bool {
    match warning {
        Warning::Unmatched { .. } | Warning::Unresolved { .. } => true,
        Warning::Uncovered | Warning::Finding { .. } => false,
    }
}

fn tone(warning: &Warning) -> Tone {
    match warning {
        Warning::Finding { .. } => Tone::Bad,
        Warning::Uncovered | Warning::Unmatched { .. } | Warning::Unresolved { .. } => Tone::Warn,
    }
}

/// A warning in a sentence, without its times.
pub(crate) fn words(warning: &Warning) -> String {
    match warning {
        Warning::Uncovered => "nobody is on call".to_owned(),
        Warning::Unmatched {
            principal,
            target,
            reason,
        } => {
            format!("{principal} goes on call without an account in {target}: {reason}")
        }
        Warning::Unresolved { pagerduty, user } => {
            format!("PagerDuty user {pagerduty}/{user} goes on call without an e-mail address")
        }
        Warning::Finding { finding } => finding.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::config::Config;
    use jiff::SignedDuration;

    #[test]
    fn another_horizon_changes_nothing_else() {
        for text in [
            "",
            "[sweep]\nforecast = \"14d\"\nrefresh = \"2m\"\n",
            "[limits]\nremovals_max = 3\n",
        ] {
            let before = Config::parse("before", text).unwrap();
            let after = Config::parse("after", &looking_ahead(text, 30)).unwrap();
            assert_eq!(
                after.sweep.forecast,
                SignedDuration::from_hours(30 * 24),
                "{text}"
            );
            assert_eq!(
                (after.limits, after.sweep.refresh),
                (before.limits, before.sweep.refresh),
                "{text}"
            );
        }
    }
}
