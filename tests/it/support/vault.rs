//! A secret as a process sees it: remembered until it is refused, then read again where it is kept.

use async_trait::async_trait;
use pagerduty_client::{Credential, CredentialError, CredentialSource, StaticCredential};
use slack_client::{FixedToken, TokenError, TokenSource};
use std::sync::{Mutex, PoisonError};

/// Keeps one secret, and what its reader remembers of it.
pub(crate) struct Vault {
    kept: Mutex<String>,
    remembered: Mutex<String>,
}

impl Vault {
    /// Keeps `secret`, which its reader knows already.
    pub(crate) fn new(secret: &str) -> Self {
        Self {
            kept: Mutex::new(secret.to_owned()),
            remembered: Mutex::new(secret.to_owned()),
        }
    }

    /// Puts another secret in its place; the reader hears of it when the old one is refused.
    pub(crate) fn rotate(&self, secret: &str) {
        secret.clone_into(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn read(&self, is_reread: bool) -> String {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if is_reread {
            remembered.clone_from(&self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        }
        remembered.clone()
    }
}

#[async_trait]
impl CredentialSource for Vault {
    async fn credential(
        &self,
        freshness: pagerduty_client::Freshness,
    ) -> Result<Credential, CredentialError> {
        let key = self.read(freshness == pagerduty_client::Freshness::Reread);
        StaticCredential::api_key(key).credential(freshness).await
    }
}

#[async_trait]
impl TokenSource for Vault {
    async fn token(
        &self,
        freshness: slack_client::Freshness,
    ) -> Result<secrecy::SecretString, TokenError> {
        let token = self.read(freshness == slack_client::Freshness::Reread);
        FixedToken::new(token).token(freshness).await
    }
}
