//! Slack user groups: whoever is in one is reached by its `@handle`.
//!
//! <https://docs.slack.dev/reference/methods/usergroups.users.update>

mod failure;
mod listing;
mod people;
mod write;

use crate::shared_read::SharedRead;
use access_core::id::{EntitlementName, TargetGroupId};
use access_core::matching::AccountMatch;
use access_core::plan::{Action, Observed};
use access_core::ports::{Outcome, Step, Target, TargetError};
use access_core::principal::Principal;
use async_trait::async_trait;
use failure::target_error;
use slack_client::{NewUserGroup, SlackClient, UserGroup, UserGroupId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tracing::debug;
use write::Writing;

/// For one look at groups or people, waits that Slack asks for included.
const READ_TIME_MAX: Duration = Duration::from_secs(30);

/// For the changes of one group: a sweep keeps fifteen seconds free at the end of its lease.
const WRITE_TIME_MAX: Duration = Duration::from_secs(12);

/// What a group made here says of itself in Slack.
const DESCRIPTION: &str = "Whoever is on call. Managed by Rotakey.";

/// The user groups of one workspace as a target. An entitlement is a group's handle, name or id.
#[derive(Debug)]
pub struct SlackUserGroup {
    client: SlackClient,
    read_time_max: Duration,
    write_time_max: Duration,
    listing: SharedRead<Vec<UserGroup>>,
    /// One writer per group: Slack takes whole lists, so two would undo one another's change.
    writers: Mutex<BTreeMap<UserGroupId, Arc<tokio::sync::Mutex<()>>>>,
}

impl SlackUserGroup {
    /// The user groups that `client` can see. One for each workspace: only changes made through the same value wait
    /// for one another.
    #[must_use]
    pub fn new(client: SlackClient) -> Self {
        Self {
            client,
            read_time_max: READ_TIME_MAX,
            write_time_max: WRITE_TIME_MAX,
            listing: SharedRead::new(),
            writers: Mutex::default(),
        }
    }

    /// How long a look, or the changes of one group, may take with all waits; 30 and 12 seconds by default.
    #[must_use]
    pub fn with_time_max(mut self, time_max: Duration) -> Self {
        self.read_time_max = time_max;
        self.write_time_max = time_max;
        self
    }

    fn reader(&self) -> SlackClient {
        self.client
            .with_deadline(Instant::now() + self.read_time_max)
    }

    /// A client for one change that begins now.
    fn writer(&self) -> SlackClient {
        self.client
            .with_deadline(Instant::now() + self.write_time_max)
    }

    fn writers_of(&self, group: &UserGroupId) -> Arc<tokio::sync::Mutex<()>> {
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(writers.entry(group.clone()).or_default())
    }
}

#[async_trait]
impl Target for SlackUserGroup {
    async fn find_accounts(
        &self,
        principals: &BTreeSet<Principal>,
    ) -> Result<BTreeMap<Principal, AccountMatch>, TargetError> {
        people::find(&self.reader(), principals).await
    }

    async fn observe(
        &self,
        entitlement: &EntitlementName,
    ) -> Result<Option<Observed>, TargetError> {
        let reader = self.reader();
        let groups = listing::read(&self.listing, &reader).await?;
        match listing::find(&groups, entitlement.as_str())? {
            None => Ok(None),
            Some(group) => listing::observed(&reader, group).await.map(Some),
        }
    }

    async fn create(&self, entitlement: &EntitlementName) -> Result<TargetGroupId, TargetError> {
        let group = new_group(entitlement.as_str())?;
        let made = self.writer().create_user_group(&group).await;
        let made = made.map_err(target_error)?;
        listing::group_id(&made)
    }

    async fn apply(
        &self,
        group: &TargetGroupId,
        steps: &[Step],
    ) -> Vec<Result<Outcome, TargetError>> {
        let Ok(id) = group.as_str().parse::<UserGroupId>() else {
            let error = TargetError::NotFound("the group's id is no Slack user group id".into());
            return vec![Err(error); steps.len()];
        };
        let lock = self.writers_of(&id);
        let _only_writer = lock.lock().await;
        let writer = self.writer();
        let writing = Writing {
            client: &writer,
            group: &id,
            listing: &self.listing,
        };
        let mut outcomes = BTreeMap::new();
        for action in [Action::Add, Action::Remove] {
            let steps = steps.iter().enumerate();
            let steps = steps.filter(|(_, step)| step.action == action);
            let places: Vec<_> = steps.map(|(place, step)| (place, &step.account)).collect();
            if places.is_empty() {
                continue;
            }
            let accounts: Vec<_> = places.iter().map(|(_, account)| *account).collect();
            let results = match action {
                Action::Add => writing.add(&accounts).await,
                Action::Remove => writing.remove(&accounts).await,
            };
            for ((place, account), outcome) in places.into_iter().zip(results) {
                debug!(group.id = %group, account.id = %account, action = ?action, outcome = ?outcome, "{action:?} of {account} in {group}");
                outcomes.insert(place, outcome);
            }
        }
        outcomes.into_values().collect()
    }
}

/// The entitlement's text as the name, and as a handle in the letters that Slack allows.
fn new_group(text: &str) -> Result<NewUserGroup, TargetError> {
    let name = text.trim_start_matches('@').trim();
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let handle: String = name
        .to_lowercase()
        .chars()
        .map(|c| if allowed(c) { c } else { '-' })
        .collect();
    let handle = handle.trim_matches('-');
    if handle.is_empty() {
        return Err(TargetError::Refused(
            "no handle can be made of the entitlement's name: it needs a letter or digit".into(),
        ));
    }
    if is_group_id(name) {
        return Err(TargetError::Refused(
            "a group cannot be created by its id: write a handle in the entitlement".into(),
        ));
    }
    Ok(NewUserGroup {
        name: name.to_owned(),
        handle: handle.to_owned(),
        description: DESCRIPTION.to_owned(),
    })
}

/// Whether a text is an id rather than a name in capitals: `SRE` would be a valid id, but Slack's have nine
/// characters and more.
fn is_group_id(text: &str) -> bool {
    text.len() >= 9
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.parse::<UserGroupId>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_made_of_the_name() {
        let cases = [
            (
                "payments-oncall",
                Ok(("payments-oncall", "payments-oncall")),
            ),
            (
                "@payments-oncall",
                Ok(("payments-oncall", "payments-oncall")),
            ),
            (
                "Payments On Call",
                Ok(("Payments On Call", "payments-on-call")),
            ),
            ("SRE", Ok(("SRE", "sre"))),
            (
                "Zahlungen: Bereitschaft",
                Ok(("Zahlungen: Bereitschaft", "zahlungen--bereitschaft")),
            ),
            ("!!!", Err(())),
            ("S0616NG6M", Err(())),
        ];
        for (text, expected) in cases {
            let got = new_group(text).map_err(|_| ());
            let expected = expected.map(|(name, handle)| NewUserGroup {
                name: name.to_owned(),
                handle: handle.to_owned(),
                description: DESCRIPTION.to_owned(),
            });
            assert_eq!(got, expected, "{text}");
        }
    }
}
