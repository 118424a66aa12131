//! Whether JSON is what a schema says, for the part of JSON Schema that the schemas of events use.
//! A schema that uses more of it is a mistake too, so that nothing goes unchecked.

use access_core::id::RequestId;
use access_core::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Everything in which `value` is not what `schema` says; empty when it is.
pub(crate) fn mistakes(schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check {
        root: schema,
        found: Vec::new(),
    };
    check.against(schema, value, "$");
    check.found
}

struct Check<'a> {
    root: &'a Value,
    found: Vec<String>,
}

impl Check<'_> {
    fn wrong(&mut self, path: &str, what: impl std::fmt::Display) {
        self.found.push(format!("{path}: {what}"));
    }

    fn against(&mut self, schema: &Value, value: &Value, path: &str) {
        let Some(keywords) = schema.as_object() else {
            return self.wrong(path, "the schema is no object");
        };
        for (keyword, said) in keywords {
            match keyword.as_str() {
                "$schema" | "title" | "description" | "$defs" => {}
                "$ref" => self.referred(said, value, path),
                "type" => self.typed(said, value, path),
                "const" => {
                    if said != value {
                        self.wrong(path, format!("is not {said}"));
                    }
                }
                "enum" => {
                    if !said.as_array().is_some_and(|all| all.contains(value)) {
                        self.wrong(path, format!("is none of {said}"));
                    }
                }
                "required" => self.required(said, value, path),
                "properties" => self.properties(said, value, path),
                "additionalProperties" => self.closed(keywords, said, value, path),
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.against(said, item, &format!("{path}[{place}]"));
                    }
                }
                "anyOf" => self.any(said, value, path),
                "minimum" | "minLength" | "maxLength" => self.bounded(keyword, said, value, path),
                "format" => self.formed(said, value, path),
                other => self.wrong(path, format!("the schema uses `{other}`")),
            }
        }
    }

    fn referred(&mut self, said: &Value, value: &Value, path: &str) {
        let root = self.root;
        let place = said.as_str().and_then(|said| said.strip_prefix('#'));
        match place.and_then(|place| root.pointer(place)) {
            Some(schema) => self.against(schema, value, path),
            None => self.wrong(path, format!("{said} leads nowhere")),
        }
    }

    fn typed(&mut self, said: &Value, value: &Value, path: &str) {
        let is = |name: &str| match name {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "null" => value.is_null(),
            _ => false,
        };
        let fits = match said {
            Value::String(name) => is(name),
            Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
            _ => false,
        };
        if !fits {
            self.wrong(path, format!("is not of type {said}"));
        }
    }

    fn required(&mut self, said: &Value, value: &Value, path: &str) {
        let names = said.as_array().into_iter().flatten();
        for name in names.filter_map(Value::as_str) {
            if value.is_object() && value.get(name).is_none() {
                self.wrong(path, format!("`{name}` is missing"));
            }
        }
    }

    fn properties(&mut self, said: &Value, value: &Value, path: &str) {
        for (name, schema) in said.as_object().into_iter().flatten() {
            if let Some(value) = value.get(name) {
                self.against(schema, value, &format!("{path}.{name}"));
            }
        }
    }

    fn closed(
        &mut self,
        keywords: &serde_json::Map<String, Value>,
        said: &Value,
        value: &Value,
        path: &str,
    ) {
        if *said != Value::Bool(false) {
            return self.wrong(path, "the schema lets unknown keys pass");
        }
        let known = keywords.get("properties").and_then(Value::as_object);
        let object = value.as_object().into_iter();
        for name in object.flat_map(serde_json::Map::keys) {
            if !known.is_some_and(|known| known.contains_key(name)) {
                self.wrong(path, format!("`{name}` is unknown"));
            }
        }
    }

    fn any(&mut self, said: &Value, value: &Value, path: &str) {
        let root = self.root;
        let fits = |schema: &Value| {
            let mut check = Check {
                root,
                found: Vec::new(),
            };
            check.against(schema, value, path);
            check.found.is_empty()
        };
        if !said.as_array().into_iter().flatten().any(fits) {
            self.wrong(path, "has none of the forms that it may have");
        }
    }

    fn bounded(&mut self, keyword: &str, said: &Value, value: &Value, path: &str) {
        let bound = said.as_i64().unwrap_or(i64::MAX);
        let measured = match value {
            Value::String(text) => i64::try_from(text.chars().count()).ok(),
            other => other.as_i64(),
        };
        let fits = |measured: i64| match keyword {
            "maxLength" => measured <= bound,
            _ => measured >= bound,
        };
        // Of another type: that is told by `type`.
        if measured.is_some_and(|measured| !fits(measured)) {
            self.wrong(path, format!("{keyword} is {said}"));
        }
    }

    fn formed(&mut self, said: &Value, value: &Value, path: &str) {
        let Some(text) = value.as_str() else {
            return;
        };
        let fits = match said.as_str().unwrap_or_default() {
            "uuid" => text.parse::<RequestId>().is_ok(),
            "date-time" => text.parse::<Timestamp>().is_ok(),
            "duration" => text.parse::<SignedDuration>().is_ok(),
            "email" => text.parse::<Principal>().is_ok(),
            _ => false,
        };
        if !fits {
            self.wrong(path, format!("is no {said}"));
        }
    }
}
