//! The configuration, checked as a whole: a value of [`Config`] is free of contradictions.

mod access;
mod address;
mod api;
mod canonical;
mod check;
mod duration;
mod error;
mod groups;
mod incident;
mod limits;
mod names;
mod parse;
mod people;
mod raw;
mod report;
mod request;
mod secret;
mod systems;
mod targets;
mod template;
mod value;

pub use duration::{parse_duration, words as duration_words};
pub use error::{ConfigError, ConfigErrors};
pub use request::{RequestRule, TIMEOUT_DEFAULT};

use crate::group::{Entitlement, GroupRule, GroupTemplate, Ownership, Source};
use crate::id::{AccountId, GroupName, PagerDutyName, PagerDutyUserId, PriorityName, TargetName};
use crate::principal::Principal;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use url::Url;

/// Everything an owner decides, from one TOML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// PagerDuty accounts by the owner's names for them.
    pub pagerduty: BTreeMap<PagerDutyName, PagerDutyAccount>,
    /// Systems holding access.
    pub targets: BTreeMap<TargetName, TargetConfig>,
    /// The chat-ops app, if there is one.
    pub slack: Option<SlackConfig>,
    /// Groups written out; nesting is free of cycles and every name in it is known.
    pub groups: BTreeMap<GroupName, GroupRule>,
    /// Groups that people may ask into, and the terms of asking; every name is one of `groups`.
    pub requests: BTreeMap<GroupName, RequestRule>,
    /// Who looks after Rotakey itself, and the owner's own policies.
    pub access: AccessConfig,
    /// Whom the HTTP API believes; `None`: nobody.
    pub api: Option<ApiConfig>,
    /// Groups made for every schedule that matches.
    pub templates: Vec<GroupTemplate>,
    /// What the owner says about people beyond their e-mail address.
    pub people: People,
    /// How much one plan, and one sweep, may remove.
    pub limits: Limits,
    /// How often and how far Rotakey looks.
    pub sweep: SweepConfig,
}

/// One PagerDuty account: the customer's own, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagerDutyAccount {
    /// The instance URL, from which subdomain and region are read.
    pub url: Url,
    /// How to authenticate.
    pub auth: PagerDutyAuth,
    /// Where the API key, or the JSON object `{"client_id", "client_secret"}`, is kept.
    pub secret: SecretRef,
    /// Signing secrets of webhook subscriptions.
    pub webhook_secrets: Vec<SecretRef>,
    /// Incident priorities by name or id, the most important first.
    pub priorities: Vec<PriorityName>,
    /// In whose name notes on incidents are written: the login address of a user of the account, in ASCII. `None`: no notes.
    pub incident_notes_from: Option<Principal>,
    /// Another API host: a proxy, or a simulator.
    pub api_url: Option<Url>,
    /// Another host for OAuth tokens.
    pub token_url: Option<Url>,
}

/// How to authenticate at PagerDuty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagerDutyAuth {
    /// A REST API key.
    ApiKey,
    /// Scoped OAuth client credentials of an app in the same account.
    ScopedOauth,
}

/// The name of a secret, and where the configuration says it.
///
/// `NAME` or `NAME#KEY` (one key of a JSON object) in Secrets Manager; on one machine also `env:NAME` or `file:PATH`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretRef {
    /// The reference as written.
    pub reference: Arc<str>,
    /// The configuration's line that names it, from 1.
    pub line: usize,
}

/// One system holding access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetConfig {
    /// Which system, and how to reach it.
    pub kind: TargetKind,
    /// Whether groups that are missing there are created, and then owned by Rotakey.
    pub create_groups: bool,
    /// Principals whose memberships there are never removed: owners, break-glass accounts.
    pub protected: BTreeSet<Principal>,
}

/// Which system a target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// Groups of an AWS IAM Identity Center identity store.
    IdentityCenter {
        /// The store, `d-` and ten characters.
        identity_store_id: String,
        /// The region of the Identity Center instance; `None` takes the SDK's own.
        region: Option<String>,
    },
    /// User groups of a Slack workspace.
    SlackUserGroup {
        /// Where the bot token is kept.
        secret: SecretRef,
        /// Another API host: a proxy, or a simulator.
        api_url: Option<Url>,
    },
}

/// The chat-ops app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackConfig {
    /// Where the bot token is kept.
    pub bot_token: SecretRef,
    /// Where the signing secret is kept.
    pub signing_secret: SecretRef,
    /// The workspace, or the organisation, whose people may speak; `None`: that of the bot token.
    pub team_id: Option<String>,
    /// The channel for approval cards.
    pub approvals_channel: Option<String>,
    /// The channel for announcements.
    pub announcements_channel: Option<String>,
    /// Another API host: a proxy, or a simulator.
    pub api_url: Option<Url>,
}

/// Who looks after Rotakey itself, and the owner's own policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessConfig {
    /// Who may see everything, administer, release what is held, and revoke any grant.
    pub administrators: BTreeSet<Source>,
    /// Who may release held removals besides.
    pub release_held: BTreeSet<Source>,
    /// Names of Cedar files, relative to the configuration, each once: `policies/nights.cedar`.
    pub policies: Vec<String>,
}

/// Whom the HTTP API believes: at least one account or token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// Ids of AWS accounts, 12 digits each, whose IAM Identity Center sessions are named by their person's e-mail address.
    pub aws_accounts: BTreeSet<String>,
    /// Tokens for where there is no IAM: a machine of one's own.
    pub tokens: Vec<ApiToken>,
}

/// A secret that speaks for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// For whom.
    pub person: Principal,
    /// Where the token is kept; no other token is kept there.
    pub secret: SecretRef,
}

