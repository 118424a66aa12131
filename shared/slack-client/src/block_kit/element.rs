//! Buttons and text fields.

use serde::Serialize;
use url::Url;

use super::id::{ActionId, TooLong};
use super::limits;
use super::object::Text;
use super::text::{self, Lines};

/// A button. Whoever sees it can press it, also twice and long after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "button")]
pub struct Button {
    action_id: ActionId,
    text: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<Style>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirm: Option<Confirm>,
}

/// How a button stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Green: what most people want.
    Primary,
    /// Red: what cannot be undone.
    Danger,
}

impl Button {
    /// A button; `text` is cut to 75 characters.
    #[must_use]
    pub fn new(action: ActionId, text: &str) -> Self {
        Self {
            action_id: action,
            text: Text::plain(text, limits::BUTTON_TEXT_MAX),
            value: None,
            url: None,
            style: None,
            confirm: None,
        }
    }

    /// What comes back when it is pressed. Signed by Slack, so it can name what the button is about.
    ///
    /// # Errors
    /// [`TooLong`] beyond 2000 characters.
    pub fn value(mut self, value: &str) -> Result<Self, TooLong> {
        self.value = Some(whole("a button's value", value, limits::BUTTON_VALUE_MAX)?);
        Ok(self)
    }

    /// Opens a page when pressed. The app hears of it as well, and has to answer.
    ///
    /// # Errors
    /// [`TooLong`] beyond 3000 characters.
    pub fn url(mut self, url: &Url) -> Result<Self, TooLong> {
        self.url = Some(whole("a button's address", url.as_str(), limits::URL_MAX)?);
        Ok(self)
    }

    /// Makes it stand out.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = Some(style);
        self
    }

    /// Asks back before anything is sent.
    #[must_use]
    pub fn confirm(mut self, confirm: Confirm) -> Self {
        self.confirm = Some(confirm);
        self
    }

    pub(super) fn action_id(&self) -> ActionId {
        self.action_id
    }
}

/// What a button asks before it acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confirm {
    title: Text,
    text: Text,
    #[serde(rename = "confirm")]
    yes: Text,
    #[serde(rename = "deny")]
    no: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<Style>,
}

impl Confirm {
    /// A question (title to 100 characters, text to 300) and its two answers (to 30 each).
    #[must_use]
    pub fn new(title: &str, text: &str, confirm: &str, deny: &str) -> Self {
        let button = |text| Text::plain(text, limits::CONFIRM_BUTTON_MAX);
        Self {
            title: Text::plain(title, limits::CONFIRM_TITLE_MAX),
            text: Text::plain_lines(text, limits::CONFIRM_TEXT_MAX),
            yes: button(confirm),
            no: button(deny),
            style: None,
        }
    }

    /// Makes the confirming button stand out.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = Some(style);
        self
    }
}

/// A field to type into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "plain_text_input")]
pub struct TextInput {
    action_id: ActionId,
    multiline: bool,
    max_length: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_value: Option<String>,
}

impl TextInput {
    /// An empty field of one line that takes 3000 characters.
    #[must_use]
    pub fn new(action: ActionId) -> Self {
        Self {
            action_id: action,
            multiline: false,
            max_length: limits::INPUT_TEXT_MAX,
            placeholder: None,
            initial_value: None,
        }
    }

    /// With room for several lines.
    #[must_use]
    pub fn multiline(mut self) -> Self {
        self.multiline = true;
        self
    }

    /// Takes at most `max` characters, from 1 to 3000, and what is already in it is cut to that.
    #[must_use]
    pub fn max_length(mut self, max: u16) -> Self {
        self.max_length = max.clamp(1, limits::INPUT_TEXT_MAX);
        self.initial_value = self
            .initial_value
            .map(|text| text::cut(&text, usize::from(self.max_length)));
        self
    }

    /// What it shows while empty; cut to 150 characters.
    #[must_use]
    pub fn placeholder(mut self, text: &str) -> Self {
        self.placeholder = Some(Text::plain(text, limits::PLACEHOLDER_MAX));
        self
    }

    /// What is already typed in it, nothing if there is nothing to see; cut to what the field takes.
    #[must_use]
    pub fn initial_value(mut self, text: &str) -> Self {
        if text.trim().is_empty() {
            self.initial_value = None;
            return self;
        }
        let lines = if self.multiline {
            Lines::Several
        } else {
            Lines::One
        };
        let text = text::clean(text, lines);
        self.initial_value = Some(text::cut(&text, usize::from(self.max_length)));
        self
    }
}

/// A value that is not for reading, and so must not be cut.
pub(super) fn whole(what: &'static str, value: &str, max: usize) -> Result<String, TooLong> {
    if text::width(value) > max {
        return Err(TooLong { what, max });
    }
    Ok(value.to_owned())
}
