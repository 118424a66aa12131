//! `grants`: who holds what by request.

use crate::api::{ApiArgs, OlderArg, tell_grants};
use crate::show::{Look, during};
use crate::stop::{Exit, Stop};
use access_approver::api::Grants;
use access_core::principal::Principal;

/// Show grants: your own, unless asked otherwise
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// All that this person ever held
    #[arg(long, value_name = "EMAIL")]
    of: Option<Principal>,
    /// Everybody's that are live or await a review
    #[arg(long, conflicts_with = "of")]
    all: bool,
    #[command(flatten)]
    older: OlderArg,
    #[command(flatten)]
    api: ApiArgs,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let of = args.of.as_ref().map_or("me", Principal::email);
    let mut query = vec![("of", of)];
    if args.all {
        query.clear();
    }
    let all = api.list("/grants", &query, args.older);
    let all: Grants = during("Looking it up", all).await?;
    args.api.tell(&all, look, tell_grants);
    Ok(Exit::Done)
}
