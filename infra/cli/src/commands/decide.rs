//! `approve`, `deny`, `cancel`: decisions on a request.

use super::request::{exit, tell};
use crate::api::ApiArgs;
use crate::show::Look;
use crate::stop::{Exit, Stop};
use access_approver::api::{Because, Nothing, RequestView};
use access_core::id::RequestId;
use access_core::request::Reason;
use serde::Serialize;

/// Approve somebody's request
#[derive(Debug, clap::Args)]
pub(crate) struct ApproveArgs {
    /// The request
    id: RequestId,
    #[command(flatten)]
    api: ApiArgs,
}

/// Deny somebody's request
#[derive(Debug, clap::Args)]
pub(crate) struct DenyArgs {
    /// The request
    id: RequestId,
    /// Why, in one line, for whoever asked
    reason: Reason,
    #[command(flatten)]
    api: ApiArgs,
}

/// Take your own request back
#[derive(Debug, clap::Args)]
pub(crate) struct CancelArgs {
    /// The request
    id: RequestId,
    #[command(flatten)]
    api: ApiArgs,
}

pub(crate) async fn approve(args: ApproveArgs, look: Look) -> Result<Exit, Stop> {
    let path = format!("/requests/{}/approve", args.id);
    let view = decide(&args.api, &path, &Nothing {}, look).await?;
    Ok(exit(&view))
}

pub(crate) async fn deny(args: DenyArgs, look: Look) -> Result<Exit, Stop> {
    let path = format!("/requests/{}/deny", args.id);
    let because = Because {
        reason: args.reason,
    };
    decide(&args.api, &path, &because, look).await?;
    Ok(Exit::Done)
}

pub(crate) async fn cancel(args: CancelArgs, look: Look) -> Result<Exit, Stop> {
    let path = format!("/requests/{}/cancel", args.id);
    decide(&args.api, &path, &Nothing {}, look).await?;
    Ok(Exit::Done)
}

async fn decide(
    args: &ApiArgs,
    path: &str,
    body: &impl Serialize,
    look: Look,
) -> Result<RequestView, Stop> {
    let api = args.open().await?;
    let view: RequestView = api.post(path, body).await?;
    tell(args, &api, &view, look).await;
    Ok(view)
}
