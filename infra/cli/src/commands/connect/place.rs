//! Where secrets are kept: tried before anybody is asked for one, written when it was found right.

use super::asked::{Given, HowArgs, Wanted};
use crate::local::no_aws;
use crate::secrets::is_on_machine;
use crate::show::during;
use crate::stop::Stop;
use function_kit::{Put, SecretWriteError, Secrets};
use secrecy::SecretString;
use serde::Serialize;

/// A secret, and what became of it.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    /// Its name, without `#KEY`.
    pub(super) secret: String,
    pub(super) outcome: Outcome,
}

/// What became of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// There was none before.
    Made,
    /// It took the place of another one.
    Replaced,
    /// It is the one that was there.
    Unchanged,
}

/// Opens the places; AWS is asked for only where one of them is there.
pub(super) async fn open(wanted: &[Wanted]) -> Secrets {
    let on_machine = wanted.iter().all(|one| is_on_machine(&one.reference));
    let aws = if on_machine {
        no_aws()
    } else {
        during("Asking AWS for credentials", function_kit::aws_config(None)).await
    };
    Secrets::new(&aws)
}

/// Refuses while nobody has said anything yet, where there is no place for it.
pub(super) async fn require_room(
    secrets: &Secrets,
    how: &HowArgs,
    wanted: &[Wanted],
) -> Result<(), Stop> {
    let references = wanted.iter().map(|one| one.reference.as_str());
    let written: Vec<&str> = references.filter(|one| !how.is_kept(one)).collect();
    let tried = during(
        "Looking for the secret's place",
        secrets.try_putting(&written),
    );
    tried.await.map_err(|error| unwritten(&error))
}

/// Stores what was given.
pub(super) async fn store(secrets: &Secrets, given: &[Given]) -> Result<Vec<Kept>, Stop> {
    let new = given.iter().filter(|one| !one.is_kept);
    let new = new.map(|one| (one.reference.as_str(), &one.value));
    let new: Vec<(&str, &SecretString)> = new.collect();
    let put = during("Storing", secrets.put(&new)).await;
    let put = put.map_err(|error| unwritten(&error))?;
    let kept = put.into_iter().map(|(secret, put)| {
        let outcome = match put {
            Put::Made => Outcome::Made,
            Put::Changed => Outcome::Replaced,
            Put::Unchanged => Outcome::Unchanged,
        };
        Kept { secret, outcome }
    });
    Ok(kept.collect())
}

fn unwritten(error: &SecretWriteError) -> Stop {
    if error.may_pass() {
        Stop::failed(error)
    } else {
        Stop::usage(error)
    }
}

impl Kept {
    /// In words.
    pub(super) fn say(&self) -> String {
        let secret = &self.secret;
        match self.outcome {
            Outcome::Made => format!("stored in {secret}, which was made"),
            Outcome::Replaced => {
                format!("stored in {secret}, in the place of what stood there")
            }
            Outcome::Unchanged => format!("{secret} holds it already"),
        }
    }
}
