//! The configuration in force, with adapters for what it names.

use crate::answer::PollerError;
use crate::deps::{Configured, Deps, Memory};
use access_core::config::Config;
use access_core::id::PagerDutyName;
use access_core::incident::wanted;
use access_core::ports::IncidentNotes;
use access_sources::Reads;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The latest stored configuration; parsed and wired once per version.
pub(crate) async fn configured(
    deps: &Deps,
    memory: &mut Memory,
) -> Result<Configured, PollerError> {
    let version = deps
        .store
        .latest_config()
        .await?
        .ok_or(PollerError::NotConfigured)?;
    if let Some(configured) = memory
        .configured
        .as_ref()
        .filter(|known| known.version == version)
    {
        return Ok(configured.clone());
    }
    let name = format!("configuration version {}", version.version);
    let refused = |errors| PollerError::BadConfig {
        version: version.version,
        errors,
    };
    let config = Arc::new(Config::parse(&name, &version.text).map_err(refused)?);
    let unusable = |what: String, reason: String| PollerError::Unusable { what, reason };
    let mut configured = Configured {
        version: version.clone(),
        config: Arc::clone(&config),
        sources: BTreeMap::new(),
        webhooks: BTreeMap::new(),
        notes: notes(deps, &config)?,
        targets: BTreeMap::new(),
    };
    let incidents = wanted(&config);
    for (name, account) in &config.pagerduty {
        let reads = if incidents.contains_key(name) {
            Reads::RotaAndIncidents
        } else {
            Reads::Rota
        };
        let source = deps
            .systems
            .source(name, account, reads)
            .map_err(|reason| unusable(format!("PagerDuty account {name}"), reason))?;
        configured.sources.insert(name.clone(), source);
        if incidents.contains_key(name) && !account.webhook_secrets.is_empty() {
            let webhooks = deps.systems.webhooks(name, account);
            let webhooks = webhooks.map_err(|reason| {
                unusable(
                    format!("webhook subscriptions of PagerDuty account {name}"),
                    reason,
                )
            })?;
            configured.webhooks.insert(name.clone(), webhooks);
        }
    }
    for (name, target) in &config.targets {
        let adapter = deps
            .systems
            .target(name, target)
            .map_err(|reason| unusable(format!("target {name}"), reason))?;
        configured.targets.insert(name.clone(), adapter);
    }
    memory.configured = Some(configured.clone());
    Ok(configured)
}

/// Notes of the accounts that want them and whose incidents somebody names.
fn notes(
    deps: &Deps,
    config: &Config,
) -> Result<BTreeMap<PagerDutyName, Arc<dyn IncidentNotes>>, PollerError> {
    let incidents = wanted(config);
    let mut notes = BTreeMap::new();
    for (name, account) in &config.pagerduty {
        if let Some(author) = &account.incident_notes_from
            && incidents.contains_key(name)
        {
            let written = deps.systems.notes(name, account, author);
            let written = written.map_err(|reason| PollerError::Unusable {
                what: format!("notes on incidents of PagerDuty account {name}"),
                reason,
            })?;
            notes.insert(name.clone(), written);
        }
    }
    Ok(notes)
}
