//! What people entered in the fields of a dialog or message.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

type Blocks = BTreeMap<String, BTreeMap<String, WireInput>>;

/// The fields by block and action. Each holds one text: what was typed, or the value of what was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "WireState")]
pub struct Inputs(BTreeMap<String, BTreeMap<String, Option<String>>>);

impl Inputs {
    /// What is in one field; `None` when it is empty, not there, or of a kind that holds no single text.
    #[must_use]
    pub fn get(&self, block_id: &str, action_id: &str) -> Option<&str> {
        self.0.get(block_id)?.get(action_id)?.as_deref()
    }
}

#[derive(Deserialize)]
struct WireState {
    #[serde(default, deserialize_with = "blocks")]
    values: Blocks,
}

/// Slack writes an empty map as an empty list.
fn blocks<'de, D: Deserializer<'de>>(from: D) -> Result<Blocks, D::Error> {
    match Value::deserialize(from)? {
        Value::Object(blocks) => {
            serde_json::from_value(Value::Object(blocks)).map_err(D::Error::custom)
        }
        Value::Null => Ok(Blocks::new()),
        Value::Array(list) if list.is_empty() => Ok(Blocks::new()),
        _ => Err(D::Error::custom("neither blocks nor an empty list")),
    }
}

/// What a field or a pressed button holds, whatever its kind.
#[derive(Deserialize)]
pub(super) struct WireInput {
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    selected_option: Option<WireOption>,
    #[serde(default)]
    selected_user: Option<String>,
    #[serde(default)]
    selected_channel: Option<String>,
    #[serde(default)]
    selected_conversation: Option<String>,
}

#[derive(Deserialize)]
struct WireOption {
    value: String,
}

impl WireInput {
    pub(super) fn into_text(self) -> Option<String> {
        let Self {
            value,
            selected_option,
            selected_user,
            selected_channel,
            selected_conversation,
        } = self;
        let typed = match value {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        typed
            .or(selected_option.map(|option| option.value))
            .or(selected_user)
            .or(selected_channel)
            .or(selected_conversation)
    }
}

impl From<WireState> for Inputs {
    fn from(state: WireState) -> Self {
        let texts = |inputs: BTreeMap<String, WireInput>| {
            let texts = inputs.into_iter();
            texts.map(|(id, input)| (id, input.into_text())).collect()
        };
        Self(
            state
                .values
                .into_iter()
                .map(|(id, inputs)| (id, texts(inputs)))
                .collect(),
        )
    }
}
