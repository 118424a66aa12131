//! What a warm process remembers of a workspace, so that people wait for fewer calls; only a saving.

use super::app::App;
use access_core::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use slack_client::SlackUserId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Somebody who leaves, or whose address changes, is known by it for no longer than this.
const HUMAN_KEPT: SignedDuration = SignedDuration::from_mins(10);
/// How long an address is known to be somebody's account, or nobody's.
const ACCOUNT_KEPT: SignedDuration = SignedDuration::from_mins(30);
/// Most people remembered, each way.
const PEOPLE_MAX: usize = 10_000;

/// What is remembered of one workspace.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// The reference of the bot token by which it was found out: another one may be of another workspace.
    token: Option<Arc<str>>,
    team: Option<String>,
    humans: BTreeMap<SlackUserId, (Timestamp, Human)>,
    accounts: BTreeMap<Principal, (Timestamp, Account)>,
}

/// A Slack user who is an active person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Human {
    /// By their address; `None`: Slack shows none that is one.
    pub(super) principal: Option<Principal>,
}

/// Somebody's account in the workspace, by their address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// `None`: there is no active one.
    pub(super) user: Option<SlackUserId>,
}

impl Memory {
    /// The workspace of the bot token.
    pub(super) fn team(&self, app: &App<'_>) -> Option<String> {
        self.of(app).team.clone()
    }

    pub(super) fn keep_team(&self, app: &App<'_>, team: String) {
        self.of(app).team = Some(team);
    }

    pub(super) fn human(&self, app: &App<'_>, now: Timestamp, user: &SlackUserId) -> Option<Human> {
        fresh(now, HUMAN_KEPT, self.of(app).humans.get(user)?)
    }

    pub(super) fn keep_human(
        &self,
        app: &App<'_>,
        now: Timestamp,
        user: &SlackUserId,
        human: &Human,
    ) {
        keep(&mut self.of(app).humans, user, (now, human.clone()));
    }

    pub(super) fn account(
        &self,
        app: &App<'_>,
        now: Timestamp,
        principal: &Principal,
    ) -> Option<Account> {
        fresh(now, ACCOUNT_KEPT, self.of(app).accounts.get(principal)?)
    }

    pub(super) fn keep_account(
        &self,
        app: &App<'_>,
        now: Timestamp,
        principal: &Principal,
        account: &Account,
    ) {
        keep(
            &mut self.of(app).accounts,
            principal,
            (now, account.clone()),
        );
    }

    /// Never held across an await.
    fn of(&self, app: &App<'_>) -> MutexGuard<'_, Remembered> {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = &app.slack.bot_token.reference;
        if remembered.token.as_ref() != Some(token) {
            *remembered = Remembered {
                token: Some(Arc::clone(token)),
                ..Remembered::default()
            };
        }
        remembered
    }
}

fn fresh<T: Clone>(now: Timestamp, kept: SignedDuration, known: &(Timestamp, T)) -> Option<T> {
    let (at, what) = known;
    (now.duration_since(*at) < kept).then(|| what.clone())
}

fn keep<K: Ord + Clone, V>(known: &mut BTreeMap<K, V>, key: &K, value: V) {
    if known.len() >= PEOPLE_MAX {
        known.clear();
    }
    known.insert(key.clone(), value);
}
