//! `requests`: what was asked, and what became of it.

use crate::api::{ApiArgs, OlderArg, tell_requests};
use crate::show::{Look, during};
use crate::stop::{Exit, Stop};
use access_approver::api::Requests;
use access_core::id::GroupName;
use access_core::principal::Principal;

/// Show requests: those that wait for somebody, unless asked otherwise
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Your own, decided or not
    #[arg(long, conflicts_with = "by")]
    mine: bool,
    /// Those of this person, decided or not
    #[arg(long, value_name = "EMAIL")]
    by: Option<Principal>,
    /// Those for this group, decided or not
    #[arg(long, value_name = "NAME")]
    group: Option<GroupName>,
    #[command(flatten)]
    older: OlderArg,
    #[command(flatten)]
    api: ApiArgs,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let mut query = Vec::new();
    if args.mine {
        query.push(("by", "me"));
    }
    if let Some(by) = &args.by {
        query.push(("by", by.email()));
    }
    if let Some(group) = &args.group {
        query.push(("group", group.as_str()));
    }
    if query.is_empty() {
        query.push(("state", "pending"));
    }
    let all = api.list("/requests", &query, args.older);
    let all: Requests = during("Looking it up", all).await?;
    args.api.tell(&all, look, tell_requests);
    Ok(Exit::Done)
}
