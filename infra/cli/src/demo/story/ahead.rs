//! What lies ahead: warnings, each matter once, and who is let in nowhere when the time comes.

use super::Story;
use crate::show::{Tone, moment};
use access_core::event::{CoverageWarning, Warning};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// When something comes.
type Ahead = BTreeSet<Timestamp>;

impl Story {
    /// One line for each matter, however many spans and groups it has.
    pub(super) fn warned(&mut self, warnings: &[CoverageWarning]) -> Vec<String> {
        let mut told: BTreeMap<String, Ahead> = BTreeMap::new();
        for CoverageWarning {
            group,
            warning,
            from,
            ..
        } in warnings
        {
            let group = group.as_ref().map_or("-", |group| group.as_str());
            let what = match warning {
                Warning::Uncovered => format!("{group}: nobody is on call"),
                Warning::Unmatched {
                    principal, target, ..
                } => {
                    let who = self.names.person(principal);
                    self.to_come
                        .insert((*from, who.clone(), target.to_string()));
                    format!("{who} goes on call without an account in {target}")
                }
                Warning::Unresolved { user, .. } => {
                    format!("{user} goes on call without an e-mail address")
                }
                Warning::Finding { finding } => finding.to_string(),
            };
            told.entry(what).or_default().insert(*from);
        }
        let line = |(what, from): (&String, &Ahead)| {
            let first = from.first().copied().map(moment).unwrap_or_default();
            let times = match from.len() {
                1 => String::new(),
                times => format!("{times} times, first "),
            };
            let text = format!("{:18}  ? ahead: {what}, {times}{first}", "");
            self.look.tone(Tone::Warn, text)
        };
        told.iter().map(line).collect()
    }

    /// Who has come on call by `at` and is let in nowhere: nothing on the bus tells of what did not happen.
    pub(super) fn left_out(&mut self, at: Timestamp) -> Vec<String> {
        let later = self.to_come.split_off(&(
            at + SignedDuration::from_nanos(1),
            String::new(),
            String::new(),
        ));
        let now = std::mem::replace(&mut self.to_come, later);
        let people = now.iter().map(|(_, who, _)| who.clone());
        self.nowhere.extend(people);
        let line = |(from, who, target): &(Timestamp, String, String)| {
            let text =
                format!("? {who:<18} is on call, and let in nowhere: no account in {target}");
            format!("{}  {}", moment(*from), self.look.tone(Tone::Warn, text))
        };
        now.iter().map(line).collect()
    }
}
