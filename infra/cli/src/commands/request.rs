//! `request`: access for oneself, for a time.

use crate::api::{Api, ApiArgs, span, tell_request};
use crate::show::{Look, during, moment};
use crate::stop::{Exit, Stop};
use access_approver::api::{Grants, KindWord, NewRequest, RequestView, RequestWord, Span};
use access_core::id::GroupName;
use access_core::request::Reason;
use jiff::Timestamp;
use std::time::Duration;

/// How often `--wait` looks whether somebody decided.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Ask for access to a group
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The group
    group: GroupName,
    /// For how long, counted from the approval: 2h, or "1h 30m"
    #[arg(value_parser = span)]
    duration: Span,
    /// Why, in one line, for whoever decides and for the audit trail
    reason: Reason,
    /// Get in at once, in an emergency: all approvers are told, and it is reviewed afterwards
    #[arg(long)]
    break_glass: bool,
    /// Wait until it is decided; exit code 1 unless it is approved
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    api: ApiArgs,
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let api = args.api.open().await?;
    let wish = NewRequest {
        group: args.group,
        duration: args.duration,
        reason: args.reason,
        break_glass: args.break_glass.then_some(true),
        extends: None,
    };
    let mut view: RequestView = api.ask("/requests", &wish).await?;
    if args.wait && view.state == RequestWord::Pending {
        view = during("Waiting for an answer", decided(&api, view)).await?;
    }
    tell(&args.api, &api, &view, look).await;
    Ok(exit(&view))
}

/// Asks again and again, as nobody can call a command back. A request that nobody decides is pending until it times out, and
/// an answer that does not come ends the wait as well.
async fn decided(api: &Api, mut view: RequestView) -> Result<RequestView, Stop> {
    let path = format!("/requests/{}", view.id);
    while view.state == RequestWord::Pending {
        tokio::time::sleep(LOOK_EVERY).await;
        view = api.get(&path, &[]).await?;
    }
    Ok(view)
}

/// Says what became of a request, and of an extension until when the grant lasts now.
pub(super) async fn tell(args: &ApiArgs, api: &Api, view: &RequestView, look: Look) {
    let until = extended_until(api, view).await;
    args.tell(view, look, |view, look| {
        let told = tell_request(view, look);
        match until {
            Some(until) => format!("{told} until {}", moment(until)),
            None => told,
        }
    });
}

/// The end of the grant that a request extended, which may come before all the time that was asked for; `None`: it extended
/// none, or the caller may not look at it.
async fn extended_until(api: &Api, view: &RequestView) -> Option<Timestamp> {
    let id = view
        .grant
        .filter(|_| view.kind == KindWord::Extension && view.state == RequestWord::Approved)?;
    let live: Grants = api.all("/grants", &[]).await.ok()?;
    let grant = live.grants.into_iter().find(|grant| grant.id == id)?;
    Some(grant.ends_at)
}

/// What is put to people is done as far as this command goes.
pub(super) fn exit(view: &RequestView) -> Exit {
    match view.state {
        RequestWord::Pending | RequestWord::Approved => Exit::Done,
        RequestWord::Denied | RequestWord::Cancelled | RequestWord::TimedOut => Exit::Failed,
    }
}
