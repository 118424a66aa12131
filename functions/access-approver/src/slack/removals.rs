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
use access_core::waiting::held_shown_as;
use jiff::Timestamp;
use slack_client::block_kit::{Block, Confirm, Mrkdwn, Style};
use slack_client::{ChannelId, Message};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Most people named.
const LISTED_MAX: usize = 10;

/// One time that removals are held. The same accounts make the same plan whenever it is, and each time has its own message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hold {
    pub(super) plan: PlanId,
    pub(super) since: Timestamp,
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.plan, self.since)
    }
}

impl FromStr for Hold {
    type Err = NotAHold;

    fn from_str(text: &str) -> Result<Self, NotAHold> {
        let (plan, since) = text.split_once(' ').ok_or(NotAHold)?;
        Ok(Self {
            plan: plan.parse().map_err(|_| NotAHold)?,
            since: since.parse().map_err(|_| NotAHold)?,
        })
    }
}

/// What a button holds that was not made here.
#[derive(Debug, thiserror::Error)]
#[error("this names no hold")]
pub(super) struct NotAHold;

/// Shows a held plan where announcements go, or else where approvals go; nothing if it is no longer held.
pub(super) async fn held(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    event: &RemovalsHeld,
) -> Result<(), ReactError> {
    let plan = deps.store.held().await?.find(event.plan)?;
    let (Some(channel), Some(plan)) = (channel(app), plan) else {
        return Ok(());
    };
    let names = who_released(deps, now, app, plan.released.as_ref()).await;
    let message = card(event.plan, &plan, &event.reasons, &names);
    let reader = CardReader::Everybody;
    let hold = Hold {
        plan: event.plan,
        since: plan.since,
    };
    let about = shown_as(hold);
    place::post(deps, now, app, about, &channel, reader, &message).await?;
    // Somebody may have let it go while nobody knew where it is shown.
    match deps.store.held().await?.find(event.plan)? {
        Some(after) if after.since == plan.since && after.released != plan.released => {
            let names = who_released(deps, now, app, after.released.as_ref()).await;
            let message = card(event.plan, &after, &event.reasons, &names);
            update(deps, app, hold, &message).await
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
    let Some(since) = event.since else {
        // Told by a version that remembered its messages otherwise.
        return Ok(());
    };
    let hold = Hold {
        plan: event.plan,
        since,
    };
    let released = (event.by.clone(), now);
    let names = who_released(deps, now, app, Some(&released)).await;
    let what = summary(event.removals, &event.binding, "let go");
    let by = Mrkdwn::new()
        .markup("*Released* by ")
        .and(name(&names, &event.by))
        .text(": they happen with the next sweep.");
    let message = Message::new(&what).blocks([Block::section(&what), Block::section(&by)]);
    update(deps, app, hold, &message).await
}

async fn update(
    deps: &Deps,
    app: &App<'_>,
    hold: Hold,
    message: &Message,
) -> Result<(), ReactError> {
    let mut done = Ok(());
    for card in deps.store.cards(shown_as(hold)).await? {
        done = done.and(place::update(app, &card, message).await);
    }
    done
}

fn channel(app: &App<'_>) -> Option<ChannelId> {
    app.announcements().or_else(|| app.approvals())
}

fn shown_as(hold: Hold) -> RequestId {
    held_shown_as(hold.plan, hold.since)
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
        let since = *since;
        let value = Hold { plan, since }.to_string();
        let release = button(RELEASE, "Release", &value)
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
