//! Chat messages about requests: one partition for each request, and one for who is posting them.

use crate::DynamoStore;
use crate::action::Action;
use crate::item::{Item, Row, number, text};
use crate::key::{self, Key, sortable};
use crate::query::Query;
use crate::schema::EXPIRY;
use access_core::id::RequestId;
use access_core::ports::{Card, CardReader, Cards, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

/// A claim that was let go deletes itself after a day, in seconds: DynamoDB never deletes what expired more than five years ago.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html>
const LEFT_FOR: i64 = 24 * 60 * 60;

#[async_trait]
impl Cards for DynamoStore {
    async fn cards(&self, request: RequestId) -> Result<Vec<Card>, StoreError> {
        let rows = self.table.query(&Query::of(key::cards(request))).await?;
        rows.iter().map(|row| read(request, row)).collect()
    }

    async fn keep_card(&self, request: RequestId, card: &Card) -> Result<(), StoreError> {
        let place = key::card(request, &card.channel, card.reader);
        self.table.put(&Item::new(place, card)).await
    }

    async fn claim_card(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let place = key::card_claim(request, channel, reader);
        let Some(row) = self.table.put_new(&claim(&place, 1, until)).await? else {
            return Ok(true);
        };
        let end = row.time("claimed_until")?;
        if now < end.ok_or_else(|| row.malformed("it has no end"))? {
            return Ok(false);
        }
        let revision = row.number("revision")?;
        let over = Action::PutOver(claim(&place, revision.saturating_add(1), until), revision);
        self.table.together(&[over]).await
    }

    async fn let_card_go(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // Written, not deleted: whoever tells people may delete nothing here.
        let place = key::card_claim(request, channel, reader);
        let over = written(&place, 0, Timestamp::UNIX_EPOCH, now.as_second() + LEFT_FOR);
        self.table.put(&over).await
    }
}

/// Who is posting a message, until when; deletes itself some time later.
fn claim(place: &Key, revision: u64, until: Timestamp) -> Item {
    // Whole seconds, so never before the end itself.
    let end = until.as_second().saturating_add(1);
    written(place, revision, until, end)
}

/// A claim, and from which second on it may be deleted.
fn written(place: &Key, revision: u64, until: Timestamp, end: i64) -> Item {
    Item::bare(place.clone())
        .with("claimed_until", text(sortable(until)))
        .with(EXPIRY, number(end))
        .with("revision", number(revision))
}

fn read(request: RequestId, row: &Row) -> Result<Card, StoreError> {
    let card: Card = row.body()?;
    row.lies_at(&key::card(request, &card.channel, card.reader))?;
    Ok(card)
}
