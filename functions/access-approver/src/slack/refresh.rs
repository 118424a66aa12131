//! The messages about one request: posted once, and drawn anew from what is stored whenever something happened to it.

use super::app::App;
use super::card::{self, View};
use super::people::{Names, look_up};
use super::place;
use crate::act;
use crate::deps::Deps;
use crate::react::ReactError;
use access_core::id::{GrantId, RequestId};
use access_core::ports::CardReader;
use access_core::principal::Principal;
use access_core::request::{GrantRecord, Request};
use jiff::Timestamp;
use slack_client::{ChannelId, Message, SlackError};
use std::collections::BTreeSet;
use tracing::warn;

/// How often messages are drawn again because something happened meanwhile. Whoever made it happen draws them too.
const DRAWINGS_MAX: usize = 3;
/// Most people who get a message of their own because they may decide, or must hear of an emergency.
const DIRECT_MAX: usize = 10;
/// Most requests for more time of one grant that are brought up to date.
const EXTENSIONS_MAX: usize = 10;

/// Whether messages that are missing are posted: only where more people are to hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Posted,
    Left,
}

/// A request and its grant, as stored now.
struct Stored {
    request: Request,
    grant: Option<GrantRecord>,
}

impl Stored {
    async fn read(deps: &Deps, id: RequestId) -> Result<Option<Self>, ReactError> {
        let Some(request) = deps.store.request(id).await? else {
            return Ok(None);
        };
        let grant = match request.grant() {
            Some(grant) => deps.store.grant(grant).await?,
            None => None,
        };
        Ok(Some(Self { request, grant }))
    }

    fn versions(&self) -> (u64, Option<u64>) {
        let grant = self.grant.as_ref().map(|record| record.version);
        (self.request.version, grant)
    }
}

/// Brings every message about a request up to date. A repeat changes nothing, and the last to finish shows what is stored.
pub(super) async fn request(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    id: RequestId,
    missing: Missing,
) -> Result<(), ReactError> {
    let Some(mut stored) = Stored::read(deps, id).await? else {
        warn!(request.id = %id, "an event tells of a request that is not stored");
        return Ok(());
    };
    for _drawing in 0..DRAWINGS_MAX {
        draw(deps, now, app, &stored, missing).await?;
        let Some(after) = Stored::read(deps, id).await? else {
            return Ok(());
        };
        if after.versions() == stored.versions() {
            return Ok(());
        }
        stored = after;
    }
    Ok(())
}

/// Brings the messages about a grant up to date: of the request that made it, and of those for more time.
pub(super) async fn grant(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    grant: GrantId,
    holder: &Principal,
) -> Result<(), ReactError> {
    let mut requests = BTreeSet::new();
    if let Some(record) = deps.store.grant(grant).await? {
        requests.insert(record.grant.request);
    }
    let theirs = act::requests_by(deps, &app.config.people, holder).await?;
    let longer = theirs
        .iter()
        .filter(|request| request.grant() == Some(grant));
    requests.extend(longer.take(EXTENSIONS_MAX).map(|request| request.id));
    let mut done = Ok(());
    for id in requests {
        done = done.and(request(deps, now, app, id, Missing::Left).await);
    }
    done
}

async fn draw(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    stored: &Stored,
    missing: Missing,
) -> Result<(), ReactError> {
    let Stored { request, grant } = stored;
    let briefing = act::briefing(deps, now, request).await?;
    let people = card::people(request, grant.as_ref(), &briefing);
    let names = Names::of(deps, now, app, &people).await;
    let view = View {
        now,
        request,
        grant: grant.as_ref(),
        briefing: &briefing,
        names: &names,
    };
    // One message that fails stops no other.
    let mut done = Ok(());
    for card in deps.store.cards(request.id).await? {
        done = done.and(place::update(app, &card, &drawn(&view, card.reader)).await);
    }
    if missing == Missing::Posted {
        for (place, reader) in wanted(app, &view) {
            let message = drawn(&view, reader);
            let posted = post(deps, now, app, request.id, &place, reader, &message).await;
            done = done.and(posted);
        }
    }
    done
}

fn drawn(view: &View<'_>, reader: CardReader) -> Message {
    match reader {
        CardReader::Approver => card::for_approvers(view),
        CardReader::Requester => card::for_requester(view),
        CardReader::Everybody => card::for_everybody(view),
    }
}

/// Where a message belongs.
enum Place {
    Channel(ChannelId),
    /// Their direct conversation.
    Direct(Principal),
}

/// Where messages belong: to approvers while they can decide, to whoever asked, and to everybody where it is loud.
fn wanted(app: &App<'_>, view: &View<'_>) -> Vec<(Place, CardReader)> {
    let briefing = view.briefing;
    let mut wanted = Vec::new();
    if card::is_loud(view.request) {
        let channels = BTreeSet::from([app.announcements(), app.approvals()]);
        let channels = channels.into_iter().flatten().map(Place::Channel);
        wanted.extend(channels.map(|channel| (channel, CardReader::Everybody)));
        // A channel may be missing, gone or asleep: nobody else looked at it before.
        let watchers = briefing.watchers.iter().take(DIRECT_MAX).cloned();
        wanted.extend(watchers.map(|who| (Place::Direct(who), CardReader::Everybody)));
    }
    if view.request.is_open(view.now) {
        if let Some(channel) = app.approvals() {
            wanted.push((Place::Channel(channel), CardReader::Approver));
        } else {
            let first = briefing.approvers.difference(&briefing.second);
            let called = first.take(DIRECT_MAX);
            let called = called.chain(briefing.second.iter().take(DIRECT_MAX));
            wanted.extend(called.map(|who| (Place::Direct(who.clone()), CardReader::Approver)));
        }
    }
    let asked = Place::Direct(view.request.asked.by.clone());
    wanted.push((asked, CardReader::Requester));
    wanted
}

/// Posts a message unless it is there. Whoever has no account gets none; where Slack does not answer, it is tried again.
async fn post(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    about: RequestId,
    place: &Place,
    reader: CardReader,
    message: &Message,
) -> Result<(), ReactError> {
    let channel = match place {
        Place::Channel(channel) => Some(channel.clone()),
        Place::Direct(principal) => direct(deps, now, app, principal).await?,
    };
    match channel {
        Some(channel) => place::post(deps, now, app, about, &channel, reader, message).await,
        None => Ok(()),
    }
}

/// The conversation with one person; `None`: they have no account, or Slack gives none.
async fn direct(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    principal: &Principal,
) -> Result<Option<ChannelId>, ReactError> {
    match conversation(deps, now, app, principal).await {
        Ok(channel) => Ok(channel),
        Err(error) => {
            warn!(principal.id = %principal.id(), %error, "somebody cannot be written to directly: {error}");
            place::failed(&error).map(|()| None)
        }
    }
}

async fn conversation(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    principal: &Principal,
) -> Result<Option<ChannelId>, SlackError> {
    let Some(user) = look_up(deps, now, app, principal).await? else {
        return Ok(None);
    };
    app.client.open_direct_message(&user).await.map(Some)
}
