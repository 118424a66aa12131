//! One round: every system is asked once, side by side where nothing depends on another, and then all is judged.

use super::approvers::{self, Known, People};
use super::finding::Finding;
use super::reading::{Answering, Reading};
use super::site::Site;
use super::{
    accounts, calls, chats, clock, file, groups, people, reading, shared, sources, targets,
    webhooks,
};
use crate::local::LocalStore;
use crate::probe::Need;
use crate::stop::Stop;
use access_core::id::PagerDutyName;
use access_core::ports::Store;
use access_store::DynamoStore;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that was gathered.
struct Gathered {
    secrets: Vec<Finding>,
    accounts: BTreeMap<PagerDutyName, accounts::Seen>,
    chats: Vec<chats::Seen>,
    clock: Result<Option<SignedDuration>, String>,
    targets: targets::Seen,
    webhooks: webhooks::Seen,
    reading: Reading,
    calls: calls::Seen,
    people: People,
}

/// Asks every system that the configuration names, and says what is the matter. Nothing is changed anywhere.
///
/// `store` is what a running Rotakey left, if there is one.
///
/// # Errors
/// When not even an empty store in memory can be had.
pub(super) async fn go(site: &Site<'_>, store: Option<&DynamoStore>) -> Result<Vec<Finding>, Stop> {
    let gathered = Box::pin(gather(site, store)).await?;
    Ok(judge(site, &gathered))
}

async fn gather(site: &Site<'_>, store: Option<&DynamoStore>) -> Result<Gathered, Stop> {
    let (secrets, accounts, chats, clock) = tokio::join!(
        Box::pin(file::unread_secrets(site.loaded, &site.secrets)),
        Box::pin(accounts::gather(site)),
        Box::pin(chats::gather(site)),
        Box::pin(clock::gather(site)),
    );
    let (open_targets, delivering) = (
        chats::open_targets(&chats),
        accounts::open(&accounts, &[Need::Webhooks]),
    );
    let (targets, webhooks) = tokio::join!(
        Box::pin(targets::gather(site, &open_targets)),
        Box::pin(webhooks::gather(site, &delivering, store)),
    );
    let reading = Box::pin(read(site, store)).await?;
    let named = approvers::named(site);
    let (calls, people) = tokio::join!(
        Box::pin(calls::gather(site, &reading.refreshes)),
        Box::pin(approvers::gather(
            site,
            &named,
            &reading.refreshes,
            chats::app(&chats)
        )),
    );
    Ok(Gathered {
        secrets,
        accounts,
        chats,
        clock,
        targets,
        webhooks,
        reading,
        calls,
        people,
    })
}

/// Before the first write there is no store: an empty one in memory is what the first sweep would find.
async fn read(site: &Site<'_>, store: Option<&DynamoStore>) -> Result<Reading, Stop> {
    if let Some(store) = store {
        let store: Arc<dyn Store> = Arc::new(store.clone());
        return Ok(Box::pin(reading::gather(site, store)).await);
    }
    let memory = LocalStore::open(None).await?;
    let reading = Box::pin(reading::gather(site, Arc::new(memory.store()))).await;
    memory.stop().await?;
    Ok(reading)
}

fn judge(site: &Site<'_>, gathered: &Gathered) -> Vec<Finding> {
    let Gathered {
        secrets,
        accounts,
        chats,
        clock,
        targets,
        webhooks,
        reading,
        calls,
        people,
    } = gathered;
    let (config, now) = (site.config(), site.now);
    let answering = Answering {
        accounts: &accounts::open(accounts, &[Need::OnCall, Need::Incidents]),
        targets: &targets::answering(targets),
    };
    let forecast = reading.forecast.as_ref().ok();
    let plans = match &reading.plan {
        Ok(answer) => answer.plans.as_slice(),
        Err(_) => &[],
    };
    let known = Known {
        config,
        facts: &reading.facts,
        timeline: &reading.timeline,
        people,
        has_policies: !site.loaded.policies.is_empty(),
        now,
    };
    let team = config
        .slack
        .as_ref()
        .and_then(|slack| slack.team_id.as_deref());
    let rotas = &reading.facts.pagerduty;
    let mut findings = secrets.clone();
    findings.extend(groups::judge(site.loaded));
    findings.extend(accounts::judge(accounts));
    findings.extend(chats::judge(chats, team));
    findings.extend(clock::judge(clock));
    findings.extend(targets::judge(targets));
    findings.extend(webhooks::judge(webhooks, now));
    findings.extend(reading::judge(reading, config, &answering));
    findings.extend(shared::judge(plans, &chats::teams(chats)));
    findings.extend(people::judge(plans, forecast));
    findings.extend(sources::judge(config, rotas, forecast, now));
    findings.extend(calls::judge(calls, config.sweep.refresh));
    findings.extend(approvers::judge(&known));
    findings
}
