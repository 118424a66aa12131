//! What a Slack bot token opens: Slack says it with every answer.

use slack_client::{SlackClient, SlackError};
use std::collections::BTreeSet;

/// What the chat-ops app asks of Slack: dialogs and cards, direct messages, and who a person is.
pub(crate) const CHAT_SCOPES: [&str; 5] = [
    "chat:write",
    "commands",
    "im:write",
    "users:read",
    "users:read.email",
];

/// What a target with user groups asks of Slack.
pub(crate) const USER_GROUP_SCOPES: [&str; 4] = [
    "usergroups:read",
    "usergroups:write",
    "users:read",
    "users:read.email",
];

/// Whom a bot token speaks for, and what it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SlackSeen {
    /// The workspace's id, `T..`.
    pub(crate) team_id: String,
    /// The workspace's name.
    pub(crate) team: String,
    /// Wanted and not granted; `None`: Slack did not say what is granted.
    pub(crate) missing: Option<BTreeSet<&'static str>>,
}

/// Asks Slack about the token that `client` uses. Needs no scope.
///
/// # Errors
/// When the token does not hold, or Slack does not answer.
pub(crate) async fn slack(
    client: &SlackClient,
    wanted: &BTreeSet<&'static str>,
) -> Result<SlackSeen, SlackError> {
    let found = client.auth_test().await?;
    let missing = lacking(wanted, &found.scopes);
    Ok(SlackSeen {
        team_id: found.team_id,
        team: found.team,
        missing,
    })
}

fn lacking(
    wanted: &BTreeSet<&'static str>,
    granted: &BTreeSet<String>,
) -> Option<BTreeSet<&'static str>> {
    // A token without any scope opens nothing, so an empty list is none that was given.
    if granted.is_empty() {
        return None;
    }
    let lacking = wanted.iter().filter(|scope| !granted.contains(**scope));
    Some(lacking.copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_granted_beyond_the_wanted_scopes_does_not_matter() {
        let wanted = BTreeSet::from(["chat:write", "commands"]);
        for (case, granted, expected) in [
            (
                "all",
                &["chat:write", "commands", "team:read"][..],
                Some(&[][..]),
            ),
            ("one of them", &["commands"], Some(&["chat:write"])),
            ("unsaid", &[], None),
        ] {
            let granted = granted.iter().map(|scope| (*scope).to_owned()).collect();
            let expected = expected.map(|scopes| scopes.iter().copied().collect());
            assert_eq!(lacking(&wanted, &granted), expected, "{case}");
        }
    }
}
