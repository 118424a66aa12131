//! One read of an account, from the first call to facts.

use crate::error::read_error;
use crate::ids::theirs;
use crate::lent::Lent;
use crate::memory::Memory;
use crate::rows;
use crate::span::Span;
use access_core::facts::{Freshness, PagerDutyFacts, PolicyFacts, Rota, ScheduleFacts};
use access_core::id::{EscalationPolicyId, ScheduleId};
use access_core::ports::{Ask, ReadError};
use jiff::Timestamp;
use pagerduty_client::{Client, Error, Oncall, OncallInclude, OncallQuery};
use std::collections::BTreeMap;

/// Up to so many ids of one kind are asked for by a filter, which the client puts into one URL; beyond it reading the
/// whole account takes no more calls.
const FILTERED_MAX: usize = 100;

/// Up to so many absent schedules, or policies, are read one by one; for more, lists take fewer calls.
pub(crate) const FEW: usize = 3;

/// So many single reads run at once. PagerDuty advises to serialise the calls of one token; a few at once keep a read
/// short and stay far below its 960 calls a minute.
pub(crate) const AT_ONCE: usize = 4;

/// The most pieces that a span is read in, see [`Reader::whole`].
const PIECES_MAX: u32 = 16;

/// What every step of one read needs.
pub(crate) struct Reader<'a> {
    pub(crate) client: &'a Client,
    pub(crate) memory: &'a Memory,
    pub(crate) now: Timestamp,
    pub(crate) ask: &'a Ask,
    pub(crate) span: Span,
    pub(crate) lent: Lent<'a>,
}

/// Facts as far as they are known.
pub(crate) struct Draft {
    pub(crate) schedules: BTreeMap<ScheduleId, ScheduleFacts>,
    pub(crate) policies: BTreeMap<EscalationPolicyId, PolicyFacts>,
}

/// On-call rows. Schedules and policies are each taken from one reading: mixing two would show both the person before
/// and the person after a change that was made between them.
struct Rows {
    of_schedules: Vec<Oncall>,
    /// `None` where one reading serves both.
    of_policies: Option<Vec<Oncall>>,
}

impl Reader<'_> {
    pub(crate) async fn read(&self) -> Result<PagerDutyFacts, ReadError> {
        let rows = self.oncalls().await?;
        let of_policies = rows.of_policies.as_ref().unwrap_or(&rows.of_schedules);
        let mut draft = Draft {
            schedules: rows::schedules(&rows.of_schedules, self.ask, self.span, &self.lent)?,
            policies: rows::policies(of_policies, self.ask, self.span, &self.lent)?,
        };
        let all = rows
            .of_schedules
            .iter()
            .chain(rows.of_policies.iter().flatten());
        let known = rows::people(all, &self.lent)?;
        drop(rows);
        self.add_other_schedules(&mut draft.schedules).await?;
        self.add_other_policies(&mut draft.policies).await?;
        let people = self.settle_people(known, &mut draft).await?;
        Ok(PagerDutyFacts {
            freshness: Freshness {
                read_at: self.now,
                covers_from: self.ask.covers_from,
                covers_until: self.ask.covers_until,
            },
            rota: Rota {
                schedules: draft.schedules,
                escalation_policies: draft.policies,
                people,
            },
        })
    }

    async fn oncalls(&self) -> Result<Rows, ReadError> {
        let Ask {
            schedules,
            escalation_policies,
            ..
        } = self.ask;
        let unfiltered = OncallQuery {
            include: OncallInclude {
                users: true,
                ..OncallInclude::default()
            },
            ..OncallQuery::default()
        };
        let most = schedules.len().max(escalation_policies.len());
        if self.ask.all_schedules || most > FILTERED_MAX {
            return Ok(Rows {
                of_schedules: self.whole(unfiltered).await?,
                of_policies: None,
            });
        }
        let by_schedule = OncallQuery {
            schedule_ids: schedules.iter().filter_map(theirs).collect(),
            ..unfiltered.clone()
        };
        let by_policy = OncallQuery {
            escalation_policy_ids: escalation_policies.iter().filter_map(theirs).collect(),
            ..unfiltered
        };
        // Without any id the filter would let everything through.
        let is_empty = by_schedule.schedule_ids.is_empty();
        let of_schedules = if is_empty {
            Vec::new()
        } else {
            self.whole(by_schedule).await?
        };
        let is_empty = by_policy.escalation_policy_ids.is_empty();
        let of_policies = if is_empty {
            None
        } else {
            Some(self.whole(by_policy).await?)
        };
        Ok(Rows {
            of_schedules,
            of_policies,
        })
    }

    /// All rows of the span. Where they are more than the 10,000 that PagerDuty hands out, the span is read in pieces;
    /// the source remembers in how many, so that only the first read pays for finding out.
    async fn whole(&self, query: OncallQuery) -> Result<Vec<Oncall>, ReadError> {
        let mut pieces = self.memory.pieces();
        loop {
            match self.in_pieces(&query, pieces).await {
                Err(Error::TooManyRows { .. }) if pieces < PIECES_MAX => {
                    pieces *= 2;
                    self.memory.set_pieces(pieces);
                }
                answer => return answer.map_err(|error| read_error(&error)),
            }
        }
    }

    async fn in_pieces(&self, query: &OncallQuery, pieces: u32) -> Result<Vec<Oncall>, Error> {
        let mut rows = Vec::new();
        for window in self.span.windows(pieces) {
            let query = OncallQuery {
                window: Some(window),
                ..query.clone()
            };
            rows.append(&mut self.client.oncalls(&query).await?);
        }
        Ok(rows)
    }
}
