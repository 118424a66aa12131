//! The configuration in force: parsed, its policies read and its chat client made once per version.

use crate::deps::Deps;
use access_core::config::Config;
use access_core::ports::{ConfigVersion, StoreError};
use access_policy::Policies;
use jiff::{SignedDuration, Timestamp};
use slack_client::SlackClient;
use std::sync::Arc;

/// Whoever decides nothing notices a newer version within this time, so that a forged request makes nobody read.
const LOOK_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Where there is none to go by, it is looked for no more often than this for whoever proves nothing.
const ABSENT_FOR: SignedDuration = SignedDuration::from_secs(5);

/// A configuration version, with what is made of it.
pub(crate) struct Configured {
    version: ConfigVersion,
    pub(crate) config: Config,
    pub(crate) policies: Policies,
    /// The client of the chat-ops app; `None`: there is no app.
    pub(crate) slack: Option<Arc<SlackClient>>,
}

/// Why there is no configuration to go by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unconfigured {
    #[error("no configuration is stored: run `rotakey apply`")]
    Absent,
    /// Not in detail: the mistakes repeat what the owner wrote, also addresses.
    #[error(
        "the stored configuration (version {version}) is refused for {mistakes} mistakes: run `rotakey apply`"
    )]
    Refused { version: u64, mistakes: usize },
    #[error("the chat-ops app cannot be used: {0}")]
    Slack(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// As it was a moment ago, in words.
    #[error("{0}")]
    Still(String),
}

/// What a look at the configuration has found.
pub(crate) struct Look {
    pub(crate) configured: Arc<Configured>,
    /// Whether the store was asked just now, for this very request.
    is_current: bool,
}

impl Look {
    /// The configuration for a decision: what was found if the store was just asked, else as it is stored now.
    ///
    /// # Errors
    /// [`Unconfigured`]
    pub(crate) async fn in_force(
        &self,
        deps: &Deps,
        now: Timestamp,
    ) -> Result<Arc<Configured>, Unconfigured> {
        if self.is_current {
            return Ok(Arc::clone(&self.configured));
        }
        in_force(deps, now).await
    }
}

/// The configuration for whoever decides nothing: as remembered if it was looked at a moment ago, else as stored.
pub(crate) async fn configured(deps: &Deps, now: Timestamp) -> Result<Look, Unconfigured> {
    if let Some((looked_at, configured)) = deps.known()
        && now.duration_since(looked_at) < LOOK_EVERY
    {
        return Ok(Look {
            configured,
            is_current: false,
        });
    }
    if let Some((at, why)) = deps.unconfigured()
        && now.duration_since(at) < ABSENT_FOR
    {
        return Err(Unconfigured::Still(why));
    }
    let found = in_force(deps, now).await;
    let found = found.inspect_err(|error| deps.note_unconfigured(now, error.to_string()));
    Ok(Look {
        configured: found?,
        is_current: true,
    })
}

/// The configuration for a decision: as stored now. A person blocked a moment ago gets nothing any more.
pub(crate) async fn in_force(deps: &Deps, now: Timestamp) -> Result<Arc<Configured>, Unconfigured> {
    let version = deps.store.latest_config().await?;
    let version = version.ok_or(Unconfigured::Absent)?;
    let configured = match deps.known() {
        Some((_, known)) if known.version == version => known,
        _ => Arc::new(read(deps, version)?),
    };
    deps.remember(now, Arc::clone(&configured));
    Ok(configured)
}

fn read(deps: &Deps, version: ConfigVersion) -> Result<Configured, Unconfigured> {
    let name = format!("configuration version {}", version.version);
    let refused = |mistakes| Unconfigured::Refused {
        version: version.version,
        mistakes,
    };
    let config =
        Config::parse(&name, &version.text).map_err(|errors| refused(errors.iter().len()))?;
    // Whoever stored the version had its policies checked against the schema; somebody waits for this start.
    let policies = Policies::load(&config, &version.policies)
        .map_err(|errors| refused(errors.iter().len()))?;
    let slack = config.slack.as_ref().map(|slack| deps.systems.slack(slack));
    Ok(Configured {
        slack: slack.transpose().map_err(Unconfigured::Slack)?,
        config,
        policies,
        version,
    })
}
