//! `sync` and `plan`: one reconcile from this machine.

use crate::given::Given;
use crate::local::{LocalStore, put_in_force};
use crate::setup::{self, ConfigArg, Loaded, StoreArg};
use crate::show::{
    Look, Names, Tone, count, during, for_shell, harmless_lines, plans, print, print_json, tally,
};
use crate::stop::{Exit, Stop};
use crate::who::whoami;
use access_core::id::{GroupName, PlanId};
use access_core::ports::{HeldPlans, RotaHistory, Store};
use access_store::DynamoStore;
use aws_config::SdkConfig;
use jiff::SignedDuration;
use oncall_poller::{Answer, Deps, Invocation, Sync, handle};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How long a sweep may take; one that was cut off keeps others waiting until then. At 20 changes a second this is
/// 12,000 changes, and what is left goes with the next sweep.
const SWEEP_MAX: SignedDuration = SignedDuration::from_mins(10);

/// Bring every group into line with the rota, once, from this machine
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreArg,
    /// Only this group and those around it; may be repeated
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<GroupName>,
    /// Show what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Let the removals of a held plan go
    #[arg(long, value_name = "PLAN", conflicts_with = "dry_run")]
    release: Option<PlanId>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Show what `sync` would do, and change nothing
#[derive(Debug, clap::Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreArg,
    /// Only this group and those around it; may be repeated
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<GroupName>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl From<PlanArgs> for Args {
    fn from(args: PlanArgs) -> Self {
        let PlanArgs {
            config,
            store,
            groups,
            json,
        } = args;
        Self {
            config,
            store,
            groups,
            dry_run: true,
            release: None,
            json,
        }
    }
}

pub(crate) async fn run(args: Args, look: Look) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let path = loaded.store_path(&args.store)?;
    let aws = if args.dry_run {
        loaded.aws_signed_in().await?
    } else {
        // Slack is kept in line without AWS.
        loaded.aws().await?
    };
    loaded.require_secrets(&aws).await?;
    let local = if args.dry_run {
        setup::look_into_store(&path).await?
    } else {
        setup::open_store(&path).await?
    };
    let answer = sweep(&args, &loaded, &aws, &local).await;
    let rotas = local.store().rotas().await;
    local.stop().await?;
    let (answer, names) = (answer?, Names::of(rotas.unwrap_or_default().values()));
    if args.json {
        print_json(&answer);
    } else {
        tell(&args, &loaded, &answer, &names, look);
    }
    Ok(exit(&answer))
}

async fn sweep(
    args: &Args,
    loaded: &Loaded,
    aws: &SdkConfig,
    local: &LocalStore,
) -> Result<Answer, Stop> {
    let groups: BTreeSet<GroupName> = args.groups.iter().cloned().collect();
    if args.dry_run {
        return planned(Arc::new(local.store()), &loaded.text, aws, groups).await;
    }
    let (by, store) = (whoami(), local.store());
    // Whoever is told that nothing was done must find the configuration as it was.
    require_held(args.release, &store).await?;
    require_groups(&groups, loaded, aws, &store).await?;
    let now = function_kit::now();
    put_in_force(&store, now, &by, &loaded.text, &loaded.policies).await?;
    let deps: Deps = setup::deps(Arc::new(store), aws);
    let sync = Sync {
        groups,
        dry_run: false,
        release: args.release,
        by: Some(by),
    };
    let invocation = Invocation::Sync(sync);
    let swept = handle(&deps, now, now + SWEEP_MAX, &invocation);
    Ok(during("Bringing groups into line", swept).await?)
}

/// Refuses a plan that is not held.
async fn require_held(release: Option<PlanId>, store: &DynamoStore) -> Result<(), Stop> {
    let Some(plan) = release else { return Ok(()) };
    let held = store.held().await?;
    // Of plans that cannot be understood the release itself tells.
    if held.plans.contains_key(&plan) || !held.unread.is_empty() {
        Ok(())
    } else {
        Err(Stop::usage(format!("plan {plan} is not held")))
    }
}

/// Refuses a group that nobody knows. One that is not written out may be made by a template, or have been configured once:
/// only who reads PagerDuty and plans for it can tell.
async fn require_groups(
    groups: &BTreeSet<GroupName>,
    loaded: &Loaded,
    aws: &SdkConfig,
    store: &DynamoStore,
) -> Result<(), Stop> {
    let written = &loaded.config.groups;
    if groups.iter().all(|group| written.contains_key(group)) {
        return Ok(());
    }
    let store = Arc::new(store.clone());
    let _plan = planned(store, &loaded.text, aws, groups.clone()).await?;
    Ok(())
}

/// What a sweep of these groups (none: of all) would do by the configuration `text` and what `store` knows. Reads PagerDuty
/// and the targets, and changes nothing.
pub(crate) async fn planned(
    store: Arc<dyn Store>,
    text: &str,
    aws: &SdkConfig,
    groups: BTreeSet<GroupName>,
) -> Result<Answer, Stop> {
    let now = function_kit::now();
    let store = Arc::new(Given::new(store, now, text));
    let deps: Deps = setup::deps(store, aws);
    let sync = Sync {
        groups,
        dry_run: true,
        ..Sync::default()
    };
    let invocation = Invocation::Sync(sync);
    let planned = handle(&deps, now, now + SWEEP_MAX, &invocation);
    Ok(during("Planning", planned).await?)
}

fn exit(answer: &Answer) -> Exit {
    if !answer.failures.is_empty() {
        Exit::Failed
    } else if answer.held() > 0 {
        Exit::Held
    } else {
        Exit::Done
    }
}

fn tell(args: &Args, loaded: &Loaded, answer: &Answer, names: &Names, look: Look) {
    let table = plans(&answer.plans, names, look);
    if !table.is_empty() {
        print(table);
    }
    for plan in answer
        .plans
        .iter()
        .filter(|plan| plan.told().next().is_some())
    {
        let removals = format!("{} of {}", count(plan.held.len(), "removal"), plan.binding);
        if args.dry_run {
            // Nothing is held before a sync, so that there is nothing to let go yet.
            let said = format!("{removals} would be held until a person lets them go");
            print(look.tone(Tone::Warn, said));
            continue;
        }
        let said = format!("{removals} held until a person lets them go:");
        print(look.tone(Tone::Warn, said));
        if let Some(id) = plan.held_id {
            print(format!("  {}", release_command(args, loaded, id)));
        }
    }
    for failure in &answer.failures {
        let failure = harmless_lines(&failure.to_string());
        print(look.tone(Tone::Bad, format!("failed: {failure}")));
    }
    let looked_at = count(answer.plans.len(), "binding");
    let done = match (args.dry_run, answer.changes) {
        (true, _) => "nothing was changed".to_owned(),
        (false, changes) => format!("{} made", count(changes, "change")),
    };
    let failed = match answer.failures.len() {
        0 => String::new(),
        number => format!(", {}", count(number, "failure")),
    };
    print(format!(
        "{looked_at} looked at: {}{failed}; {done}",
        tally(&answer.plans)
    ));
}

/// What to paste to let a held plan go, in the same store.
fn release_command(args: &Args, loaded: &Loaded, id: PlanId) -> String {
    let store = args.store.store.as_deref();
    let store = store.map(|store| format!(" --store {}", for_shell(store)));
    let (config, store) = (for_shell(&loaded.path), store.unwrap_or_default());
    format!("rotakey sync --config {config}{store} --release {id}")
}
