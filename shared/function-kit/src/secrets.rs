//! Secrets by reference: Secrets Manager, and on one machine environment variables and files.

mod object;
mod private_file;
mod put;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod write;

pub use put::Put;
pub use write::SecretWriteError;

use crate::causes::{causes, chain};
use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::path::Path;
use tokio::sync::Mutex;

/// What proves who somebody is was read no longer ago than this: a secret that was rotated because somebody stole it is
/// believed no longer.
pub const RECENT: SignedDuration = SignedDuration::from_mins(1);
/// For so long after it was read, such a secret is still used while it cannot be read again.
const BRIDGED: SignedDuration = SignedDuration::from_mins(15);
/// A secret that could not be read is not asked for again so soon, however many ask for it.
const RESTS: SignedDuration = SignedDuration::from_secs(10);

/// Which copy of a secret is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// One read earlier will do: if it is old, whoever is asked to believe it refuses it.
    Cached,
    /// One read less than a minute before this instant, by which people are proven. While it cannot be asked for, one read less
    /// than fifteen minutes before it; a secret that is gone or may not be read is an error at once.
    Recent(Timestamp),
    /// The one read earlier was refused: read it again.
    Reread,
}

impl SecretError {
    /// Whether a later try may work without any change to the secret or to who may read it.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::NoCredentials { .. })
    }
}

impl Freshness {
    /// Whether a copy will do that was read at `read_at`; `None`: nobody knows when.
    #[must_use]
    pub fn takes(self, read_at: Option<Timestamp>) -> bool {
        match self {
            Self::Cached => true,
            Self::Recent(now) => is_within(RECENT, now, read_at),
            Self::Reread => false,
        }
    }
}

fn is_within(time: SignedDuration, now: Timestamp, at: Option<Timestamp>) -> bool {
    at.is_some_and(|at| now.duration_since(at) < time)
}

/// Why a secret could not be had. No variant holds any part of a secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretError {
    /// There is no such secret, variable or file.
    #[error("secret `{reference}` does not exist: {hint}")]
    NotFound {
        /// The reference as written.
        reference: String,
        /// What to do.
        hint: &'static str,
    },
    /// The secret is there, but the wanted key is not, or the secret is no JSON object of texts.
    #[error("secret `{reference}` is no JSON object with a text under `{key}`")]
    NoSuchKey {
        /// The reference as written.
        reference: String,
        /// The key after `#`.
        key: String,
    },
    /// The secret holds nothing, or bytes that are no text.
    #[error("secret `{reference}` holds no text")]
    NoText {
        /// The reference as written.
        reference: String,
    },
    /// This identity may not read it.
    #[error("reading secret `{reference}` is denied: allow secretsmanager:GetSecretValue on it")]
    Denied {
        /// The reference as written.
        reference: String,
    },
    /// It could not be asked for without credentials for AWS; a later try may work.
    #[error("secret `{reference}` cannot be read without credentials for AWS: {reason}")]
    NoCredentials {
        /// The reference as written.
        reference: String,
        /// Why there are none.
        reason: String,
    },
    /// It could not be asked for; a later try may work.
    #[error("secret `{reference}` cannot be read now: {reason}")]
    Unavailable {
        /// The reference as written.
        reference: String,
        /// What failed.
        reason: String,
    },
}

/// Reads secrets and remembers them until they are refused or too old for whoever asks.
///
/// References: `NAME` or `NAME#KEY` in Secrets Manager, `env:NAME`, `file:PATH`; `#KEY` works on each.
pub struct Secrets {
    manager: Client,
    read: Mutex<HashMap<String, Remembered>>,
}

/// What is known of one secret.
#[derive(Default)]
struct Remembered {
    text: Option<SecretString>,
    /// When it was read; `None`: whoever had it read gave no time.
    read_at: Option<Timestamp>,
    /// When it could not be read the last time, and why.
    failed: Option<(Timestamp, SecretError)>,
}

impl Remembered {
    /// What is answered without asking, if anything.
    fn answer(&self, freshness: Freshness) -> Option<Result<SecretString, SecretError>> {
        if let Some(text) = self.text.as_ref().filter(|_| freshness.takes(self.read_at)) {
            return Some(Ok(text.clone()));
        }
        let Freshness::Recent(now) = freshness else {
            return None;
        };
        let (at, error) = self.failed.as_ref()?;
        is_within(RESTS, now, Some(*at)).then(|| self.bridge(now, error.clone()))
    }

    /// What is answered while it cannot be read: not for long the one from before.
    fn bridge(&self, now: Timestamp, error: SecretError) -> Result<SecretString, SecretError> {
        match &self.text {
            Some(text) if error.may_pass() && is_within(BRIDGED, now, self.read_at) => {
                Ok(text.clone())
            }
            _ => Err(error),
        }
    }
}

