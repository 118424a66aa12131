//! A subscription as it is shown.

use super::desk::is_ours;
use access_core::id::PagerDutyName;
use pagerduty_client::{WebhookFilter, WebhookSubscription};
use serde::Serialize;
use url::Url;

/// One subscription, as `--json` shows it.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) pagerduty: String,
    pub(super) id: String,
    pub(super) state: State,
    /// Of others the host only: their addresses may hold their secrets.
    pub(super) url: Option<String>,
    pub(super) filter: String,
    pub(super) description: Option<String>,
    /// Whether it delivers to the receiver of this account.
    pub(super) ours: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Delivering,
    /// For a day, after three refusals.
    Disabled,
    /// Its owner switched it off.
    Off,
}

impl State {
    pub(crate) fn of(one: &WebhookSubscription) -> Self {
        match (one.is_active, one.delivery.is_temporarily_disabled) {
            (false, _) => Self::Off,
            (true, true) => Self::Disabled,
            (true, false) => Self::Delivering,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Delivering => "delivering",
            Self::Disabled => "disabled",
            Self::Off => "off",
        }
    }
}

impl Row {
    pub(super) fn of(name: &PagerDutyName, one: &WebhookSubscription) -> Self {
        let url = one.delivery.url.as_ref();
        let ours = is_ours(name, url);
        Self {
            pagerduty: name.to_string(),
            id: one.id.to_string(),
            state: State::of(one),
            url: url.map(|url| if ours { whole(url) } else { host(url) }),
            filter: filter(&one.filter),
            description: one.description.clone(),
            ours,
        }
    }
}

/// Without what may be secret in any URL: user, password and query.
pub(super) fn whole(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

pub(super) fn filter(filter: &WebhookFilter) -> String {
    match filter {
        WebhookFilter::Account => "account".to_owned(),
        WebhookFilter::Service(id) => format!("service {id}"),
        WebhookFilter::Team(id) => format!("team {id}"),
        WebhookFilter::Other(kind) => kind.clone(),
    }
}
