//! `sync` and `plan`: one reconcile from this machine.

use crate::given::Given;
use crate::local::{LocalStore, put_in_force};
use crate::setup::{self, ConfigArg, Loaded, StoreArg};
use crate::show::{
    Look, Names, Tone, count, during, harmless_lines, plans, print, print_json, tally,
};
use crate::stop::{Exit, Stop};
use crate::who::whoami;
use access_core::id::{GroupName, PlanId};
use access_core::ports::{RotaHistory, Store};
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
    /// Only this group; may be repeated
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
    /// Only this group; may be repeated
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
    let aws = loaded.aws().await?;
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
    let groups = args.groups.iter().cloned().collect();
    if args.dry_run {
        return planned(Arc::new(local.store()), &loaded.text, aws, groups).await;
    }
    let now = function_kit::now();
    let (by, store) = (whoami(), local.store());
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
        let held = count(plan.held.len(), "removal");
        print(look.tone(
            Tone::Warn,
            format!(
                "{held} of {} held until a person lets them go:",
                plan.binding
            ),
        ));
        if let Some(id) = plan.held_id {
            print(format!(
                "  rotakey sync --config {} --release {id}",
                loaded.path.display()
            ));
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
