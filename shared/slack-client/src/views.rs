//! Dialogs: opening and changing them.

use serde::Deserialize;

use crate::block_kit::{Modal, limits};
use crate::client::SlackClient;
use crate::error::SlackError;
use crate::id::ViewId;
use crate::inbound::TriggerId;
use crate::wire::Method;

/// A trigger works once: a repeat would be refused although the dialog is open.
const OPEN: Method = Method::creating("views.open");
const UPDATE: Method = Method::idempotent("views.update");

/// A dialog on somebody's screen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct OpenView {
    /// What [`SlackClient::update_view`] needs.
    pub id: ViewId,
    /// Changes with every update.
    #[serde(default)]
    pub hash: Option<String>,
}

#[derive(Deserialize)]
struct OneView {
    view: OpenView,
}

impl SlackClient {
    /// Opens a dialog for the person whose action gave the trigger, within three seconds of it and once. Needs no scope.
    ///
    /// # Errors
    /// [`SlackError::Expired`] when the trigger is too old or used; [`SlackError::Unreachable`] when the dialog may be
    /// open: it is not sent twice.
    pub async fn open_view(
        &self,
        trigger: &TriggerId,
        view: &Modal,
    ) -> Result<OpenView, SlackError> {
        let form = [
            ("trigger_id", trigger.as_str().to_owned()),
            ("view", json(OPEN, view)?),
        ];
        let opened: OneView = self.call(OPEN, &form).await?;
        Ok(opened.view)
    }

    /// Shows something else in an open dialog; a repeat changes nothing. Needs no scope.
    ///
    /// # Errors
    /// [`SlackError::NotFound`] when it was closed.
    pub async fn update_view(&self, id: &ViewId, view: &Modal) -> Result<OpenView, SlackError> {
        let form = [("view_id", id.to_string()), ("view", json(UPDATE, view)?)];
        let updated: OneView = self.call(UPDATE, &form).await?;
        Ok(updated.view)
    }
}

/// The one limit that no single constructor can keep: the dialog as a whole.
fn json(method: Method, view: &Modal) -> Result<String, SlackError> {
    let json = serde_json::to_string(view).expect("a dialog is texts and lists of them");
    if json.len() > limits::VIEW_BYTES_MAX {
        return Err(SlackError::Refused {
            method: method.name,
            code: "view_too_large".to_owned(),
        });
    }
    Ok(json)
}
