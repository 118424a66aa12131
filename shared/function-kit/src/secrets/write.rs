//! Writing secrets: one text more, or one less, in a secret that holds several. Nothing else in it is lost.

use super::object::{Change, Misfit, changed};
use super::private_file::rewrite;
use super::{SecretError, Secrets};
use crate::causes::causes;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use secrecy::{ExposeSecret, SecretString};
use std::error::Error;
use std::fmt::Debug;

/// Why a secret was not written. No variant holds any part of one.
#[derive(Debug, thiserror::Error)]
pub enum SecretWriteError {
    /// What stands there has to be read first, and could not be.
    #[error(transparent)]
    Read(#[from] SecretError),
    /// Environment variables of other processes cannot be changed.
    #[error("secret `{reference}` is an environment variable, which nobody can change from here")]
    Environment {
        /// The reference as written.
        reference: String,
    },
    /// Something else stands where the text would have to go.
    #[error("secret `{reference}` is no JSON object with room for texts")]
    Misfit {
        /// The reference as written.
        reference: String,
    },
    /// It holds several texts, and one text in its place would do away with the others.
    #[error(
        "secret `{reference}` is a JSON object, and one text in its place would do away with what else it holds: name one key of it, such as `{reference}#KEY`"
    )]
    Shared {
        /// The reference as written.
        reference: String,
    },
    /// This identity may not write or make it.
    #[error("writing secret `{reference}` is denied: allow {action} on it")]
    Denied {
        /// The reference as written.
        reference: String,
        /// The right that is missing, as IAM calls it.
        action: &'static str,
    },
    /// It was not written; a later try may work.
    #[error("secret `{reference}` cannot be written: {reason}")]
    Unavailable {
        /// The reference as written.
        reference: String,
        /// What failed.
        reason: String,
    },
}

impl SecretWriteError {
    /// Whether a later try may work without anybody doing anything.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Read(error) => error.may_pass(),
            _ => false,
        }
    }
}

impl Secrets {
    /// Whether texts can be put behind `reference`, as far as that can be told without writing: of Secrets Manager only
    /// that the secret is there and has room, of a file also that its folder can be written.
    ///
    /// # Errors
    /// [`SecretWriteError`], as putting one would answer.
    pub async fn try_writing(&self, reference: &str) -> Result<(), SecretWriteError> {
        self.change(reference, Change::Try).await.map(drop)
    }

    /// Puts a text under `key` of the JSON object behind `reference`; everything else in it stays. A repeat writes nothing.
    ///
    /// A secret that is one text so far becomes an object with that text under `former`. A file that is not there is
    /// made, for its owner only; a secret in Secrets Manager gets a new version. Two writers of one file do not lose each
    /// other's texts; of two in Secrets Manager within the same second, the later one may.
    ///
    /// # Errors
    /// [`SecretWriteError`]; then nothing was written, unless it is [`SecretWriteError::Unavailable`].
    pub async fn put_text(
        &self,
        reference: &str,
        key: &str,
        text: &SecretString,
        former: &str,
    ) -> Result<(), SecretWriteError> {
        let text = text.expose_secret();
        let put = Change::Put { key, text, former };
        self.change(reference, put).await.map(drop)
    }

    /// Takes away what stands under `key` of the JSON object behind `reference`; answers whether anything did.
    ///
    /// # Errors
    /// As [`Secrets::put_text`].
    pub async fn remove_text(&self, reference: &str, key: &str) -> Result<bool, SecretWriteError> {
        self.change(reference, Change::Remove { key }).await
    }

    /// Reads, changes and writes; answers whether anything was written.
    async fn change(&self, reference: &str, change: Change<'_>) -> Result<bool, SecretWriteError> {
        let (name, part) = match reference.split_once('#') {
            Some((name, part)) => (name, Some(part)),
            None => (reference, None),
        };
        if name.starts_with("env:") {
            return Err(SecretWriteError::Environment {
                reference: reference.to_owned(),
            });
        }
        // Held throughout: two changes in this process do not overtake each other.
        let mut read = self.read.lock().await;
        let written = if let Some(path) = name.strip_prefix("file:") {
            rewrite(reference, path, |text| changed(text, part, change))?
        } else {
            self.change_managed(reference, name, part, change).await?
        };
        if written {
            read.remove(name);
        }
        Ok(written)
    }

    async fn change_managed(
        &self,
        reference: &str,
        name: &str,
        part: Option<&str>,
        change: Change<'_>,
    ) -> Result<bool, SecretWriteError> {
        let whole = SecretString::from(self.ask_manager(reference, name).await?);
        let whole = whole.expose_secret().trim_end_matches(['\r', '\n']);
        let changed = changed(whole, part, change);
        let Some(text) = changed.map_err(|Misfit| misfit(reference))? else {
            return Ok(false);
        };
        let text = SecretString::from(text);
        self.put_version(reference, name, &text).await?;
        Ok(true)
    }

    /// Gives a secret in Secrets Manager another value; the one before stays as its former version.
    pub(super) async fn put_version(
        &self,
        reference: &str,
        name: &str,
        text: &SecretString,
    ) -> Result<(), SecretWriteError> {
        let put = self.manager.put_secret_value().secret_id(name);
        let put = put.secret_string(text.expose_secret()).send().await;
        put.map_err(|error| refused(reference, "secretsmanager:PutSecretValue", &error))?;
        Ok(())
    }
}

/// The error that names the reference.
pub(super) fn misfit(reference: &str) -> SecretWriteError {
    SecretWriteError::Misfit {
        reference: reference.to_owned(),
    }
}

/// What Secrets Manager did not do, for want of the right `action` or otherwise.
pub(super) fn refused<E, R>(
    reference: &str,
    action: &'static str,
    error: &SdkError<E, R>,
) -> SecretWriteError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    let reference = reference.to_owned();
    let code = error.as_service_error().and_then(|it| it.meta().code());
    if code.is_some_and(|code| code.contains("AccessDenied")) {
        return SecretWriteError::Denied { reference, action };
    }
    SecretWriteError::Unavailable {
        reference,
        reason: causes(error),
    }
}

#[cfg(test)]
mod tests;
