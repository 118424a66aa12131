//! Reads bodies: the envelope around rows, both styles of errors, and what the token host says.

use std::{fmt, marker::PhantomData};

use reqwest::StatusCode;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::Value;

use crate::error::{Error, Operation, Refusal};

/// The longest piece of a foreign message that is passed on, in characters.
const MESSAGE_CHARS_MAX: usize = 300;
/// The most details of one refusal that are passed on.
const DETAILS_MAX: usize = 10;
/// PagerDuty's code for an ability that the plan lacks; not always sent with status 402.
const CODE_MISSING_ABILITY: i64 = 2014;

/// The object around the rows or the one resource of an answer.
pub(crate) struct Envelope<T> {
    pub(crate) value: T,
    pub(crate) more: Option<bool>,
    pub(crate) offset: Option<u64>,
    pub(crate) cursor: Cursor,
}

/// Where a list that pages by cursor goes on.
#[derive(Debug, PartialEq)]
pub(crate) enum Cursor {
    /// The answer does not say.
    Unsaid,
    /// Nowhere: this was the last page.
    End,
    /// At the page of this cursor.
    Next(String),
}

/// Reads a body whose content stands under `key`. Other keys are skipped without being kept.
pub(crate) fn read<T: DeserializeOwned>(
    operation: &Operation,
    key: &'static str,
    body: &[u8],
) -> Result<Envelope<T>, Error> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let seed = EnvelopeSeed {
        key,
        content: PhantomData,
    };
    let read = seed
        .deserialize(&mut json)
        .and_then(|envelope| json.end().map(|()| envelope));
    read.map_err(|error| malformed(operation, &error))
}

/// Reads a body that has no fixed shape.
pub(crate) fn read_any<T: DeserializeOwned>(
    operation: &Operation,
    body: &[u8],
) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| malformed(operation, &error))
}

fn malformed(operation: &Operation, error: &serde_json::Error) -> Error {
    Error::Malformed {
        operation: operation.clone(),
        what: clean(&without_quoted(&error.to_string())),
    }
}

