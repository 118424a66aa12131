//! Policies from text: read, named and checked against the schema, every mistake with its place and remedy.

use crate::error::Source;
use access_core::config::ConfigError;
use cedar_policy::{Policy, PolicyId, PolicySet, ValidationMode, Validator};
use std::collections::BTreeSet;

const GRAMMAR: &str =
    "see https://docs.cedarpolicy.com/policies/syntax-policy.html for how policies are written";
const SPEAK: &str = "policies may speak of what `rotakey.cedarschema` declares";

/// The policies of one file, in its order, each with the id that it says, or its place there.
///
/// # Errors
/// What is no policy, or a template; with a `validator`, also what does not fit the schema.
pub(crate) fn read(
    file: &str,
    text: &str,
    validator: Option<&Validator>,
) -> Result<Vec<(String, Policy)>, Vec<ConfigError>> {
    let source = Source { file, text };
    let set: PolicySet = match text.parse() {
        Ok(set) => set,
        Err(errors) => return Err(unread(&source, &errors)),
    };
    let mut errors: Vec<_> = set
        .templates()
        .map(|template| {
            let at = text.find(&template.to_string()).unwrap_or_default();
            let help = "write it for one principal or resource, without ?principal and ?resource";
            source.at(at, "a template is no policy", help)
        })
        .collect();
    let mut policies: Vec<_> = set.policies().cloned().collect();
    policies.sort_by_key(|policy| place(policy.id()));
    let mut seen = BTreeSet::new();
    let mut named = Vec::with_capacity(policies.len());
    for policy in policies {
        let id = policy.annotation("id").unwrap_or(policy.id().as_ref());
        if !seen.insert(id.to_owned()) {
            let at = text.rfind(&format!("@id(\"{id}\")")).unwrap_or_default();
            let message = format!("policy `{id}` is there twice");
            errors.push(source.at(at, message, "give each its own @id"));
        }
        named.push((id.to_owned(), policy));
    }
    if let Some(validator) = validator {
        errors.extend(misfits(&source, &set, validator, true));
    }
    if errors.is_empty() {
        Ok(named)
    } else {
        Err(errors)
    }
}

/// What does not fit the schema; with `warnings` also what Cedar only warns of: a policy that can never apply is
/// probably meant to.
pub(crate) fn misfits(
    source: &Source,
    set: &PolicySet,
    validator: &Validator,
    warnings: bool,
) -> Vec<ConfigError> {
    let result = validator.validate(set, ValidationMode::Strict);
    let errors = result.validation_errors();
    let mut found: Vec<_> = errors.map(|error| source.found(error, SPEAK)).collect();
    if warnings {
        let warned = result.validation_warnings();
        found.extend(warned.map(|warning| source.found(warning, SPEAK)));
    }
    found
}

fn unread(source: &Source, errors: &cedar_policy::ParseErrors) -> Vec<ConfigError> {
    errors
        .iter()
        .map(|error| source.found(error, GRAMMAR))
        .collect()
}

/// The place of a policy in its file: Cedar calls them `policy0`, `policy1` and so on.
fn place(id: &PolicyId) -> usize {
    let id: &str = id.as_ref();
    let number = id.strip_prefix("policy").unwrap_or(id);
    number.parse().unwrap_or(usize::MAX)
}
