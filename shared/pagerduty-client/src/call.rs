//! One API call before it is sent: what, where, with which parameters.

use std::collections::BTreeSet;

use reqwest::{Method, header::HeaderValue};
use serde::Serialize;
use url::Url;

use crate::{error::Operation, from_address::FromAddress, window::Window};

/// The most ids of one kind in one URL: at some 30 bytes each they keep it below the 8 KB that servers accept.
const IDS_MAX: usize = 100;

/// A call to be sent. Its query is kept apart from its operation, which alone appears in logs and errors.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) operation: Operation,
    /// The scope that PagerDuty documents for the operation.
    pub(crate) scope: Option<&'static str>,
    /// In whose name, for the few operations that ask for it.
    pub(crate) from: Option<HeaderValue>,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Vec<u8>>,
}

impl Call {
    pub(crate) fn new(method: Method, operation: Operation, path: &[&str]) -> Self {
        Self {
            method,
            operation,
            scope: None,
            from: None,
            path: path.iter().map(|&part| part.to_owned()).collect(),
            query: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn get(operation: Operation, path: &[&str]) -> Self {
        Self::new(Method::GET, operation, path)
    }

    pub(crate) fn scope(mut self, scope: &'static str) -> Self {
        self.scope = Some(scope);
        self
    }

    pub(crate) fn from(mut self, address: &FromAddress) -> Self {
        self.from = Some(address.header());
        self
    }

    pub(crate) fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    pub(crate) fn queries<V: ToString>(
        mut self,
        key: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let pairs = values.into_iter().map(|value| (key, value.to_string()));
        self.query.extend(pairs);
        self
    }

    /// Asks for a span of time, with all answered times in UTC.
    pub(crate) fn window(self, window: Window) -> Self {
        self.query("since", window.since_text())
            .query("until", window.until_text())
            .query("time_zone", "UTC")
    }

    /// Sends a JSON body.
    pub(crate) fn body(mut self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).expect("bodies are plain structs with string keys");
        self.body = Some(bytes);
        self
    }

    /// Whether sending it twice ends in the same state as sending it once.
    pub(crate) fn is_idempotent(&self) -> bool {
        [Method::GET, Method::PUT, Method::DELETE].contains(&self.method)
    }

    pub(crate) fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        url.path_segments_mut()
            .expect("base URLs are http or https, so have a path")
            .pop_if_empty()
            .extend(&self.path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

/// Cuts a filter into portions that fit a URL; one empty portion when nothing is filtered.
pub(crate) fn portions<I: Ord>(ids: &BTreeSet<I>) -> Vec<Vec<&I>> {
    if ids.is_empty() {
        return vec![Vec::new()];
    }
    let ids: Vec<_> = ids.iter().collect();
    ids.chunks(IDS_MAX).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_join_a_prefix_and_values_are_escaped() {
        let base = Url::parse("https://proxy.example/pd/").unwrap();
        let call = Call::get(Operation::new("list users"), &["users"])
            .query("query", "a+b@acme.example")
            .queries("team_ids[]", ["T1", "T2"]);
        assert_eq!(
            call.url(&base).as_str(),
            "https://proxy.example/pd/users?query=a%2Bb%40acme.example&team_ids%5B%5D=T1&team_ids%5B%5D=T2"
        );
        let plain = Url::parse("https://api.pagerduty.com/").unwrap();
        let call = Call::get(
            Operation::of("get schedule", "P1"),
            &["v3", "schedules", "P1"],
        );
        assert_eq!(
            call.url(&plain).as_str(),
            "https://api.pagerduty.com/v3/schedules/P1"
        );
    }
}
