//! Grants: what is over or due is written down, and told by that; what holds becomes facts.

use crate::answer::Failure;
use crate::deps::{Configured, Deps};
use crate::incidents::Keeping;
use access_core::event::Event;
use access_core::facts::Grant;
use access_core::ports::{RequestFilter, StoreError};
use access_core::request::{Step, end_due, facts, goes_by_config};
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use std::collections::BTreeSet;
use tracing::{info, warn};

/// What is known of grants now.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) grants: Vec<Grant>,
    /// What could not be written down: it holds all the same, and is tried again.
    pub(crate) failures: BTreeSet<Failure>,
}

/// Reads the grants, and writes down what ended by itself: grants, and the time for deciding on requests.
///
/// What only the configuration ends, or hands to the second list of approvers, is left to the next run where the
/// configuration is no longer the newest: whoever decided just now may have gone by that one.
///
/// # Errors
/// When they cannot be read whole: an unread grant would look like one that was taken away.
pub(crate) async fn look(
    now: Timestamp,
    deps: &Deps,
    configured: &Configured,
    keeping: Keeping,
) -> Result<Known, StoreError> {
    let config = configured.config.as_ref();
    let records = deps.store.current_grants().await?;
    let mut known = Known {
        grants: facts(now, config, &records),
        failures: BTreeSet::new(),
    };
    if keeping == Keeping::Dry {
        return Ok(known);
    }
    let pending = deps.store.requests(&RequestFilter::Pending).await?;
    let mut steps = end_due(now, config, &pending, &records);
    if steps.iter().any(goes_by_config) && !is_newest(deps, configured).await? {
        info!(
            version = configured.version.version,
            "another configuration is in force by now"
        );
        steps.retain(|step| !goes_by_config(step));
    }
    for step in steps {
        match deps.store.take(&step).await {
            Ok(()) => note(&step),
            // Somebody decided just now: the next look sees what.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => {
                let subject = subject(&step);
                warn!(%subject, %error, "{subject} could not be written down");
                known.failures.insert(Failure::new(subject, error));
            }
        }
    }
    Ok(known)
}

/// Whether no other configuration was stored since; asked after the grants were read, so that none of them was made by a
/// newer one.
async fn is_newest(deps: &Deps, configured: &Configured) -> Result<bool, StoreError> {
    let newest = deps.store.latest_config().await?;
    Ok(newest.is_some_and(|newest| newest.version == configured.version.version))
}

fn note(step: &Step) {
    let subject = subject(step);
    for event in step.told() {
        if let Event::GrantEnded(_) = event {
            metrics::count(Metric::GrantsEnded, 1);
        }
        let what = event.detail_type();
        info!(%subject, "{what}: {subject}");
    }
}

/// What a step is about, without addresses.
fn subject(step: &Step) -> String {
    let request = step.request.as_ref();
    let request = request.map(|request| format!("request {}", request.id));
    let grant = step.grant.as_ref();
    let grant = grant.map(|record| format!("grant {}", record.grant.id));
    request.or(grant).unwrap_or_default()
}
