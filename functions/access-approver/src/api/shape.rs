//! What goes over the wire, described as JSON Schema by the very lines that declare it.
//!
//! [`wire!`] and [`words!`] make a type and its schema out of one declaration: a field that is added, renamed or left out
//! is so in both, and its doc comment is its description. The dialect is that of OpenAPI 3.1: JSON Schema 2020-12.

use super::wire::Span;
use access_core::id::{GrantId, GroupName, RequestId};
use access_core::principal::Principal;
use access_core::request::{REASON_CHARS_MAX, Reason};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Schemas by name, as they stand under `components`.
pub(crate) type Schemas = BTreeMap<&'static str, Value>;

/// A type that goes over the wire.
pub(crate) trait Shape {
    /// Whether a field of this type may be left out of what is sent to us.
    const MAY_BE_ABSENT: bool = false;

    /// Its schema. One that has a name is put into `named`, and referred to.
    fn shape(named: &mut Schemas) -> Value;
}

/// One field of an object.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) may_be_absent: bool,
    pub(crate) schema: Value,
}

/// Puts an object's schema under its name. Of what is sent to us, no field may be unknown; we send every field.
pub(crate) fn object(
    named: &mut Schemas,
    name: &'static str,
    doc: &str,
    is_input: bool,
    fields: Vec<Field>,
) -> Value {
    let needed = fields
        .iter()
        .filter(|field| !(is_input && field.may_be_absent));
    let required: Vec<&str> = needed.map(|field| bare(field.name)).collect();
    let described = |field: Field| {
        let mut schema = field.schema;
        schema["description"] = json!(field.doc.trim());
        (bare(field.name).to_owned(), schema)
    };
    let properties: Map<String, Value> = fields.into_iter().map(described).collect();
    let mut schema = json!({
        "type": "object",
        "description": doc.trim(),
        "properties": properties,
        "required": required,
    });
    if is_input {
        schema["additionalProperties"] = json!(false);
    }
    named.insert(name, schema);
    refer(name)
}

/// Puts the schema of a few words under its name.
pub(crate) fn choice(named: &mut Schemas, name: &'static str, doc: &str, words: &[Value]) -> Value {
    let schema = json!({ "type": "string", "description": doc.trim(), "enum": words });
    named.insert(name, schema);
    refer(name)
}

fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A field whose name is a word of Rust is written `r#type` there.
fn bare(name: &'static str) -> &'static str {
    name.trim_start_matches("r#")
}

/// Declares an object: `input struct` is sent to us, `output struct` by us. All fields are public.
macro_rules! wire {
    (@object [$($attribute:tt)*] $is_input:literal
        $(#[doc = $doc:literal])*
        struct $name:ident {
            $( $(#[doc = $field_doc:literal])* $field:ident: $kind:ty, )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        $($attribute)*
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $kind, )*
        }

        impl $crate::api::shape::Shape for $name {
            fn shape(named: &mut $crate::api::shape::Schemas) -> serde_json::Value {
                let fields = vec![$(
                    $crate::api::shape::Field {
                        name: stringify!($field),
                        doc: concat!($($field_doc),*),
                        may_be_absent: <$kind as $crate::api::shape::Shape>::MAY_BE_ABSENT,
                        schema: <$kind as $crate::api::shape::Shape>::shape(named),
                    },
                )*];
                let doc = concat!($($doc),*);
                $crate::api::shape::object(named, stringify!($name), doc, $is_input, fields)
            }
        }
    };
    ($(#[doc = $doc:literal])* input struct $($rest:tt)*) => {
        $crate::api::shape::wire! {
            @object [#[serde(deny_unknown_fields)]] true $(#[doc = $doc])* struct $($rest)*
        }
    };
    ($(#[doc = $doc:literal])* output struct $($rest:tt)*) => {
        $crate::api::shape::wire! { @object [] false $(#[doc = $doc])* struct $($rest)* }
    };
}

/// Declares a choice of a few words, in small letters with dashes.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        enum $name:ident { $( $(#[doc = $word_doc:literal])* $variant:ident, )* }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name {
            $( $(#[doc = $word_doc])* $variant, )*
        }

        impl $crate::api::shape::Shape for $name {
            fn shape(named: &mut $crate::api::shape::Schemas) -> serde_json::Value {
                let words = [$( serde_json::json!($name::$variant) ),*];
                let doc = concat!($($doc),*);
                $crate::api::shape::choice(named, stringify!($name), doc, &words)
            }
        }

        /// The word itself.
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let word = serde_json::json!(self);
                f.pad(word.as_str().unwrap_or_default())
            }
        }
    };
}

pub(crate) use {wire, words};

/// Gives types a schema that is written where it is used.
macro_rules! plain {
    ($($kind:ty => $schema:expr;)*) => {$(
        impl Shape for $kind {
            fn shape(_: &mut Schemas) -> Value {
                $schema
            }
        }
    )*};
}

plain! {
    bool => json!({ "type": "boolean" });
    u16 => json!({ "type": "integer", "minimum": 0, "maximum": u16::MAX });
    u32 => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    String => json!({ "type": "string" });
    Timestamp => json!({ "type": "string", "format": "date-time" });
    Principal => json!({ "type": "string", "format": "email" });
    GroupName => json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9._-]+$" });
    Reason => json!({ "type": "string", "minLength": 1, "maxLength": REASON_CHARS_MAX });
    Span => json!({ "type": "string", "examples": ["2h", "1h 30m", "14d"] });
    RequestId => json!({ "type": "string", "format": "uuid" });
    GrantId => json!({ "type": "string", "format": "uuid" });
}

impl<T: Shape> Shape for Option<T> {
    const MAY_BE_ABSENT: bool = true;

    fn shape(named: &mut Schemas) -> Value {
        json!({ "anyOf": [T::shape(named), { "type": "null" }] })
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn shape(named: &mut Schemas) -> Value {
        json!({ "type": "array", "items": T::shape(named) })
    }
}

impl<T: Shape> Shape for BTreeSet<T> {
    fn shape(named: &mut Schemas) -> Value {
        json!({ "type": "array", "items": T::shape(named), "uniqueItems": true })
    }
}
