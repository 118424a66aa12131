//! What everybody is told: handoffs, warnings before a shift, and that others may decide now. Each is told once.

use super::app::App;
use super::people::Names;
use super::place;
use crate::act;
use crate::deps::Deps;
use crate::react::ReactError;
use crate::situation::Moment;
use access_core::event::{CoverageWarning, Event, MembershipChanged, Warning};
use access_core::id::RequestId;
use access_core::membership::{Cause, Member};
use access_core::plan::Action;
use access_core::ports::CardReader;
use access_core::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use slack_client::block_kit::Mrkdwn;
use slack_client::{ChannelId, Message};
use std::collections::BTreeSet;

/// A handoff that long ago is no news: a membership that is made again in the middle of a shift tells of none.
const NEWS: SignedDuration = SignedDuration::from_hours(1);

/// Who came on call and who went, at one handoff.
struct Handoff {
    at: Timestamp,
    came: BTreeSet<Principal>,
    went: BTreeSet<Principal>,
}

/// Announces a handoff, once for the group however many targets and people change with it.
pub(super) async fn handoff(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    event: &MembershipChanged,
) -> Result<(), ReactError> {
    let (Some(channel), Some(at)) = (app.announcements(), edge(event)) else {
        return Ok(());
    };
    if now.duration_since(at) > NEWS {
        return Ok(());
    }
    let group = &event.binding.group;
    let about = place::about(&["handoff", group.as_str(), &at.to_string()]);
    if place::find(deps, about, &channel, CardReader::Everybody)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let handoff = around(deps, now, event, at).await?;
    let people = handoff.came.union(&handoff.went).cloned().collect();
    let names = Names::of(deps, now, app, &people).await;
    let Some(text) = told(group.as_str(), &handoff, &names) else {
        return Ok(());
    };
    post(deps, now, app, &channel, about, &text).await
}

/// The instant of the shift's own edge that explains the change; `None`: no shift does.
fn edge(event: &MembershipChanged) -> Option<Timestamp> {
    let rota = event.causes.iter().filter(|cause| cause.is_rota());
    match event.action {
        Action::Add => rota.filter_map(starts_at).max(),
        Action::Remove => rota.filter_map(Cause::ends_at).max(),
    }
}

/// The start that a shift names itself, without lead.
fn starts_at(cause: &Cause) -> Option<Timestamp> {
    match cause {
        Cause::Shift { starts_at, .. } | Cause::OnPolicy { starts_at, .. } => *starts_at,
        Cause::Nested { cause, .. } => starts_at(cause),
        Cause::Incident { .. } | Cause::Grant { .. } | Cause::Standing => None,
    }
}

/// Everybody whose shift begins or ends at that instant, as far as is known; whoever the event is about is among them.
async fn around(
    deps: &Deps,
    now: Timestamp,
    event: &MembershipChanged,
    at: Timestamp,
) -> Result<Handoff, ReactError> {
    let moment = Moment::at(deps, now).await?;
    let (mut came, mut went) = (BTreeSet::new(), BTreeSet::new());
    if let Some(group) = moment.timeline.groups.get(&event.binding.group) {
        let sweep = &moment.config().sweep;
        // Without lag, whoever goes is a member just until then.
        let before = at.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(at);
        for instant in [before, at] {
            for (who, member) in group.at(instant, sweep).members {
                if has(&member, |cause| starts_at(cause) == Some(at)) {
                    came.insert(who.clone());
                }
                if has(&member, |cause| cause.ends_at() == Some(at)) {
                    went.insert(who);
                }
            }
        }
    }
    if let Some(who) = event.principal.clone() {
        match event.action {
            Action::Add => came.insert(who),
            Action::Remove => went.insert(who),
        };
    }
    // Whoever goes on in another shift neither comes nor goes.
    let both: BTreeSet<Principal> = came.intersection(&went).cloned().collect();
    came.retain(|who| !both.contains(who));
    went.retain(|who| !both.contains(who));
    Ok(Handoff { at, came, went })
}

