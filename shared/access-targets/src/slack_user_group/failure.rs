//! What a failed call to Slack means, in the domain's words.

use access_core::ports::TargetError;
use slack_client::SlackError;

/// Refusals that somebody with rights in the workspace has to lift.
const RIGHTS: [&str; 8] = [
    "access_denied",
    "ekm_access_denied",
    "no_permission",
    "not_allowed_token_type",
    "permission_denied",
    "restricted_action",
    "team_access_not_granted",
    "user_is_restricted",
];

/// Slack's own error codes are passed on; its texts are not.
pub(super) fn target_error(error: SlackError) -> TargetError {
    match error {
        SlackError::Credential { method, .. } => TargetError::Denied(format!(
            "`{method}` was not sent: the bot token cannot be read"
        )),
        SlackError::InvalidAuth { method, code } => TargetError::Denied(format!(
            "Slack does not accept the bot token for `{method}` (`{code}`): store the token of an installed app"
        )),
        SlackError::MissingScope { method, needed } => TargetError::Denied(format!(
            "`{method}` needs the scope `{needed}`: add it to the Slack app and install the app again"
        )),
        SlackError::RateLimited { retry_after, .. } => TargetError::Throttled {
            retry_after: Some(retry_after),
        },
        SlackError::NotFound { method, code } => {
            TargetError::NotFound(format!("`{method}` ended in `{code}`"))
        }
        SlackError::NameTaken { code, .. } => TargetError::Refused(format!(
            "Slack has a user group, channel or person of that name or handle, perhaps disabled (`{code}`): name the group by its id, or choose another name"
        )),
        SlackError::InvalidUsers { method, code } => TargetError::Refused(format!(
            "`{method}` ended in `{code}`, and Slack does not say for whom: look for guests and apps among the group's people"
        )),
        SlackError::NoUsersProvided { method } => {
            TargetError::Refused(format!("`{method}` cannot write an empty list"))
        }
        SlackError::PlanRequired { method, code } => TargetError::Refused(format!(
            "`{method}` ended in `{code}`: user groups need a paid Slack plan"
        )),
        SlackError::Refused { method, code } if RIGHTS.contains(&code.as_str()) => {
            TargetError::Denied(format!(
                "`{method}` ended in `{code}`: allow the app in the workspace's settings (Permissions, User Groups) to change user groups"
            ))
        }
        SlackError::Refused { method, code } | SlackError::Expired { method, code } => {
            TargetError::Refused(format!("`{method}` ended in `{code}`"))
        }
        SlackError::Unreachable { method, .. } => {
            TargetError::Unreachable(format!("no usable answer to `{method}`"))
        }
        SlackError::Malformed { method, .. } => {
            TargetError::Unreachable(format!("the answer to `{method}` cannot be read"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_is_said() {
        let method = "usergroups.users.update";
        let refused = |code: &str| SlackError::Refused {
            method,
            code: code.to_owned(),
        };
        let cases = [
            (
                SlackError::MissingScope {
                    method,
                    needed: "usergroups:write".into(),
                },
                "refuses the credentials",
                "usergroups:write",
            ),
            (
                refused("permission_denied"),
                "refuses the credentials",
                "settings",
            ),
            (refused("fatal"), "refuses the change", "fatal"),
            (
                SlackError::PlanRequired {
                    method,
                    code: "paid_teams_only".into(),
                },
                "refuses the change",
                "paid Slack plan",
            ),
            (
                SlackError::NameTaken {
                    method,
                    code: "name_already_exists".into(),
                },
                "refuses the change",
                "by its id",
            ),
        ];
        for (error, kind, remedy) in cases {
            let text = target_error(error).to_string();
            assert!(text.contains(kind) && text.contains(remedy), "{text}");
        }
    }
}
