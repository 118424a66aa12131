//! Changing who is in a group, where Slack only takes whole lists of people it likes.
//!
//! A list that names one deactivated person is refused as a whole, without saying who it is; such people hold no
//! access, so they are left out. No list can be empty: the last person goes by disabling the group.

use super::failure::target_error;
use super::{listing, people};
use crate::shared_read::SharedRead;
use access_core::id::AccountId;
use access_core::ports::{Outcome, TargetError};
use slack_client::{SlackClient, SlackError, SlackUserId, UserGroup, UserGroupId};
use std::collections::BTreeSet;

/// How often people are left out of one list: again only for those who were deactivated in between.
const REFUSALS_MAX: usize = 3;

type Users = BTreeSet<SlackUserId>;
type Outcomes = Vec<Result<Outcome, TargetError>>;

/// Changes of one group; whoever has this is the only one in this process.
pub(super) struct Writing<'a> {
    pub(super) client: &'a SlackClient,
    pub(super) group: &'a UserGroupId,
    pub(super) listing: &'a SharedRead<Vec<UserGroup>>,
}

/// A group as it is now.
struct State {
    is_enabled: bool,
    /// Nobody while it is disabled.
    members: Users,
}

/// A group after a write.
struct Written {
    members: Users,
    /// Whom Slack would not take.
    left_out: Users,
}

enum Failure {
    /// Slack does not take somebody who looks active.
    Unexplained(SlackError),
    Slack(SlackError),
    Target(TargetError),
}

impl From<Failure> for TargetError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unexplained(error) | Failure::Slack(error) => target_error(error),
            Failure::Target(error) => error,
        }
    }
}

