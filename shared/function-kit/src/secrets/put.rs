//! Putting texts where references name them, so that they are read there from then on.

use super::object::{Misfit, holding};
use super::private_file::rewrite;
use super::write::{SecretWriteError, misfit, refused};
use super::{SecretError, Secrets};
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;

/// What a secret that is made here says of itself in the AWS console.
const DESCRIPTION: &str = "Read by Rotakey; `rotakey connect` replaces it.";

/// What putting texts did to a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was not there, or held nothing.
    Made,
    /// It holds the new texts beside what else it held, or in the place of former ones.
    Changed,
    /// It held them already, and nothing was written.
    Unchanged,
}

/// One text of a secret.
struct Part<'a> {
    reference: &'a str,
    /// What follows `#`; `None`: the whole secret is the text.
    key: Option<&'a str>,
    text: &'a SecretString,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Trying,
    Writing,
}

impl Secrets {
    /// Whether texts can be put behind `references` by [`Secrets::put`], as far as that can be told without writing: of
    /// Secrets Manager only that the secret has room, or is not there yet; of a file also that its folder can be written.
    ///
    /// # Errors
    /// [`SecretWriteError`], as putting would answer.
    pub async fn try_putting(&self, references: &[&str]) -> Result<(), SecretWriteError> {
        let nothing = SecretString::from("");
        let texts: Vec<_> = references.iter().map(|it| (*it, &nothing)).collect();
        for (name, parts) in by_name(&texts) {
            self.settle(name, &parts, Doing::Trying).await?;
        }
        Ok(())
    }

    /// Puts each text where its reference names it: reading the reference answers the text from then on. A repeat writes
    /// nothing. Answers what became of each secret, by its name without `#KEY`.
    ///
    /// Texts of one secret are written at once, so that nobody reads one half of a pair; what else is in a JSON object stays.
    /// A file or a secret in Secrets Manager that is not there is made, the file for its owner only; one that is there gets
    /// a new version, and the one before stays valid for whoever has read it.
    ///
    /// # Errors
    /// [`SecretWriteError`] for the first secret, in the order of names, that could not be written. Those before it were.
    pub async fn put(
        &self,
        texts: &[(&str, &SecretString)],
    ) -> Result<BTreeMap<String, Put>, SecretWriteError> {
        let mut done = BTreeMap::new();
        for (name, parts) in by_name(texts) {
            let put = self.settle(name, &parts, Doing::Writing).await?;
            done.insert(name.to_owned(), put);
        }
        Ok(done)
    }

    async fn settle(
        &self,
        name: &str,
        parts: &[Part<'_>],
        doing: Doing,
    ) -> Result<Put, SecretWriteError> {
        let reference = parts.first().map_or(name, |part| part.reference);
        if name.starts_with("env:") {
            return Err(SecretWriteError::Environment {
                reference: reference.to_owned(),
            });
        }
        // Held throughout: two changes in this process do not overtake each other.
        let mut read = self.read.lock().await;
        let put = match name.strip_prefix("file:") {
            Some(path) => put_into_file(reference, path, parts, doing),
            None => self.put_managed(reference, name, parts, doing).await,
        };
        let is_whole = parts.iter().any(|part| part.key.is_none());
        let put = put.map_err(|error| match error {
            SecretWriteError::Misfit { reference } if is_whole => {
                SecretWriteError::Shared { reference }
            }
            error => error,
        })?;
        if put != Put::Unchanged {
            read.remove(name);
        }
        Ok(put)
    }

    async fn put_managed(
        &self,
        reference: &str,
        name: &str,
        parts: &[Part<'_>],
        doing: Doing,
    ) -> Result<Put, SecretWriteError> {
        let mut is_there = false;
        loop {
            let whole = match self.ask_manager(reference, name).await {
                Ok(text) => Some(SecretString::from(text)),
                // So Secrets Manager also answers for a secret that has no value yet. An ARN names one that somebody made.
                Err(SecretError::NotFound { .. }) if !name.starts_with("arn:") => None,
                Err(error) => return Err(error.into()),
            };
            let text = whole.as_ref().map_or("", ExposeSecret::expose_secret);
            let new = holding(text.trim_end_matches(['\r', '\n']), &exposed(parts));
            let new = new.map_err(|Misfit| misfit(reference))?;
            let Some(new) = new.filter(|_| doing == Doing::Writing) else {
                return Ok(Put::Unchanged);
            };
            let new = SecretString::from(new);
            if whole.is_some() || is_there {
                self.put_version(reference, name, &new).await?;
                return Ok(Put::of(whole.is_none()));
            }
            if self.make(reference, name, &new).await? {
                return Ok(Put::Made);
            }
            // It has no value yet, or somebody made it since it was looked for: what that one put there stays.
            is_there = true;
        }
    }

    /// Makes a secret; answers whether it did. One without a value is there already and waits for its first version.
    async fn make(
        &self,
        reference: &str,
        name: &str,
        text: &SecretString,
    ) -> Result<bool, SecretWriteError> {
        let make = self.manager.create_secret().name(name);
        let make = make
            .description(DESCRIPTION)
            .secret_string(text.expose_secret());
        match make.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateSecretError::is_resource_exists_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(refused(reference, "secretsmanager:CreateSecret", &error)),
        }
    }
}

impl Put {
    /// What a write did to a secret that held nothing before, or something.
    fn of(was_empty: bool) -> Self {
        if was_empty { Self::Made } else { Self::Changed }
    }
}

fn put_into_file(
    reference: &str,
    path: &str,
    parts: &[Part<'_>],
    doing: Doing,
) -> Result<Put, SecretWriteError> {
    let mut was_empty = false;
    let is_written = rewrite(reference, path, |whole| {
        was_empty = whole.is_empty();
        let new = holding(whole, &exposed(parts))?;
        Ok(new.filter(|_| doing == Doing::Writing))
    })?;
    Ok(if is_written {
        Put::of(was_empty)
    } else {
        Put::Unchanged
    })
}

fn exposed<'a>(parts: &'a [Part<'_>]) -> Vec<(Option<&'a str>, &'a str)> {
    let parts = parts.iter();
    parts
        .map(|part| (part.key, part.text.expose_secret()))
        .collect()
}

/// The texts by the name of the secret that each goes into.
fn by_name<'a>(texts: &[(&'a str, &'a SecretString)]) -> BTreeMap<&'a str, Vec<Part<'a>>> {
    let mut names: BTreeMap<&str, Vec<Part<'_>>> = BTreeMap::new();
    for &(reference, text) in texts {
        let (name, key) = match reference.split_once('#') {
            Some((name, key)) => (name, Some(key)),
            None => (reference, None),
        };
        let parts = names.entry(name).or_default();
        parts.push(Part {
            reference,
            key,
            text,
        });
    }
    names
}

#[cfg(test)]
mod tests;
