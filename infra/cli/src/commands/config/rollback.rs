//! `config rollback`: what an earlier version says, put into force as a new one.

use crate::commands::apply::{How, Offer, put, takes_effect};
use crate::setup::{ConfigArg, Loaded};
use crate::show::Look;
use crate::stop::{Exit, Stop};
use crate::store_or_table::StoreOrTable;
use access_core::ports::ConfigVersion;

/// Put an earlier version into force again, after a look at what that changes; the file stays as it is
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which: `rotakey config history` lists them
    #[arg(value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    number: u64,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreOrTable,
    #[command(flatten)]
    how: How,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let Args {
        number,
        config,
        store,
        how,
    } = args;
    how.require_somebody()?;
    let beside = &config.config;
    let open = store.open(beside, super::LACK).await?;
    let loaded = match super::version(&open, number).await.and_then(checked) {
        Ok(loaded) => loaded,
        Err(stop) => {
            open.close().await?;
            return Err(stop);
        }
    };
    let file = beside.display();
    let offer = Offer {
        loaded: &loaded,
        store: &store,
        beside,
        note: format!(
            "{}\n{file} was not touched: put the same there, or the next `apply` of it undoes this; `rotakey config diff` shows what differs",
            takes_effect(
                &store,
                "a start, or a `sync`, puts the file into force again"
            )
        ),
    };
    put(&offer, open, how, look).await
}

/// What a version says, if this program still takes it.
fn checked(version: ConfigVersion) -> Result<Loaded, Stop> {
    let ConfigVersion {
        version,
        by: _,
        at: _,
        text,
        policies,
    } = version;
    let name = format!("version {version}");
    Loaded::of(name.into(), text, |_| Ok(policies))
}
