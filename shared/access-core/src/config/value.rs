//! One value of the configuration as written, which knows its key and its place.

use super::raw::Table;
use super::report::{At, Report, joined, nearest};
use super::secret;
use std::borrow::Cow;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use toml::Spanned;
use toml::de::DeValue;

/// A value, the key it stands under and its place.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) key: &'a str,
    pub(super) at: usize,
    pub(super) written: &'a DeValue<'a>,
    pub(super) is_element: bool,
}

impl<'a> Value<'a> {
    /// Notes a mistake at this value.
    pub(super) fn wrong(&self, message: impl Into<String>, help: impl Into<String>) {
        self.report.add(self.at, message, help);
    }

    /// Gives `value` this value's place.
    pub(super) fn place<T>(&self, value: T) -> At<T> {
        At { at: self.at, value }
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        self.text_or("write the value in quotes")
    }

    /// A text; `help` says how to write one. Texts that can only be secrets are refused, so that no message repeats them.
    pub(super) fn text_or(&self, help: &str) -> Option<&'a str> {
        match self.written.as_str() {
            None => self.mistyped("a string", help),
            Some(text) if secret::is_surely_one(text) => self.wrong(secret::MESSAGE, secret::HELP),
            Some(text) => return Some(text),
        }
        None
    }

    /// A text that is a `T`; `help` says what would be one.
    pub(super) fn parse<T>(&self, help: &str) -> Option<At<T>>
    where
        T: FromStr<Err: Display>,
    {
        match self.text()?.parse() {
            Ok(value) => Some(self.place(value)),
            Err(error) => {
                self.wrong(error.to_string(), help);
                None
            }
        }
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        let value = self.written.as_bool();
        if value.is_none() {
            self.mistyped("a boolean", "write true or false, without quotes");
        }
        value
    }

    /// A whole number in `range`.
    pub(super) fn count(&self, range: &RangeInclusive<u32>) -> Option<u32> {
        let (low, high) = (range.start(), range.end());
        let help = format!("write a whole number from {low} to {high}, without quotes");
        let DeValue::Integer(number) = self.written else {
            self.mistyped("an integer", help);
            return None;
        };
        let count = i64::from_str_radix(number.as_str(), number.radix()).ok();
        let count = count.and_then(|count| u32::try_from(count).ok());
        let count = count.filter(|count| range.contains(count));
        if count.is_none() {
            self.wrong(format!("`{}` is out of range: {number}", self.key), help);
        }
        count
    }

    /// A number from 0 to 1.
    pub(super) fn share(&self) -> Option<f64> {
        let help = "write a number from 0 to 1, such as 0.5, without quotes";
        let number: f64 = match self.written {
            DeValue::Float(number) => number.as_str().parse().unwrap_or(f64::NAN),
            DeValue::Integer(number) => number.as_str().parse().unwrap_or(f64::NAN),
            _ => {
                self.mistyped("a number", help);
                return None;
            }
        };
        if (0.0..=1.0).contains(&number) {
            return Some(number);
        }
        self.wrong(format!("`{}` is out of range: {number}", self.key), help);
        None
    }

    /// One of a few words, each with what it stands for.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words = || choices.iter().map(|(word, _)| *word);
            let help = match nearest(text, words()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("write one of: {}", joined(words())),
            };
            self.wrong(format!("`{}` cannot be `{text}`", self.key), help);
        }
        found.map(|(_, value)| *value)
    }

    pub(super) fn list(self) -> Vec<Value<'a>> {
        let DeValue::Array(elements) = self.written else {
            self.mistyped("an array", "write the values in square brackets");
            return Vec::new();
        };
        elements
            .iter()
            .map(|element| self.element(element))
            .collect()
    }

    /// The entries of a table whose keys the owner chooses, each key with its place.
    pub(super) fn entries(self) -> Vec<(At<&'a str>, Value<'a>)> {
        let DeValue::Table(entries) = self.written else {
            self.mistyped("a table", "write entries in braces: { KEY = \"VALUE\" }");
            return Vec::new();
        };
        let entry = |(key, value): (&'a Spanned<Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
            let name = At {
                at: key.span().start,
                value: key.get_ref().as_ref(),
            };
            let value = Value {
                key: name.value,
                at: value.span().start,
                written: value.get_ref(),
                ..self
            };
            (name, value)
        };
        entries.iter().map(entry).collect()
    }

    pub(super) fn table(self, title: &'static str, keys: &[&'static str]) -> Option<Table<'a>> {
        let DeValue::Table(entries) = self.written else {
            self.mistyped("a table", format!("write it as {title}"));
            return None;
        };
        Some(Table::new(self.report, title, self.at, entries, keys))
    }

    pub(super) fn element(self, element: &'a Spanned<DeValue<'a>>) -> Self {
        Self {
            at: element.span().start,
            written: element.get_ref(),
            is_element: true,
            ..self
        }
    }

    pub(super) fn mistyped(&self, wanted: &str, help: impl Into<String>) {
        let found = match self.written {
            DeValue::Array(_) => "an array",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Float(_) => "a float",
            DeValue::Integer(_) => "an integer",
            DeValue::String(_) => "a string",
            DeValue::Table(_) => "a table",
        };
        let subject = if self.is_element { "each of " } else { "" };
        let message = format!("{subject}`{}` must be {wanted}, not {found}", self.key);
        self.wrong(message, help);
    }
}