/// What the owner says about people beyond their e-mail address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Further addresses of people, each with the one that they are known by. None of the latter is among the former.
    pub addresses: BTreeMap<Principal, Principal>,
    /// PagerDuty users who are a principal whatever their address there.
    pub pagerduty: BTreeMap<(PagerDutyName, PagerDutyUserId), Principal>,
    /// The account of a principal in a target, where matching by e-mail does not find it.
    pub accounts: BTreeMap<(TargetName, Principal), AccountId>,
    /// People who are members of nothing.
    pub blocked: BTreeSet<Principal>,
}

/// How much one plan, and one sweep over all groups, may remove before a person is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most removals, whatever their share.
    pub removals_max: usize,
    /// Largest share of the memberships that are Rotakey's to remove, 0 to 1.
    pub removals_share_max: f64,
    /// The share counts from this many people on.
    pub removals_min: usize,
}

impl Eq for Limits {}

/// How often and how far Rotakey looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepConfig {
    /// PagerDuty facts older than this are read again.
    pub refresh: SignedDuration,
    /// Facts older than this hold the group, and somebody is told.
    pub stale_max: SignedDuration,
    /// How far ahead shifts are read: so long known shifts open access while PagerDuty is down.
    pub look_ahead: SignedDuration,
    /// A target group is looked at this often even when nothing is known to have changed.
    pub observe_every: SignedDuration,
    /// How far ahead unmatched people and uncovered hours are looked for.
    pub forecast: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            removals_max: 20,
            removals_share_max: 0.5,
            removals_min: 5,
        }
    }
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self {
            refresh: SignedDuration::from_mins(1),
            stale_max: SignedDuration::from_hours(1),
            look_ahead: SignedDuration::from_hours(24),
            observe_every: SignedDuration::from_mins(15),
            forecast: SignedDuration::from_hours(14 * 24),
        }
    }
}

/// The lead and lag of a group that names none: five minutes.
pub const LEAD_AND_LAG_DEFAULT: SignedDuration = SignedDuration::from_mins(5);

impl Config {
    /// Reads and checks a whole configuration; `file` is its name for messages.
    ///
    /// # Errors
    /// All that is wrong with it, each with line and remedy, in the order of lines.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigErrors> {
        parse::parse(file, text)
    }

    /// Every source that anything written out names, repeats included: groups, the terms of asking, `[access]`.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let groups = self.groups.values().flat_map(|rule| &rule.sources);
        let requests = self.requests.values().flat_map(RequestRule::sources);
        let AccessConfig {
            administrators,
            release_held,
            policies: _,
        } = &self.access;
        groups
            .chain(requests)
            .chain(administrators)
            .chain(release_held)
    }

    /// These groups, and every group that nests one of them, however deep: whoever comes or goes in the one may do so in the
    /// other. Groups made by templates nest none, and nobody nests them.
    #[must_use]
    pub fn with_groups_around(&self, groups: BTreeSet<GroupName>) -> BTreeSet<GroupName> {
        let mut found = groups;
        loop {
            let nests =
                |source: &Source| matches!(source, Source::Group(inner) if found.contains(inner));
            let around = self
                .groups
                .iter()
                .filter(|(name, rule)| !found.contains(*name) && rule.sources.iter().any(nests));
            let around: Vec<GroupName> = around.map(|(name, _)| name.clone()).collect();
            if around.is_empty() {
                return found;
            }
            found.extend(around);
        }
    }
}

impl People {
    /// The principal that somebody is known by, whichever of their addresses this is: an address of nobody's else is itself.
    ///
    /// Whoever comes in from outside goes through this once, so that one person is never two.
    #[must_use]
    pub fn canonical(&self, principal: &Principal) -> Principal {
        self.addresses.get(principal).unwrap_or(principal).clone()
    }

    /// Whether two addresses are one person's. What is stored may be older than what the configuration says of an address.
    #[must_use]
    pub fn is_same(&self, one: &Principal, other: &Principal) -> bool {
        self.canonical(one) == self.canonical(other)
    }

    /// All addresses of the person, the one that they are known by first.
    #[must_use]
    pub fn all_of(&self, principal: &Principal) -> Vec<Principal> {
        let main = self.canonical(principal);
        let further = self.addresses.iter().filter(|(_, of)| **of == main);
        let further: Vec<_> = further.map(|(address, _)| address.clone()).collect();
        std::iter::once(main).chain(further).collect()
    }
}

impl SweepConfig {
    /// Facts no older than this may lead to removals: two refreshes, so that one late tick is no alarm.
    #[must_use]
    pub fn fresh_max(&self) -> SignedDuration {
        self.refresh
            .saturating_mul(2)
            .max(SignedDuration::from_mins(2))
    }
}

impl GroupTemplate {
    /// The entitlements of the group made for one schedule, `slug` being the schedule's name in lower case with dashes.
    ///
    /// # Errors
    /// When an entitlement is none after the replacement.
    pub fn entitlements_for(
        &self,
        slug: &str,
    ) -> Result<BTreeSet<Entitlement>, crate::group::EntitlementError> {
        self.entitlements
            .iter()
            .map(|text| text.replace("{schedule}", slug).parse())
            .collect()
    }
}

/// Whether Rotakey may remove what it did not add to a target group.
///
/// A group that Rotakey created holds exactly the wanted people unless the owner says otherwise.
#[must_use]
pub fn effective_ownership(wanted: Option<Ownership>, created_by_us: bool) -> Ownership {
    match (wanted, created_by_us) {
        (Some(ownership), _) => ownership,
        (None, true) => Ownership::Exclusive,
        (None, false) => Ownership::Additive,
    }
}

#[cfg(test)]
mod tests;
