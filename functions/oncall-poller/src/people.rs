//! Looking up who works on incidents: everybody by themselves, so that one who takes long keeps no other out.

use crate::deps::AccountSource;
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::ports::{PeopleRead, ReadError};
use futures::future::join_all;
use futures::stream::{self, StreamExt};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// One person, repeats included.
const LOOK_UP_MAX: Duration = Duration::from_secs(4);

/// People of one account who are looked up side by side.
const LOOK_UPS_AT_ONCE: usize = 8;

/// Asks every account about its strangers, side by side, until `until`. Whoever was not found by then is among those who
/// could not be looked up.
pub(crate) async fn look_up(
    until: Instant,
    sources: &BTreeMap<PagerDutyName, Arc<dyn AccountSource>>,
    strangers: BTreeMap<PagerDutyName, BTreeSet<PagerDutyUserId>>,
) -> BTreeMap<PagerDutyName, PeopleRead> {
    let accounts = strangers.into_iter().filter_map(|(name, users)| {
        let source = sources.get(&name)?;
        Some((name, Arc::clone(source), users))
    });
    let looks = accounts.map(|(name, source, users)| async move {
        let read = one_by_one(until, &source, users).await;
        (name, read)
    });
    join_all(looks).await.into_iter().collect()
}

async fn one_by_one(
    until: Instant,
    source: &Arc<dyn AccountSource>,
    users: BTreeSet<PagerDutyUserId>,
) -> PeopleRead {
    let looks = users.into_iter().map(|user| {
        let source = Arc::clone(source);
        async move { one(until, source.as_ref(), user).await }
    });
    // Collected first: a stream that still holds the closure is not `Send` for every lifetime.
    let looks: Vec<_> = looks.collect();
    let mut looks = stream::iter(looks).buffer_unordered(LOOK_UPS_AT_ONCE);
    let mut people = PeopleRead::default();
    while let Some(PeopleRead { found, failed }) = looks.next().await {
        people.found.extend(found);
        people.failed.extend(failed);
    }
    people
}

async fn one(until: Instant, source: &dyn AccountSource, user: PagerDutyUserId) -> PeopleRead {
    let asked = BTreeSet::from([user]);
    let ends = until.min(Instant::now() + LOOK_UP_MAX);
    let read = timeout_at(ends, source.people(&asked)).await;
    read.unwrap_or_else(|_| {
        let late = ReadError::Unavailable("no answer in time".to_owned());
        PeopleRead {
            found: BTreeMap::new(),
            failed: asked.into_iter().map(|user| (user, late.clone())).collect(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::facts::{PagerDutyFacts, Person};
    use access_core::id::IncidentId;
    use access_core::incident::{IncidentRead, WantedIncidents};
    use access_core::ports::{Ask, IncidentSource, RotaSource};
    use async_trait::async_trait;
    use jiff::Timestamp;

    /// Knows everybody, but never answers about these.
    struct Slow(BTreeSet<PagerDutyUserId>);

    #[async_trait]
    impl RotaSource for Slow {
        async fn read(
            &self,
            _: Timestamp,
            _: &Ask,
            _: Option<&PagerDutyFacts>,
        ) -> Result<PagerDutyFacts, ReadError> {
            Err(ReadError::Unavailable("nobody asks".to_owned()))
        }
    }

    #[async_trait]
    impl IncidentSource for Slow {
        async fn open_incidents(
            &self,
            _: Timestamp,
            _: &WantedIncidents,
            _: &BTreeSet<IncidentId>,
        ) -> Result<IncidentRead, ReadError> {
            Err(ReadError::Unavailable("nobody asks".to_owned()))
        }

        async fn people(&self, users: &BTreeSet<PagerDutyUserId>) -> PeopleRead {
            if !self.0.is_disjoint(users) {
                std::future::pending::<()>().await;
            }
            let person = |user: &PagerDutyUserId| Person {
                name: user.to_string(),
                email: None,
            };
            let found = users.iter().map(|user| (user.clone(), person(user)));
            PeopleRead {
                found: found.collect(),
                failed: BTreeMap::new(),
            }
        }
    }

    fn users(numbers: std::ops::Range<usize>) -> BTreeSet<PagerDutyUserId> {
        let user = |number| PagerDutyUserId::new(format!("PUSER{number:02}")).unwrap();
        numbers.map(user).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn people_who_take_long_keep_no_other_out() {
        let accounts = [("acme", 0..3), ("hangs", 0..20), ("well", 0..0)];
        let name = |name: &str| PagerDutyName::new(name).unwrap();
        let sources = accounts.clone().map(|(account, slow)| {
            let source: Arc<dyn AccountSource> = Arc::new(Slow(users(slow)));
            (name(account), source)
        });
        let strangers = accounts.map(|(account, _)| (name(account), users(0..20)));
        let began = Instant::now();
        let until = began + Duration::from_secs(10);
        let read = look_up(until, &sources.into(), strangers.into()).await;
        assert!(began.elapsed() <= Duration::from_secs(11));
        for (account, failed) in [("acme", 0..3), ("hangs", 0..20), ("well", 0..0)] {
            let read = &read[&name(account)];
            let late: BTreeSet<_> = read.failed.keys().cloned().collect();
            assert_eq!(late, users(failed), "{account}");
            assert_eq!(read.found.len() + late.len(), 20, "{account}");
        }
    }
}
