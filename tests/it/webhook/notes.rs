//! Notes on incidents: who was let in and who is out again stands where people look, and nothing depends on it.

use super::{Fire, PAYMENTS};
use crate::support::rota::{ADA, GRACE};
use access_core::ports::Configs;
use jiff::SignedDuration;
use simulators::kit::Fault;
use std::collections::BTreeMap;

/// Half an hour under the group of the payments service.
const LINGER: &str = "[group.incident]\nlinger = \"30m\"\n";

const OPENED: &str = "Access to payments-admin opened for Grace while they work on this incident and for 30m after it is resolved, until 2026-11-04 10:00 UTC at the latest.";

impl Fire {
    /// As [`start`](Self::start), in an account where notes are written in Ada's name.
    async fn with_notes(incident: &str) -> Self {
        let fire = Self::start(incident).await;
        let store = &fire.world.store;
        let config = store.latest_config().await.expect("the store is read");
        let text = config.expect("a world has a configuration").text;
        let key = "auth = \"api-key\"";
        assert!(text.contains(key), "{text}");
        let with_notes = format!("{key}\nincident_notes_from = \"{ADA}\"");
        let text = text.replacen(key, &with_notes, 1);
        let now = fire.world.clock.now();
        let policies = BTreeMap::new();
        let saved = store.save_config(now, "test", &text, &policies);
        saved.await.expect("the configuration is stored");
        fire
    }

    /// What stands on an incident, by whom.
    fn notes(&self, incident: &str) -> Vec<(String, String)> {
        let notes = self.world.pagerduty.incident(incident).notes.into_iter();
        notes.map(|note| (note.user, note.content)).collect()
    }
}

fn by_ada(texts: &[&str]) -> Vec<(String, String)> {
    let by_ada = |text: &&str| ("PADA".to_owned(), (*text).to_owned());
    texts.iter().map(by_ada).collect()
}

#[tokio::test]
async fn a_note_tells_when_access_opens_and_when_it_closes() {
    let fire = Fire::with_notes(LINGER).await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "triggered");
    assert_eq!(fire.notes(&incident), by_ada(&[OPENED]));
    pagerduty.resolve_incident(&incident, Some("PGRACE"));
    let resolved_at = pagerduty.clock().now();
    fire.deliver().await;
    fire.holds(&[GRACE], "resolved, and lingering");
    assert_eq!(fire.notes(&incident), by_ada(&[OPENED]));
    let nearly = resolved_at + SignedDuration::from_secs(29 * 60 + 50);
    fire.world.clock.set(nearly);
    fire.tick().await;
    fire.holds(&[], "half an hour later");
    let closed = "Access to payments-admin closed for Grace.";
    assert_eq!(fire.notes(&incident), by_ada(&[OPENED, closed]));
    fire.world.clock.advance(SignedDuration::from_mins(1));
    fire.tick().await;
    assert_eq!(fire.notes(&incident).len(), 2, "nothing is told twice");
}

#[tokio::test]
async fn one_note_tells_of_everybody_whom_a_sweep_moves() {
    let fire = Fire::with_notes("").await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    fire.world.clock.advance(SignedDuration::from_secs(1));
    pagerduty.acknowledge_incident(&incident, "PLINUS");
    fire.deliver().await;
    pagerduty.reassign_incident(&incident, &["PADA"], Some("PGRACE"));
    fire.deliver().await;
    fire.holds(&[ADA], "reassigned");
    let notes: Vec<_> = fire
        .notes(&incident)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let [opened, moved] = notes.as_slice() else {
        panic!("two notes: {notes:?}");
    };
    let both = "Access to payments-admin opened for Grace and Linus while they work on this incident, until ";
    assert!(opened.starts_with(both), "{opened}");
    let hers = "Access to payments-admin opened for Ada while they work on this incident, until ";
    assert!(moved.starts_with(hers), "{moved}");
    assert!(moved.ends_with("; closed for Grace and Linus."), "{moved}");
}

#[tokio::test]
async fn nothing_is_noted_where_nobody_is_named_to_write() {
    let fire = Fire::start("").await;
    let incident = fire.open(PAYMENTS);
    fire.deliver().await;
    fire.holds(&[GRACE], "triggered");
    assert_eq!(fire.notes(&incident), by_ada(&[]));
}

#[tokio::test]
async fn a_refused_note_harms_nothing_and_is_not_tried_again() {
    let fire = Fire::with_notes(LINGER).await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    let write = format!("POST /incidents/{incident}/notes");
    pagerduty.faults().always(&write, Fault::status(403));
    fire.deliver().await;
    fire.holds(&[GRACE], "access opens all the same");
    pagerduty.faults().clear();
    fire.tick().await;
    assert_eq!(fire.notes(&incident), by_ada(&[]));
    assert!(fire.world.told_of("Sync Failed").is_empty());
    assert_eq!(fire.world.told_of("Membership Changed").len(), 1);
}

#[tokio::test]
async fn a_note_whose_answer_is_lost_is_not_written_twice() {
    let fire = Fire::with_notes(LINGER).await;
    let pagerduty = &fire.world.pagerduty;
    let incident = fire.open(PAYMENTS);
    let write = format!("POST /incidents/{incident}/notes");
    pagerduty.faults().always(&write, Fault::CutAfter);
    fire.deliver().await;
    pagerduty.faults().clear();
    fire.world.clock.advance(SignedDuration::from_mins(1));
    fire.tick().await;
    fire.holds(&[GRACE], "triggered");
    assert_eq!(fire.notes(&incident), by_ada(&[OPENED]));
}
