//! Secrets by reference: Secrets Manager, and on one machine environment variables and files.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{DisplayErrorContext, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use tokio::sync::Mutex;

/// Which copy of a secret is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// One read earlier will do.
    Cached,
    /// The one read earlier was refused: read it again.
    Reread,
}

/// Why a secret could not be had. No variant holds any part of a secret.
#[derive(Debug, thiserror::Error)]
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
    /// It could not be asked for; a later try may work.
    #[error("secret `{reference}` cannot be read now: {reason}")]
    Unavailable {
        /// The reference as written.
        reference: String,
        /// What failed.
        reason: String,
    },
}

/// Reads secrets and remembers them until they are refused.
///
/// References: `NAME` or `NAME#KEY` in Secrets Manager, `env:NAME`, `file:PATH`; `#KEY` works on each.
pub struct Secrets {
    manager: Client,
    read: Mutex<HashMap<String, SecretString>>,
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
    /// [`SecretError`]; nothing is remembered then.
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
        let remembered = read
            .get(name)
            .filter(|_| freshness == Freshness::Cached)
            .cloned();
        let whole = if let Some(whole) = remembered {
            whole
        } else {
            let whole = self.fetch(reference, name).await?;
            read.insert(name.to_owned(), whole.clone());
            whole
        };
        match key {
            None => Ok(whole),
            Some(key) => part(&whole, key).ok_or_else(|| SecretError::NoSuchKey {
                reference: reference.to_owned(),
                key: key.to_owned(),
            }),
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
    SecretError::Unavailable {
        reference,
        reason: DisplayErrorContext(error).to_string(),
    }
}

fn from_file(reference: &str, path: &str) -> Result<String, SecretError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .http_client(crate::http_client())
            .build();
        Secrets::new(&config)
    }

    fn file(text: &str) -> (tempfile::NamedTempFile, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let reference = format!("file:{}", file.path().display());
        (file, reference)
    }

    #[tokio::test]
    async fn a_rotated_secret_is_seen_when_it_is_read_again() {
        let secrets = secrets();
        let (file, reference) = file("one\n");
        assert_eq!(
            secrets
                .get(&reference, Freshness::Cached)
                .await
                .unwrap()
                .expose_secret(),
            "one"
        );
        std::fs::write(file.path(), "two").unwrap();
        assert_eq!(
            secrets
                .get(&reference, Freshness::Cached)
                .await
                .unwrap()
                .expose_secret(),
            "one"
        );
        assert_eq!(
            secrets
                .get(&reference, Freshness::Reread)
                .await
                .unwrap()
                .expose_secret(),
            "two"
        );
        assert_eq!(
            secrets
                .get(&reference, Freshness::Cached)
                .await
                .unwrap()
                .expose_secret(),
            "two"
        );
    }

    #[tokio::test]
    async fn one_key_of_a_json_object_can_be_named() {
        let secrets = secrets();
        let (_file, reference) = file(r#"{"bot_token": "xyz", "number": 1}"#);
        let token = secrets
            .get(&format!("{reference}#bot_token"), Freshness::Cached)
            .await
            .unwrap();
        assert_eq!(token.expose_secret(), "xyz");
        for key in ["missing", "number"] {
            let error = secrets
                .get(&format!("{reference}#{key}"), Freshness::Cached)
                .await
                .unwrap_err();
            assert!(matches!(error, SecretError::NoSuchKey { .. }), "{error}");
            assert!(!error.to_string().contains("xyz"));
        }
    }

    #[tokio::test]
    async fn what_is_missing_or_empty_says_so() {
        let secrets = secrets();
        let (_file, empty) = file("\n");
        assert!(matches!(
            secrets.get(&empty, Freshness::Cached).await,
            Err(SecretError::NoText { .. })
        ));
        assert!(matches!(
            secrets
                .get("file:/nonexistent/secret", Freshness::Cached)
                .await,
            Err(SecretError::NotFound { .. })
        ));
        assert!(matches!(
            secrets
                .get("env:ROTAKEY_NO_SUCH_VARIABLE", Freshness::Cached)
                .await,
            Err(SecretError::NotFound { .. })
        ));
    }
}