struct EnvelopeSeed<T> {
    key: &'static str,
    content: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for EnvelopeSeed<T> {
    type Value = Envelope<T>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for EnvelopeSeed<T> {
    type Value = Envelope<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the key `{}`", self.key)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut value = None;
        let mut more = None;
        let mut offset = None;
        let mut cursor = Cursor::Unsaid;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                key if key == self.key => {
                    if value.replace(map.next_value()?).is_some() {
                        return Err(M::Error::duplicate_field(self.key));
                    }
                }
                "more" => more = map.next_value()?,
                "offset" => offset = map.next_value()?,
                "next_cursor" => {
                    let next: Option<String> = map.next_value()?;
                    cursor = next.map_or(Cursor::End, Cursor::Next);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let value = value.ok_or_else(|| M::Error::missing_field(self.key))?;
        Ok(Envelope {
            value,
            more,
            offset,
            cursor,
        })
    }
}

/// What an answer without success means.
pub(crate) fn failure(
    operation: &Operation,
    scope: Option<&'static str>,
    status: StatusCode,
    body: &[u8],
) -> Error {
    let operation = operation.clone();
    let refusal = Box::new(refusal(body));
    match status {
        StatusCode::UNAUTHORIZED => Error::Unauthorized { operation, refusal },
        StatusCode::NOT_FOUND => Error::NotFound { operation },
        StatusCode::PAYMENT_REQUIRED => Error::PlanLacksAbility { operation, refusal },
        _ if refusal.code == Some(CODE_MISSING_ABILITY) => {
            Error::PlanLacksAbility { operation, refusal }
        }
        StatusCode::FORBIDDEN => Error::Forbidden {
            operation,
            scope,
            refusal,
        },
        status if status.is_client_error() => Error::Refused {
            operation,
            status: status.as_u16(),
            refusal,
        },
        status => Error::Malformed {
            operation,
            what: format!("status {} belongs to no API", status.as_u16()),
        },
    }
}

/// Reads an error body as far as it can be read: it may be missing, HTML, or of either style.
fn refusal(body: &[u8]) -> Refusal {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Refusal::default();
    };
    let error = &body["error"];
    let mut errors = Vec::new();
    match &error["errors"] {
        Value::Array(list) => errors.extend(list.iter().map(text)),
        Value::Object(fields) => {
            for (field, messages) in fields {
                let one = [messages.clone()];
                let messages = messages.as_array().map_or(one.as_slice(), Vec::as_slice);
                errors.extend(messages.iter().map(|m| format!("{field}: {}", text(m))));
            }
        }
        Value::Null => {}
        other => errors.push(text(other)),
    }
    errors.truncate(DETAILS_MAX);
    Refusal {
        code: error["code"].as_i64(),
        message: match &error["message"] {
            Value::String(message) => clean(message),
            _ => error.as_str().map(clean).unwrap_or_default(),
        },
        errors: errors.iter().map(|error| clean(error)).collect(),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads the token host's refusal, which has OAuth's own form (RFC 6749, 5.2).
pub(crate) fn token_refusal(body: &[u8]) -> Refusal {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Refusal::default();
    };
    match body["error"].as_str() {
        Some(code) => Refusal {
            message: clean(code),
            ..Refusal::default()
        },
        None => refusal(body.to_string().as_bytes()),
    }
}

/// Foreign text made fit for one line of a log.
pub(crate) fn clean(text: &str) -> String {
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    one_line.take(MESSAGE_CHARS_MAX).collect()
}

/// A parser's complaint without the values it quotes, which may be names or addresses.
fn without_quoted(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (n, part) in text.split('"').enumerate() {
        kept.push_str(if n % 2 == 0 { part } else { "\"..\"" });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation() -> Operation {
        Operation::of("get team", "T1")
    }

    fn failed(status: u16, body: &str) -> Error {
        let status = StatusCode::from_u16(status).unwrap();
        failure(&operation(), Some("teams.read"), status, body.as_bytes())
    }

    #[test]
    fn error_bodies_of_every_style_are_read() {
        let cases = [
            (
                "array",
                r#"{"error":{"message":"Invalid Input Provided","code":2001,"errors":["Name must be filled","x"]}}"#,
                "get team `T1`: refused with status 400: `Invalid Input Provided` (code 2001); `Name must be filled`; `x`",
            ),
            (
                "object",
                r#"{"error":{"message":"Bad","code":2001,"errors":{"rotations.0.name":["is too long","is odd"]}}}"#,
                "get team `T1`: refused with status 400: `Bad` (code 2001); `rotations.0.name: is too long`; `rotations.0.name: is odd`",
            ),
            (
                "null",
                r#"{"error":{"message":"Bad","code":2001,"errors":null}}"#,
                "get team `T1`: refused with status 400: `Bad` (code 2001)",
            ),
            (
                "string",
                r#"{"error":"Bad\nluck"}"#,
                "get team `T1`: refused with status 400: `Bad luck`",
            ),
            (
                "html",
                "<html>no</html>",
                "get team `T1`: refused with status 400: `no reason given`",
            ),
            (
                "empty",
                "",
                "get team `T1`: refused with status 400: `no reason given`",
            ),
        ];
        for (name, body, text) in cases {
            assert_eq!(failed(400, body).to_string(), text, "{name}");
        }
    }

    #[test]
    fn statuses_become_what_a_caller_does_about_them() {
        let cases = [
            (401, "", "Unauthorized"),
            (402, "", "PlanLacksAbility"),
            (403, "", "Forbidden"),
            (403, r#"{"error":{"code":2014}}"#, "PlanLacksAbility"),
            (404, "", "NotFound"),
            (409, "", "Refused"),
            (302, "", "Malformed"),
        ];
        for (status, body, kind) in cases {
            assert_eq!(failed(status, body).kind(), kind, "{status} {body}");
        }
        assert_eq!(
            failed(403, "").to_string(),
            "get team `T1`: forbidden (needs `teams.read`): `no reason given`"
        );
    }

    #[test]
    fn complaints_quote_no_values() {
        let read = read::<Vec<u32>>(&operation(), "rows", br#"{"rows":["jane@acme.example"]}"#);
        let text = read.err().unwrap().to_string();
        assert!(text.contains("invalid type: string \"..\""), "{text}");
        assert!(!text.contains("jane"), "{text}");
    }

    #[test]
    fn envelopes_need_their_key_once() {
        let rows = |body: &str| read::<Vec<u32>>(&operation(), "rows", body.as_bytes());
        let good = rows(r#"{"new":{"a":[1]},"rows":[1,2],"more":false,"offset":0,"total":null}"#)
            .ok()
            .unwrap();
        assert_eq!(good.value, [1, 2]);
        assert_eq!(
            (good.more, good.offset, good.cursor),
            (Some(false), Some(0), Cursor::Unsaid)
        );
        for bad in [
            "{}",
            r#"{"rows":null}"#,
            r#"{"rows":[1],"rows":[]}"#,
            r#"{"rows":[1"#,
            "[]",
            r#"{"rows":[]}x"#,
        ] {
            assert!(rows(bad).is_err(), "{bad}");
        }
    }
}
