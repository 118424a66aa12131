//! Cursor paging, always to the end.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client::SlackClient;
use crate::error::SlackError;
use crate::wire::Method;

/// More pages than any workspace needs; beyond it the answer is taken for a loop.
const PAGES_MAX: usize = 1_000;

/// One page of a list call.
pub(crate) trait Page: DeserializeOwned {
    type Item;
    fn into_items(self) -> Vec<Self::Item>;
}

/// Any list answer: its items and where the next page starts.
#[derive(Deserialize)]
struct Paged<P> {
    #[serde(flatten)]
    page: P,
    #[serde(default)]
    response_metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    /// Slack sends an empty text on the last page.
    #[serde(default)]
    next_cursor: Option<String>,
}

impl SlackClient {
    /// Every item of every page, or an error: never a part.
    pub(crate) async fn call_paged<P: Page>(
        &self,
        method: Method,
        form: &[(&'static str, String)],
    ) -> Result<Vec<P::Item>, SlackError> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let mut fields = form.to_vec();
            fields.extend(cursor.iter().map(|cursor| ("cursor", cursor.clone())));
            let Paged::<P> {
                page,
                response_metadata,
            } = self.call(method, &fields).await?;
            items.extend(page.into_items());
            let next = response_metadata
                .and_then(|it| it.next_cursor)
                .filter(|text| !text.is_empty());
            match next {
                None => return Ok(items),
                Some(next) if cursor.as_deref() == Some(next.as_str()) => {
                    return Err(malformed(method, "the next page is this page again"));
                }
                Some(next) => cursor = Some(next),
            }
        }
        Err(malformed(method, "the list does not end"))
    }
}

fn malformed(method: Method, what: &'static str) -> SlackError {
    SlackError::Malformed {
        method: method.name,
        source: what.into(),
    }
}
