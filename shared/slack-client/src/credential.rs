//! Where the bot token comes from, and how a rotated one is noticed.

use async_trait::async_trait;
use secrecy::SecretString;

/// Which copy of the token is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// A remembered copy will do; asked for before every request.
    Cached,
    /// Slack turned the remembered copy down: read the secret again where it is kept.
    Reread,
}

/// Gives the bot token (`xoxb-..`).
///
/// The client never keeps a token between requests, so an implementation decides how long a
/// secret stays in memory.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// The token as of `freshness`.
    ///
    /// # Errors
    /// Fails when the secret cannot be read; no request is sent then.
    async fn token(&self, freshness: Freshness) -> Result<SecretString, TokenError>;
}

/// The secret store gave no token.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the bot token")]
pub struct TokenError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl TokenError {
    /// Wraps the store's own error, which must not contain the secret.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// A token that never changes, for tests and one-off commands.
#[derive(Debug, Clone)]
pub struct FixedToken(SecretString);

impl FixedToken {
    /// Wraps the token; nothing is checked until Slack sees it.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(token.into())
    }
}

#[async_trait]
impl TokenSource for FixedToken {
    async fn token(&self, _freshness: Freshness) -> Result<SecretString, TokenError> {
        Ok(self.0.clone())
    }
}
