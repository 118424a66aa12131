//! Where credentials come from. Secrets are rotated, so they are asked for, never given once and for all.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

/// What proves to PagerDuty who is calling.
#[derive(Clone, Debug)]
pub enum Credential {
    /// An account or user API key, sent as it is with every call. Scopes do not apply.
    ApiKey(SecretString),
    /// An app with scoped OAuth, registered in the same account; exchanged for a token that lasts a day.
    ScopedOauth {
        /// The app's public name.
        client_id: String,
        /// The app's secret.
        client_secret: SecretString,
    },
}

/// How fresh a credential must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// A copy kept from earlier will do.
    Cached,
    /// PagerDuty refused the last one: read it again where it is kept.
    Reread,
}

/// The credential could not be read where it is kept.
#[derive(Debug, thiserror::Error)]
#[error("the credential could not be read")]
pub struct CredentialError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl CredentialError {
    /// Wraps the cause, which must hold no part of the secret.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// A place that keeps a credential: a secrets manager, a file, a variable.
///
/// The client asks for [`Freshness::Cached`] before its first call and when a token nears its end, and once for
/// [`Freshness::Reread`] after PagerDuty refused what it had. Concurrent calls share one answer.
#[async_trait]
pub trait CredentialSource: Send + Sync {
    /// Reads the credential.
    ///
    /// # Errors
    /// [`CredentialError`] when the place cannot be read or holds something else.
    async fn credential(&self, freshness: Freshness) -> Result<Credential, CredentialError>;
}

/// A credential that never changes: tests, and tools that run once.
#[derive(Clone)]
pub struct StaticCredential(Credential);

impl StaticCredential {
    /// Keeps the given credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self(credential)
    }

    /// Keeps an API key.
    pub fn api_key(key: impl Into<String>) -> Self {
        Self(Credential::ApiKey(SecretString::from(key.into())))
    }

    /// Keeps the id and secret of an app with scoped OAuth.
    pub fn scoped_oauth(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self(Credential::ScopedOauth {
            client_id: client_id.into(),
            client_secret: SecretString::from(client_secret.into()),
        })
    }
}

#[async_trait]
impl CredentialSource for StaticCredential {
    async fn credential(&self, _freshness: Freshness) -> Result<Credential, CredentialError> {
        Ok(self.0.clone())
    }
}

impl fmt::Debug for StaticCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticCredential").finish_non_exhaustive()
    }
}
