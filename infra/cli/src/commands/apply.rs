//! `apply`: a configuration is put into force after somebody saw what that changes.

mod confirm;
mod proposal;

use crate::setup::{ConfigArg, Loaded};
use crate::show::{Look, during, print, print_json};
use crate::stop::{Exit, Stop};
use crate::store_or_table::{OpenStore, StoreOrTable};
use crate::who::ByArg;
use access_core::ports::{ConfigVersion, Configs, StoreError};
use access_store::DynamoStore;
use jiff::Timestamp;
use proposal::{Proposal, propose};
use std::io::{self, IsTerminal};
use std::path::Path;

/// Put the configuration into force, after a look at what that changes
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreOrTable,
    #[command(flatten)]
    how: How,
}

/// How a configuration is put into force.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct How {
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, conflicts_with = "dry_run")]
    yes: bool,
    /// Do not look what becomes of memberships: for a day on which PagerDuty or a target cannot be read
    #[arg(long)]
    without_plan: bool,
    #[command(flatten)]
    by: ByArg,
    /// Print JSON, and ask nobody: needs --yes or --dry-run
    #[arg(long)]
    json: bool,
}

/// A configuration that somebody would put into force.
pub(crate) struct Offer<'a> {
    /// Read, and found right.
    pub(crate) loaded: &'a Loaded,
    /// Where it would be stored.
    pub(crate) store: &'a StoreOrTable,
    /// The file beside which an embedded store lies.
    pub(crate) beside: &'a Path,
    /// What is said once it is in force.
    pub(crate) note: String,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let Args { config, store, how } = args;
    how.require_somebody()?;
    let loaded = config.load()?;
    let open = store.look(&config.config).await?;
    let offer = Offer {
        loaded: &loaded,
        store: &store,
        beside: &config.config,
        note: takes_effect(&store, "its next start puts its own file into force again"),
    };
    put(&offer, open, how, look).await
}

/// Who goes by a version from when on; `until` says how long, where a running `serve` does.
pub(crate) fn takes_effect(store: &StoreOrTable, until: &str) -> String {
    if store.is_table() {
        "the next tick goes by it, within a minute".to_owned()
    } else {
        format!("a `serve` that runs goes by it from its next tick, within a minute; {until}")
    }
}

impl How {
    /// Refuses to begin what nobody could confirm.
    pub(crate) fn require_somebody(&self) -> Result<(), Stop> {
        if self.yes || self.dry_run {
            return Ok(());
        }
        if self.json {
            return Err(Stop::usage(
                "with --json nobody is asked: add --yes, or --dry-run",
            ));
        }
        if !io::stdin().is_terminal() {
            return Err(Stop::usage(
                "nobody can be asked here: look with --dry-run, then say --yes",
            ));
        }
        Ok(())
    }
}

/// Shows what the offered configuration changes, asks, and puts it into force over the version that it was compared with.
pub(crate) async fn put(
    offer: &Offer<'_>,
    open: OpenStore,
    how: How,
    look: Look,
) -> Result<Exit, Stop> {
    let How {
        dry_run,
        yes,
        without_plan,
        by,
        json,
    } = how;
    let by = by.name();
    let proposal = match propose(offer.loaded, &open.store, without_plan).await {
        Ok(proposal) => proposal,
        Err(stop) => {
            open.close().await?;
            return Err(stop);
        }
    };
    let told = |at: Timestamp, kept: Option<&ConfigVersion>| {
        if json {
            print_json(&proposal.json(&by, at, kept));
        }
    };
    if !json {
        print(proposal.text(look));
    }
    let now = function_kit::now();
    let is_over = proposal.is_empty() || dry_run || proposal.has_failed();
    if is_over || !(yes || confirm::confirmed().await?) {
        open.close().await?;
        told(now, None);
        return proposal.end(dry_run, json);
    }
    let open = open.for_writing(offer.store, offer.beside).await?;
    // Not the instant of the plan: somebody may have thought about it for an hour.
    let now = function_kit::now();
    let kept = keep(&open.store, now, &by, offer.loaded, &proposal);
    let kept = during("Storing the configuration", kept).await;
    let place = open.place.clone();
    open.close().await?;
    let kept = kept?;
    told(now, Some(&kept));
    if !json {
        let (version, by) = (kept.version, &kept.by);
        print(format!(
            "version {version} is in force in {place}, by {by}: {}",
            offer.note
        ));
    }
    Ok(proposal.exit())
}

/// Stores the version after the one that was shown.
async fn keep(
    store: &DynamoStore,
    now: Timestamp,
    by: &str,
    loaded: &Loaded,
    proposal: &Proposal,
) -> Result<ConfigVersion, Stop> {
    let Loaded { text, policies, .. } = loaded;
    let kept = store.apply_config(now, by, text, policies, proposal.compared_with());
    kept.await.map_err(|error| match error {
        StoreError::Conflict(_) => Stop::failed(format!(
            "{error}; nothing was stored: run it again, to see the difference from theirs"
        )),
        error => Stop::from(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::LocalStore;
    use access_core::config::Config;
    use std::collections::BTreeMap;

    const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:ACME_KEY"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"
region = "eu-west-1"

[[group]]
name = "payments"
sources = ["schedule:acme/PABC123"]
entitlements = ["aws:Payments"]
"#;

    fn loaded(text: &str) -> Loaded {
        let none = |_: &Config| Ok(BTreeMap::new());
        Loaded::of("rotakey.toml".into(), text.to_owned(), none).unwrap()
    }

    async fn proposed(store: &DynamoStore, loaded: &Loaded) -> Proposal {
        proposal::compared(loaded, store).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_shown_is_stored_and_nothing_over_anothers_version() {
        let local = LocalStore::open(None).await.unwrap();
        let store = local.store();
        let now = function_kit::now();
        let (ours, theirs) = (loaded(CONFIG), loaded(&format!("{CONFIG}# theirs\n")));
        let first = proposed(&store, &ours).await;
        let late = proposed(&store, &theirs).await;
        let kept = keep(&store, now, "grace", &ours, &first).await.unwrap();
        assert_eq!((kept.version, kept.by.as_str()), (1, "grace"));

        let stop = keep(&store, now, "heidi", &theirs, &late)
            .await
            .unwrap_err();
        assert_eq!(stop.exit, Exit::Failed);
        let latest = store.latest_config().await.unwrap().unwrap();
        assert_eq!((latest.version, latest.text.as_str()), (1, CONFIG));

        let again = proposed(&store, &ours).await;
        assert!(again.is_empty());
        let second = proposed(&store, &theirs).await;
        assert_eq!(
            (second.compared_with(), second.is_empty()),
            (Some(1), false)
        );
        let kept = keep(&store, now, "heidi", &theirs, &second).await.unwrap();
        assert_eq!(kept.version, 2);
        local.stop().await.unwrap();
    }
}
