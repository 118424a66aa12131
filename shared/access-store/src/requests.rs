//! Requests and grants: each one item under a version condition, and copies of it where it is looked for.

mod copies;

use crate::DynamoStore;
use crate::action::Action;
use crate::item::{Item, Row, number};
use crate::key;
use crate::outbox;
use crate::query::Query;
use crate::schema::EXPIRY;
use access_core::id::{GrantId, IdempotencyKey, RequestId};
use access_core::ports::{REQUESTS_READ_MAX, RequestFilter, Requests, StoreError};
use access_core::principal::Principal;
use access_core::request::{Ended, GrantRecord, GrantState, Request, RequestState, Step};
use async_trait::async_trait;
use copies::Copies;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A grant that was ended early is among the current ones for this long: until every target has surely been looked at
/// since, so that the removal is known to be meant.
const ENDED_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Requests that nobody decided.
const PENDING: Copies<Request> = Copies {
    read: request,
    original: key::pending_original,
};
/// Grants that matter to membership.
const CURRENT: Copies<GrantRecord> = Copies {
    read: grant,
    original: key::current_original,
};
/// Grants from a break-glass that await their review.
const REVIEWS: Copies<GrantRecord> = Copies {
    read: grant,
    original: key::review_original,
};

#[async_trait]
impl Requests for DynamoStore {
    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let row = self.table.get(&key::request(id)).await?;
        row.as_ref().map(request).transpose()
    }

    async fn requests(&self, filter: &RequestFilter) -> Result<Vec<Request>, StoreError> {
        let query = match filter {
            RequestFilter::Pending => {
                let query = Query::of(key::PENDING);
                let mut pending = PENDING.read_all(&self.table, &query).await?;
                pending.reverse();
                return Ok(pending);
            }
            RequestFilter::Group(group) => Query::of(key::group_requests(group)),
            RequestFilter::By(principal) => Query {
                indexed: true,
                ..Query::of(key::asked(principal))
            },
        };
        let rows = self.table.newest(&query, REQUESTS_READ_MAX).await?;
        rows.iter().map(request).collect()
    }

    async fn grant(&self, id: GrantId) -> Result<Option<GrantRecord>, StoreError> {
        let row = self.table.get(&key::grant(id)).await?;
        row.as_ref().map(grant).transpose()
    }

    async fn current_grants(&self) -> Result<Vec<GrantRecord>, StoreError> {
        let query = Query::of(key::GRANTS);
        CURRENT.read_all(&self.table, &query).await
    }

    async fn live_grants(&self) -> Result<Vec<GrantRecord>, StoreError> {
        let mut grants = self.current_grants().await?;
        grants.retain(|record| matches!(record.state, GrantState::Live));
        Ok(grants)
    }

    async fn grants_of(&self, principal: &Principal) -> Result<Vec<GrantRecord>, StoreError> {
        let query = Query {
            indexed: true,
            ..Query::of(key::holder(principal))
        };
        let rows = self.table.query(&query).await?;
        rows.iter().rev().map(grant).collect()
    }

    async fn unreviewed(&self) -> Result<Vec<GrantRecord>, StoreError> {
        let query = Query::of(key::REVIEWS);
        REVIEWS.read_all(&self.table, &query).await
    }

    async fn take(&self, step: &Step) -> Result<(), StoreError> {
        let Step {
            request,
            grant,
            events,
        } = step;
        let mut actions = Vec::new();
        if let Some(request) = request {
            actions.extend(request_rows(request));
        }
        if let Some(record) = grant {
            actions.extend(grant_rows(record));
        }
        actions.extend(events.iter().map(|entry| Action::Put(outbox::item(entry))));
        if self.table.together(&actions).await? {
            return Ok(());
        }
        let request = request.as_ref().map(|it| format!("request {}", it.id));
        let grant = grant.as_ref().map(|it| format!("grant {}", it.grant.id));
        let what: Vec<_> = request.into_iter().chain(grant).collect();
        Err(StoreError::Conflict(format!(
            "{} changed since it was read",
            what.join(" or ")
        )))
    }

    async fn by_key(
        &self,
        by: &Principal,
        key: &IdempotencyKey,
    ) -> Result<Option<RequestId>, StoreError> {
        let row = self.table.get(&key::named(by, key)).await?;
        let named = row.map(|row| row.body::<Named>()).transpose()?;
        Ok(named.map(|named| named.request))
    }
}

