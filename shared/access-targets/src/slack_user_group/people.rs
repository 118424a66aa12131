//! From an e-mail address to a member of the workspace, and whom Slack takes into a user group.

use super::failure::target_error;
use super::listing::account_id;
use access_core::matching::{AccountMatch, Unmatched};
use access_core::ports::TargetError;
use access_core::principal::Principal;
use futures::{StreamExt, TryStreamExt, stream};
use slack_client::{SlackClient, SlackError, SlackUserId, User};
use std::collections::{BTreeMap, BTreeSet};

/// People looked up one by one: Slack allows fifty look-ups a minute. For more, everybody is listed, two hundred at
/// a time.
const LOOKUPS_MAX: usize = 40;

/// Look-ups side by side; a minute's allowance is gone in seconds as it is.
const AT_ONCE: usize = 4;

pub(super) async fn find(
    reader: &SlackClient,
    principals: &BTreeSet<Principal>,
) -> Result<BTreeMap<Principal, AccountMatch>, TargetError> {
    if principals.len() > LOOKUPS_MAX {
        return find_in_list(reader, principals).await;
    }
    let found = principals.iter().cloned().map(|principal| async move {
        let account = look_up(reader, &principal).await?;
        Ok((principal, account))
    });
    stream::iter(found)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Slack finds no deactivated people by address, so they are told from strangers only in the list of everybody.
async fn look_up(reader: &SlackClient, principal: &Principal) -> Result<AccountMatch, TargetError> {
    let user = reader.find_user_by_email(principal.email()).await;
    let Some(user) = user.map_err(target_error)? else {
        return choose(&[]);
    };
    if user.email.is_none() {
        return Err(addresses_hidden());
    }
    if goes_by(&user, principal) {
        choose(&[&user])
    } else {
        choose(&[])
    }
}

async fn find_in_list(
    reader: &SlackClient,
    principals: &BTreeSet<Principal>,
) -> Result<BTreeMap<Principal, AccountMatch>, TargetError> {
    let users = reader.users().await.map_err(target_error)?;
    // Without the scope Slack leaves addresses out and does not complain.
    if users.iter().all(|user| user.email.is_none()) {
        return Err(addresses_hidden());
    }
    let mut by_address: BTreeMap<String, Vec<&User>> = BTreeMap::new();
    for user in &users {
        if let Some(email) = &user.email {
            let entry = by_address.entry(email.trim().to_lowercase()).or_default();
            entry.push(user);
        }
    }
    let nobody = Vec::new();
    let choices = principals.iter().map(|principal| {
        let users = by_address.get(principal.email()).unwrap_or(&nobody);
        Ok((principal.clone(), choose(users)?))
    });
    choices.collect()
}

/// Which of the users with one address it is: never the first of several.
fn choose(users: &[&User]) -> Result<AccountMatch, TargetError> {
    let active: Vec<&&User> = users.iter().filter(|user| user.is_active).collect();
    let reason = match (active.as_slice(), users) {
        ([user], _) => {
            let account = account_id(&user.id)?;
            return Ok(AccountMatch::Found { account });
        }
        ([], []) => Unmatched::NoAccount,
        ([], _) => Unmatched::Inactive,
        _ => Unmatched::Ambiguous,
    };
    Ok(AccountMatch::Unmatched { reason })
}

fn goes_by(user: &User, principal: &Principal) -> bool {
    let email = user.email.as_deref().unwrap_or_default();
    email.trim().to_lowercase() == principal.email()
}

fn addresses_hidden() -> TargetError {
    TargetError::Denied(
        "Slack shows no e-mail addresses: add the scope `users:read.email` to the app and install the app again".into(),
    )
}

/// Those among `users` whom Slack takes into no list: unknown to this workspace, or deactivated.
///
/// # Errors
/// Any failed look: somebody who cannot be looked at is not taken for gone.
pub(super) async fn unusable(
    reader: &SlackClient,
    users: &BTreeSet<SlackUserId>,
) -> Result<BTreeSet<SlackUserId>, SlackError> {
    if users.len() > LOOKUPS_MAX {
        let everybody = reader.users().await?;
        let active: BTreeSet<&SlackUserId> = everybody
            .iter()
            .filter(|user| user.is_active)
            .map(|user| &user.id)
            .collect();
        return Ok(users
            .iter()
            .filter(|user| !active.contains(user))
            .cloned()
            .collect());
    }
    let looks = users.iter().cloned().map(|id| async move {
        let usable = match reader.user(&id).await {
            Ok(user) => user.is_active,
            Err(SlackError::NotFound { .. }) => false,
            Err(SlackError::Refused { code, .. }) if code == "user_not_visible" => false,
            Err(error) => return Err(error),
        };
        Ok((!usable).then_some(id))
    });
    let unusable: Vec<Option<SlackUserId>> = stream::iter(looks)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(unusable.into_iter().flatten().collect())
}
