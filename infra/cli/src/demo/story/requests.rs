//! What is asked for, decided and ended.

use super::Story;
use crate::show::moment;
use access_core::config::duration_words;
use access_core::event::Event;
use access_core::membership::Cause;
use access_core::plan::Action;
use access_core::request::ApprovedHow;
use jiff::Timestamp;
use std::collections::BTreeSet;

impl Story {
    /// A line about a request or a grant; `None`: the event is about something else.
    pub(super) fn asked(&mut self, at: Timestamp, event: &Event) -> Option<String> {
        let group = event.group()?;
        let text = match event {
            Event::AccessRequested(asked) => {
                let who = self.names.person(&asked.principal);
                let length = duration_words(asked.duration);
                format!("{who} asks for {length}: {}", asked.reason)
            }
            Event::AccessApproved(approved) => {
                let by = self.approvers(&approved.how);
                let text = format!("approved by {by}, until {}", moment(approved.expires_at));
                self.approved.insert(approved.grant, text.clone());
                text
            }
            Event::AccessDenied(denied) => format!("denied: {}", denied.reason),
            Event::GrantEnded(ended) => {
                let how = ended.ended.word();
                self.ended.insert(ended.grant, how);
                let who = self.names.person(&ended.principal);
                format!("the grant of {who} is over: {how}")
            }
            _ => return None,
        };
        Some(format!("{}  > {group}: {text}", moment(at)))
    }

    /// Why somebody came or went, where a grant did it that was told of.
    pub(super) fn granted(&self, action: Action, causes: &BTreeSet<&Cause>) -> Option<String> {
        let grant = causes.iter().find_map(|cause| cause.grant())?;
        match action {
            Action::Add => self.approved.get(&grant).cloned(),
            Action::Remove => self.ended.get(&grant).copied().map(str::to_owned),
        }
    }

    fn approvers(&self, how: &ApprovedHow) -> String {
        match how {
            ApprovedHow::ByPeople(approvals) => {
                let names = approvals.iter();
                let names = names.map(|approval| self.names.person(&approval.by));
                names.collect::<Vec<_>>().join(", ")
            }
            ApprovedHow::ByPolicy(_) => "policy".to_owned(),
            ApprovedHow::BreakGlass(_) => "nobody: break-glass".to_owned(),
        }
    }
}
