//! What can go wrong, told apart by what a caller does about it.

use std::time::Duration;

use crate::credential::TokenError;

/// A call that did not succeed. `method` is Slack's name of the call; `code` is Slack's own word
/// for the failure, kept for logs.
#[derive(Debug, thiserror::Error)]
pub enum SlackError {
    /// No token could be read; nothing was sent.
    #[error("`{method}` was not sent")]
    Credential {
        /// Slack's name of the call.
        method: &'static str,
        /// Why the secret store gave nothing.
        #[source]
        source: TokenError,
    },
    /// The token is wrong, expired, revoked or of a deactivated app, also after reading it again.
    #[error("slack does not accept the bot token for `{method}`: `{code}`")]
    InvalidAuth {
        /// Slack's name of the call.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
    /// The app must be installed again with one more scope.
    #[error("the slack app lacks the scope `{needed}` for `{method}`")]
    MissingScope {
        /// Slack's name of the call.
        method: &'static str,
        /// The scope, or several joined by commas, that would do.
        needed: String,
    },
    /// Too many calls. Nothing happened. Reported when the wait does not fit the deadline or tries ran out.
    #[error("slack allows `{method}` again in {} s", retry_after.as_secs())]
    RateLimited {
        /// Slack's name of the call.
        method: &'static str,
        /// How long Slack wants to be left alone.
        retry_after: Duration,
    },
    /// The user, group, channel or message named in the call does not exist.
    #[error("slack does not know what `{method}` names: `{code}`")]
    NotFound {
        /// Slack's name of the call.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
    /// A user group with this name or handle exists (perhaps disabled), or a channel owns the handle.
    #[error("the name or handle for `{method}` is taken: `{code}`")]
    NameTaken {
        /// Slack's name of the call.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
    /// Somebody in the list is unknown or deactivated. Slack does not say who, and the list as a
    /// whole was not taken: read the people again, leave out who left, write again.
    #[error("slack does not accept everybody in the list of `{method}`: `{code}`")]
    InvalidUsers {
        /// Slack's name of the call.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
    /// A user group cannot be emptied by writing an empty list; disable it instead.
    #[error("`{method}` needs at least one user")]
    NoUsersProvided {
        /// Slack's name of the call.
        method: &'static str,
    },
    /// The workspace's plan has no user groups.
    #[error("`{method}` needs a paid slack plan: `{code}`")]
    PlanRequired {
        /// Slack's name of the call.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
    /// The trigger or the response address is used up or too old: nothing happened, and this one will never work again.
    #[error("slack takes no `{method}` for this interaction any more: `{code}`")]
    Expired {
        /// Slack's name of the call.
        method: &'static str,
        /// Slack's error code.
        code: String,
    },
    /// Any other refusal: nothing happened, and repeating the same call will not help.
    #[error("slack refused `{method}`: `{code}`")]
    Refused {
        /// Slack's name of the call.
        method: &'static str,
        /// Slack's error code, or `http_` and the status.
        code: String,
    },
    /// No answer, or an answer that admits to not knowing. The call may have happened.
    #[error("no usable answer to `{method}`")]
    Unreachable {
        /// Slack's name of the call.
        method: &'static str,
        /// Transport error, time-out, or Slack's own server error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is not what Slack documents. A write may have happened.
    #[error("cannot read the answer to `{method}`")]
    Malformed {
        /// Slack's name of the call.
        method: &'static str,
        /// What did not fit.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl SlackError {
    /// Slack's name of the call that failed.
    #[must_use]
    pub fn method(&self) -> &'static str {
        match self {
            Self::Credential { method, .. }
            | Self::InvalidAuth { method, .. }
            | Self::MissingScope { method, .. }
            | Self::RateLimited { method, .. }
            | Self::NotFound { method, .. }
            | Self::NameTaken { method, .. }
            | Self::InvalidUsers { method, .. }
            | Self::NoUsersProvided { method }
            | Self::PlanRequired { method, .. }
            | Self::Expired { method, .. }
            | Self::Refused { method, .. }
            | Self::Unreachable { method, .. }
            | Self::Malformed { method, .. } => method,
        }
    }
}

/// Reads Slack's error code of an `ok: false` answer.
pub(crate) fn classify(method: &'static str, code: &str, needed: Option<&str>) -> SlackError {
    let code_text = code.to_owned();
    match code {
        "invalid_auth" | "not_authed" | "token_expired" | "token_revoked" | "account_inactive" => {
            SlackError::InvalidAuth {
                method,
                code: code_text,
            }
        }
        "missing_scope" => SlackError::MissingScope {
            method,
            needed: needed.unwrap_or("unknown").to_owned(),
        },
        "no_such_subteam" | "subteam_not_found" | "user_not_found" | "users_not_found"
        | "channel_not_found" | "message_not_found" | "not_found" => SlackError::NotFound {
            method,
            code: code_text,
        },
        "name_already_exists" | "handle_already_exists" => SlackError::NameTaken {
            method,
            code: code_text,
        },
        "invalid_users" | "failed_for_some_users" => SlackError::InvalidUsers {
            method,
            code: code_text,
        },
        "no_users_provided" => SlackError::NoUsersProvided { method },
        "plan_upgrade_required" | "paid_teams_only" => SlackError::PlanRequired {
            method,
            code: code_text,
        },
        "expired_trigger_id"
        | "exchanged_trigger_id"
        | "invalid_trigger_id"
        | "expired_url"
        | "used_url" => SlackError::Expired {
            method,
            code: code_text,
        },
        // Slack says of these that part of the work may have been done.
        "fatal_error" | "internal_error" | "service_unavailable" | "request_timeout" => {
            SlackError::Unreachable {
                method,
                source: format!("slack said `{code}`").into(),
            }
        }
        _ => SlackError::Refused {
            method,
            code: code_text,
        },
    }
}
