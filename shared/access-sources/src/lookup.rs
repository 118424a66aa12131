//! People who are known by nothing but their ids: those of shifts, and those who work on incidents.

use crate::error::read_error;
use crate::ids::theirs;
use crate::lent::first_name;
use crate::read::AT_ONCE;
use access_core::facts::Person;
use access_core::id::PagerDutyUserId;
use access_core::ports::PeopleRead;
use access_core::principal::Principal;
use futures::stream::{self, StreamExt};
use pagerduty_client::{Client, Error, User};
use std::collections::BTreeSet;

/// Who these users are; whoever PagerDuty does not know has no address. Each is asked for by itself.
pub(crate) async fn by_id(client: &Client, users: &BTreeSet<PagerDutyUserId>) -> PeopleRead {
    let reads = users.clone().into_iter().map(|id| async move {
        let user = find(client, &id).await;
        (id, user)
    });
    let reads: Vec<_> = stream::iter(reads)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut people = PeopleRead::default();
    for (id, user) in reads {
        match user {
            Ok(user) => {
                let person = person(&id, user.as_ref(), None);
                people.found.insert(id, person);
            }
            Err(error) => {
                people.failed.insert(id, read_error(&error));
            }
        }
    }
    people
}

/// The user, or `None` if PagerDuty knows none. That somebody is gone contradicts the schedule or the incident that names
/// them, so PagerDuty must say it twice.
pub(crate) async fn find(client: &Client, id: &PagerDutyUserId) -> Result<Option<User>, Error> {
    let Some(asked) = theirs(id) else {
        return Ok(None);
    };
    let answer = match client.user(&asked).await {
        Err(Error::NotFound { .. }) => client.user(&asked).await,
        answer => answer,
    };
    match answer {
        Ok(user) => Ok(Some(user)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A user as the domain sees them, under the name known before where PagerDuty gives none.
pub(crate) fn person(id: &PagerDutyUserId, user: Option<&User>, before: Option<&Person>) -> Person {
    let name = user.map(|user| user.name.as_str());
    let before = before.map(|before| before.name.as_str());
    let email = user.and_then(|user| user.email.as_deref());
    Person {
        name: first_name(name, before, id.as_str()),
        email: email.and_then(|email| Principal::new(email).ok()),
    }
}
