//! Who a Slack user is to us, and which Slack user somebody of ours is.

use super::app::App;
use super::memory::{Account, Human};
use crate::deps::Deps;
use access_core::principal::Principal;
use jiff::Timestamp;
use slack_client::block_kit::Mrkdwn;
use slack_client::{SlackError, SlackUserId};
use std::collections::{BTreeMap, BTreeSet};
use tracing::warn;

/// Most people looked up for one message: Slack allows fifty look-ups a minute.
const LOOK_UPS_MAX: usize = 20;
/// Most people named in one line; the others are counted.
const NAMED_MAX: usize = 10;

/// Why a Slack user is nobody here. The texts are for that person.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stranger {
    #[error("Your Slack account is deactivated, so nothing was done.")]
    Deactivated,
    #[error("Apps and bots cannot ask for access or decide.")]
    Bot,
    #[error(
        "Slack shows no e-mail address of yours, so nobody can tell who you are. Ask your Rotakey administrator to name your Slack account under [[person]]."
    )]
    NoAddress,
    #[error(
        "The configuration says that the person with your e-mail address has another Slack account. Use that one, or ask your Rotakey administrator."
    )]
    OtherAccount,
    #[error(
        "Slack does not say who you are right now, so nothing was done. Try again in a moment."
    )]
    Unread(#[source] SlackError),
}

impl Stranger {
    /// A fixed word per kind, for the log.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Deactivated => "deactivated",
            Self::Bot => "bot",
            Self::NoAddress => "no-address",
            Self::OtherAccount => "other-account",
            Self::Unread(_) => "unread",
        }
    }
}

/// Who a user of the workspace is: whoever the configuration says has this account, or else the person with their address,
/// by whichever of a person's addresses.
///
/// Only the id is believed, which Slack signed; the address is Slack's own word, asked for and kept for some minutes.
pub(super) async fn principal(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    user: &SlackUserId,
) -> Result<Principal, Stranger> {
    let human = if let Some(human) = deps.slack.human(app, now, user) {
        human
    } else {
        let human = ask(app, user).await?;
        deps.slack.keep_human(app, now, user, &human);
        human
    };
    if let Some(owner) = app.owner(user.as_str()) {
        return Ok(owner.clone());
    }
    let principal = human.principal.ok_or(Stranger::NoAddress)?;
    // Remembered as Slack says it: whose an address is may change with the configuration.
    let principal = app.config.people.canonical(&principal);
    // It is not this account, or its owner had been found.
    if app.alias(&principal).is_some() {
        return Err(Stranger::OtherAccount);
    }
    Ok(principal)
}

async fn ask(app: &App<'_>, user: &SlackUserId) -> Result<Human, Stranger> {
    let user = app.client.user(user).await.map_err(|error| {
        warn!(%error, "a Slack user cannot be looked up: {error}");
        Stranger::Unread(error)
    })?;
    if !user.is_active {
        return Err(Stranger::Deactivated);
    }
    if user.is_bot {
        return Err(Stranger::Bot);
    }
    let principal = user.email.and_then(|email| Principal::new(email).ok());
    Ok(Human { principal })
}

/// The active account of somebody in the workspace; `None`: there is none.
pub(super) async fn look_up(
    deps: &Deps,
    now: Timestamp,
    app: &App<'_>,
    principal: &Principal,
) -> Result<Option<SlackUserId>, SlackError> {
    if let Some(alias) = app.alias(principal) {
        return Ok(alias.as_str().parse().ok());
    }
    if let Some(known) = deps.slack.account(app, now, principal) {
        return Ok(known.user);
    }
    let mut account = Account { user: None };
    for address in app.config.people.all_of(principal) {
        let found = app.client.find_user_by_email(address.email()).await?;
        let found = found.filter(|user| user.is_active && !user.is_bot);
        account.user = found.map(|user| user.id);
        if account.user.is_some() {
            break;
        }
    }
    deps.slack.keep_account(app, now, principal, &account);
    Ok(account.user)
}

/// How people are named in messages: by a mention where their account is known, else by their address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names(BTreeMap<Principal, SlackUserId>);

impl Names {
    /// Looks some people up, the first twenty of them. Who cannot be found is named by their address.
    pub(super) async fn of(
        deps: &Deps,
        now: Timestamp,
        app: &App<'_>,
        people: &BTreeSet<Principal>,
    ) -> Self {
        let mut names = BTreeMap::new();
        for principal in people.iter().take(LOOK_UPS_MAX) {
            match look_up(deps, now, app, principal).await {
                Ok(Some(user)) => {
                    names.insert(principal.clone(), user);
                }
                Ok(None) => {}
                Err(error) => {
                    // A name is not worth waiting for another refusal.
                    warn!(%error, "people are named by their addresses: {error}");
                    break;
                }
            }
        }
        Self(names)
    }

    /// One person.
    pub(super) fn who(&self, principal: &Principal) -> Mrkdwn {
        match self.0.get(principal) {
            Some(user) => Mrkdwn::new().user(user),
            None => Mrkdwn::new().text(principal.email()),
        }
    }

    /// Several people, the first ten by name.
    pub(super) fn all<'p>(&self, people: impl IntoIterator<Item = &'p Principal>) -> Mrkdwn {
        let mut line = Mrkdwn::new();
        let mut left = 0_usize;
        for (place, principal) in people.into_iter().enumerate() {
            if place >= NAMED_MAX {
                left += 1;
                continue;
            }
            if place > 0 {
                line = line.text(", ");
            }
            line = line.and(self.who(principal));
        }
        if left > 0 {
            line = line.text(&format!(" and {left} more"));
        }
        line
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Names {
    /// From addresses and Slack ids.
    fn from(names: [(&str, &str); N]) -> Self {
        let known = names.map(|(email, user)| {
            let principal = Principal::new(email).unwrap();
            (principal, user.parse().unwrap())
        });
        Self(known.into_iter().collect())
    }
}
