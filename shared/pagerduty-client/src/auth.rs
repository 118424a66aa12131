//! The `Authorization` header: kept, shared by concurrent calls, renewed before it ends or once it is refused.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use reqwest::{StatusCode, header::HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use tokio::{sync::Mutex, time::Instant};
use url::Url;

use crate::{
    answer,
    credential::{Credential, CredentialError, CredentialSource, Freshness},
    error::{Error, Operation},
    wire::{Answer, Wire},
};

/// A token is replaced this long before its end, or at a tenth of its life if that is shorter.
const RENEW_BEFORE: Duration = Duration::from_mins(5);

/// A header that was good when it was made.
#[derive(Clone)]
pub(crate) struct Pass {
    pub(crate) header: HeaderValue,
    /// Tells whether someone else has renewed it meanwhile.
    generation: u64,
    renew_at: Option<Instant>,
}

pub(crate) struct Authenticator {
    source: Arc<dyn CredentialSource>,
    scopes: BTreeSet<String>,
    /// Held while a token is fetched, so that concurrent calls wait for the one fetch.
    pass: Mutex<Option<Pass>>,
}

impl Authenticator {
    pub(crate) fn new(source: Arc<dyn CredentialSource>, scopes: BTreeSet<String>) -> Self {
        let pass = Mutex::new(None);
        Self {
            source,
            scopes,
            pass,
        }
    }

    /// The header for a call. `refused` is the pass that PagerDuty has just answered with 401: unless someone
    /// renewed it already, the credential is read again where it is kept.
    pub(crate) async fn pass(&self, wire: &Wire, refused: Option<&Pass>) -> Result<Pass, Error> {
        let mut kept = self.pass.lock().await;
        let is_refused = |pass: &Pass| refused.is_some_and(|r| r.generation == pass.generation);
        let is_due = |pass: &Pass| pass.renew_at.is_some_and(|at| at <= Instant::now());
        let generation = match &*kept {
            Some(pass) if !is_refused(pass) && !is_due(pass) => return Ok(pass.clone()),
            Some(pass) => pass.generation + 1,
            None => 0,
        };
        let freshness = match refused {
            Some(_) => Freshness::Reread,
            None => Freshness::Cached,
        };
        let made = match self.make(wire, freshness).await {
            // The kept secret was replaced since it was read: once more, with what stands there now.
            Err(Error::Unauthorized { .. }) if freshness == Freshness::Cached => {
                self.make(wire, Freshness::Reread).await
            }
            made => made,
        };
        let (header, renew_at) = made?;
        let pass = Pass {
            header,
            generation,
            renew_at,
        };
        *kept = Some(pass.clone());
        Ok(pass)
    }

    async fn make(
        &self,
        wire: &Wire,
        freshness: Freshness,
    ) -> Result<(HeaderValue, Option<Instant>), Error> {
        let in_vain = |source| Error::Credential {
            operation: operation(),
            source,
        };
        let credential = self.source.credential(freshness).await.map_err(in_vain)?;
        match credential {
            Credential::ApiKey(key) => {
                let header = header("Token token=", &key).map_err(in_vain)?;
                Ok((header, None))
            }
            Credential::ScopedOauth {
                client_id,
                client_secret,
            } => {
                let asked_at = Instant::now();
                let token = self.fetch(wire, &client_id, &client_secret).await?;
                self.check_scopes(token.scope.as_deref())?;
                let life = Duration::from_secs(token.expires_in);
                let renew_at = asked_at + life.saturating_sub(RENEW_BEFORE.min(life / 10));
                let header = header("Bearer ", &token.secret).map_err(in_vain)?;
                Ok((header, Some(renew_at)))
            }
        }
    }

    /// Asks the token host, once: what passes is retried together with the call that needs the token.
    async fn fetch(
        &self,
        wire: &Wire,
        client_id: &str,
        client_secret: &SecretString,
    ) -> Result<Token, Error> {
        let url = token_url(wire.instance().identity_url());
        let mut wanted = vec![wire.instance().account_scope()];
        wanted.extend(self.scopes.iter().cloned());
        let scope = wanted.join(" ");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id.trim()),
            ("client_secret", client_secret.expose_secret().trim()),
            ("scope", &scope),
        ];
        let request = wire.http().post(url).form(&form);
        let operation = operation();
        let Answer { status, body } = wire.send_once(&operation, request, |_| {}).await?;
        match status {
            status if status.is_success() => answer::read_any(&operation, &body),
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let refusal = Box::new(answer::token_refusal(&body));
                Err(Error::Unauthorized { operation, refusal })
            }
            status => Err(answer::failure(&operation, None, status, &body)),
        }
    }

    /// PagerDuty grants what it can and says nothing about the rest. An answer without a list grants all (RFC 6749, 5.1).
    fn check_scopes(&self, granted: Option<&str>) -> Result<(), Error> {
        let Some(granted) = granted else {
            return Ok(());
        };
        let granted: BTreeSet<&str> = granted.split_whitespace().collect();
        let is_missing = |scope: &&String| !granted.contains(scope.as_str());
        let missing: BTreeSet<_> = self.scopes.iter().filter(is_missing).cloned().collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::MissingScopes { missing })
        }
    }
}

/// What failures before the call itself are about.
fn operation() -> Operation {
    Operation::new("authenticate")
}

/// What the token host answers.
#[derive(Deserialize)]
struct Token {
    #[serde(rename = "access_token", deserialize_with = "secret")]
    secret: SecretString,
    /// In seconds from now.
    expires_in: u64,
    scope: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<SecretString, D::Error> {
    String::deserialize(from).map(SecretString::from)
}

fn token_url(base: &Url) -> Url {
    base.join("oauth/token")
        .expect("a fixed relative path joins any base")
}

/// Secrets read from files end in a new line: it is cut off. What else cannot stand in a header is refused.
fn header(scheme: &str, secret: &SecretString) -> Result<HeaderValue, CredentialError> {
    let secret = secret.expose_secret().trim();
    if secret.is_empty() {
        return Err(CredentialError::new("the secret is empty"));
    }
    let mut header = HeaderValue::try_from(format!("{scheme}{secret}"))
        .map_err(|_| CredentialError::new("the secret holds characters that no key has"))?;
    header.set_sensitive(true);
    Ok(header)
}
