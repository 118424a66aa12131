//! Removals that wait for a person: who, why, and a button that lets them go.

use super::app::App;
use super::card::{RELEASE, button};
use super::people::Names;
use super::place;
use crate::deps::Deps;
use crate::react::ReactError;
use access_core::event::{RemovalsHeld, RemovalsReleased};
use access_core::id::{PlanId, RequestId};
use access_core::plan::{Binding, HeldRemoval};
use access_core::ports::{CardReader, HeldPlan};
use access_core::principal::Principal;
use jiff::Timestamp;
use slack_client::block_kit::{Block, Confirm, Mrkdwn, Style};
use slack_client::{ChannelId, Message};
use std::collections::BTreeSet;

/// Most people named.
const LISTED_MAX: usize = 10;

/// Shows a held plan where announcements go, or else where approvals go; nothing if it is no longer held.
pub(super) async fn held(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    event: &RemovalsHeld,
) -> Result<(), ReactError> {
    let mut plans = deps.store.held().await?;
    let (Some(channel), Some(plan)) = (channel(app), plans.remove(&event.plan)) else {
        return Ok(());
    };
    let names = who_released(deps, now, app, plan.released.as_ref()).await;
    let message = card(event.plan, &plan, &event.reasons, &names);
    let reader = CardReader::Everybody;
    let about = shown_as(event.plan);
    place::post(deps, now, app, about, &channel, reader, &message).await?;
    // Somebody may have let it go while nobody knew where it is shown.
    let mut after = deps.store.held().await?;
    match after.remove(&event.plan) {
        Some(after) if after.released != plan.released => {
            let names = who_released(deps, now, app, after.released.as_ref()).await;
            let message = card(event.plan, &after, &event.reasons, &names);
            update(deps, app, event.plan, &message).await
        }
        _ => Ok(()),
    }
}

/// Takes the button away and says who let them go.
pub(super) async fn released(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    event: &RemovalsReleased,
) -> Result<(), ReactError> {
    let released = (event.by.clone(), now);
    let names = who_released(deps, now, app, Some(&released)).await;
    let what = summary(event.removals, &event.binding, "let go");
    let by = Mrkdwn::new()
        .markup("*Released* by ")
        .and(name(&names, &event.by))
        .text(": they happen with the next sweep.");
    let message = Message::new(&what).blocks([Block::section(&what), Block::section(&by)]);
    update(deps, app, event.plan, &message).await
}

async fn update(
    deps: &Deps,
    app: &App<'_>,
    plan: PlanId,
    message: &Message,
) -> Result<(), ReactError> {
    let mut done = Ok(());
    for card in deps.store.cards(shown_as(plan)).await? {
        done = done.and(place::update(app, &card, message).await);
    }
    done
}

fn channel(app: &App<'_>) -> Option<ChannelId> {
    app.announcements().or_else(|| app.approvals())
}

fn shown_as(plan: PlanId) -> RequestId {
    place::about(&["held", &plan.to_string()])
}

pub(super) fn card(
    plan: PlanId,
    held: &HeldPlan,
    reasons: &BTreeSet<String>,
    names: &Names,
) -> Message {
    let HeldPlan {
        binding,
        removals,
        since,
        released,
    } = held;
    let what = summary(removals.len(), binding, "held");
    let mut blocks = vec![Block::section(&what)];
    if !reasons.is_empty() {
        let reasons: Vec<&str> = reasons.iter().map(String::as_str).collect();
        blocks.push(Block::section(&Mrkdwn::new().text(&reasons.join("; "))));
    }
    blocks.push(Block::section(&who(removals)));
    if let Some((by, at)) = released {
        let released = Mrkdwn::new()
            .markup("*Released* by ")
            .and(name(names, by))
            .markup(" ")
            .at(*at);
        blocks.push(Block::section(&released));
    } else {
        let question = format!(
            "{} accounts lose their place in {}. This cannot be taken back.",
            removals.len(),
            binding.entitlement
        );
        let confirm = Confirm::new("Release these removals?", &question, "Release", "Keep them");
        let release = button(RELEASE, "Release", &plan.to_string())
            .style(Style::Danger)
            .confirm(confirm.style(Style::Danger));
        blocks.extend(Block::actions([release]));
    }
    let print = Mrkdwn::new().text("Plan ").code(&plan.to_string());
    blocks.push(Block::context(&print.text(" · held since ").at(*since)));
    Message::new(&what).blocks(blocks)
}

fn summary(removals: usize, binding: &Binding, what: &str) -> Mrkdwn {
    let count = match removals {
        1 => "1 removal".to_owned(),
        many => format!("{many} removals"),
    };
    Mrkdwn::new()
        .bold(&format!("{count} {what}"))
        .text(": ")
        .bold(binding.group.as_str())
        .text(" on ")
        .code(&binding.entitlement.to_string())
}

/// The people, or their accounts where nobody knows whose they are, each on a line.
fn who(removals: &[HeldRemoval]) -> Mrkdwn {
    let mut text = Mrkdwn::new();
    for (place, held) in removals.iter().take(LISTED_MAX).enumerate() {
        if place > 0 {
            text = text.line();
        }
        let removal = &held.removal;
        let who = match &removal.principal {
            Some(principal) => principal.email().to_owned(),
            None => format!("account {}", removal.account),
        };
        text = text.text(&who);
    }
    let more = removals.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        text = text.line().text(&format!("and {more} more"));
    }
    text
}

/// Whoever let it go, as they were named: a person's address, or what a person called themselves on a command line.
async fn who_released(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    released: Option<&(String, Timestamp)>,
) -> Names {
    let by = released.and_then(|(by, _)| Principal::new(by).ok());
    Names::of(deps, now, app, &by.into_iter().collect()).await
}

fn name(names: &Names, by: &str) -> Mrkdwn {
    match Principal::new(by) {
        Ok(principal) => names.who(&principal),
        Err(_) => Mrkdwn::new().text(by),
    }
}
