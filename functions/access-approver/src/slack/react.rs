//! What happened, told to people. Events come at least once and in any order, so each only says that something changed.

use super::announce;
use super::app::App;
use super::press::{Tell, say};
use super::refresh::{self, Missing};
use super::removals;
use crate::configured::Configured;
use crate::deps::Deps;
use crate::react::ReactError;
use access_core::event::Event;
use jiff::Timestamp;
use serde_json::Value;
use slack_client::SlackError;
use std::time::Duration;
use tracing::warn;

/// What all calls to Slack for one event may take. Nobody waits; a rate limit of Slack's is waited out.
const TELL_WITHIN: Duration = Duration::from_secs(25);

/// Tells people of one event, and brings messages up to date. Safe to repeat.
///
/// # Errors
/// When a later try may help: what was told stays told, and is not told again.
pub(crate) async fn on(
    deps: &Deps,
    now: Timestamp,
    configured: &Configured,
    event: &Event,
) -> Result<(), ReactError> {
    let Some(app) = App::of(configured, TELL_WITHIN) else {
        return Ok(());
    };
    let app = &app;
    let changed = |id| refresh::request(deps, now, app, id, Missing::Left);
    match event {
        Event::AccessRequested(event) => {
            refresh::request(deps, now, app, event.request, Missing::Posted).await
        }
        Event::ApprovalRecorded(event) => changed(event.request).await,
        Event::AccessApproved(event) => changed(event.request).await,
        Event::AccessDenied(event) => changed(event.request).await,
        Event::RequestCancelled(event) => changed(event.request).await,
        Event::RequestTimedOut(event) => changed(event.request).await,
        Event::RequestEscalated(escalated) => {
            let missing = Missing::Posted;
            let drawn = refresh::request(deps, now, app, escalated.request, missing).await;
            drawn.and(announce::escalated(deps, now, app, event, escalated.request).await)
        }
        Event::GrantEnded(event) => {
            refresh::grant(deps, now, app, event.grant, &event.principal).await
        }
        Event::GrantExtended(event) => {
            refresh::grant(deps, now, app, event.grant, &event.principal).await
        }
        Event::BreakGlassUsed(event) => changed(event.request).await,
        Event::BreakGlassReviewed(event) => changed(event.request).await,
        Event::RemovalsHeld(event) => removals::held(deps, now, app, event).await,
        Event::RemovalsReleased(event) => removals::released(deps, now, app, event).await,
        Event::MembershipChanged(event) => announce::handoff(deps, now, app, event).await,
        Event::CoverageWarning(warning) => announce::warning(deps, now, app, event, warning).await,
        // For the owner's own rules and alarms, not for a channel.
        Event::SyncFailed(_)
        | Event::ChangeFailed(_)
        | Event::WebhookDisabled(_)
        | Event::WebhookUnwatched(_)
        | Event::ConfigurationApplied(_) => Ok(()),
    }
}

/// Does what was put off when somebody was answered: says something to them.
///
/// # Errors
/// When a later try may help; then they may hear it twice.
pub(crate) async fn work(configured: &Configured, detail: Value) -> Result<(), ReactError> {
    let Some(app) = App::of(configured, TELL_WITHIN) else {
        return Ok(());
    };
    let Ok(tell) = serde_json::from_value::<Tell>(detail) else {
        warn!("work was put off that nobody knows how to do");
        return Ok(());
    };
    match say(&app, &tell).await {
        Err(error @ SlackError::RateLimited { .. }) => Err(ReactError::Failed(error.to_string())),
        Err(error) => {
            // They see what became of it on the card.
            warn!(%error, "whoever pressed a button could not be told: {error}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