/// What a key's item holds.
#[derive(Serialize, Deserialize)]
struct Named {
    request: RequestId,
}

/// The item itself under its version condition, and its copies. Only the item's condition matters: whoever writes it
/// writes them all.
fn request_rows(request: &Request) -> Vec<Action> {
    let (id, asked) = (request.id, &request.asked);
    let item = Item::new(key::request(id), request)
        .with("revision", number(request.version))
        .indexed(key::asked_place(&asked.by, asked.at, id));
    let copy = key::group_request(&asked.group, asked.at, id);
    let pending = key::pending(asked.at, id);
    let pending = match request.state {
        RequestState::Pending { .. } => Action::Put(Item::new(pending, request)),
        RequestState::Approved { .. }
        | RequestState::Denied { .. }
        | RequestState::Cancelled { .. }
        | RequestState::TimedOut { .. } => Action::Delete(pending),
    };
    let mut actions = vec![
        over(item, request.version),
        Action::Put(Item::new(copy, request)),
        pending,
    ];
    if let Some(name) = asked.key.as_ref().filter(|_| request.version == 1) {
        let named = Item::new(key::named(&asked.by, name), &Named { request: id });
        actions.push(Action::PutNew(named));
    }
    actions
}

fn grant_rows(record: &GrantRecord) -> Vec<Action> {
    let grant = &record.grant;
    let item = Item::new(key::grant(grant.id), record)
        .with("revision", number(record.version))
        .indexed(key::holder_place(
            &grant.principal,
            grant.starts_at,
            grant.id,
        ));
    let current = key::current_grant(grant.id);
    let current = match &record.state {
        GrantState::Live => Action::Put(Item::new(current, record)),
        // It ended when everybody knew that it would: nothing has to be explained.
        GrantState::Ended {
            how: Ended::Expired,
            ..
        } => Action::Delete(current),
        GrantState::Ended { at, .. } => {
            let item = Item::new(current, record);
            Action::Put(item.with(EXPIRY, number(kept_until(*at).as_second())))
        }
    };
    let review = key::unreviewed(grant.starts_at, grant.id);
    let review = if record.awaits_review() {
        Some(Action::Put(Item::new(review, record)))
    } else {
        let was_one = record.break_glass.is_some();
        was_one.then_some(Action::Delete(review))
    };
    let mut actions = vec![over(item, record.version), current];
    actions.extend(review);
    actions
}

fn kept_until(at: Timestamp) -> Timestamp {
    at.saturating_add(ENDED_KEPT).expect("durations saturate")
}

/// Writes a version just over the one before it; the first only where nothing is.
fn over(item: Item, version: u64) -> Action {
    match version {
        1 => Action::PutNew(item),
        _ => Action::PutOver(item, version - 1),
    }
}

/// A request, wherever its item or a copy of it lies.
fn request(row: &Row) -> Result<Request, StoreError> {
    let request: Request = row.body()?;
    let (id, asked) = (request.id, &request.asked);
    row.lies_at_one(&[
        key::request(id),
        key::group_request(&asked.group, asked.at, id),
        key::pending(asked.at, id),
    ])?;
    Ok(request)
}

/// A grant, wherever its item or a copy of it lies.
fn grant(row: &Row) -> Result<GrantRecord, StoreError> {
    let record: GrantRecord = row.body()?;
    let grant = &record.grant;
    row.lies_at_one(&[
        key::grant(grant.id),
        key::current_grant(grant.id),
        key::unreviewed(grant.starts_at, grant.id),
    ])?;
    Ok(record)
}
