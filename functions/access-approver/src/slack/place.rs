//! Messages in conversations, remembered so that a repeat brings them up to date instead of posting again.

use super::app::App;
use crate::deps::Deps;
use crate::react::ReactError;
use access_core::id::RequestId;
use access_core::ports::{Card, CardReader};
use function_kit::metrics::{self, Metric};
use jiff::{SignedDuration, Timestamp};
use slack_client::{ChannelId, Message, MessageTs, SlackError};
use tracing::{error, info, warn};
use uuid::Uuid;

/// For how long nobody else posts a message that somebody is posting: longer than one invocation works for an event.
const POSTING: SignedDuration = SignedDuration::from_mins(1);

/// Posts a message and remembers it, unless there is one for this reader in the conversation already. Of two at once one
/// posts: a second card would keep its buttons for ever.
///
/// A crash before it is remembered posts it again after a minute: somebody reads it twice, which is better than never.
///
/// # Errors
/// Also while another invocation is posting it: whether it succeeds is seen when the event comes again.
pub(super) async fn post(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    about: RequestId,
    channel: &ChannelId,
    reader: CardReader,
    message: &Message,
) -> Result<(), ReactError> {
    if find(deps, about, channel, reader).await?.is_some() {
        return Ok(());
    }
    let until = now.saturating_add(POSTING).expect("durations saturate");
    let place = channel.as_str();
    let is_ours = deps.store.claim_card(about, place, reader, now, until);
    let is_ours = is_ours.await?;
    // Whoever was posting may be done by now.
    if find(deps, about, channel, reader).await?.is_some() {
        return Ok(());
    }
    if !is_ours {
        let why = "a message is being posted by another invocation";
        return Err(ReactError::Failed(why.to_owned()));
    }
    let posted = match app.client.post_message(channel, message).await {
        Ok(posted) => posted,
        Err(error) => {
            if let Err(error) = deps.store.let_card_go(about, place, reader, now).await {
                warn!(%error, "a message that was not posted cannot be tried again for a minute: {error}");
            }
            return failed(&error);
        }
    };
    let card = Card {
        channel: channel.to_string(),
        ts: posted.ts.to_string(),
        reader,
    };
    deps.store.keep_card(about, &card).await?;
    Ok(())
}

/// Whether a message for this reader is in the conversation already.
pub(super) async fn find(
    deps: &Deps,
    about: RequestId,
    channel: &ChannelId,
    reader: CardReader,
) -> Result<Option<Card>, ReactError> {
    let cards = deps.store.cards(about).await?;
    let mut cards = cards.into_iter();
    Ok(cards.find(|card| card.reader == reader && card.channel == channel.as_str()))
}

/// Shows something else in a message; a repeat changes nothing.
pub(super) async fn update(
    app: &App<'_>,
    card: &Card,
    message: &Message,
) -> Result<(), ReactError> {
    let place = card.channel.parse::<ChannelId>().ok();
    let Some((channel, ts)) = place.zip(card.ts.parse::<MessageTs>().ok()) else {
        error!("a remembered message is no message of Slack");
        return Ok(());
    };
    match app.client.update_message(&channel, &ts, message).await {
        Ok(_) => Ok(()),
        Err(SlackError::NotFound { .. }) => {
            info!("a message was deleted, and is not brought up to date");
            Ok(())
        }
        Err(error) => failed(&error),
    }
}

/// What follows from a failed call: it comes again where a later try may help. What cannot be mended by trying is said loudly.
///
/// `Unreachable` may mean that a message was posted. It is tried again all the same: a card that nobody got would be worse.
pub(super) fn failed(error: &SlackError) -> Result<(), ReactError> {
    metrics::count(Metric::SlackCallsFailed, 1);
    match error {
        SlackError::RateLimited { .. }
        | SlackError::Unreachable { .. }
        | SlackError::Malformed { .. }
        | SlackError::Credential { .. }
        | SlackError::InvalidAuth { .. }
        | SlackError::MissingScope { .. } => Err(ReactError::Failed(error.to_string())),
        SlackError::NotFound { .. }
        | SlackError::NameTaken { .. }
        | SlackError::InvalidUsers { .. }
        | SlackError::NoUsersProvided { .. }
        | SlackError::PlanRequired { .. }
        | SlackError::Expired { .. }
        | SlackError::Refused { .. } => {
            error!(%error, "Slack does not take a message: {error}");
            Ok(())
        }
    }
}

/// What messages about anything else than a request are remembered by: the same parts give the same, which is no request's.
pub(super) fn about(parts: &[&str]) -> RequestId {
    let name = parts.join("\n");
    let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    let id = digest.to_string().parse();
    id.expect("an id is written as a UUID is")
}
