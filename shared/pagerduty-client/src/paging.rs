//! Reads lists to their end, or fails: a short answer would look as if the missing rows were gone.

use serde::de::DeserializeOwned;

use crate::{
    answer::{self, Cursor, Envelope},
    call::Call,
    client::Client,
    error::{Error, Operation},
};

/// The most rows that PagerDuty puts on a page of most lists (its REST guide, "Pagination").
pub(crate) const PAGE_ROWS: usize = 100;
/// The most references on a page of the list of shift-based schedules.
pub(crate) const SHIFT_SCHEDULES_PAGE_ROWS: usize = 1_000;
/// Offset and limit together may not go beyond this.
const ROWS_MAX: usize = 10_000;
/// A list longer than this is no list but a loop.
const PAGES_MAX: usize = 1_000;

impl Client {
    /// Reads a list that pages by `limit` and `offset` and tells by `more` whether rows follow.
    ///
    /// The next offset is the number of rows read, not a multiple of the limit: if the server lowers the limit,
    /// no row is skipped.
    pub(crate) async fn all_by_offset<T>(
        &self,
        call: Call,
        key: &'static str,
        page_rows: usize,
    ) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned + PartialEq,
    {
        let mut rows: Vec<T> = Vec::new();
        let mut page_begins = 0;
        for _ in 0..PAGES_MAX {
            let offset = rows.len();
            let limit = page_rows.min(ROWS_MAX - offset);
            let page = call
                .clone()
                .query("limit", limit.to_string())
                .query("offset", offset.to_string());
            let Envelope {
                value: mut page,
                more,
                offset: echoed,
                ..
            } = self.read::<Vec<T>>(&page, key).await?;
            let wrong = |what: String| malformed(&call.operation, what);
            if echoed.is_some_and(|echoed| u64::try_from(offset) != Ok(echoed)) {
                return Err(wrong(format!(
                    "asked for the rows from {offset} on, got others"
                )));
            }
            let more =
                more.ok_or_else(|| wrong("it does not tell whether more rows follow".into()))?;
            if offset > 0 && !page.is_empty() && rows[page_begins..] == page[..] {
                return Err(wrong("the same page came twice".into()));
            }
            if more && page.is_empty() {
                return Err(wrong("more rows are said to follow an empty page".into()));
            }
            page_begins = offset;
            rows.append(&mut page);
            if !more {
                return Ok(rows);
            }
            if rows.len() >= ROWS_MAX {
                return Err(Error::TooManyRows {
                    operation: call.operation,
                    rows_max: ROWS_MAX,
                });
            }
        }
        Err(malformed(
            &call.operation,
            format!("more than {PAGES_MAX} pages"),
        ))
    }

    /// Reads a list that hands out a cursor with every page but the last.
    pub(crate) async fn all_by_cursor<T: DeserializeOwned>(
        &self,
        call: Call,
        key: &'static str,
    ) -> Result<Vec<T>, Error> {
        let mut rows: Vec<T> = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let page = call.clone().query("limit", PAGE_ROWS.to_string());
            let page = match &cursor {
                Some(cursor) => page.query("cursor", cursor.as_str()),
                None => page,
            };
            let Envelope {
                value: mut page,
                cursor: next,
                ..
            } = self.read::<Vec<T>>(&page, key).await?;
            let wrong = |what: &str| malformed(&call.operation, what.into());
            rows.append(&mut page);
            match next {
                Cursor::Unsaid => return Err(wrong("it does not tell whether more rows follow")),
                Cursor::End => return Ok(rows),
                Cursor::Next(next) if cursor.as_ref() == Some(&next) => {
                    return Err(wrong("the same cursor came twice"));
                }
                Cursor::Next(next) => cursor = Some(next),
            }
        }
        Err(malformed(
            &call.operation,
            format!("more than {PAGES_MAX} pages"),
        ))
    }

    /// Reads a list that comes in one piece.
    pub(crate) async fn whole<T: DeserializeOwned>(
        &self,
        call: Call,
        key: &'static str,
    ) -> Result<Vec<T>, Error> {
        let list = self.read::<Vec<T>>(&call, key).await?;
        if list.more == Some(true) {
            let what = "more rows are said to follow a list that has no pages";
            return Err(malformed(&call.operation, what.into()));
        }
        Ok(list.value)
    }

    /// Reads one resource.
    pub(crate) async fn one<T: DeserializeOwned>(
        &self,
        call: Call,
        key: &'static str,
    ) -> Result<T, Error> {
        Ok(self.read(&call, key).await?.value)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        call: &Call,
        key: &'static str,
    ) -> Result<Envelope<T>, Error> {
        let body = self.send(call).await?;
        answer::read(&call.operation, key, &body)
    }
}

fn malformed(operation: &Operation, what: String) -> Error {
    Error::Malformed {
        operation: operation.clone(),
        what,
    }
}
