//! What a request says besides who sends it: a body in JSON, an id in the path, a query, a key. All of it is bounded, and
//! nothing in it is passed over: what is unknown here is a mistake there.

use super::problem::Problem;
use super::wire::{Nothing, RequestWord};
use crate::http::HttpRequest;
use access_core::id::{GroupName, IdempotencyKey, RequestId};
use access_core::principal::Principal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;
use url::form_urlencoded;

/// The largest body, in bytes: every text in it is bounded far below that.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// The header with the caller's name for a request.
pub(super) const KEY_HEADER: &str = "Idempotency-Key";

/// Refuses what is too large to look at.
pub(super) fn bounded(request: &HttpRequest) -> Result<(), Problem> {
    if request.body.len() <= BODY_BYTES_MAX {
        return Ok(());
    }
    let detail = format!("a body has at most {} KB", BODY_BYTES_MAX / 1024);
    Err(Problem::new(413, "too-large", detail))
}

/// The body, which is JSON and says so.
pub(super) fn body<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    let kind = request.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let detail = "send JSON, and say so: Content-Type: application/json";
        return Err(Problem::new(415, "not-json", detail));
    }
    serde_json::from_slice(&request.body).map_err(|error| match error.classify() {
        // Repeats what was sent, to whoever sent it.
        Category::Data => Problem::invalid(error.to_string()),
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::new(400, "bad-json", format!("the body is no JSON: {error}"))
        }
    })
}

/// No body, or an empty object.
pub(super) fn nothing(request: &HttpRequest) -> Result<(), Problem> {
    if request.body.is_empty() {
        return Ok(());
    }
    body(request).map(|Nothing {}| ())
}

/// The id in a path. A text that is none names nothing.
pub(super) fn id<T: FromStr>(text: Option<&str>) -> Result<T, Problem> {
    let id = text.and_then(|text| text.parse().ok());
    id.ok_or_else(Problem::not_found)
}

/// The caller's name for a request, if it has one.
pub(super) fn key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, Problem> {
    let name = KEY_HEADER.to_ascii_lowercase();
    let key = request
        .header(&name)
        .map(str::trim)
        .map(IdempotencyKey::new);
    key.transpose()
        .map_err(|error| Problem::invalid(format!("{KEY_HEADER}: {error}")))
}

/// What follows the question mark, each name once and every name known.
pub(super) struct Query<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

impl<'a> Query<'a> {
    pub(super) fn read(request: &'a HttpRequest, known: &[&str]) -> Result<Self, Problem> {
        let mut found = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(request.query.as_bytes()) {
            if !known.contains(&name.as_ref()) {
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                let detail = format!("unknown parameter `{name}`; known here: {known}");
                return Err(Problem::invalid(detail));
            }
            if found.contains_key(&name) {
                let detail = format!("parameter `{name}` is there twice");
                return Err(Problem::invalid(detail));
            }
            found.insert(name, value);
        }
        Ok(Self(found))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| &**value)
    }

    /// A person by address, or the caller as `me`.
    pub(super) fn person(&self, name: &str, me: &Principal) -> Result<Option<Principal>, Problem> {
        match self.get(name) {
            None => Ok(None),
            Some("me") => Ok(Some(me.clone())),
            Some(text) => match Principal::new(text) {
                Ok(person) => Ok(Some(person)),
                Err(error) => Err(wrong(name, &format!("{error}, and not `me`"))),
            },
        }
    }

    pub(super) fn group(&self, name: &str) -> Result<Option<GroupName>, Problem> {
        let group = self.get(name).map(GroupName::new).transpose();
        group.map_err(|error| wrong(name, &error.to_string()))
    }

    pub(super) fn state(&self, name: &str) -> Result<Option<RequestWord>, Problem> {
        let word = |text: &str| serde_json::from_value(Value::from(text));
        let state = self.get(name).map(word).transpose();
        state.map_err(|error| wrong(name, &error.to_string()))
    }

    /// Where the page before ended.
    pub(super) fn after(&self, name: &str) -> Result<Option<RequestId>, Problem> {
        let after = self.get(name).map(str::parse::<RequestId>).transpose();
        after.map_err(|_| wrong(name, "it is not what `next` said"))
    }
}

fn wrong(name: &str, what: &str) -> Problem {
    Problem::invalid(format!("parameter `{name}`: {what}"))
}
