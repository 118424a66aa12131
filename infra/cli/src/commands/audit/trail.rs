//! The audit trail as these commands read it: in the embedded store, or in a table on AWS.

use crate::setup::ConfigArg;
use crate::show::count;
use crate::stop::Stop;
use crate::store_or_table::{OpenStore, StoreOrTable};
use crate::when::instant;
use access_core::audit::{Entry, Hash, Head, StreamName};
use access_core::config::Config;
use access_core::id::GroupName;
use access_core::ports::{
    AuditLog, Bindings, Configs, JournalEntry, JournalStage, KnownBindings, Memberships, Outbox,
    OutboxEntry, StoreError, Unsent,
};
use access_store::{DynamoStore, KnownEntries};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::ControlFlow;

/// How many entries are read at once where not all are needed together.
const PAGE: usize = 500;

/// How many versions of the configuration are read at once: each may be large.
const CONFIGS_AT_ONCE: usize = 50;

/// `--config`, `--store` and `--table`. The configuration itself is not read: a mistake in it must not hide the trail.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct TrailArgs {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreOrTable,
}

/// `--since` and `--until`
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SpanArgs {
    /// Only what happened then or later: 2026-11-23T08:00:00Z, or "2026-11-23 09:00 Europe/Zurich"
    #[arg(long, value_name = "TIME", value_parser = instant)]
    since: Option<Timestamp>,
    /// Only what happened before
    #[arg(long, value_name = "TIME", value_parser = instant)]
    until: Option<Timestamp>,
}

impl SpanArgs {
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    fn is_all(&self) -> bool {
        self.since.is_none() && self.until.is_none()
    }
}

/// An open audit trail.
pub(super) struct Trail {
    opened: OpenStore,
}

impl Trail {
    pub(super) async fn open(args: &TrailArgs) -> Result<Self, Stop> {
        let lack = "and so no audit trail: name the store with --store or --table";
        let opened = args.store.open(&args.config.config, lack).await?;
        Ok(Self { opened })
    }

    pub(super) async fn close(self) -> Result<(), Stop> {
        self.opened.close().await
    }

    /// Every stream and its end, or only the one asked for.
    ///
    /// # Errors
    /// When the one asked for is not there.
    pub(super) async fn streams(
        &self,
        asked: Option<&StreamName>,
    ) -> Result<BTreeMap<StreamName, Head>, Stop> {
        let mut streams = self.opened.store.streams().await?;
        let Some(asked) = asked else {
            return Ok(streams);
        };
        match streams.remove(asked) {
            Some(head) => Ok(BTreeMap::from([(asked.clone(), head)])),
            None => Err(no_stream(asked, streams.keys())),
        }
    }

    /// The end of a stream as it is now.
    pub(super) async fn head(&self, stream: &StreamName) -> Result<Option<Head>, StoreError> {
        self.opened.store.head(stream).await
    }

    /// Every stream that says where it ends.
    pub(super) async fn ended(&self) -> Result<BTreeSet<StreamName>, StoreError> {
        Box::pin(self.opened.store.ended_streams()).await
    }

    /// Every stream that there may be, also one of which the end is gone: `system`, and that of each group which a binding or
    /// any version of the configuration names. An embedded store is small enough to be looked through for all others.
    pub(super) async fn possible(&self) -> Result<BTreeSet<StreamName>, StoreError> {
        let store = &self.opened.store;
        let mut streams = self.ended().await?;
        streams.insert(StreamName::System);
        streams.extend(groups(store).await?.into_iter().map(StreamName::Group));
        if self.opened.is_local() {
            streams.extend(Box::pin(store.scanned_streams()).await?);
        }
        Ok(streams)
    }

    /// What tells that a stream of which nothing is there was there; `None`: nothing does, or its events wait to be sealed.
    pub(super) async fn missed(&self, stream: &StreamName) -> Result<Option<String>, StoreError> {
        let store = &self.opened.store;
        // In this order: what happened is in the outbox until it is in its stream.
        let witness = match stream {
            StreamName::System => {
                let config = unless_malformed(store.latest_config().await)?;
                let version = config.map(|config| config.version);
                version.map(|version| format!("version {version} of the configuration is in force"))
            }
            StreamName::Group(group) => {
                let journal = unless_malformed(store.journal(group, None).await)?;
                let told = |entry: &&JournalEntry| {
                    matches!(entry.stage, JournalStage::Applied | JournalStage::Failed)
                };
                let changes = journal.iter().filter(told).count();
                (changes > 0).then(|| format!("the journal has {}", count(changes, "change")))
            }
        };
        let Unsent { entries, unread } = store.unsent().await?;
        let of_it = |entry: &OutboxEntry| StreamName::of(&entry.event) == *stream;
        let waits = !unread.is_empty() || entries.iter().any(of_it);
        let came = self.head(stream).await?.is_some();
        Ok(witness.filter(|_| !waits && !came))
    }

