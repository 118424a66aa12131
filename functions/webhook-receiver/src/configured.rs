//! The configuration in force, parsed once per version and looked at again when that is due.

use crate::deps::Deps;
use access_core::config::Config;
use access_core::id::PagerDutyName;
use access_core::incident::{WantedIncidents, wanted};
use access_core::ports::{ConfigVersion, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A newer version is noticed within this time, so that a warm request asks the store nothing about it.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A configuration version, and what its groups want to know of incidents.
pub(crate) struct Configured {
    version: ConfigVersion,
    pub(crate) config: Config,
    pub(crate) wanted: BTreeMap<PagerDutyName, WantedIncidents>,
}

/// Why there is no configuration to go by. PagerDuty sends again until there is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unconfigured {
    #[error("no configuration is stored: run `rotakey apply`")]
    Absent,
    /// Not in detail: the mistakes repeat what the owner wrote, also addresses.
    #[error(
        "the stored configuration (version {version}) is refused for {mistakes} mistakes: run `rotakey apply`"
    )]
    Refused { version: u64, mistakes: usize },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The configuration: as remembered if it was looked at a moment ago and knows the account, else as stored.
pub(crate) async fn configured(
    deps: &Deps,
    now: Timestamp,
    account: &PagerDutyName,
) -> Result<Arc<Configured>, Unconfigured> {
    let known = deps.known();
    if let Some((looked_at, known)) = &known
        && now.duration_since(*looked_at) < LOOK_EVERY
        && known.config.pagerduty.contains_key(account)
    {
        return Ok(Arc::clone(known));
    }
    let version = deps.store.latest_config().await?;
    let version = version.ok_or(Unconfigured::Absent)?;
    let configured = match known {
        Some((_, known)) if known.version == version => known,
        _ => Arc::new(read(version)?),
    };
    deps.remember(now, Arc::clone(&configured));
    Ok(configured)
}

fn read(version: ConfigVersion) -> Result<Configured, Unconfigured> {
    let name = format!("configuration version {}", version.version);
    let refused = |errors: access_core::config::ConfigErrors| Unconfigured::Refused {
        version: version.version,
        mistakes: errors.iter().len(),
    };
    let config = Config::parse(&name, &version.text).map_err(refused)?;
    Ok(Configured {
        wanted: wanted(&config),
        config,
        version,
    })
}
