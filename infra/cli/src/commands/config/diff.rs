//! `config diff`: two versions held against each other, or the one in force against the file.

use crate::settings::{Settings, changes, shown, tally};
use crate::setup::ConfigArg;
use crate::show::{Look, during, print, print_json};
use crate::stop::{Exit, Stop};
use crate::store_or_table::{OpenStore, StoreOrTable};
use access_core::ports::{ConfigVersion, Configs};

/// Show how the file differs from the version in force, or one version from another
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The version to begin with [default: the one in force]
    #[arg(value_name = "VERSION", value_parser = clap::value_parser!(u64).range(1..))]
    from: Option<u64>,
    /// The version to compare it with [default: the file]
    #[arg(value_name = "OTHER", value_parser = clap::value_parser!(u64).range(1..))]
    to: Option<u64>,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreOrTable,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let open = args.store.open(&args.config.config, super::LACK).await?;
    let versions = during("Reading the versions", versions(&args, &open)).await;
    open.close().await?;
    let (from, to) = versions?;
    let before = Some(Settings::from(&from));
    let changes = if let Some(to) = &to {
        changes(before, Settings::from(to))
    } else {
        let file = args.config.load()?;
        changes(before, Settings::from(&file))
    };
    if args.json {
        print_json(&changes);
        return Ok(Exit::Done);
    }
    let (path, from) = (args.config.config.display(), from.version);
    let to = to.map_or(path.to_string(), |to| format!("version {}", to.version));
    if changes.is_empty() {
        print(format!("{to} says what version {from} says"));
    } else {
        print(shown(&changes, look));
        print(format!("{} from version {from} to {to}", tally(&changes)));
    }
    Ok(Exit::Done)
}

/// The version to begin with, and the one to compare it with if that is not the file.
async fn versions(
    args: &Args,
    open: &OpenStore,
) -> Result<(ConfigVersion, Option<ConfigVersion>), Stop> {
    let from = match args.from {
        Some(from) => super::version(open, from).await?,
        None => open.store.latest_config().await?.ok_or_else(|| {
            let place = &open.place;
            Stop::usage(format!(
                "no configuration was put into force in {place}: `rotakey apply` does that"
            ))
        })?,
    };
    let to = match args.to {
        Some(to) => Some(super::version(open, to).await?),
        None => None,
    };
    Ok((from, to))
}
