//! Blocks: the rows of a message or dialog.

use std::collections::BTreeSet;

use serde::Serialize;

use super::element::{Button, TextInput};
use super::id::BlockId;
use super::limits;
use super::mrkdwn::Mrkdwn;
use super::object::Text;
use super::select::Select;

/// One row of a message or dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Block(Kind);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Kind {
    Section {
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<Text>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fields: Vec<Text>,
        #[serde(skip_serializing_if = "Option::is_none")]
        accessory: Option<Button>,
    },
    Header {
        text: Text,
    },
    Context {
        elements: [Text; 1],
    },
    Actions {
        elements: Vec<Button>,
    },
    Input {
        block_id: BlockId,
        label: Text,
        element: Element,
        optional: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<Text>,
    },
    Divider {},
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Element {
    Text(TextInput),
    Select(Select),
}

impl Block {
    /// A line in large type; cut to 150 characters.
    #[must_use]
    pub fn header(text: &str) -> Self {
        let text = Text::plain(text, limits::HEADER_TEXT_MAX);
        Self(Kind::Header { text })
    }

    /// A paragraph; cut to 3000 characters.
    #[must_use]
    pub fn section(text: &Mrkdwn) -> Self {
        Self::paragraph(Text::mrkdwn(text, limits::SECTION_TEXT_MAX), None)
    }

    /// A paragraph with a button at its side; cut to 3000 characters.
    #[must_use]
    pub fn section_with(text: &Mrkdwn, button: Button) -> Self {
        Self::paragraph(Text::mrkdwn(text, limits::SECTION_TEXT_MAX), Some(button))
    }

    /// What somebody wrote, as they wrote it and over several lines: no markup, no emoji names; cut to 3000 characters.
    #[must_use]
    pub fn quote(text: &str) -> Self {
        Self::paragraph(Text::plain_lines(text, limits::SECTION_TEXT_MAX), None)
    }

    /// Short texts in two columns, each cut to 2000 characters; those beyond ten are left out. `None` without any.
    #[must_use]
    pub fn fields(fields: impl IntoIterator<Item = Mrkdwn>) -> Option<Self> {
        let fields: Vec<Text> = fields
            .into_iter()
            .take(limits::FIELDS_MAX)
            .map(|field| Text::mrkdwn(&field, limits::FIELD_TEXT_MAX))
            .collect();
        (!fields.is_empty()).then_some(Self(Kind::Section {
            text: None,
            fields,
            accessory: None,
        }))
    }

    /// A line in small print; cut to 3000 characters.
    #[must_use]
    pub fn context(text: &Mrkdwn) -> Self {
        let text = Text::mrkdwn(text, limits::SECTION_TEXT_MAX);
        Self(Kind::Context { elements: [text] })
    }

    /// A row of buttons. Of two with one action the second is left out, as are those beyond 25. `None` without any.
    #[must_use]
    pub fn actions(buttons: impl IntoIterator<Item = Button>) -> Option<Self> {
        let mut seen = BTreeSet::new();
        let elements: Vec<Button> = buttons
            .into_iter()
            .filter(|button| seen.insert(button.action_id()))
            .take(limits::ACTIONS_MAX)
            .collect();
        (!elements.is_empty()).then_some(Self(Kind::Actions { elements }))
    }

    /// A line between blocks.
    #[must_use]
    pub fn divider() -> Self {
        Self(Kind::Divider {})
    }

    fn paragraph(text: Text, accessory: Option<Button>) -> Self {
        Self(Kind::Section {
            text: Some(text),
            fields: Vec::new(),
            accessory,
        })
    }

    /// The name of a block with a field.
    pub(super) fn field_id(&self) -> Option<BlockId> {
        match &self.0 {
            Kind::Input { block_id, .. } => Some(*block_id),
            _ => None,
        }
    }
}

/// A block with a field that people fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    block_id: BlockId,
    label: Text,
    element: Element,
    optional: bool,
    hint: Option<Text>,
}

impl Field {
    /// A field to type into, which must not stay empty; the label is cut to 2000 characters.
    #[must_use]
    pub fn text(block: BlockId, label: &str, input: TextInput) -> Self {
        Self::of(block, label, Element::Text(input))
    }

    /// A menu, in which something must be chosen; the label is cut to 2000 characters.
    #[must_use]
    pub fn select(block: BlockId, label: &str, select: Select) -> Self {
        Self::of(block, label, Element::Select(select))
    }

    /// Lets people leave it empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Says more in small print beneath it; cut to 2000 characters.
    #[must_use]
    pub fn hint(mut self, text: &str) -> Self {
        self.hint = Some(Text::plain(text, limits::LABEL_MAX));
        self
    }

    fn of(block_id: BlockId, label: &str, element: Element) -> Self {
        Self {
            block_id,
            label: Text::plain(label, limits::LABEL_MAX),
            element,
            optional: false,
            hint: None,
        }
    }
}

impl From<Field> for Block {
    fn from(field: Field) -> Self {
        let Field {
            block_id,
            label,
            element,
            optional,
            hint,
        } = field;
        Self(Kind::Input {
            block_id,
            label,
            element,
            optional,
            hint,
        })
    }
}

/// As many blocks as fit: of two with one name the second is left out, and the last line says how many are missing.
pub(crate) fn fitting(blocks: impl IntoIterator<Item = Block>, max: usize) -> Vec<Block> {
    let mut seen = BTreeSet::new();
    let mut blocks: Vec<Block> = blocks
        .into_iter()
        .filter(|block| block.field_id().is_none_or(|id| seen.insert(id)))
        .collect();
    if blocks.len() > max {
        let missing = blocks.len() - (max - 1);
        blocks.truncate(max - 1);
        let text = format!("{missing} more are not shown.");
        blocks.push(Block::context(&Mrkdwn::new().text(&text)));
    }
    blocks
}
