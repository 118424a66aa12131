//! All policies of one configuration: its tables as Cedar, the owner's files, and what always holds.

use crate::doubt::Forbid;
use crate::error::{PolicyErrors, Source as Place};
use crate::rules::{self, Written};
use crate::schema::{self, DEFAULT};
use crate::{files, mentions};
use access_core::config::{Config, ConfigError};
use access_core::group::Source;
use access_core::id::GroupName;
use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Validator};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// All policies of one configuration, ready to decide. Made once for each version of it.
#[derive(Debug)]
pub struct Policies {
    /// What holds for every group: the default policies, those of `[access]` and the owner's own.
    common: PolicySet,
    /// Their texts by id, in the order in which they are printed.
    printed: Vec<Written>,
    /// Sources that they name.
    mentions: BTreeSet<Source>,
    /// Some policy of the owner permits: the tables alone do not tell who may approve.
    owner_permits: bool,
    /// Policies of the owner that might forbid more if more were known.
    forbids: Vec<Forbid>,
    groups: BTreeMap<GroupName, OfGroup>,
}

/// What is particular to one group that people may ask into.
#[derive(Debug)]
struct OfGroup {
    written: Vec<Written>,
    mentions: BTreeSet<Source>,
    deciding: BTreeSet<Source>,
    /// The common policies and these, read when the group is first asked about.
    set: OnceLock<Result<PolicySet, String>>,
}

impl Policies {
    /// Reads and checks everything; `files` are the texts of `[access] policies` by the names that stand there.
    ///
    /// # Errors
    /// All that is wrong with the owner's policies, each with file, line and remedy: what Cedar cannot read, what does not
    /// fit the schema in strict mode, what can never apply, and sources that nothing reads.
    pub fn compile(
        config: &Config,
        files: &BTreeMap<String, String>,
    ) -> Result<Self, PolicyErrors> {
        let validator = schema::validator();
        let (policies, mut errors) = Self::assemble(config, files, Some(validator));
        for (name, group) in &policies.groups {
            errors.extend(group.check(name, validator));
        }
        PolicyErrors::new(errors).map_or(Ok(policies), Err)
    }

    /// Takes what [`compile`](Self::compile) accepted before: nothing is checked against the schema again, and a group's
    /// policies are read when they are first needed. For a start that somebody waits for.
    ///
    /// # Errors
    /// What cannot be read at all.
    pub fn load(config: &Config, files: &BTreeMap<String, String>) -> Result<Self, PolicyErrors> {
        let (policies, errors) = Self::assemble(config, files, None);
        PolicyErrors::new(errors).map_or(Ok(policies), Err)
    }

    fn assemble(
        config: &Config,
        texts: &BTreeMap<String, String>,
        validator: Option<&Validator>,
    ) -> (Self, Vec<ConfigError>) {
        let mut draft = Draft::default();
        let place = Place {
            file: "default.cedar",
            text: DEFAULT,
        };
        match files::read(place.file, DEFAULT, None) {
            Ok(policies) => {
                for (id, policy) in policies {
                    draft.add(&place, id, &policy);
                }
            }
            Err(errors) => draft.errors.extend(errors),
        }
        for written in rules::of_access(&config.access) {
            let place = Place {
                file: "[access]",
                text: &written.text,
            };
            match Policy::parse(None, &written.text) {
                Ok(policy) => draft.add(&place, written.id.clone(), &policy),
                Err(error) => draft.errors.push(place.found(&error, OURS)),
            }
        }
        for name in &config.access.policies {
            if !texts.contains_key(name) {
                let place = Place {
                    file: name,
                    text: "",
                };
                let help = "put it beside the configuration, or take it out of [access] policies";
                let missing = place.at(0, "this policy file is not there", help);
                draft.errors.push(missing);
            }
        }
        for (file, text) in texts {
            draft.own(config, file, text, validator);
        }
        let groups = config.requests.iter().map(|(name, rule)| {
            let blocked = config.groups.get(name).map(|group| &group.blocked);
            let written = rules::of_group(name, rule, blocked.unwrap_or(&BTreeSet::new()));
            let sources = rule.sources().cloned().collect();
            let group = OfGroup {
                written,
                mentions: mentions::reaching(config, sources),
                deciding: rule.approvers.union(&rule.escalate_to).cloned().collect(),
                set: OnceLock::new(),
            };
            (name.clone(), group)
        });
        let policies = Self {
            common: draft.set,
            printed: draft.printed,
            mentions: mentions::reaching(config, draft.mentions),
            owner_permits: draft.owner_permits,
            forbids: draft.forbids,
            groups: groups.collect(),
        };
        (policies, draft.errors)
    }

    /// What decides about a group: its own policies, if people may ask into it, and the common ones.
    ///
    /// # Errors
    /// When a policy that was made here cannot be read: then nothing is permitted.
    pub(crate) fn set(&self, group: Option<&GroupName>) -> Result<&PolicySet, String> {
        let Some(group) = group.and_then(|name| self.groups.get(name)) else {
            return Ok(&self.common);
        };
        let set = group.set.get_or_init(|| {
            let mut set = self.common.clone();
            group.read_into(&mut set)?;
            Ok(set)
        });
        set.as_ref().map_err(Clone::clone)
    }

