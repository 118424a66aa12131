//! Who did something, and in which workspace.

use crate::id::{AppId, EnterpriseId, SlackUserId, TeamId};

/// The person behind a request. Only what Slack's signature covers; names are left out, as people choose them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Who did it: the only statement of identity that can be trusted.
    pub user: SlackUserId,
    /// The workspace of that person, where Slack says it. In a channel shared between companies it is not `team`.
    pub user_team: Option<TeamId>,
    /// The workspace where it happened; absent for an app installed for a whole organisation.
    pub team: Option<TeamId>,
    /// The organisation of that workspace, on Enterprise Grid.
    pub enterprise: Option<EnterpriseId>,
    /// The app it was meant for.
    pub app: Option<AppId>,
}
