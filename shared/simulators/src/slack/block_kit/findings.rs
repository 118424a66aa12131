//! What was found wrong, and the checks that every object needs.

use serde_json::Value;

/// Messages like Slack's own: what must be so, and where it is not.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<String>);

/// How many characters a text may have, and whether it must be there.
#[derive(Clone, Copy)]
pub(super) struct Room {
    min: usize,
    pub(super) max: usize,
    is_required: bool,
}

impl Room {
    pub(super) const fn required(max: usize) -> Self {
        Self {
            min: 1,
            max,
            is_required: true,
        }
    }

    pub(super) const fn optional(max: usize) -> Self {
        Self {
            min: 1,
            max,
            is_required: false,
        }
    }

    pub(super) const fn possibly_empty(max: usize) -> Self {
        Self {
            min: 0,
            max,
            is_required: false,
        }
    }
}

impl Findings {
    pub(super) fn into_messages(self) -> Vec<String> {
        self.0
    }

    pub(super) fn add(&mut self, at: &str, what: &str) {
        self.0.push(format!("[ERROR] {what} [json-pointer:{at}]"));
    }

    /// Slack refuses fields that it does not know.
    pub(super) fn only(&mut self, object: &Value, at: &str, known: &[&str]) {
        let Some(members) = object.as_object() else {
            self.add(at, "must be an object");
            return;
        };
        for key in members.keys().filter(|key| !known.contains(&key.as_str())) {
            self.add(
                at,
                &format!("no more properties than the documented: {key}"),
            );
        }
    }

    /// A text of the object itself, not a text object.
    pub(super) fn string(&mut self, object: &Value, at: &str, key: &str, room: Room) {
        let at = format!("{at}/{key}");
        match &object[key] {
            Value::Null if room.is_required => {
                self.add(&at, &format!("missing required field: {key}"));
            }
            Value::Null => {}
            Value::String(text) => self.length(text, &at, room),
            _ => self.add(&at, "must be a string"),
        }
    }

    pub(super) fn length(&mut self, text: &str, at: &str, room: Room) {
        let length = text.encode_utf16().count();
        if length > room.max {
            let more = room.max + 1;
            self.add(at, &format!("must be less than {more} characters"));
        }
        if length < room.min || (room.min > 0 && text.trim().is_empty()) {
            self.add(at, "must be more than 0 characters");
        }
    }

    pub(super) fn flag(&mut self, object: &Value, at: &str, key: &str) {
        if !matches!(object[key], Value::Null | Value::Bool(_)) {
            self.add(&format!("{at}/{key}"), "must be a boolean");
        }
    }

    /// One of some words, or absent.
    pub(super) fn word(&mut self, object: &Value, at: &str, key: &str, words: &[&str]) {
        let is_known = match &object[key] {
            Value::Null => true,
            Value::String(word) => words.contains(&word.as_str()),
            _ => false,
        };
        if !is_known {
            self.add(&format!("{at}/{key}"), "must be a valid enum value");
        }
    }

    /// A whole number within bounds, or absent; answers it.
    pub(super) fn number(
        &mut self,
        object: &Value,
        at: &str,
        key: &str,
        bounds: (u64, u64),
    ) -> Option<u64> {
        let (min, max) = bounds;
        match &object[key] {
            Value::Null => None,
            value => match value.as_u64() {
                Some(number) if (min..=max).contains(&number) => Some(number),
                _ => {
                    let what = format!("must be from {min} to {max}");
                    self.add(&format!("{at}/{key}"), &what);
                    None
                }
            },
        }
    }

    /// The items of a list with so many; none when it is no list.
    pub(super) fn list<'v>(
        &mut self,
        list: &'v Value,
        at: &str,
        bounds: (usize, usize),
    ) -> &'v [Value] {
        let (min, max) = bounds;
        let Some(items) = list.as_array() else {
            self.add(at, "must be an array");
            return &[];
        };
        if items.len() < min {
            self.add(at, &format!("no fewer than {min} items allowed"));
        }
        if items.len() > max {
            self.add(at, &format!("no more than {max} items allowed"));
        }
        items
    }
}
