//! `explain`: why is somebody in a group, or why not.

use crate::given::Given;
use crate::setup::{self, ConfigArg, StoreArg};
use crate::show::{during, harmless_lines, print, print_json};
use crate::stop::{Exit, Stop};
use crate::when::instant;
use access_core::id::GroupName;
use access_core::principal::Principal;
use jiff::Timestamp;
use std::sync::Arc;

/// Say why a person is a member of a group, or why not
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The person's e-mail address
    person: Principal,
    /// The group
    group: GroupName,
    /// At another time: 2026-11-23T08:00:00Z, or "2026-11-23 09:00 Europe/Zurich" [default: now]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let path = loaded.store_path(&args.store)?;
    let aws = loaded.aws().await?;
    let local = setup::look_into_store(&path).await?;
    let now = function_kit::now();
    let store = Given::new(Arc::new(local.store()), now, &loaded.text);
    let deps = setup::deps(Arc::new(store), &aws);
    let at = args.at.unwrap_or(now);
    let explained = oncall_poller::explain(&deps, now, &args.person, &args.group, at);
    let explained = during("Looking it up", explained).await;
    local.stop().await?;
    let explained = explained?;
    if args.json {
        print_json(&explained);
    } else {
        print(harmless_lines(explained.to_string().trim_end()));
    }
    Ok(Exit::Done)
}
