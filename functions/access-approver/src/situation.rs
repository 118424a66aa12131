//! One instant: the configuration in force, what is known, and where everybody stands by it.

use crate::act::Refused;
use crate::configured::{Configured, in_force};
use crate::deps::Deps;
use crate::facts::{Known, known};
use access_core::config::Config;
use access_core::facts::Facts;
use access_core::request::GrantRecord;
use access_core::timeline::Timeline;
use access_policy::{Decision, Question, Situation};
use jiff::Timestamp;
use std::sync::Arc;

/// Everything that a decision rests on, read a moment ago.
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    configured: Arc<Configured>,
    pub(crate) facts: Facts,
    pub(crate) timeline: Timeline,
    pub(crate) situation: Situation,
    /// Grants that are stored as live; compare times.
    pub(crate) grants: Vec<GrantRecord>,
}

impl Moment {
    /// Reads all of it anew: another decision may have come in between.
    pub(crate) async fn at(deps: &Deps, now: Timestamp) -> Result<Self, Refused> {
        let configured = in_force(deps, now).await?;
        let Known { facts, grants } = known(deps, now, &configured.config).await?;
        let timeline = Timeline::of(&configured.config, &facts);
        let situation = Situation::from_timeline(&configured.config, &facts, &timeline, now);
        Ok(Self {
            now,
            configured,
            facts,
            timeline,
            situation,
            grants,
        })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.configured.config
    }

    pub(crate) fn policies(&self) -> &access_policy::Policies {
        &self.configured.policies
    }

    pub(crate) fn decide(&self, question: &Question<'_>) -> Decision {
        self.policies().decide(question, &self.situation)
    }
}
