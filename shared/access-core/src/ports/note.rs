//! Notes on incidents, where the people who work on them look.

use crate::id::IncidentId;
use async_trait::async_trait;

/// Writes on the incidents of one PagerDuty account.
#[async_trait]
pub trait IncidentNotes: Send + Sync {
    /// Writes a note on an incident, for everybody who sees it. Written twice, it stands there twice.
    ///
    /// # Errors
    /// When PagerDuty refuses it or does not answer: then it may stand there, and must not be sent again.
    async fn note(&self, incident: &IncidentId, text: &str) -> Result<(), NoteError>;
}

/// A note was not written, or nobody knows; the reason, without addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoteError(pub String);
