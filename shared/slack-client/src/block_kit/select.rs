//! Menus with fixed choices.

use serde::Serialize;

use super::element::whole;
use super::id::{ActionId, TooLong};
use super::limits::{self, OPTION_GROUPS_MAX, OPTIONS_MAX};
use super::object::Text;

/// Characters of a choice's text in the label of its group, so that two fit.
const LABEL_END_MAX: usize = 30;

/// One choice of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    text: Text,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Text>,
}

impl Choice {
    /// A choice; `text` is cut to 75 characters, `value` comes back when it is chosen and must not be empty.
    ///
    /// # Errors
    /// [`TooLong`] for a value of more than 150 characters.
    pub fn new(text: &str, value: &str) -> Result<Self, TooLong> {
        Ok(Self {
            text: Text::plain(text, limits::OPTION_TEXT_MAX),
            value: whole("a choice's value", value, limits::OPTION_VALUE_MAX)?,
            description: None,
        })
    }

    /// Says more beneath it; cut to 75 characters.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(Text::plain(text, limits::OPTION_TEXT_MAX));
        self
    }

    fn label_end(&self) -> String {
        let (Text::PlainText { text, .. } | Text::Mrkdwn { text, .. }) = &self.text;
        super::text::cut(text, LABEL_END_MAX)
    }
}

/// A menu of fixed choices, searchable by their texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "static_select")]
pub struct Select {
    action_id: ActionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    placeholder: Option<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<Choice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    option_groups: Vec<ChoiceGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_option: Option<Choice>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ChoiceGroup {
    label: Text,
    options: Vec<Choice>,
}

impl Select {
    /// A menu, or `None` without choices, as Slack has no empty menus.
    ///
    /// Up to a hundred choices are one list. More become groups of a hundred, each named by its first and last choice, so
    /// give them in order; beyond ten thousand they are left out.
    #[must_use]
    pub fn new(action: ActionId, choices: impl IntoIterator<Item = Choice>) -> Option<Self> {
        let choices: Vec<Choice> = choices
            .into_iter()
            .take(OPTIONS_MAX * OPTION_GROUPS_MAX)
            .collect();
        if choices.is_empty() {
            return None;
        }
        let (options, option_groups) = if choices.len() <= OPTIONS_MAX {
            (choices, Vec::new())
        } else {
            (Vec::new(), choices.chunks(OPTIONS_MAX).map(group).collect())
        };
        Some(Self {
            action_id: action,
            placeholder: None,
            options,
            option_groups,
            initial_option: None,
        })
    }

    /// What it shows while nothing is chosen; cut to 150 characters.
    #[must_use]
    pub fn placeholder(mut self, text: &str) -> Self {
        self.placeholder = Some(Text::plain(text, limits::PLACEHOLDER_MAX));
        self
    }

    /// Chooses the choice with this value beforehand, if there is one.
    #[must_use]
    pub fn chosen(mut self, value: &str) -> Self {
        let grouped = self.option_groups.iter().flat_map(|group| &group.options);
        let mut all = self.options.iter().chain(grouped);
        self.initial_option = all.find(|choice| choice.value == value).cloned();
        self
    }
}

fn group(choices: &[Choice]) -> ChoiceGroup {
    let ends = [choices.first(), choices.last()].map(|choice| {
        choice
            .expect("a chunk of a list has a choice in it")
            .label_end()
    });
    ChoiceGroup {
        label: Text::plain(&ends.join(" – "), limits::OPTION_TEXT_MAX),
        options: choices.to_vec(),
    }
}
