//! Dialogs, and the answers to dialogs that were sent off.

use std::collections::BTreeMap;

use serde::Serialize;

use super::block::{Block, fitting};
use super::element::whole;
use super::id::{BlockId, CallbackId, TooLong};
use super::limits;
use super::object::Text;

/// The button of a dialog with fields that names none.
const SUBMIT: &str = "Submit";

/// A dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "modal")]
pub struct Modal {
    callback_id: CallbackId,
    title: Text,
    blocks: Vec<Block>,
    #[serde(skip_serializing_if = "Option::is_none")]
    submit: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close: Option<Text>,
    #[serde(skip_serializing_if = "String::is_empty")]
    private_metadata: String,
    notify_on_close: bool,
}

impl Modal {
    /// A dialog; its title is cut to 24 characters.
    ///
    /// Blocks beyond a hundred are left out and counted in the last line; of two fields with one name the second is left
    /// out. A dialog with a field has a button "Submit".
    #[must_use]
    pub fn new(callback: CallbackId, title: &str, blocks: impl IntoIterator<Item = Block>) -> Self {
        let mut blocks = fitting(blocks, limits::VIEW_BLOCKS_MAX);
        if blocks.is_empty() {
            blocks.push(Block::divider());
        }
        let has_field = blocks.iter().any(|block| block.field_id().is_some());
        Self {
            callback_id: callback,
            title: small(title),
            blocks,
            submit: has_field.then(|| small(SUBMIT)),
            close: None,
            private_metadata: String::new(),
            notify_on_close: false,
        }
    }

    /// The text of the button that sends it off; cut to 24 characters.
    #[must_use]
    pub fn submit(mut self, text: &str) -> Self {
        self.submit = Some(small(text));
        self
    }

    /// The text of the button that closes it; cut to 24 characters.
    #[must_use]
    pub fn close(mut self, text: &str) -> Self {
        self.close = Some(small(text));
        self
    }

    /// Puts something away that comes back with the dialog. The person does not see it and cannot change it.
    ///
    /// # Errors
    /// [`TooLong`] beyond 3000 characters.
    pub fn private_metadata(mut self, text: &str) -> Result<Self, TooLong> {
        let max = limits::PRIVATE_METADATA_MAX;
        self.private_metadata = whole("a dialog's metadata", text, max)?;
        Ok(self)
    }

    /// Has Slack tell when it is closed.
    #[must_use]
    pub fn notify_on_close(mut self) -> Self {
        self.notify_on_close = true;
        self
    }
}

fn small(text: &str) -> Text {
    Text::plain(text, limits::VIEW_TITLE_MAX)
}

/// What happens to a dialog that was sent off. Answering 200 with nothing closes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "response_action", rename_all = "snake_case")]
pub enum SubmissionAnswer {
    /// It stays, with an error beside each of these fields.
    Errors {
        /// By block. Make them with [`SubmissionAnswer::errors`].
        errors: BTreeMap<BlockId, String>,
    },
    /// It shows something else.
    Update {
        /// The new content.
        view: Modal,
    },
    /// All dialogs of the app are closed.
    Clear,
}

impl SubmissionAnswer {
    /// Errors beside fields, each on one line and cut to 300 characters. Slack refuses a block that is no field of the
    /// dialog.
    #[must_use]
    pub fn errors(errors: impl IntoIterator<Item = (BlockId, String)>) -> Self {
        let shown = |text: &str| {
            let text = super::text::clean(text, super::text::Lines::One);
            super::text::cut(&text, limits::FIELD_ERROR_MAX)
        };
        let errors = errors
            .into_iter()
            .map(|(block, text)| (block, shown(&text)))
            .collect();
        Self::Errors { errors }
    }
}
