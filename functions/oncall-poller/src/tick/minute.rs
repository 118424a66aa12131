//! A tick's minute: what is due at its beginning, then every edge and all news until the next tick.

use super::{TICK, Work, keeping};
use crate::answer::PollerError;
use crate::coverage;
use crate::news::{self, NEWS_EVERY, STRANGERS_MAX};
use crate::retell;
use crate::turn::END_MARGIN;
use crate::webhooks;
use access_core::plan::Binding;
use access_core::ports::StoreError;
use access_core::timeline::Timeline;
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::warn;

impl Work<'_> {
    /// Reconciles what is due now, looks ahead, then reconciles at every edge before the next tick.
    pub(super) async fn tick(
        &mut self,
        started: Timestamp,
        deadline: Timestamp,
    ) -> Result<(), PollerError> {
        let released = self.held.values().filter(|held| held.released.is_some());
        let forced: BTreeSet<Binding> = released.map(|held| held.binding.clone()).collect();
        self.reconcile(started, deadline, &forced).await?;
        self.note_duration(started);
        if self.has_time(deadline) {
            self.look_ahead(started, deadline).await?;
        }
        if self.has_time(deadline) {
            webhooks::watch(self.deps, started, &self.configured, &mut self.record).await?;
        }
        if self.has_time(deadline) {
            self.tell_again(started).await;
        }
        let mut now = started;
        let last = (started + TICK).min(deadline - END_MARGIN);
        while let Some(edge) = self.timeline.next_change(now).filter(|edge| *edge <= last) {
            // What was done until now is told before the wait, not after it, and what was read is known to others.
            self.flush_if_possible().await?;
            self.keep_if_possible().await?;
            let until = self.next_news(now).map_or(edge, |news| news.min(edge));
            self.deps.clock.wait_until(until).await;
            now = until;
            // Also at an edge: what came in just before it is seen with it.
            let mut is_news = self.hear_news(now).await;
            if now + STRANGERS_MAX < edge {
                is_news |= self.meet_strangers(now).await;
            }
            if is_news || now == edge {
                self.reconcile(now, deadline, &BTreeSet::new()).await?;
            }
        }
        Ok(())
    }

    /// Keeps what this tick leaves so far: whoever decides on a request meanwhile goes by what was just read, and a process that
    /// is killed while it waits leaves that to the next. What the store does not take comes at the end: no handoff waits.
    pub(super) async fn keep_if_possible(&mut self) -> Result<(), PollerError> {
        let Some(lease) = self.lease else {
            return Ok(());
        };
        if self.kept.as_ref() == Some(&self.record) {
            return Ok(());
        }
        match self.deps.store.keep(lease.fence, &self.record).await {
            Ok(()) => self.kept = Some(self.record.clone()),
            Err(StoreError::Overtaken) => return Err(StoreError::Overtaken.into()),
            Err(error) => warn!(%error, "what this tick leaves cannot be kept before its end"),
        }
        Ok(())
    }

    /// When to look next at what is written down meanwhile; `None` where nothing can be.
    fn next_news(&self, now: Timestamp) -> Option<Timestamp> {
        let is_followed = news::is_followed(&self.configured.config);
        is_followed.then(|| self.deps.clock.now().max(now) + NEWS_EVERY)
    }

    /// Looks at what was written down since; answers whether anything was.
    async fn hear_news(&mut self, now: Timestamp) -> bool {
        let (deps, configured, keeping) = (self.deps, &self.configured, keeping(self.lease));
        let (facts, failures) = (&mut self.facts, &mut self.answer.failures);
        let is_news = news::hear(now, deps, configured, keeping, facts, failures).await;
        if is_news {
            self.timeline = Timeline::of(&self.configured.config, &self.facts);
        }
        is_news
    }

    /// Looks up who came to work on an incident meanwhile; answers whether anybody was found.
    async fn meet_strangers(&mut self, now: Timestamp) -> bool {
        let (deps, configured, keeping) = (self.deps, &self.configured, keeping(self.lease));
        let (facts, asked) = (&mut self.facts, &mut self.asked);
        let failures = &mut self.answer.failures;
        let is_news =
            news::meet_strangers(now, deps, configured, keeping, facts, asked, failures).await;
        if is_news {
            self.timeline = Timeline::of(&self.configured.config, &self.facts);
        }
        is_news
    }

    /// Tells again what waits for a person and was not shown to anybody.
    async fn tell_again(&mut self, now: Timestamp) {
        let (held, record, answer) = (&self.held, &mut self.record, &mut self.answer);
        retell::tell_again(self.deps, now, &self.configured, held, record, answer).await;
    }

    /// Looks at the coming days, if that is due and there is time before the next edge, which it never goes beyond.
    async fn look_ahead(&mut self, now: Timestamp, deadline: Timestamp) -> Result<(), PollerError> {
        let end = deadline - END_MARGIN;
        let edge = self.timeline.next_change(now);
        let until = edge.map_or(end, |edge| edge.min(end));
        let left = until.duration_since(self.deps.clock.now());
        let Some(max) = coverage::begin(now, left, &mut self.record) else {
            return Ok(());
        };
        self.looked_ahead = true;
        // Whoever comes after a kill must know that it was begun.
        self.keep_if_possible().await?;
        let (deps, configured) = (self.deps, &self.configured);
        let (record, answer) = (&mut self.record, &mut self.answer);
        coverage::look_ahead(deps, now, max, configured, record, answer).await?;
        Ok(())
    }
}
