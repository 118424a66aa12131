//! A secret that holds several texts: a JSON object, in which one text changes and all else stays.

use serde_json::{Map, Value};

/// What is to become of one text.
#[derive(Clone, Copy)]
pub(super) enum Change<'a> {
    /// Nothing: whether it could be changed is the question.
    Try,
    /// It stands under `key` from now on. A secret that is no object becomes one, its text under `former`.
    Put {
        key: &'a str,
        text: &'a str,
        former: &'a str,
    },
    /// Nothing stands under `key` any more.
    Remove { key: &'a str },
}

/// The secret is no JSON object that has room for a text under the reference's own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misfit;

/// The whole secret as it is after a change; `None` when that changes nothing.
///
/// `part` is the key after `#` of the reference: the object is then itself a text under that key.
pub(super) fn changed(
    whole: &str,
    part: Option<&str>,
    change: Change<'_>,
) -> Result<Option<String>, Misfit> {
    let Some(part) = part else {
        return Ok(edited(whole, change));
    };
    let mut outer = if whole.is_empty() {
        Map::new()
    } else {
        object(whole).ok_or(Misfit)?
    };
    let inner = match outer.get(part) {
        None => "",
        Some(Value::String(text)) => text.as_str(),
        Some(_) => return Err(Misfit),
    };
    let Some(text) = edited(inner, change) else {
        return Ok(None);
    };
    outer.insert(part.to_owned(), Value::String(text));
    Ok(Some(Value::Object(outer).to_string()))
}

/// The whole secret as it is with each of these texts under its key, beside what else it holds; `None` when it holds them
/// already. Without a key the one text is the whole secret, for which one that holds others has no room.
pub(super) fn holding(
    whole: &str,
    texts: &[(Option<&str>, &str)],
) -> Result<Option<String>, Misfit> {
    if let [(None, text)] = texts {
        let has_others = object(whole).is_some_and(|object| !object.is_empty());
        if has_others {
            return Err(Misfit);
        }
        return Ok((*text != whole).then(|| (*text).to_owned()));
    }
    let mut held = if whole.is_empty() {
        Map::new()
    } else {
        object(whole).ok_or(Misfit)?
    };
    let mut is_changed = false;
    for (key, text) in texts {
        let key = key.ok_or(Misfit)?;
        let new = Value::String((*text).to_owned());
        if held.get(key) != Some(&new) {
            held.insert(key.to_owned(), new);
            is_changed = true;
        }
    }
    Ok(is_changed.then(|| Value::Object(held).to_string()))
}

fn edited(text: &str, change: Change<'_>) -> Option<String> {
    let known = object(text);
    let object = match change {
        Change::Try => return None,
        Change::Put {
            key,
            text: new,
            former,
        } => {
            let mut object = known.unwrap_or_else(|| alone(text, former));
            let new = Value::String(new.to_owned());
            if object.get(key) == Some(&new) {
                return None;
            }
            object.insert(key.to_owned(), new);
            object
        }
        Change::Remove { key } => {
            let mut object = known?;
            object.remove(key)?;
            object
        }
    };
    Some(Value::Object(object).to_string())
}

