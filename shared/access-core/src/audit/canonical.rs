//! What an entry's hash covers, byte for byte: [`Entry::computed`](super::Entry::computed) documents it.

use super::{Entry, Hash};
use serde_json::Value;
use std::collections::BTreeMap;

/// The form of entries, and first of what is hashed.
const FORM: &str = "rotakey-audit-1";

pub(super) fn hash(entry: &Entry) -> Hash {
    let Entry {
        stream,
        seq,
        at,
        key,
        detail_type,
        detail,
        previous,
        hash: _,
    } = entry;
    let mut json = String::new();
    write(detail, &mut json);
    let parts = [
        FORM,
        &stream.to_string(),
        &seq.to_string(),
        &format!("{at:.9}"),
        key,
        detail_type,
        &json,
        &previous.to_string(),
    ];
    Hash::of(&parts)
}

/// JSON in its one form. Not what `serde_json` writes: in which order it keeps the keys of an object depends on how the
/// program was built.
fn write(value: &Value, json: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            json.push_str(&value.to_string());
        }
        Value::Array(values) => {
            json.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    json.push(',');
                }
                write(value, json);
            }
            json.push(']');
        }
        Value::Object(entries) => {
            let sorted: BTreeMap<_, _> = entries.iter().collect();
            json.push('{');
            for (place, (name, value)) in sorted.into_iter().enumerate() {
                if place > 0 {
                    json.push(',');
                }
                json.push_str(&Value::from(name.as_str()).to_string());
                json.push(':');
                write(value, json);
            }
            json.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_one_form() {
        let value: Value =
            serde_json::from_str(r#" {"b": [1, "é\u0001\n/", null], "a": {"d": true, "c": -2}} "#)
                .unwrap();
        let mut json = String::new();
        write(&value, &mut json);
        assert_eq!(json, r#"{"a":{"c":-2,"d":true},"b":[1,"é\u0001\n/",null]}"#);
    }
}
