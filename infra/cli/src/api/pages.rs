//! Long lists, which the approver answers a page at a time.

use super::Api;
use crate::stop::Stop;
use access_approver::api::{Grants, Requests};
use serde::de::DeserializeOwned;

/// More pages than anybody's list has: a hundred thousand rows.
const PAGES_MAX: usize = 1000;

/// `--older`
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct OlderArg {
    /// The older ones too, not only the newest hundred
    #[arg(long)]
    pub(crate) older: bool,
}

/// A page of a list, the newest first.
pub(crate) trait Page: DeserializeOwned {
    /// What to ask for to get the next page; `None`: this is the last one.
    fn next(&self) -> Option<String>;
    /// Puts the next page to this one.
    fn append(&mut self, older: Self);
}

impl Page for Grants {
    fn next(&self) -> Option<String> {
        self.next.clone()
    }

    fn append(&mut self, older: Self) {
        self.grants.extend(older.grants);
        self.next = older.next;
    }
}

impl Page for Requests {
    fn next(&self) -> Option<String> {
        self.next.clone()
    }

    fn append(&mut self, older: Self) {
        self.requests.extend(older.requests);
        self.next = older.next;
    }
}

impl Api {
    /// The newest of a list, or as `--older` says all of it.
    pub(crate) async fn list<P: Page>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        OlderArg { older }: OlderArg,
    ) -> Result<P, Stop> {
        if older {
            self.all(path, query).await
        } else {
            self.get(path, query).await
        }
    }

    /// All of a list, page by page.
    pub(crate) async fn all<P: Page>(&self, path: &str, query: &[(&str, &str)]) -> Result<P, Stop> {
        let mut all: P = self.get(path, query).await?;
        for _ in 1..PAGES_MAX {
            let Some(next) = all.next() else {
                return Ok(all);
            };
            let query = [query, &[("after", next.as_str())]].concat();
            all.append(self.get(path, &query).await?);
        }
        Err(Stop::failed("the list does not end"))
    }
}