impl Writing<'_> {
    /// Adds accounts in one list.
    pub(super) async fn add(&self, accounts: &[&AccountId]) -> Outcomes {
        let state = match self.state().await {
            Ok(state) => state,
            Err(error) => return vec![Err(error); accounts.len()],
        };
        let users: Vec<Option<SlackUserId>> = accounts.iter().map(|it| user_id(it)).collect();
        let new: Users = users
            .iter()
            .flatten()
            .filter(|user| !state.members.contains(*user))
            .cloned()
            .collect();
        let before = state.members.clone();
        let written = match self.write(&state, &before | &new).await {
            Err(Failure::Unexplained(_)) if new.len() > 1 => {
                return self.add_one_by_one(state, &users).await;
            }
            written => written.map_err(TargetError::from),
        };
        let outcome = |user: &Option<SlackUserId>| match (user, &written) {
            (None, _) => Err(no_user_id()),
            (Some(user), Ok(written)) => added(user, &before, written),
            (Some(user), Err(_)) if before.contains(user) => Ok(Outcome::AlreadySo),
            (Some(_), Err(error)) => Err(error.clone()),
        };
        users.iter().map(outcome).collect()
    }

    /// One list for each account, so that whoever Slack will not take keeps out nobody else.
    async fn add_one_by_one(&self, mut state: State, users: &[Option<SlackUserId>]) -> Outcomes {
        let mut outcomes = Vec::new();
        for user in users {
            let Some(user) = user else {
                outcomes.push(Err(no_user_id()));
                continue;
            };
            let mut wanted = state.members.clone();
            wanted.insert(user.clone());
            outcomes.push(match self.write(&state, wanted).await {
                Ok(written) => {
                    let outcome = added(user, &state.members, &written);
                    state.is_enabled = !written.members.is_empty();
                    state.members = written.members;
                    outcome
                }
                Err(failure) => Err(failure.into()),
            });
        }
        outcomes
    }

    /// Removes accounts in one list, or by disabling the group when nobody is left.
    pub(super) async fn remove(&self, accounts: &[&AccountId]) -> Outcomes {
        let state = match self.state().await {
            Ok(state) => state,
            Err(error) => return vec![Err(error); accounts.len()],
        };
        // What is no Slack user id is in no group.
        let users: Vec<Option<SlackUserId>> = accounts.iter().map(|it| user_id(it)).collect();
        let leaving: Users = users.iter().flatten().cloned().collect();
        let written = self.write(&state, &state.members - &leaving).await;
        let written = written.map_err(TargetError::from);
        let outcome = |user: &Option<SlackUserId>| match user {
            Some(user) if state.members.contains(user) => match &written {
                Ok(written) if written.members.contains(user) => Err(raced()),
                Ok(_) => Ok(Outcome::Applied),
                Err(error) => Err(error.clone()),
            },
            _ => Ok(Outcome::AlreadySo),
        };
        users.iter().map(outcome).collect()
    }

    async fn state(&self) -> Result<State, TargetError> {
        let groups = listing::read(self.listing, self.client).await?;
        let group = groups.iter().find(|group| group.id == *self.group);
        let group = group.ok_or_else(|| {
            TargetError::NotFound("the workspace has no user group of that id".into())
        })?;
        Ok(State {
            is_enabled: group.is_enabled,
            members: listing::members(self.client, group).await?,
        })
    }

    /// Makes the group hold exactly `wanted`, as far as Slack takes them, and says who is in it then.
    async fn write(&self, state: &State, wanted: Users) -> Result<Written, Failure> {
        if wanted == state.members {
            return Ok(Written {
                members: wanted,
                left_out: Users::new(),
            });
        }
        if state.is_enabled {
            self.write_enabled(state, wanted).await
        } else {
            self.write_disabled(wanted).await
        }
    }

    async fn write_enabled(&self, state: &State, wanted: Users) -> Result<Written, Failure> {
        let (list, left_out) = self.write_list(wanted).await?;
        let members = if list.taken.is_empty() {
            if !state.members.is_empty() {
                let disabled = self.client.disable_user_group(self.group).await;
                disabled.map_err(Failure::Slack)?;
            }
            list.taken
        } else if list.answered.as_ref() == Some(&list.taken) {
            list.taken
        } else {
            // Somebody else may have written in between: what the group holds counts, and is read once more.
            self.state().await.map_err(Failure::Target)?.members
        };
        Ok(Written { members, left_out })
    }

    /// The list first, so that enabling brings back nobody who was in the group when it was disabled. Slack does not
    /// say whether it takes the list of a disabled group; if not, the group is enabled first.
    async fn write_disabled(&self, wanted: Users) -> Result<Written, Failure> {
        let left_out = match self.write_list(wanted.clone()).await {
            Ok((list, left_out)) if list.taken.is_empty() => {
                return Ok(Written {
                    members: list.taken,
                    left_out,
                });
            }
            Ok((_, left_out)) => left_out,
            Err(Failure::Slack(SlackError::Refused { .. })) => Users::new(),
            Err(failure) => return Err(failure),
        };
        let enabled = self.client.enable_user_group(self.group).await;
        enabled.map_err(Failure::Slack)?;
        match self.settle(&wanted - &left_out).await {
            Ok(mut written) => {
                written.left_out.extend(left_out);
                Ok(written)
            }
            Err(failure) => {
                // Nobody is let in by a half-done change. The failure is what counts; if this fails too, the next
                // look shows who is back in the group.
                let _ = self.client.disable_user_group(self.group).await;
                Err(failure)
            }
        }
    }

    /// After enabling: whatever the group holds now, it is to hold `wanted`.
    async fn settle(&self, wanted: Users) -> Result<Written, Failure> {
        let state = self.state().await.map_err(Failure::Target)?;
        if state.members == wanted {
            return Ok(Written {
                members: wanted,
                left_out: Users::new(),
            });
        }
        self.write_enabled(&state, wanted).await
    }

    /// Writes a list without those whom Slack does not take. If nobody remains, nothing is written.
    async fn write_list(&self, mut wanted: Users) -> Result<(List, Users), Failure> {
        let mut left_out = Users::new();
        let mut refusals = 0;
        while !wanted.is_empty() {
            let error = match self.client.set_user_group_users(self.group, &wanted).await {
                Ok(group) => {
                    let list = List {
                        taken: wanted,
                        answered: group.users,
                    };
                    return Ok((list, left_out));
                }
                Err(error @ SlackError::InvalidUsers { .. }) => error,
                Err(error) => return Err(Failure::Slack(error)),
            };
            refusals += 1;
            let unusable = people::unusable(self.client, &wanted).await;
            let unusable = unusable.map_err(Failure::Slack)?;
            if unusable.is_empty() || refusals == REFUSALS_MAX {
                return Err(Failure::Unexplained(error));
            }
            wanted = &wanted - &unusable;
            left_out.extend(unusable);
        }
        let list = List {
            taken: wanted,
            answered: None,
        };
        Ok((list, left_out))
    }
}

/// A list that was written.
struct List {
    taken: Users,
    /// What Slack answered, if it said.
    answered: Option<Users>,
}

fn user_id(account: &AccountId) -> Option<SlackUserId> {
    account.as_str().parse().ok()
}

fn added(user: &SlackUserId, before: &Users, after: &Written) -> Result<Outcome, TargetError> {
    if after.left_out.contains(user) {
        return Err(TargetError::Refused(
            "the account is deactivated, or unknown to this workspace".into(),
        ));
    }
    match (after.members.contains(user), before.contains(user)) {
        (true, true) => Ok(Outcome::AlreadySo),
        (true, false) => Ok(Outcome::Applied),
        (false, _) => Err(raced()),
    }
}

fn raced() -> TargetError {
    TargetError::Unreachable("somebody else wrote the group's list at the same time".into())
}

fn no_user_id() -> TargetError {
    TargetError::Refused(
        "the account is no Slack user id (`U..` or `W..`): correct the account under [[person]]"
            .into(),
    )
}