    /// A whole stream, and what of it cannot be read.
    pub(super) async fn known_entries(
        &self,
        stream: &StreamName,
    ) -> Result<KnownEntries, StoreError> {
        Box::pin(self.opened.store.known_entries(stream)).await
    }

    /// The entries of a stream as they lie there, from a place on.
    pub(super) async fn entries_from(
        &self,
        stream: &StreamName,
        place: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        let store = &self.opened.store;
        store.entries(stream, place, usize::MAX).await
    }

    /// Looks at the entries of a stream as they lie there, page by page, until `visit` has seen enough.
    ///
    /// What entries say of their own numbers is not relied on: where some were taken out, pages overlap, and what was seen
    /// on the page before is left out.
    pub(super) async fn walk(
        &self,
        stream: &StreamName,
        mut visit: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Stop> {
        let mut place = 0;
        let mut before: BTreeSet<(u64, Hash)> = BTreeSet::new();
        loop {
            let page = self.opened.store.entries(stream, place, PAGE).await?;
            let (length, here) = (page.len(), page.iter().map(id).collect());
            for entry in page {
                if !before.contains(&id(&entry)) && visit(entry).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            if length < PAGE {
                return Ok(ControlFlow::Continue(()));
            }
            before = here;
            place += length as u64;
        }
    }

    /// The newest entries of a stream that the span holds, at most `limit`, the newest last.
    pub(super) async fn newest(
        &self,
        stream: &StreamName,
        head: Head,
        span: &SpanArgs,
        limit: usize,
    ) -> Result<Vec<Entry>, Stop> {
        let mut kept = VecDeque::new();
        if span.is_all() {
            let place = head.seq.saturating_add(1).saturating_sub(limit as u64);
            kept.extend(self.entries_from(stream, place).await?);
        } else {
            let keep = |entry: Entry| {
                if span.holds(entry.at) {
                    kept.push_back(entry);
                }
                if kept.len() > limit {
                    kept.pop_front();
                }
                ControlFlow::Continue(())
            };
            // Nothing ends the walk early.
            let _whole = self.walk(stream, keep).await?;
        }
        let beyond = kept.len().saturating_sub(limit);
        Ok(kept.into_iter().skip(beyond).collect())
    }
}

/// Every group that a binding or a version of the configuration names.
async fn groups(store: &DynamoStore) -> Result<BTreeSet<GroupName>, StoreError> {
    let KnownBindings { states, unread } = store.bindings().await?;
    let unread = unread.into_values().filter_map(|unread| unread.binding);
    let bindings = states.into_keys().chain(unread);
    let mut groups: BTreeSet<GroupName> = bindings.map(|binding| binding.group).collect();
    let mut before = None;
    loop {
        let page = unless_malformed(store.configs(before, CONFIGS_AT_ONCE).await)?;
        let Some(oldest) = page.last() else {
            return Ok(groups);
        };
        before = Some(oldest.version);
        // What only another version of this program understands names none.
        let texts = page.iter().map(|version| &version.text);
        let configs = texts.filter_map(|text| Config::parse("", text).ok());
        groups.extend(configs.flat_map(|config| config.groups.into_keys()));
    }
}

/// What is kept, or as if nothing were: what cannot be understood tells of no stream, and hides none.
fn unless_malformed<T: Default>(read: Result<T, StoreError>) -> Result<T, StoreError> {
    match read {
        Err(StoreError::Malformed { .. }) => Ok(T::default()),
        read => read,
    }
}

/// What tells one entry of a stream from another.
fn id(entry: &Entry) -> (u64, Hash) {
    (entry.seq, entry.hash)
}

/// There is no such stream; `known` are those that are there.
pub(super) fn no_stream<'a>(
    asked: &StreamName,
    known: impl Iterator<Item = &'a StreamName>,
) -> Stop {
    let known: Vec<String> = known.map(ToString::to_string).collect();
    let known = match known.as_slice() {
        [] => "no stream at all".to_owned(),
        known => known.join(", "),
    };
    Stop::usage(format!(
        "the audit trail has no stream `{asked}`; it has {known}"
    ))
}
