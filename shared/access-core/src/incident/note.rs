//! Notes on incidents: who was let in because of one and who is out again, in words, from events that were just told.

#[cfg(test)]
mod tests;

use super::IncidentKey;
use crate::config::{Config, duration_words};
use crate::event::{Event, MembershipChanged};
use crate::facts::Facts;
use crate::id::{GroupName, PagerDutyName};
use crate::membership::Cause;
use crate::plan::Action;
use crate::ports::OutboxEntry;
use crate::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Most people whom one note names; the others are counted. A note so stays below 10,000 characters.
const NAMES_MAX: usize = 20;

/// Most characters of one name.
const NAME_CHARS_MAX: usize = 60;

/// What is to be written on an incident about one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// On which incident.
    pub incident: IncidentKey,
    /// The group that it speaks of.
    pub group: GroupName,
    /// The note, of bounded length; it holds people's names, and addresses of those whose names are not known.
    pub text: String,
}

/// What these events say to the people at work on incidents: one note for each incident and group at most, of accounts
/// that want notes.
///
/// Only additions and removals whose causes name the incident count. Of several changes for one person the last counts;
/// a group with several entitlements is told of once.
#[must_use]
pub fn notes(config: &Config, facts: &Facts, told: &[OutboxEntry]) -> Vec<Note> {
    let mut changes: Vec<(Timestamp, &MembershipChanged)> =
        told.iter().filter_map(membership).collect();
    // Whoever loses one entitlement of a group and gets another at the same instant is still in.
    changes.sort_by_key(|(at, change)| (*at, change.action == Action::Add));
    let mut drafts: BTreeMap<(IncidentKey, &GroupName), Draft<'_>> = BTreeMap::new();
    for (_, change) in changes {
        let Some(principal) = &change.principal else {
            continue;
        };
        for key in incidents(config, change) {
            let draft = drafts.entry((key, &change.binding.group)).or_default();
            draft.insert(principal, change);
        }
    }
    let accounts: BTreeSet<&PagerDutyName> = drafts.keys().map(|(key, _)| &key.pagerduty).collect();
    let names: BTreeMap<&PagerDutyName, Names<'_>> = accounts
        .into_iter()
        .map(|account| (account, known_names(config, facts, account)))
        .collect();
    let mut notes = Vec::new();
    for ((key, group), draft) in &drafts {
        let said = said(config, &names[&key.pagerduty], key, draft);
        notes.push(Note {
            incident: key.clone(),
            group: (*group).clone(),
            text: text(group, &said),
        });
    }
    notes
}

/// The last change of each person.
type Draft<'e> = BTreeMap<&'e Principal, &'e MembershipChanged>;

/// What people are called.
type Names<'f> = BTreeMap<Principal, &'f str>;

/// What happened and on which terms, and to whom, by name.
type Said<'a> = BTreeMap<(Action, String), BTreeSet<(&'a str, &'a Principal)>>;

fn membership(entry: &OutboxEntry) -> Option<(Timestamp, &MembershipChanged)> {
    let Event::MembershipChanged(change) = &entry.event else {
        return None;
    };
    Some((entry.at, change))
}

/// The incidents that made a member or kept one until now, of accounts that want notes.
fn incidents(config: &Config, change: &MembershipChanged) -> BTreeSet<IncidentKey> {
    let wants_notes = |key: &IncidentKey| {
        let account = config.pagerduty.get(&key.pagerduty);
        account.is_some_and(|account| account.incident_notes_from.is_some())
    };
    let named = change.causes.iter().filter_map(Cause::incident);
    named
        .map(|(key, _)| key)
        .filter(|key| wants_notes(key))
        .collect()
}