    /// Every source that a decision about a group may rest on.
    pub(crate) fn mentions(&self, group: Option<&GroupName>) -> impl Iterator<Item = &Source> {
        let group = group.and_then(|name| self.groups.get(name));
        let own = group.into_iter().flat_map(|group| &group.mentions);
        own.chain(&self.mentions)
    }

    /// Policies of the owner that might forbid more if more were known.
    pub(crate) fn forbids(&self) -> &[Forbid] {
        &self.forbids
    }

    /// The sources whose people may approve; `None` when only asking about everybody tells.
    pub(crate) fn deciding(&self, group: &GroupName) -> Option<&BTreeSet<Source>> {
        let group = self.groups.get(group)?;
        (!self.owner_permits).then_some(&group.deciding)
    }

    /// The policies that one group's `[group.request]` became; `None` where people cannot ask.
    #[must_use]
    pub fn printed(&self, group: &GroupName) -> Option<String> {
        Some(joined(&self.groups.get(group)?.written))
    }

    /// Every policy, as Cedar text that can be read again: what always holds, `[access]`, the owner's, then group by group.
    #[must_use]
    pub fn printed_all(&self) -> String {
        let groups = self.groups.values().map(|group| joined(&group.written));
        let all: Vec<_> = std::iter::once(joined(&self.printed))
            .chain(groups)
            .collect();
        all.join("\n")
    }
}

const OURS: &str = "please report this: the policy was made by Rotakey";

impl OfGroup {
    fn read_into(&self, set: &mut PolicySet) -> Result<(), String> {
        for Written { id, text } in &self.written {
            let policy = Policy::parse(Some(PolicyId::new(id)), text);
            let policy = policy.map_err(|error| format!("policy {id}: {error}"))?;
            set.add(policy)
                .map_err(|error| format!("policy {id}: {error}"))?;
        }
        Ok(())
    }

    fn check(&self, name: &GroupName, validator: &Validator) -> Vec<ConfigError> {
        let text = joined(&self.written);
        let file = format!("[group.request] of {name}");
        let place = Place {
            file: &file,
            text: &text,
        };
        let mut set = PolicySet::new();
        match self.read_into(&mut set) {
            Ok(()) => files::misfits(&place, &set, validator, false),
            Err(message) => vec![place.at(0, message, OURS)],
        }
    }
}

fn joined(written: &[Written]) -> String {
    let texts: Vec<_> = written.iter().map(|policy| policy.text.as_str()).collect();
    let mut joined = texts.join("\n\n");
    joined.push('\n');
    joined
}

/// The common policies while they are collected.
#[derive(Default)]
struct Draft {
    set: PolicySet,
    printed: Vec<Written>,
    mentions: BTreeSet<Source>,
    owner_permits: bool,
    forbids: Vec<Forbid>,
    errors: Vec<ConfigError>,
}

impl Draft {
    fn add(&mut self, place: &Place, id: String, policy: &Policy) {
        let policy = policy.new_id(PolicyId::new(&id));
        self.mentions.extend(mentions::of_policy(&policy));
        let text = policy.to_string();
        if let Err(error) = self.set.add(policy) {
            self.errors.push(place.found(&error, "choose another @id"));
        }
        self.printed.push(Written { id, text });
    }

    /// Adds one file of the owner; its policies are called `FILE#ID`, so that they never take the id of another.
    fn own(&mut self, config: &Config, file: &str, text: &str, validator: Option<&Validator>) {
        let place = Place { file, text };
        let policies = match files::read(file, text, validator) {
            Ok(policies) => policies,
            Err(errors) => return self.errors.extend(errors),
        };
        for (id, policy) in policies {
            if validator.is_some() {
                self.errors.extend(unread(config, &place, &policy));
            }
            self.owner_permits |= policy.effect() == Effect::Permit;
            let id = format!("{file}#{id}");
            let forbid = Forbid::of(config, &policy.new_id(PolicyId::new(&id)));
            self.forbids.extend(forbid);
            self.add(&place, id, &policy);
        }
    }
}

/// Sources in a policy at which nobody would ever be: it would never permit, or, worse, never forbid.
fn unread(config: &Config, place: &Place, policy: &Policy) -> Vec<ConfigError> {
    let sources = mentions::of_policy(policy).into_iter();
    let errors = sources.filter_map(|source| {
        let (message, help) = mentions::unread(config, &source)?;
        let written = crate::names::place(&source).to_string();
        let policy_at = place.text.find(&policy.to_string()).unwrap_or_default();
        let rest = place.text.get(policy_at..).unwrap_or_default();
        let at = policy_at + rest.find(&written).unwrap_or_default();
        Some(place.at(at, message, help))
    });
    errors.collect()
}
