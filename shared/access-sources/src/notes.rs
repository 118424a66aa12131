//! The port of notes on incidents over PagerDuty.

use crate::error::describe;
use crate::ids::theirs;
use access_core::id::IncidentId;
use access_core::ports::{IncidentNotes, NoteError};
use access_core::principal::Principal;
use async_trait::async_trait;
use pagerduty_client::{Client, FromAddress, FromAddressError};

/// Notes on the incidents of one PagerDuty account, in one user's name.
#[derive(Debug, Clone)]
pub struct PagerDutyNotes {
    client: Client,
    author: FromAddress,
}

impl PagerDutyNotes {
    /// Notes in the name of `author`; whether the account has such a user PagerDuty says when one is written. The client
    /// is one for [`Reads::IncidentNotes`](crate::Reads::IncidentNotes).
    ///
    /// # Errors
    /// [`FromAddressError`] for an address beyond ASCII.
    pub fn new(client: Client, author: &Principal) -> Result<Self, FromAddressError> {
        let author = FromAddress::parse(author.email())?;
        Ok(Self { client, author })
    }
}

#[async_trait]
impl IncidentNotes for PagerDutyNotes {
    async fn note(&self, incident: &IncidentId, text: &str) -> Result<(), NoteError> {
        let unknown = || NoteError(format!("`{incident}` is no id of PagerDuty's"));
        let id: pagerduty_client::IncidentId = theirs(incident).ok_or_else(unknown)?;
        let written = self.client.add_incident_note(&id, &self.author, text).await;
        written.map_err(|error| NoteError(describe(&error)))
    }
}
