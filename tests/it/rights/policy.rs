//! Statements of a policy, and what they say to one request. What is not understood here is no policy of ours.

use super::ask::Ask;
use serde_json::Value;

/// One `Allow` of a policy.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    conditions: Vec<Condition>,
}

/// One line of a statement's `Condition`.
#[derive(Debug, Clone)]
struct Condition {
    operator: String,
    key: String,
    values: Vec<String>,
}

/// Parts of a statement that are read here; any other would change what it means.
const PARTS: [&str; 5] = ["Sid", "Effect", "Action", "Resource", "Condition"];

impl Statement {
    /// Reads a statement whose tags are resolved.
    pub(super) fn read(statement: &Value) -> Self {
        let parts = statement.as_object().expect("a statement is an object");
        for part in parts.keys() {
            assert!(PARTS.contains(&part.as_str()), "`{part}` in {statement}");
        }
        assert_eq!(statement["Effect"], "Allow", "{statement}");
        let conditions = statement["Condition"].as_object().into_iter().flatten();
        let conditions = conditions.flat_map(|(operator, keys)| {
            let keys = keys.as_object().expect("an operator has keys");
            keys.iter().map(move |(key, values)| Condition {
                operator: operator.clone(),
                key: key.clone(),
                values: texts(values),
            })
        });
        Self {
            actions: texts(&statement["Action"]),
            resources: texts(&statement["Resource"]),
            conditions: conditions.collect(),
        }
    }

    /// Whether it allows all that is asked.
    pub(super) fn allows(&self, ask: &Ask) -> bool {
        let is_named = |patterns: &[String], text: &str| patterns.iter().any(|it| like(it, text));
        is_named(&self.actions, &ask.action)
            && is_named(&self.resources, &ask.resource)
            && self.conditions.iter().all(|condition| condition.holds(ask))
    }
}

impl Condition {
    /// As IAM has it: a key that the request lacks meets no positive condition, but for all of nothing anything holds.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
    fn holds(&self, ask: &Ask) -> bool {
        let whole = self.operator.as_str();
        let (is_for_all, rest) = match whole.strip_prefix("ForAllValues:") {
            Some(rest) => (true, rest),
            None => (false, whole),
        };
        let (is_lenient, operator) = match rest.strip_suffix("IfExists") {
            Some(operator) => (true, operator),
            None => (false, rest),
        };
        let is_one = |value: &String| match operator {
            "StringEquals" => self.values.contains(value),
            "StringNotEquals" => !self.values.contains(value),
            "StringLike" => self.values.iter().any(|pattern| like(pattern, value)),
            _ => panic!("nobody here knows the condition `{whole}`"),
        };
        match ask.keys.get(self.key.as_str()) {
            Some(values) => values.iter().all(is_one),
            None => is_for_all || is_lenient || operator == "StringNotEquals",
        }
    }
}

/// Whether a policy allows a request: one statement has to, as a whole.
pub(super) fn allows(statements: &[Statement], ask: &Ask) -> bool {
    statements.iter().any(|statement| statement.allows(ask))
}

/// One text, or several.
fn texts(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("policies hold texts").to_owned();
    match value {
        Value::Array(parts) => parts.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

/// Whether a text fits a pattern with `*` for any characters and `?` for one.
fn like(pattern: &str, text: &str) -> bool {
    fn fits(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', after)), None) => fits(after, text),
            (Some((b'*', after)), Some((_, rest))) => fits(after, text) || fits(pattern, rest),
            (Some((b'?', after)), Some((_, rest))) => fits(after, rest),
            (Some((one, after)), Some((other, rest))) => one == other && fits(after, rest),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }
    fits(pattern.as_bytes(), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_iam() {
        for (pattern, text, expected) in [
            ("GRANT#*", "GRANT#1", true),
            ("GRANT#*", "GRANTS", false),
            ("GRANT*", "GRANTS", true),
            ("*", "", true),
            ("a*c?", "abcd", true),
            ("a*c?", "abc", false),
            ("PENDING", "PENDING", true),
            ("PENDING", "PENDINGS", false),
        ] {
            assert_eq!(like(pattern, text), expected, "`{text}` like `{pattern}`");
        }
    }
}