fn has(member: &Member, test: impl Fn(&Cause) -> bool) -> bool {
    member
        .causes
        .iter()
        .any(|cause| cause.is_rota() && test(cause))
}

fn told(group: &str, handoff: &Handoff, names: &Names) -> Option<Mrkdwn> {
    let Handoff { at, came, went } = handoff;
    let text = Mrkdwn::new().bold(group).text(": ");
    let text = match (came.is_empty(), went.is_empty()) {
        (true, true) => return None,
        (false, true) => text.and(names.all(came)).text(" on call from "),
        (true, false) => text.and(names.all(went)).text(" off call from "),
        (false, false) => text
            .and(names.all(came))
            .text(" on call after ")
            .and(names.all(went))
            .text(" from "),
    };
    Some(text.at(*at))
}

/// Warns of a shift without access, or without anybody.
pub(super) async fn warning(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    event: &Event,
    warning: &CoverageWarning,
) -> Result<(), ReactError> {
    let Some(channel) = app.announcements() else {
        return Ok(());
    };
    let people = match &warning.warning {
        Warning::Unmatched { principal, .. } => BTreeSet::from([principal.clone()]),
        Warning::Uncovered | Warning::Unresolved { .. } | Warning::Finding { .. } => {
            BTreeSet::new()
        }
    };
    let names = Names::of(deps, now, app, &people).await;
    let text = warned(warning, &names);
    post(deps, now, app, &channel, once(event), &text).await
}

fn warned(warning: &CoverageWarning, names: &Names) -> Mrkdwn {
    let CoverageWarning {
        group,
        warning,
        from,
        until,
    } = warning;
    let text = Mrkdwn::new().markup(":warning: ");
    let text = match group {
        Some(group) => text.bold(group.as_str()).text(": "),
        None => text,
    };
    let text = match warning {
        Warning::Uncovered => text.text("nobody is on call"),
        Warning::Unmatched {
            principal,
            target,
            reason,
        } => text
            .and(names.who(principal))
            .text(&format!(" goes on call and gets no access to {target}: {reason}")),
        Warning::Unresolved { pagerduty, user } => text.text(&format!(
            "PagerDuty user {user} of {pagerduty} goes on call, and PagerDuty shows no e-mail address of theirs"
        )),
        Warning::Finding { finding } => return text.text(&finding.to_string()),
    };
    let text = text.text(", from ").at(*from);
    match until {
        Some(until) => text.text(" until ").at(*until),
        None => text,
    }
}

/// Tells the second list that it may decide now: a card that is drawn anew calls nobody. Without a channel for approvers
/// each of them gets a card instead.
pub(super) async fn escalated(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    event: &Event,
    request: RequestId,
) -> Result<(), ReactError> {
    let Some(channel) = app.approvals() else {
        return Ok(());
    };
    let Some(request) = deps.store.request(request).await? else {
        return Ok(());
    };
    if !request.is_open(now) {
        return Ok(());
    }
    let briefing = act::briefing(deps, now, &request).await?;
    let mut people = briefing.approvers.clone();
    people.insert(request.asked.by.clone());
    let names = Names::of(deps, now, app, &people).await;
    let text = Mrkdwn::new()
        .markup("*Escalated*: the request of ")
        .and(names.who(&request.asked.by))
        .text(" for ")
        .bold(request.asked.group.as_str())
        .text(" still waits. These people may decide: ")
        .and(names.all(&briefing.approvers));
    post(deps, now, app, &channel, once(event), &text).await
}

/// Posts a line for everybody, unless what it is about was told there already.
async fn post(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    channel: &ChannelId,
    about: RequestId,
    text: &Mrkdwn,
) -> Result<(), ReactError> {
    let (reader, message) = (CardReader::Everybody, Message::new(text));
    place::post(deps, now, app, about, channel, reader, &message).await
}

/// What the message about one event is remembered by: the same in every repeat of it.
fn once(event: &Event) -> RequestId {
    place::about(&[event.detail_type(), &event.detail()])
}
