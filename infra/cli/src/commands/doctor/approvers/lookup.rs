//! Whether people are still somewhere: in a PagerDuty account, or in Slack.

use super::super::recorder::Heard;
use super::super::site::Site;
use super::People;
use access_core::config::TargetKind;
use access_core::id::{PagerDutyName, TargetName};
use access_core::principal::Principal;
use pagerduty_client::{Client, Error};
use slack_client::SlackClient;
use std::collections::{BTreeMap, BTreeSet};

/// Most people looked up: Slack allows fifty look-ups a minute.
const LOOK_UPS_MAX: usize = 40;

/// Where a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Whereabouts {
    /// In one of the systems, or the configuration names their account.
    There,
    /// In none of them, and all were asked.
    Nowhere,
    /// Not all could be asked.
    Unknown,
}

/// Who can be asked.
struct Places<'a> {
    accounts: Vec<&'a Client>,
    slack: Option<&'a SlackClient>,
    /// Whether these are all that the configuration names.
    are_all: bool,
}

/// Looks people up in every account that was read (`read`), and in Slack where the app works.
pub(in super::super) async fn gather(
    site: &Site<'_>,
    people: &BTreeSet<Principal>,
    read: &BTreeMap<PagerDutyName, Heard>,
    slack: Option<&SlackClient>,
) -> People {
    let config = site.config();
    let has_all_accounts = config.pagerduty.keys().all(|name| read.contains_key(name));
    let places = Places {
        accounts: read.values().map(|heard| heard.source.client()).collect(),
        slack,
        are_all: has_all_accounts && config.slack.is_some() == slack.is_some(),
    };
    let on_rota = on_rota(site, read);
    let mut found = People::new();
    let mut look_ups = 0;
    for principal in people {
        let is_known = on_rota.contains(principal) || has_account(site, principal);
        let whereabouts = if is_known {
            Whereabouts::There
        } else if look_ups < LOOK_UPS_MAX {
            look_ups += 1;
            look_up(site, &places, principal).await
        } else {
            Whereabouts::Unknown
        };
        found.insert(principal.clone(), whereabouts);
    }
    found
}

/// Everybody whom a rota names, by the address that they are known by.
fn on_rota(site: &Site<'_>, read: &BTreeMap<PagerDutyName, Heard>) -> BTreeSet<Principal> {
    let people = read
        .values()
        .flat_map(|heard| heard.facts.rota.people.values());
    let emails = people.filter_map(|person| person.email.as_ref());
    let known = &site.config().people;
    emails.map(|email| known.canonical(email)).collect()
}

/// Whether the configuration says which PagerDuty user or Slack user they are.
fn has_account(site: &Site<'_>, principal: &Principal) -> bool {
    let config = site.config();
    let mut in_pagerduty = config.people.pagerduty.values();
    let is_slack = |target: &TargetName| {
        let target = config.targets.get(target);
        target.is_some_and(|target| matches!(target.kind, TargetKind::SlackUserGroup { .. }))
    };
    let mut accounts = config.people.accounts.keys();
    in_pagerduty.any(|user| user == principal)
        || accounts.any(|(target, owner)| owner == principal && is_slack(target))
}

async fn look_up(site: &Site<'_>, places: &Places<'_>, principal: &Principal) -> Whereabouts {
    let mut are_all = places.are_all && !(places.accounts.is_empty() && places.slack.is_none());
    for address in site.config().people.all_of(principal) {
        for account in &places.accounts {
            match account.find_user_by_email(address.email()).await {
                Ok(Some(_)) | Err(Error::Ambiguous { .. }) => return Whereabouts::There,
                Ok(None) => {}
                Err(_) => are_all = false,
            }
        }
        if let Some(slack) = places.slack {
            match slack.find_user_by_email(address.email()).await {
                Ok(Some(user)) if user.is_active => return Whereabouts::There,
                Ok(_) => {}
                Err(_) => are_all = false,
            }
        }
    }
    if are_all {
        Whereabouts::Nowhere
    } else {
        Whereabouts::Unknown
    }
}
