//! What was found out and what became of it, for people and for programs.

use super::asked::{Given, HowArgs};
use super::place::{self, Kept};
use crate::show::{Look, Tone, harmless, print, print_json};
use crate::stop::{Exit, Stop};
use function_kit::Secrets;
use serde::Serialize;

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    state: State,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    /// Something does not work without it.
    Missing,
    /// Somebody should look.
    Warning,
}

/// The outcome, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// `pagerduty`, `slack` or `identity-center`.
    pub(super) system: &'static str,
    /// The configuration's name of it.
    pub(super) name: Option<String>,
    /// Whether nothing is missing.
    pub(super) verified: bool,
    pub(super) checks: Vec<Check>,
    pub(super) stored: Vec<Kept>,
    /// What to do now.
    pub(super) next: Vec<String>,
}

impl Check {
    pub(super) fn ok(what: impl Into<String>) -> Self {
        Self {
            state: State::Ok,
            what: what.into(),
            remedy: None,
        }
    }

    /// What something does not work without.
    pub(super) fn missing(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            state: State::Missing,
            what: what.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// What should be looked at, and keeps nothing from working.
    pub(super) fn warning(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            state: State::Warning,
            what: what.into(),
            remedy: Some(remedy.into()),
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.state == State::Missing
    }

    fn tell(&self, look: Look) -> String {
        let (tone, word) = match self.state {
            State::Ok => (Tone::Open, "ok"),
            State::Missing => (Tone::Bad, "missing"),
            State::Warning => (Tone::Warn, "warning"),
        };
        let word = look.tone(tone, format!("{word:<9}"));
        // Names that the vendor tells are part of it.
        let what = harmless(&self.what);
        match &self.remedy {
            None => format!("  {word}{what}"),
            Some(remedy) => {
                let remedy = harmless(remedy);
                format!("  {word}{what}\n           help: {remedy}")
            }
        }
    }
}

impl Report {
    pub(super) fn new(system: &'static str, name: Option<String>, checks: Vec<Check>) -> Self {
        Self {
            system,
            name,
            verified: !checks.iter().any(Check::is_missing),
            checks,
            stored: Vec::new(),
            next: Vec::new(),
        }
    }

    /// Says everything; `title` is what it is about. Where something is missing, what to do is in the remedies.
    pub(super) fn tell(mut self, title: &str, json: bool, look: Look) -> Exit {
        if !self.verified {
            self.next.clear();
        }
        let exit = if self.verified {
            Exit::Done
        } else {
            Exit::Failed
        };
        if json {
            print_json(&self);
            return exit;
        }
        print(title);
        for check in &self.checks {
            print(check.tell(look));
        }
        for kept in &self.stored {
            print(kept.say());
        }
        for step in &self.next {
            print(format!("next: {step}"));
        }
        exit
    }
}

/// Stores what was given if it was found right, and says what came of all.
pub(super) async fn settle(
    mut report: Report,
    title: &str,
    how: &HowArgs,
    (secrets, given): (&Secrets, &[Given]),
    (json, look): (bool, Look),
) -> Result<Exit, Stop> {
    let is_new = given.iter().any(|one| !one.is_kept);
    let is_stored = is_new && (report.verified || how.store_anyway);
    if is_stored {
        report.stored = place::store(secrets, given).await?;
    }
    let exit = report.tell(title, json, look);
    if is_new && !is_stored {
        return Err(Stop::failed(
            "nothing was stored: put right what is missing and run this again, or pass --store-anyway",
        ));
    }
    Ok(exit)
}