/// An object of the one text that was the whole secret so far, if there was one.
fn alone(text: &str, key: &str) -> Map<String, Value> {
    let text = Some(text).filter(|text| !text.is_empty());
    text.into_iter()
        .map(|text| (key.to_owned(), Value::String(text.to_owned())))
        .collect()
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: Change<'_> = Change::Put {
        key: "NEW",
        text: "two",
        former: "OLD",
    };

    /// A secret with the objects in its texts as values: the order of keys says nothing.
    fn unfolded(text: &str) -> Value {
        let Some(object) = object(text) else {
            return Value::String(text.to_owned());
        };
        let unfold = |value: Value| match value {
            Value::String(text) => unfolded(&text),
            other => other,
        };
        let values = object.into_iter();
        values.map(|(key, value)| (key, unfold(value))).collect()
    }

    #[test]
    fn one_text_changes_and_all_else_stays() {
        for (case, whole, part, change, expected) in [
            ("nothing yet", "", None, PUT, Some(r#"{"NEW":"two"}"#)),
            (
                "one text",
                "one",
                None,
                PUT,
                Some(r#"{"NEW":"two","OLD":"one"}"#),
            ),
            (
                "an object with other things",
                r#"{"number":1,"A":"one"}"#,
                None,
                PUT,
                Some(r#"{"A":"one","NEW":"two","number":1}"#),
            ),
            ("the same", r#"{"NEW":"two"}"#, None, PUT, None),
            (
                "another one before",
                r#"{"NEW":"one"}"#,
                None,
                PUT,
                Some(r#"{"NEW":"two"}"#),
            ),
            (
                "under a key",
                r#"{"hooks":"one","token":"x"}"#,
                Some("hooks"),
                PUT,
                Some(r#"{"hooks":"{\"NEW\":\"two\",\"OLD\":\"one\"}","token":"x"}"#),
            ),
            (
                "under a key that is not there",
                r#"{"token":"x"}"#,
                Some("hooks"),
                PUT,
                Some(r#"{"hooks":"{\"NEW\":\"two\"}","token":"x"}"#),
            ),
            (
                "removed",
                r#"{"A":"one","NEW":"two"}"#,
                None,
                Change::Remove { key: "NEW" },
                Some(r#"{"A":"one"}"#),
            ),
            (
                "removed under a key",
                r#"{"hooks":"{\"NEW\":\"two\"}"}"#,
                Some("hooks"),
                Change::Remove { key: "NEW" },
                Some(r#"{"hooks":"{}"}"#),
            ),
            (
                "not there",
                r#"{"A":"one"}"#,
                None,
                Change::Remove { key: "NEW" },
                None,
            ),
            (
                "one text stays",
                "one",
                None,
                Change::Remove { key: "NEW" },
                None,
            ),
            ("tried", "one", None, Change::Try, None),
        ] {
            let done = changed(whole, part, change).unwrap();
            let (done, expected) = (done.as_deref().map(unfolded), expected.map(unfolded));
            assert_eq!(done, expected, "{case}");
        }
    }

    #[test]
    fn texts_are_held_under_their_keys_or_alone() {
        let misfit = Err(Misfit);
        for (case, whole, texts, expected) in [
            ("nothing yet", "", &[(None, "one")][..], Ok(Some("one"))),
            ("another one", "two", &[(None, "one")], Ok(Some("one"))),
            ("the same", "one", &[(None, "one")], Ok(None)),
            (
                "in an empty object's place",
                "{}",
                &[(None, "one")],
                Ok(Some("one")),
            ),
            (
                "in an object's place",
                r#"{"A":"b"}"#,
                &[(None, "one")],
                misfit,
            ),
            (
                "a key",
                "",
                &[(Some("A"), "one")],
                Ok(Some(r#"{"A":"one"}"#)),
            ),
            ("a key of one text", "two", &[(Some("A"), "one")], misfit),
            (
                "a pair beside another",
                r#"{"B":"x"}"#,
                &[(Some("A"), "one"), (Some("C"), "two")],
                Ok(Some(r#"{"A":"one","B":"x","C":"two"}"#)),
            ),
            (
                "the same pair",
                r#"{"A":"one"}"#,
                &[(Some("A"), "one")],
                Ok(None),
            ),
            (
                "whole and part",
                "",
                &[(None, "one"), (Some("A"), "two")],
                misfit,
            ),
        ] {
            let held = holding(whole, texts).map(|held| held.as_deref().map(unfolded));
            let expected = expected.map(|held| held.map(unfolded));
            assert_eq!(held, expected, "{case}");
        }
    }

    #[test]
    fn what_has_no_room_is_refused() {
        for (case, whole) in [
            ("one text", "one"),
            ("a list", r#"["one"]"#),
            ("a number there", r#"{"hooks":1}"#),
        ] {
            for change in [Change::Try, PUT, Change::Remove { key: "NEW" }] {
                assert_eq!(changed(whole, Some("hooks"), change), Err(Misfit), "{case}");
            }
        }
    }
}
