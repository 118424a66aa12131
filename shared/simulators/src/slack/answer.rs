//! What Slack does with an app's answers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::SlackSim;
use super::block_kit::check_view;
use super::hooks::{self, Hook};
use super::request::{Origin, SlackRequest};
use super::workspace::Workspace;

/// What an answer did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlackOutcome {
    /// Accepted; there was nothing to show.
    Nothing,
    /// A message was shown in answer to a command.
    Said,
    /// The dialog was closed, with all others of the person.
    Closed,
    /// The dialog stays, with these errors by block.
    Errors(BTreeMap<String, String>),
    /// The dialog shows something else.
    Updated,
    /// The person sees that the app failed: another status than 200.
    Failed(u16),
    /// The person sees that the app failed: Slack refuses the answer for these reasons.
    Invalid(Vec<String>),
}

impl SlackSim {
    /// Takes the app's answer to a request, checks it as Slack does and shows it.
    #[must_use]
    pub fn answer(&self, request: &SlackRequest, status: u16, body: &[u8]) -> SlackOutcome {
        if status != 200 {
            return SlackOutcome::Failed(status);
        }
        let now = self.kit.clock.now();
        let mut workspace = self.lock();
        match &request.origin {
            Origin::Command(hook) => said(&mut workspace, hook, body, now),
            Origin::Submission(view) => submitted(&mut workspace, view, body),
            Origin::Press | Origin::Made => SlackOutcome::Nothing,
        }
    }
}

fn said(workspace: &mut Workspace, hook: &Hook, body: &[u8], now: Timestamp) -> SlackOutcome {
    if body.is_empty() {
        return SlackOutcome::Nothing;
    }
    // What is no JSON is shown as it is.
    let reply = serde_json::from_slice(body)
        .unwrap_or_else(|_| serde_json::json!({"text": String::from_utf8_lossy(body)}));
    match hooks::say(workspace, hook, &reply, now) {
        Ok(()) => SlackOutcome::Said,
        Err(findings) => SlackOutcome::Invalid(findings),
    }
}

fn submitted(workspace: &mut Workspace, id: &str, body: &[u8]) -> SlackOutcome {
    let Some(view) = workspace.views.get(id).cloned() else {
        // Closed meanwhile.
        return SlackOutcome::Nothing;
    };
    if body.is_empty() {
        workspace.views.close(id);
        return SlackOutcome::Closed;
    }
    let invalid = |what: &str| SlackOutcome::Invalid(vec![what.to_owned()]);
    let Ok(answer) = serde_json::from_slice::<Value>(body) else {
        return invalid("the answer to a dialog is JSON");
    };
    match answer["response_action"].as_str() {
        Some("errors") => {
            let errors = serde_json::from_value(answer["errors"].clone());
            let errors: BTreeMap<String, String> = errors.unwrap_or_default();
            let is_shown = |(block, text): (&String, &String)| {
                view.field(block).is_some() && !text.trim().is_empty()
            };
            if errors.is_empty() || !errors.iter().all(is_shown) {
                return invalid("errors name fields of the dialog, and say something");
            }
            SlackOutcome::Errors(errors)
        }
        Some("update") => {
            let findings = check_view(&answer["view"]);
            if !findings.is_empty() {
                return SlackOutcome::Invalid(findings);
            }
            workspace.views.update(id, answer["view"].clone());
            SlackOutcome::Updated
        }
        Some("clear") => {
            workspace.views.close_all(&view.user);
            SlackOutcome::Closed
        }
        _ => invalid("response_action is errors, update or clear"),
    }
}
