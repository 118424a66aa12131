//! `approve`, `deny`, `cancel`: decisions on a request.

use super::request::exit;
use crate::api::{ApiArg, tell_request};
use crate::show::{Look, print, print_json};
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
    api: ApiArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Deny somebody's request
#[derive(Debug, clap::Args)]
pub(crate) struct DenyArgs {
    /// The request
    id: RequestId,
    /// Why, in one line, for whoever asked
    reason: Reason,
    #[command(flatten)]
    api: ApiArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Take your own request back
#[derive(Debug, clap::Args)]
pub(crate) struct CancelArgs {
    /// The request
    id: RequestId,
    #[command(flatten)]
    api: ApiArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn approve(args: ApproveArgs, look: Look) -> Result<Exit, Stop> {
    let path = format!("/requests/{}/approve", args.id);
    let view = decide(&args.api, &path, &Nothing {}, args.json, look).await?;
    Ok(exit(&view))
}

pub(crate) async fn deny(args: DenyArgs, look: Look) -> Result<Exit, Stop> {
    let path = format!("/requests/{}/deny", args.id);
    let because = Because {
        reason: args.reason,
    };
    decide(&args.api, &path, &because, args.json, look).await?;
    Ok(Exit::Done)
}

pub(crate) async fn cancel(args: CancelArgs, look: Look) -> Result<Exit, Stop> {
    let path = format!("/requests/{}/cancel", args.id);
    decide(&args.api, &path, &Nothing {}, args.json, look).await?;
    Ok(Exit::Done)
}

async fn decide(
    api: &ApiArg,
    path: &str,
    body: &impl Serialize,
    json: bool,
    look: Look,
) -> Result<RequestView, Stop> {
    let view: RequestView = api.open().await?.post(path, body).await?;
    if json {
        print_json(&view);
    } else {
        print(tell_request(&view, look));
    }
    Ok(view)
}
