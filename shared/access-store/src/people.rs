//! PagerDuty users who were looked up: small items in one partition, so that one query reads them all.

use crate::item::{Item, Row};
use crate::key;
use crate::query::Query;
use crate::table::{IN_FLIGHT, Table};
use access_core::facts::{LookedUp, Person, UnreadPerson};
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::ports::{KnownPeople, StoreError};
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the item holds.
#[derive(Serialize, Deserialize)]
struct Stored {
    pagerduty: PagerDutyName,
    user: PagerDutyUserId,
    person: Person,
    /// Absent in items of before it was kept: they count as old.
    #[serde(default)]
    looked_up_at: Option<Timestamp>,
}

/// Everybody who is kept; whoever cannot be understood is set apart.
pub(crate) async fn known(table: &Table) -> Result<KnownPeople, StoreError> {
    let mut known = KnownPeople::default();
    for row in table.query_each(&Query::of(key::PEOPLE)).await? {
        let place = row.key.clone();
        match row.in_known_layout().and_then(|row| read(&row)) {
            Ok((user, looked_up)) => {
                known.people.insert(user, looked_up);
            }
            Err(StoreError::Malformed { what, reason }) => {
                let user = key::user_at(&place);
                known.unread.insert(what, UnreadPerson { user, reason });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(known)
}

/// Keeps users of one account, whatever was known of them.
pub(crate) async fn keep(
    table: &Table,
    pagerduty: &PagerDutyName,
    people: &BTreeMap<PagerDutyUserId, LookedUp>,
) -> Result<(), StoreError> {
    let item = |(user, known): (&PagerDutyUserId, &LookedUp)| {
        let LookedUp { person, at } = known;
        let stored = Stored {
            pagerduty: pagerduty.clone(),
            user: user.clone(),
            person: person.clone(),
            looked_up_at: *at,
        };
        Item::new(key::user(pagerduty, user), &stored)
    };
    let items: Vec<_> = people.iter().map(item).collect();
    let writes: Vec<_> = items.iter().map(|item| table.put(item)).collect();
    stream::iter(writes)
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

/// Forgets people, whoever they were known to be.
pub(crate) async fn forget(
    table: &Table,
    people: &BTreeSet<(PagerDutyName, PagerDutyUserId)>,
) -> Result<(), StoreError> {
    let keys = people
        .iter()
        .map(|(pagerduty, user)| key::user(pagerduty, user));
    let keys: Vec<_> = keys.collect();
    let deletions: Vec<_> = keys.iter().map(|key| table.delete(key)).collect();
    stream::iter(deletions)
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

fn read(row: &Row) -> Result<((PagerDutyName, PagerDutyUserId), LookedUp), StoreError> {
    let Stored {
        pagerduty,
        user,
        person,
        looked_up_at,
    } = row.body()?;
    row.lies_at(&key::user(&pagerduty, &user))?;
    let known = LookedUp {
        person,
        at: looked_up_at,
    };
    Ok(((pagerduty, user), known))
}
