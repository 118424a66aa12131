//! One PagerDuty account, and the rota port over it.

use crate::lent::Lent;
use crate::memory::Memory;
use crate::read::Reader;
use crate::span::Span;
use access_core::facts::PagerDutyFacts;
use access_core::ports::{Ask, ReadError, RotaSource};
use async_trait::async_trait;
use jiff::Timestamp;
use pagerduty_client::Client;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// The rota and the incidents of one PagerDuty account. Built once and kept: what it remembers between reads saves calls.
#[derive(Clone)]
pub struct PagerDutySource {
    pub(crate) client: Client,
    memory: Arc<Memory>,
}

impl PagerDutySource {
    /// A source that has read nothing yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            memory: Arc::default(),
        }
    }

    /// The same source for reads that must be over by `deadline`; it shares what is remembered.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        Self {
            client: self.client.with_deadline(deadline),
            memory: Arc::clone(&self.memory),
        }
    }

    /// The client that is read with: for its counters.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

#[async_trait]
impl RotaSource for PagerDutySource {
    async fn read(
        &self,
        now: Timestamp,
        ask: &Ask,
        previous: Option<&PagerDutyFacts>,
    ) -> Result<PagerDutyFacts, ReadError> {
        let span = Span::of(ask);
        let reader = Reader {
            client: &self.client,
            memory: &self.memory,
            now,
            ask,
            span,
            lent: Lent::new(previous, span),
        };
        reader.read().await
    }
}

impl fmt::Debug for PagerDutySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagerDutySource")
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
