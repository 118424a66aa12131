//! PagerDuty users who were looked up: small items in one partition, so that one query reads them all.

use crate::item::{Item, Row};
use crate::key;
use crate::query::Query;
use crate::table::{IN_FLIGHT, Table};
use access_core::facts::Person;
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::ports::StoreError;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the item holds.
#[derive(Serialize, Deserialize)]
struct Stored {
    pagerduty: PagerDutyName,
    user: PagerDutyUserId,
    person: Person,
}

/// Everybody who was ever kept.
pub(crate) async fn known(
    table: &Table,
) -> Result<BTreeMap<(PagerDutyName, PagerDutyUserId), Person>, StoreError> {
    let rows = table.query(&Query::of(key::PEOPLE)).await?;
    rows.iter().map(read).collect()
}

/// Keeps users of one account, whatever was known of them.
pub(crate) async fn keep(
    table: &Table,
    pagerduty: &PagerDutyName,
    people: &BTreeMap<PagerDutyUserId, Person>,
) -> Result<(), StoreError> {
    let item = |(user, person): (&PagerDutyUserId, &Person)| {
        let stored = Stored {
            pagerduty: pagerduty.clone(),
            user: user.clone(),
            person: person.clone(),
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

fn read(row: &Row) -> Result<((PagerDutyName, PagerDutyUserId), Person), StoreError> {
    let Stored {
        pagerduty,
        user,
        person,
    } = row.body()?;
    row.lies_at(&key::user(&pagerduty, &user))?;
    Ok(((pagerduty, user), person))
}
