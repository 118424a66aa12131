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
        let (configured, Known { facts, grants }) = read(deps, now).await?;
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

/// The configuration in force, and what is known by it. Which facts are asked for depends on the configuration, and that
/// seldom changes: both are read at once, and the facts again where there is another configuration than was thought.
async fn read(deps: &Deps, now: Timestamp) -> Result<(Arc<Configured>, Known), Refused> {
    let Some((_, thought)) = deps.known() else {
        let configured = in_force(deps, now).await?;
        let known = known(deps, now, &configured.config).await?;
        return Ok((configured, known));
    };
    let (configured, found) = tokio::join!(in_force(deps, now), known(deps, now, &thought.config));
    let configured = configured?;
    let found = if Arc::ptr_eq(&configured, &thought) {
        found?
    } else {
        known(deps, now, &configured.config).await?
    };
    Ok((configured, found))
}
