//! Pressed buttons, submitted and closed dialogs.
//!
//! See <https://docs.slack.dev/reference/interaction-payloads>.

use serde::Deserialize;

use super::capability::{ResponseUrl, TriggerId};
use super::form::{Form, PayloadError};
use super::sender::Sender;
use super::state::{Inputs, WireInput};
use crate::chat::PostedMessage;
use crate::id::{AppId, ChannelId, EnterpriseId, MessageTs, SlackUserId, TeamId, ViewId};

/// Something that somebody did in a message or dialog of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interaction {
    /// Pressed or chose something.
    Actions(BlockActions),
    /// Sent off a dialog. Answer with nothing to close it, or with a [`SubmissionAnswer`](crate::SubmissionAnswer).
    Submitted(ViewSubmission),
    /// Closed a dialog that asked to hear of it.
    Closed(ViewClosed),
    /// A kind that this client does not read; answer 200 and do nothing.
    Other {
        /// Slack's name of the kind.
        kind: String,
    },
}

/// Buttons that were pressed, or choices made, in a message or dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockActions {
    /// Who pressed it: anybody who saw it.
    pub sender: Sender,
    /// What was pressed; Slack sends one at a time.
    pub actions: Vec<Action>,
    /// The message it is in, as it was when pressed; absent in a dialog.
    pub message: Option<PostedMessage>,
    /// The dialog it is in; absent in a message.
    pub view: Option<SubmittedView>,
    /// What the message's fields hold.
    pub inputs: Inputs,
    /// Opens a dialog.
    pub trigger: Option<TriggerId>,
    /// Answers beside the message, or replaces it; absent in a dialog.
    pub response_url: Option<ResponseUrl>,
}

/// One pressed button or made choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The app's name of the element.
    pub action_id: String,
    /// The app's name of its block, or one that Slack made up.
    pub block_id: String,
    /// The button's value, or that of the choice.
    pub value: Option<String>,
}

/// A dialog that was sent off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewSubmission {
    /// Who sent it off.
    pub sender: Sender,
    /// The dialog and what was entered.
    pub view: SubmittedView,
    /// Opens another dialog.
    pub trigger: Option<TriggerId>,
}

/// A dialog that was closed instead of sent off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewClosed {
    /// Who closed it.
    pub sender: Sender,
    /// The dialog.
    pub view: SubmittedView,
    /// Whether all of the person's open dialogs of the app were closed at once.
    pub is_cleared: bool,
}

/// A dialog, as the person had it on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmittedView {
    /// Slack's id of the open dialog.
    pub id: ViewId,
    /// The app's name of the kind of dialog.
    pub callback_id: String,
    /// What the app put away in it. The person cannot change it.
    pub private_metadata: String,
    /// Changes with every update of the dialog.
    pub hash: Option<String>,
    /// What its fields hold.
    pub inputs: Inputs,
}

/// Reads the body of an interaction whose signature was verified.
///
/// # Errors
/// [`PayloadError`] when there is no payload, or it is not of the documented shape.
pub fn parse_interaction(body: &[u8]) -> Result<Interaction, PayloadError> {
    let payload: String = Form::read(body, &["payload"])?.required("payload")?;
    let WireKind { kind } = serde_json::from_str(&payload)?;
    let read = || serde_json::from_str::<Wire>(&payload);
    Ok(match kind.as_str() {
        "block_actions" => Interaction::Actions(read()?.into_actions()?),
        "view_submission" => Interaction::Submitted(read()?.into_submission()?),
        "view_closed" => Interaction::Closed(read()?.into_closed()?),
        _ => Interaction::Other { kind },
    })
}

#[derive(Deserialize)]
struct WireKind {
    #[serde(rename = "type")]
    kind: String,
}

/// All that the three kinds say; Slack leaves out or nulls what does not apply.
#[derive(Deserialize)]
struct Wire {
    user: WireUser,
    #[serde(default)]
    team: Option<Named<TeamId>>,
    #[serde(default)]
    enterprise: Option<Named<EnterpriseId>>,
    #[serde(default)]
    api_app_id: Option<AppId>,
    #[serde(default)]
    trigger_id: Option<TriggerId>,
    #[serde(default)]
    response_url: Option<ResponseUrl>,
    #[serde(default)]
    container: Option<WireContainer>,
    #[serde(default)]
    channel: Option<Named<ChannelId>>,
    #[serde(default)]
    message: Option<WireMessage>,
    #[serde(default)]
    view: Option<WireView>,
    #[serde(default)]
    state: Option<Inputs>,
    #[serde(default)]
    actions: Vec<WireAction>,
    #[serde(default)]
    is_cleared: bool,
}

