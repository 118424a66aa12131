//! The app's bot token and what it may do.

use std::collections::BTreeSet;

use serde_json::json;

use super::refusal::Refusal;

#[derive(Debug)]
pub(super) struct Tokens {
    current: String,
    revoked: BTreeSet<String>,
    pub(super) scopes: BTreeSet<String>,
}

impl Tokens {
    pub(super) fn new<'a>(current: &str, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            current: current.to_owned(),
            revoked: BTreeSet::new(),
            scopes: scopes.into_iter().map(str::to_owned).collect(),
        }
    }

    pub(super) fn current(&self) -> &str {
        &self.current
    }

    pub(super) fn rotate(&mut self, token: &str) {
        let old = std::mem::replace(&mut self.current, token.to_owned());
        self.revoked.insert(old);
        self.revoked.remove(token);
    }

    pub(super) fn admit(&self, token: Option<&str>) -> Result<(), Refusal> {
        match token {
            None | Some("") => Err(Refusal::new("not_authed")),
            Some(token) if token == self.current => Ok(()),
            Some(token) if self.revoked.contains(token) => Err(Refusal::new("token_revoked")),
            Some(_) => Err(Refusal::new("invalid_auth")),
        }
    }

    /// The scopes as Slack writes them.
    pub(super) fn listed(&self) -> String {
        let scopes: Vec<_> = self.scopes.iter().map(String::as_str).collect();
        scopes.join(",")
    }

    pub(super) fn allow(&self, scope: Option<&str>) -> Result<(), Refusal> {
        match scope {
            Some(needed) if !self.scopes.contains(needed) => Err(Refusal::new("missing_scope")
                .with("needed", json!(needed))
                .with("provided", json!(self.listed()))),
            _ => Ok(()),
        }
    }
}
