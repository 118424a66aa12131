//! Credentials: account keys, OAuth apps, the tokens issued to them, and what each may do.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::problem::Problem;

/// How long an app's token lasts.
pub(super) const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// What an account key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pagerduty) enum Access {
    Full,
    ReadOnly,
}

#[derive(Default)]
pub(in crate::pagerduty) struct Credentials {
    keys: BTreeMap<String, (Access, u64)>,
    apps: BTreeMap<String, App>,
    tokens: BTreeMap<String, Token>,
    /// Counts keys and tokens, so that each has a name that is no secret.
    issued: u64,
}

struct App {
    secret: String,
    scopes: BTreeSet<String>,
}

struct Token {
    client: String,
    scopes: BTreeSet<String>,
    expires_at: Timestamp,
}

/// Whoever sends a request.
#[derive(Debug)]
pub(super) struct Caller {
    /// Requests count against this name's limit.
    pub(super) limited_as: String,
    rights: Rights,
}

#[derive(Debug)]
enum Rights {
    Key(Access),
    Scopes(BTreeSet<String>),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the values: a failing test prints this.
        let counts = (self.keys.len(), self.apps.len(), self.tokens.len());
        write!(f, "Credentials{counts:?}")
    }
}

impl Credentials {
    pub(in crate::pagerduty) fn add_key(&mut self, key: &str, access: Access) {
        self.issued += 1;
        self.keys.insert(key.to_owned(), (access, self.issued));
    }

    pub(in crate::pagerduty) fn add_app(&mut self, client: &str, secret: &str, scopes: &[&str]) {
        let app = App {
            secret: secret.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        };
        self.apps.insert(client.to_owned(), app);
    }

    pub(in crate::pagerduty) fn revoke(&mut self, name: &str) {
        self.keys.remove(name);
        self.apps.remove(name);
        self.tokens.retain(|_, token| token.client != name);
    }

    pub(in crate::pagerduty) fn expire_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Issues a token with the asked scopes that the app has; `None` for a wrong client or secret.
    pub(super) fn issue(
        &mut self,
        client: &str,
        secret: &str,
        asked: &[&str],
        now: Timestamp,
    ) -> Option<(String, Vec<String>)> {
        let app = self.apps.get(client).filter(|app| app.secret == secret)?;
        let granted: BTreeSet<String> = asked
            .iter()
            .map(|scope| (*scope).to_owned())
            .filter(|scope| app.scopes.contains(scope))
            .collect();
        self.issued += 1;
        let name = format!("pdus+_SIM{:08}", self.issued);
        // In the order asked, as a client may compare.
        let listed = asked.iter().filter(|scope| granted.contains(**scope));
        let listed = listed.map(|scope| (*scope).to_owned()).collect();
        self.tokens.retain(|_, token| token.expires_at > now);
        let token = Token {
            client: client.to_owned(),
            scopes: granted,
            expires_at: now + TOKEN_LIFE,
        };
        self.tokens.insert(name.clone(), token);
        Some((name, listed))
    }

    /// Who sends this `Authorization`; anything but the two exact forms is refused.
    pub(super) fn identify(
        &self,
        authorization: Option<&str>,
        now: Timestamp,
    ) -> Result<Caller, Problem> {
        let refused = || Problem::of_status(StatusCode::UNAUTHORIZED);
        let header = authorization.ok_or_else(refused)?;
        if let Some(key) = header.strip_prefix("Token token=") {
            let (access, number) = self.keys.get(key).ok_or_else(refused)?;
            return Ok(Caller {
                limited_as: format!("key {number}"),
                rights: Rights::Key(*access),
            });
        }
        let token = header
            .strip_prefix("Bearer ")
            .and_then(|token| self.tokens.get(token));
        let token = token
            .filter(|token| now < token.expires_at)
            .ok_or_else(refused)?;
        Ok(Caller {
            limited_as: format!("app {}", token.client),
            rights: Rights::Scopes(token.scopes.clone()),
        })
    }
}

impl Caller {
    pub(super) fn may(&self, scope: &str, method: &Method) -> Result<(), Problem> {
        let may = match &self.rights {
            Rights::Key(Access::Full) => true,
            Rights::Key(Access::ReadOnly) => method == Method::GET,
            Rights::Scopes(scopes) => scopes.contains(scope),
        };
        if may {
            return Ok(());
        }
        let denied = Problem::of_status(StatusCode::FORBIDDEN);
        Err(denied.about("scope", format!("the token lacks {scope}")))
    }
}