#[derive(Deserialize)]
struct WireUser {
    id: SlackUserId,
    #[serde(default)]
    team_id: Option<TeamId>,
}

#[derive(Deserialize)]
struct Named<I> {
    id: I,
}

#[derive(Deserialize)]
struct WireContainer {
    #[serde(default)]
    message_ts: Option<MessageTs>,
    #[serde(default)]
    channel_id: Option<ChannelId>,
}

#[derive(Deserialize)]
struct WireMessage {
    #[serde(default)]
    ts: Option<MessageTs>,
}

#[derive(Deserialize)]
struct WireView {
    id: ViewId,
    #[serde(default)]
    callback_id: Option<String>,
    #[serde(default)]
    private_metadata: Option<String>,
    #[serde(default)]
    hash: Option<String>,
    #[serde(default)]
    state: Option<Inputs>,
}

#[derive(Deserialize)]
struct WireAction {
    action_id: String,
    #[serde(default)]
    block_id: Option<String>,
    #[serde(flatten)]
    input: WireInput,
}

impl Wire {
    fn into_actions(self) -> Result<BlockActions, PayloadError> {
        let Self {
            user,
            team,
            enterprise,
            api_app_id,
            trigger_id,
            response_url,
            container,
            channel,
            message,
            view,
            state,
            actions,
            is_cleared: _,
        } = self;
        if actions.is_empty() {
            return Err(PayloadError::Missing("actions"));
        }
        let (mut place, mut ts) = (channel.map(|it| it.id), message.and_then(|it| it.ts));
        if let Some(container) = container {
            place = container.channel_id.or(place);
            ts = container.message_ts.or(ts);
        }
        let message = place
            .zip(ts)
            .map(|(channel, ts)| PostedMessage { channel, ts });
        Ok(BlockActions {
            sender: sender(user, team, enterprise, api_app_id),
            actions: actions.into_iter().map(Action::from).collect(),
            message,
            view: view.map(SubmittedView::from),
            inputs: state.unwrap_or_default(),
            trigger: trigger_id,
            response_url,
        })
    }

    fn into_submission(self) -> Result<ViewSubmission, PayloadError> {
        let view = self.view.ok_or(PayloadError::Missing("view"))?;
        Ok(ViewSubmission {
            sender: sender(self.user, self.team, self.enterprise, self.api_app_id),
            view: view.into(),
            trigger: self.trigger_id,
        })
    }

    fn into_closed(self) -> Result<ViewClosed, PayloadError> {
        let view = self.view.ok_or(PayloadError::Missing("view"))?;
        Ok(ViewClosed {
            sender: sender(self.user, self.team, self.enterprise, self.api_app_id),
            view: view.into(),
            is_cleared: self.is_cleared,
        })
    }
}

fn sender(
    user: WireUser,
    team: Option<Named<TeamId>>,
    enterprise: Option<Named<EnterpriseId>>,
    app: Option<AppId>,
) -> Sender {
    Sender {
        user: user.id,
        user_team: user.team_id,
        team: team.map(|it| it.id),
        enterprise: enterprise.map(|it| it.id),
        app,
    }
}

impl From<WireAction> for Action {
    fn from(wire: WireAction) -> Self {
        let WireAction {
            action_id,
            block_id,
            input,
        } = wire;
        Self {
            action_id,
            block_id: block_id.unwrap_or_default(),
            value: input.into_text(),
        }
    }
}

impl From<WireView> for SubmittedView {
    fn from(wire: WireView) -> Self {
        let WireView {
            id,
            callback_id,
            private_metadata,
            hash,
            state,
        } = wire;
        Self {
            id,
            callback_id: callback_id.unwrap_or_default(),
            private_metadata: private_metadata.unwrap_or_default(),
            hash,
            inputs: state.unwrap_or_default(),
        }
    }
}
