//! The people of shifts whom the rows do not give with an address: lent, or looked up.

use crate::error::{describe, read_error};
use crate::ids::ours;
use crate::lookup::{find, person};
use crate::read::{AT_ONCE, Draft, Reader};
use crate::turn::turn;
use access_core::facts::{Person, PolicyFacts, Reading, ScheduleFacts};
use access_core::id::PagerDutyUserId;
use access_core::ports::ReadError;
use futures::stream::{self, StreamExt};
use pagerduty_client::{Error, User, UserQuery};
use std::collections::{BTreeMap, BTreeSet};

/// Up to so many unknown people are looked up one by one in any account.
const LOOK_UPS_MIN: usize = 5;

/// For one in so many people on call, a look-up takes no more calls than listing all users, a hundred a call, in an
/// account that has five times as many people as are on call at a time.
const LOOK_UPS_SHARE: usize = 20;

type People = BTreeMap<PagerDutyUserId, Person>;

impl Reader<'_> {
    /// Everybody who appears in a shift. `known` comes from the rows. Who is lent is not looked up, but for one at every
    /// read in turn, so that a changed address is seen after as many minutes as there are such people. A schedule or
    /// policy with somebody whose look-up fails becomes [`Reading::Failed`].
    pub(crate) async fn settle_people(
        &self,
        mut known: People,
        draft: &mut Draft,
    ) -> Result<People, ReadError> {
        let users = draft.users(|reading| *reading == Reading::Complete);
        let missing = users.into_iter().filter(|user| !known.contains_key(user));
        let (lent, wanted): (Vec<_>, Vec<_>) = missing.partition(|user| self.is_lent(user));
        let mut wanted: BTreeSet<_> = wanted.into_iter().collect();
        if wanted.len() > LOOK_UPS_MIN.max(known.len() / LOOK_UPS_SHARE) {
            self.list_users(&mut known).await?;
            wanted.retain(|user| !known.contains_key(user));
        }
        wanted.extend(lent.get(turn(self.now, lent.len())).cloned());
        wanted.retain(|user| !known.contains_key(user));
        let failed = self.look_up(wanted, &mut known).await;
        self.fail(draft, &failed);
        let users = draft.users(|_| true).into_iter();
        let people = users.map(|user| {
            let person = known.remove(&user);
            let person = person.or_else(|| self.lent.person(&user).cloned());
            let person = person.unwrap_or_else(|| self.person(&user, None));
            (user, person)
        });
        Ok(people.collect())
    }

    fn is_lent(&self, user: &PagerDutyUserId) -> bool {
        let person = self.lent.person(user);
        person.is_some_and(|person| person.email.is_some())
    }

    async fn list_users(&self, known: &mut People) -> Result<(), ReadError> {
        let users = match self.client.users(&UserQuery::default()).await {
            Ok(users) => users,
            // The account has more than PagerDuty lists: each is looked up.
            Err(Error::TooManyRows { .. }) => return Ok(()),
            Err(error) => return Err(read_error(&error)),
        };
        for user in users {
            let id: PagerDutyUserId = ours(&user.id)?;
            // Rows are as fresh as the list, so either will do.
            let person = self.person(&id, Some(&user));
            known.insert(id, person);
        }
        Ok(())
    }

    /// Looks people up; answers why whose look-up failed. Who is lent stays as lent then.
    async fn look_up(
        &self,
        wanted: BTreeSet<PagerDutyUserId>,
        known: &mut People,
    ) -> BTreeMap<PagerDutyUserId, String> {
        let reads = wanted.into_iter().map(|id| async move {
            let answer = self.user(&id).await;
            (id, answer)
        });
        let reads: Vec<_> = stream::iter(reads)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut failed = BTreeMap::new();
        for (id, answer) in reads {
            match answer {
                Ok(person) => {
                    known.insert(id, person);
                }
                Err(error) if self.is_lent(&id) => {
                    tracing::debug!(pagerduty_user.id = %id, error = error.kind(), "user {id} stays as known");
                }
                Err(error) => {
                    tracing::warn!(pagerduty_user.id = %id, error = error.kind(), "user {id} could not be looked up");
                    failed.insert(id, describe(&error));
                }
            }
        }
        failed
    }

    async fn user(&self, id: &PagerDutyUserId) -> Result<Person, Error> {
        let user = find(self.client, id).await?;
        Ok(self.person(id, user.as_ref()))
    }

    fn person(&self, id: &PagerDutyUserId, user: Option<&User>) -> Person {
        person(id, user, self.lent.person(id))
    }

    fn fail(&self, draft: &mut Draft, failed: &BTreeMap<PagerDutyUserId, String>) {
        if failed.is_empty() {
            return;
        }
        for (id, facts) in &mut draft.schedules {
            if let Some(reason) = first_reason(&facts.reading, users_of(facts), failed) {
                *facts = self.lent.failed_schedule(id, Some(&facts.name), reason);
            }
        }
        for (id, facts) in &mut draft.policies {
            if let Some(reason) = first_reason(&facts.reading, users_of_policy(facts), failed) {
                *facts = self.lent.failed_policy(id, Some(&facts.name), reason);
            }
        }
    }
}

impl Draft {
    /// Everybody in shifts of schedules and policies whose reading is as wanted.
    fn users(&self, is_wanted: impl Fn(&Reading) -> bool) -> BTreeSet<PagerDutyUserId> {
        let schedules = self.schedules.values();
        let schedules = schedules.filter(|facts| is_wanted(&facts.reading));
        let policies = self.policies.values();
        let policies = policies.filter(|facts| is_wanted(&facts.reading));
        let users = schedules.flat_map(users_of);
        users
            .chain(policies.flat_map(users_of_policy))
            .cloned()
            .collect()
    }
}

fn users_of(facts: &ScheduleFacts) -> impl Iterator<Item = &PagerDutyUserId> {
    facts.shifts.iter().map(|shift| &shift.user)
}

fn users_of_policy(facts: &PolicyFacts) -> impl Iterator<Item = &PagerDutyUserId> {
    facts.shifts.iter().map(|place| &place.shift.user)
}

fn first_reason<'u>(
    reading: &Reading,
    mut users: impl Iterator<Item = &'u PagerDutyUserId>,
    failed: &BTreeMap<PagerDutyUserId, String>,
) -> Option<String> {
    if *reading != Reading::Complete {
        return None;
    }
    users.find_map(|user| failed.get(user)).cloned()
}