/// What people are called in one PagerDuty account.
fn known_names<'f>(config: &Config, facts: &'f Facts, account: &PagerDutyName) -> Names<'f> {
    let of_rota = facts.pagerduty.get(account).into_iter();
    let of_rota = of_rota.flat_map(|read| &read.rota.people);
    let looked_up = facts
        .people
        .iter()
        .filter(|((of, _), _)| of == account)
        .map(|((_, user), known)| (user, &known.person));
    let mut names = BTreeMap::new();
    for (user, person) in of_rota.chain(looked_up) {
        // Where PagerDuty tells no name, the id stands for it.
        let is_named = person.name != user.as_str() && !person.name.trim().is_empty();
        let principal = facts.principal(&config.people, account, user);
        if let Some(principal) = principal.filter(|_| is_named) {
            names.entry(principal).or_insert(person.name.as_str());
        }
    }
    names
}

fn said<'a>(config: &Config, names: &Names<'a>, key: &IncidentKey, draft: &Draft<'a>) -> Said<'a> {
    let mut said = Said::new();
    for (principal, change) in draft {
        let principal: &'a Principal = principal;
        let terms = match change.action {
            Action::Add => format!(" {}", terms(config, key, change)),
            Action::Remove => String::new(),
        };
        let name = names.get(principal).copied();
        let name = name.unwrap_or_else(|| principal.email());
        let people = said.entry((change.action, terms)).or_default();
        people.insert((name, principal));
    }
    said
}

fn text(group: &GroupName, said: &Said<'_>) -> String {
    let mut names_left = NAMES_MAX;
    let mut unnamed = 0;
    let mut parts = Vec::new();
    for ((action, terms), people) in said {
        let named = people.iter().take(names_left);
        let named: Vec<String> = named.map(|(name, _)| shown(name)).collect();
        names_left -= named.len();
        unnamed += people.len() - named.len();
        if named.is_empty() {
            continue;
        }
        let happened = match action {
            Action::Add => "opened",
            Action::Remove => "closed",
        };
        parts.push(format!("{happened} for {}{terms}", listed(&named)));
    }
    if unnamed > 0 {
        parts.push(format!("changed for {unnamed} more"));
    }
    format!("Access to {group} {}.", parts.join("; "))
}

/// On which terms somebody was let in, in words.
fn terms(config: &Config, key: &IncidentKey, change: &MembershipChanged) -> String {
    let (of_it, others): (Vec<&Cause>, Vec<&Cause>) = change
        .causes
        .iter()
        .partition(|cause| cause.incident().is_some_and(|(of, _)| of == *key));
    let until = change.until.map(when);
    if !others.is_empty() {
        let until = until.map_or_else(
            || "without a known end".to_owned(),
            |until| format!("as far as is known until {until}"),
        );
        return format!("for this incident and other reasons, {until}");
    }
    let goes_on = of_it.iter().any(|cause| cause.ends_at().is_none());
    if !goes_on {
        return until.map_or_else(
            || "for this incident".to_owned(),
            |until| format!("until {until}"),
        );
    }
    let group = &change.binding.group;
    let lingers = of_it.iter().map(|cause| linger(config, group, cause));
    let linger = lingers.max().unwrap_or_default();
    let after = if linger.is_zero() {
        String::new()
    } else {
        format!(" and for {} after it is resolved", duration_words(linger))
    };
    let last = until.map_or_else(String::new, |until| {
        format!(", until {until} at the latest")
    });
    format!("while they work on this incident{after}{last}")
}

/// How long people stay after a resolve, by the terms of the group whose source names the incident.
fn linger(config: &Config, group: &GroupName, cause: &Cause) -> SignedDuration {
    let (mut group, mut cause) = (group, cause);
    while let Cause::Nested {
        group: inner,
        cause: inside,
    } = cause
    {
        group = inner;
        cause = inside;
    }
    let rule = config.groups.get(group);
    rule.map(|rule| rule.incident.linger).unwrap_or_default()
}

fn when(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A name on one line, and not longer than [`NAME_CHARS_MAX`].
fn shown(name: &str) -> String {
    let in_line = |c: char| if c.is_control() { ' ' } else { c };
    let mut chars = name.trim().chars().map(in_line);
    let mut shown: String = chars.by_ref().take(NAME_CHARS_MAX).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

fn listed(names: &[String]) -> String {
    match names {
        [others @ .., last] if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}
