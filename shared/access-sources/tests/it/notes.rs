//! Notes on incidents.

use crate::support::*;
use access_core::ports::{IncidentNotes, NoteError};
use access_core::principal::Principal;
use access_sources::{INCIDENT_SCOPES, NOTE_SCOPES, PagerDutyNotes, Reads};
use pagerduty_client::StaticCredential;
use simulators::kit::{Fault, Server};
use simulators::pagerduty::{Incident, PagerDuty, Service};
use std::sync::Arc;

/// The small world with one incident, and an app that may do this.
fn burning(granted: &[&str]) -> PagerDuty {
    let account = company();
    account.add_service(Service::new("Checkout", POLICY).id("PSVCHECKOUT"));
    account.open_incident(Incident::new("It burns", "PSVCHECKOUT").id("QONE"));
    account.add_app("client", "secret", granted);
    account
}

async fn note(server: &Server, author: &str, incident: &str, text: &str) -> Result<(), NoteError> {
    let credentials = Arc::new(StaticCredential::scoped_oauth("client", "secret"));
    let client = access_sources::client(&configured(server), Reads::IncidentNotes, credentials);
    let author = Principal::new(author).unwrap();
    let notes = PagerDutyNotes::new(client.unwrap(), &author).unwrap();
    notes.note(&incident.parse().unwrap(), text).await
}

#[tokio::test]
async fn a_note_is_written_in_its_authors_name_and_needs_one_scope() {
    let account = burning(&NOTE_SCOPES);
    let server = account.serve().await.unwrap();
    let written = note(&server, "person3@acme.example", "QONE", "Rolled back.").await;
    assert_eq!(written, Ok(()));
    let notes = account.incident("QONE").notes;
    let notes: Vec<_> = notes
        .iter()
        .map(|note| (&*note.user, &*note.content))
        .collect();
    assert_eq!(notes, [("PUSER3", "Rolled back.")]);
}

#[tokio::test]
async fn whoever_may_not_write_is_told_which_scope_is_missing() {
    let account = burning(&INCIDENT_SCOPES);
    let server = account.serve().await.unwrap();
    let NoteError(text) = note(&server, "person3@acme.example", "QONE", "Rolled back.")
        .await
        .unwrap_err();
    assert!(text.contains("incidents.write"), "{text}");
    assert!(account.incident("QONE").notes.is_empty());
}

#[tokio::test]
async fn a_refused_note_is_told_without_the_address_and_never_repeated() {
    let account = burning(&NOTE_SCOPES);
    let server = account.serve().await.unwrap();
    let strange = note(&server, "eve@elsewhere.example", "QONE", "Rolled back.").await;
    let unknown = note(&server, "person3@acme.example", "QTWO", "Rolled back.").await;
    let fault = Fault::status(500);
    account.faults().always("POST /incidents/QONE/notes", fault);
    let failed = note(&server, "person3@acme.example", "QONE", "Rolled back.").await;
    account.faults().clear();
    for (case, refused) in [
        ("no user", strange),
        ("no incident", unknown),
        ("no answer", failed),
    ] {
        let NoteError(text) = refused.expect_err(case);
        assert!(!text.contains('@') && !text.is_empty(), "{case}: {text}");
    }
    assert!(account.incident("QONE").notes.is_empty());
}