impl Secrets {
    /// Sends nothing yet; Secrets Manager is asked only for references that name it.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            manager: Client::new(config),
            read: Mutex::new(HashMap::new()),
        }
    }

    /// The secret that `reference` names; concurrent callers share one read.
    ///
    /// # Errors
    /// [`SecretError`]. Whoever wants a recent one hears the same error again for ten seconds without another call.
    pub async fn get(
        &self,
        reference: &str,
        freshness: Freshness,
    ) -> Result<SecretString, SecretError> {
        let (name, key) = match reference.split_once('#') {
            Some((name, key)) => (name, Some(key)),
            None => (reference, None),
        };
        let mut read = self.read.lock().await;
        let known = read.entry(name.to_owned()).or_default();
        let whole = match known.answer(freshness) {
            Some(answer) => answer?,
            None => self.read_again(known, reference, name, freshness).await?,
        };
        match key {
            None => Ok(whole),
            Some(key) => part(&whole, key).ok_or_else(|| SecretError::NoSuchKey {
                reference: reference.to_owned(),
                key: key.to_owned(),
            }),
        }
    }

    async fn read_again(
        &self,
        known: &mut Remembered,
        reference: &str,
        name: &str,
        freshness: Freshness,
    ) -> Result<SecretString, SecretError> {
        let now = match freshness {
            Freshness::Recent(now) => Some(now),
            Freshness::Cached | Freshness::Reread => None,
        };
        match (self.fetch(reference, name).await, now) {
            (Ok(text), _) => {
                *known = Remembered {
                    text: Some(text.clone()),
                    // Without a time it was read no earlier than the one before.
                    read_at: now.or(known.read_at),
                    failed: None,
                };
                Ok(text)
            }
            (Err(error), None) => Err(error),
            (Err(error), Some(now)) => {
                known.failed = Some((now, error.clone()));
                known.bridge(now, error)
            }
        }
    }

    async fn fetch(&self, reference: &str, name: &str) -> Result<SecretString, SecretError> {
        let text = if let Some(variable) = name.strip_prefix("env:") {
            let hint = "set that environment variable";
            std::env::var(variable).map_err(|_| SecretError::NotFound {
                reference: reference.to_owned(),
                hint,
            })?
        } else if let Some(path) = name.strip_prefix("file:") {
            from_file(reference, path)?
        } else {
            self.ask_manager(reference, name).await?
        };
        let text = SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned());
        if text.expose_secret().is_empty() {
            return Err(SecretError::NoText {
                reference: reference.to_owned(),
            });
        }
        Ok(text)
    }

    async fn ask_manager(&self, reference: &str, name: &str) -> Result<String, SecretError> {
        let reference = reference.to_owned();
        match self.manager.get_secret_value().secret_id(name).send().await {
            Ok(answer) => answer
                .secret_string
                .ok_or(SecretError::NoText { reference }),
            Err(error) => Err(refused(reference, &error)),
        }
    }
}

fn refused<R: std::fmt::Debug + Send + Sync + 'static>(
    reference: String,
    error: &SdkError<GetSecretValueError, R>,
) -> SecretError {
    let service = error.as_service_error();
    if service.is_some_and(GetSecretValueError::is_resource_not_found_exception) {
        return SecretError::NotFound {
            reference,
            hint: "create it in Secrets Manager in this region",
        };
    }
    if service
        .and_then(|error| error.meta().code())
        .is_some_and(|code| code.contains("AccessDenied"))
    {
        return SecretError::Denied { reference };
    }
    if let Some(error) = chain(error).find(|error| error.is::<CredentialsError>()) {
        let reason = causes(error);
        return SecretError::NoCredentials { reference, reason };
    }
    SecretError::Unavailable {
        reference,
        reason: causes(error),
    }
}

fn from_file(reference: &str, path: impl AsRef<Path>) -> Result<String, SecretError> {
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => SecretError::NotFound {
            reference: reference.to_owned(),
            hint: "write the secret into that file",
        },
        std::io::ErrorKind::InvalidData => SecretError::NoText {
            reference: reference.to_owned(),
        },
        _ => SecretError::Unavailable {
            reference: reference.to_owned(),
            reason: error.to_string(),
        },
    })
}

fn part(whole: &SecretString, key: &str) -> Option<SecretString> {
    let object: HashMap<String, serde_json::Value> =
        serde_json::from_str(whole.expose_secret()).ok()?;
    Some(SecretString::from(object.get(key)?.as_str()?.to_owned()))
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}
