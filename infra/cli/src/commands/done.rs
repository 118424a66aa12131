//! `done`, `extend`, `revoke`, `review`: what becomes of a grant.

use super::request::{exit, tell};
use crate::api::{Api, ApiArgs, span, tell_grant};
use crate::show::{Look, during};
use crate::stop::{Exit, Stop};
use access_approver::api::{
    Because, Finding, GrantView, GrantWord, Grants, MoreTime, Nothing, RequestView, Span,
};
use access_core::id::GrantId;
use access_core::request::Reason;
use serde::Serialize;

/// Hand your access back before its time is up
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The group, or the grant; may be left out if you hold one grant only
    #[arg(value_name = "GROUP|ID")]
    which: Option<String>,
    #[command(flatten)]
    api: ApiArgs,
}

/// Ask for more time for your own grant
#[derive(Debug, clap::Args)]
pub(crate) struct ExtendArgs {
    /// The grant
    id: GrantId,
    /// How much more, counted from its end, and at most the `max` of the group from the approval on: 1h, or "1h 30m"
    #[arg(value_parser = span)]
    duration: Span,
    /// Why, in one line
    reason: Reason,
    #[command(flatten)]
    api: ApiArgs,
}

/// Take somebody's grant away
#[derive(Debug, clap::Args)]
pub(crate) struct RevokeArgs {
    /// The grant
    id: GrantId,
    /// Why, in one line, for whoever holds it
    reason: Reason,
    #[command(flatten)]
    api: ApiArgs,
}

/// Say what the review of a break-glass found
#[derive(Debug, clap::Args)]
pub(crate) struct ReviewArgs {
    /// The grant
    id: GrantId,
    /// What you found, in one line
    note: Reason,
    #[command(flatten)]
    api: ApiArgs,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let id = match args.which.as_deref().map(str::parse::<GrantId>) {
        Some(Ok(id)) => id,
        Some(Err(_)) | None => held(&api, args.which.as_deref()).await?,
    };
    let path = format!("/grants/{id}/hand-back");
    end(&args.api, &api, &path, &Nothing {}, look).await
}

pub(crate) async fn extend(args: ExtendArgs, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let more = MoreTime {
        duration: args.duration,
        reason: args.reason,
    };
    let path = format!("/grants/{}/extend", args.id);
    let view: RequestView = api.ask(&path, &more).await?;
    tell(&args.api, &api, &view, look).await;
    Ok(exit(&view))
}

pub(crate) async fn revoke(args: RevokeArgs, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let because = Because {
        reason: args.reason,
    };
    let path = format!("/grants/{}/revoke", args.id);
    end(&args.api, &api, &path, &because, look).await
}

pub(crate) async fn review(args: ReviewArgs, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let found = Finding { note: args.note };
    let path = format!("/grants/{}/review", args.id);
    end(&args.api, &api, &path, &found, look).await
}

async fn end(
    args: &ApiArgs,
    api: &Api,
    path: &str,
    body: &impl Serialize,
    look: Look,
) -> Result<Exit, Stop> {
    let view: GrantView = api.post(path, body).await?;
    args.tell(&view, look, tell_grant);
    Ok(Exit::Done)
}

/// The one live grant that the caller holds, in the named group or at all.
async fn held(api: &Api, group: Option<&str>) -> Result<GrantId, Stop> {
    // Those that ended may be newer than the one that is live.
    let all: Grants = during("Looking it up", api.all("/grants", &[("of", "me")])).await?;
    let live = all.grants.into_iter().filter(|grant| {
        grant.state == GrantWord::Live && group.is_none_or(|group| grant.group.as_str() == group)
    });
    let live: Vec<GrantView> = live.collect();
    match (live.as_slice(), group) {
        ([one], _) => Ok(one.id),
        ([], Some(group)) => Err(Stop::usage(format!("you hold no grant in `{group}`"))),
        ([], None) => Err(Stop::usage("you hold no grant")),
        (several, _) => {
            let lines = several
                .iter()
                .map(|grant| format!("  rotakey done {}   ({})", grant.id, grant.group));
            let lines: Vec<String> = lines.collect();
            Err(Stop::usage(format!(
                "you hold several grants: say which\n{}",
                lines.join("\n")
            )))
        }
    }
}
