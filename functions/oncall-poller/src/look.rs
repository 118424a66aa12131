//! Looking at one binding: its records, its target group, its people's accounts; and drafting its plan.

use crate::answer::Failure;
use crate::deps::Configured;
use crate::due::Item;
use crate::protected::Protected;
use access_core::config::{TargetConfig, effective_ownership};
use access_core::id::{AccountId, EntitlementName, TargetGroupId};
use access_core::matching::{AccountMatch, matching};
use access_core::membership::{Record, left_behind};
use access_core::plan::{Binding, Observed, Plan, Situation, Standing, draft};
use access_core::ports::{BindingState, Creation, Fence, Store, StoreError, Target, TargetError};
use access_core::principal::Principal;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tracing::{info, warn};

/// A binding that was looked at.
pub(crate) struct Looked {
    pub(crate) item: Item,
    pub(crate) plan: Plan,
    pub(crate) state: BindingState,
    pub(crate) target: Arc<dyn Target>,
    /// Accounts recorded under each binding that this one takes over.
    pub(crate) inherited: Vec<(Binding, BTreeSet<AccountId>)>,
}

impl Looked {
    /// What to write down before anything changes: a binding that leaves the configuration is found by what is known of it, and
    /// one whose changes were cut off in between is looked at again at once. `None`: nothing changes, or it stands there.
    pub(crate) fn begun(&self) -> Option<BindingState> {
        let stands = match &self.item.state {
            // What is added to another group than before must not be mistaken for what was added to that one.
            Some(state) => {
                let is_same = state.target_group == self.state.target_group;
                self.plan.is_empty() || (!state.clean && is_same)
            }
            None => false,
        };
        (!stands).then(|| BindingState {
            clean: false,
            ..self.state.clone()
        })
    }
}

/// Under which lease target groups may be created and that be written down; a dry run has none.
pub(crate) type Pen = Option<Fence>;

/// Reads what a plan needs and drafts it.
pub(crate) async fn look(
    now: Timestamp,
    store: &dyn Store,
    configured: &Configured,
    protected: &Protected,
    item: Item,
    pen: Pen,
) -> Result<Looked, Failure> {
    let binding = item.binding.clone();
    let failure = |error: String| Failure::new(&binding, error);
    let name = &binding.entitlement.target;
    let (Some(target), Some(config)) = (
        configured.targets.get(name),
        configured.config.targets.get(name),
    ) else {
        return Err(failure(format!(
            "target `{name}` left the configuration while the group still has members there: put the target back until they are removed"
        )));
    };
    let unread = |error: StoreError| failure(error.to_string());
    let mut records = store.records(&binding).await.map_err(unread)?;
    let inherited = inherit(store, &item, &mut records).await.map_err(unread)?;
    let mut state = item.state.clone().unwrap_or_else(|| new_state(&item));
    let observed = observe(
        store,
        &item,
        &records,
        &mut state,
        target.as_ref(),
        config,
        pen,
    )
    .await
    .map_err(&failure)?;
    let asked = |error: TargetError| failure(error.to_string());
    let accounts = accounts(configured, &item, target.as_ref(), &records, &observed)
        .await
        .map_err(asked)?;
    let protected = protected.of(name).map_err(&failure)?;
    let mut plan = draft(&Situation {
        now,
        binding: &binding,
        desired: &item.desired,
        accounts: &accounts,
        observed: &observed,
        records: &records,
        ownership: effective_ownership(item.ownership, state.creation == Creation::Ours),
        when_empty: item.when_empty,
        protected,
        blocked: &item.blocked,
        standing: item.standing,
    });
    plan.records.extend(taken_over(&plan, &inherited, &records));
    Ok(Looked {
        item,
        plan,
        state,
        target: Arc::clone(target),
        inherited,
    })
}

/// Adds the records of bindings that this one takes over; its own come first.
async fn inherit(
    store: &dyn Store,
    item: &Item,
    records: &mut BTreeMap<AccountId, Record>,
) -> Result<Vec<(Binding, BTreeSet<AccountId>)>, StoreError> {
    let mut inherited = Vec::with_capacity(item.inherits.len());
    for before in &item.inherits {
        let theirs = store.records(before).await?;
        inherited.push((before.clone(), theirs.keys().cloned().collect()));
        for (account, record) in theirs {
            records.entry(account).or_insert(record);
        }
    }
    Ok(inherited)
}

/// Inherited records that the plan leaves as they are: they have to be written under the new binding.
fn taken_over(
    plan: &Plan,
    inherited: &[(Binding, BTreeSet<AccountId>)],
    records: &BTreeMap<AccountId, Record>,
) -> Vec<Record> {
    let settled = plan.settled.iter().map(|settled| &settled.account);
    let rewritten = plan.records.iter().map(|record| &record.account);
    let added = plan
        .additions
        .iter()
        .filter(|addition| !addition.begun)
        .map(|addition| &addition.account);
    let removed = plan
        .removals
        .iter()
        .filter(|removal| !removal.begun)
        .map(|removal| &removal.account);
    let touched: BTreeSet<_> = settled
        .chain(rewritten)
        .chain(added)
        .chain(removed)
        .chain(&plan.forgotten)
        .collect();
    let accounts = inherited.iter().flat_map(|(_, accounts)| accounts);
    let untouched = accounts.filter(|account| !touched.contains(account));
    untouched
        .filter_map(|account| records.get(account).cloned())
        .collect()
}

fn new_state(item: &Item) -> BindingState {
    BindingState {
        origin: item.origin.clone(),
        creation: Creation::Found,
        target_group: None,
        fingerprint: None,
        observed_at: None,
        clean: false,
        removable: 0,
    }
}

/// What the target group holds; created first where that is wanted and allowed.
async fn observe(
    store: &dyn Store,
    item: &Item,
    records: &BTreeMap<AccountId, Record>,
    state: &mut BindingState,
    target: &dyn Target,
    config: &TargetConfig,
    pen: Pen,
) -> Result<Observed, String> {
    let entitlement = &item.binding.entitlement.name;
    let observed = target
        .observe(entitlement)
        .await
        .map_err(|error| error.to_string())?;
    let now = observed.as_ref().map(|observed| &observed.id);
    leave_nobody_behind(item, records, target, now).await?;
    if let Some(observed) = observed {
        let before = state.target_group.as_ref();
        let is_another = before.is_some_and(|before| *before != observed.id);
        state.creation = match state.creation {
            Creation::Begun => Creation::Ours,
            // The one that Rotakey made had its name; this one has strangers who are not Rotakey's to remove.
            Creation::Ours if is_another => Creation::Found,
            creation => creation,
        };
        state.target_group = Some(observed.id.clone());
        return Ok(observed);
    }
    if item.standing == Standing::Removed {
        let id = state
            .target_group
            .clone()
            .ok_or("the target group was never found")?;
        return Ok(Observed {
            id,
            members: BTreeSet::new(),
        });
    }
    if !config.create_groups || state.creation == Creation::Ours {
        let remedy = if config.create_groups {
            "it was created by Rotakey and is gone: create it again by hand"
        } else {
            "create it there, or set create_groups = true on the target"
        };
        return Err(format!(
            "there is no group `{entitlement}` in target `{}`: {remedy}",
            item.binding.entitlement.target
        ));
    }
    create(store, item, state, target, pen).await
}

async fn create(
    store: &dyn Store,
    item: &Item,
    state: &mut BindingState,
    target: &dyn Target,
    pen: Pen,
) -> Result<Observed, String> {
    let entitlement = &item.binding.entitlement.name;
    let Some(fence) = pen else {
        // One for each: two that are not there yet are not the same group.
        let id = TargetGroupId::new(format!("to be created: {entitlement}"));
        let id = id.map_err(|error| error.to_string())?;
        return Ok(Observed {
            id,
            members: BTreeSet::new(),
        });
    };
    // Written down first: a group that exists after an interruption here is known to be Rotakey's own.
    state.creation = Creation::Begun;
    store
        .save_binding(fence, &item.binding, state)
        .await
        .map_err(|error| error.to_string())?;
    let id = target
        .create(entitlement)
        .await
        .map_err(|error| error.to_string())?;
    info!(group = %item.binding.group, entitlement = %item.binding.entitlement, "created group {id} for {}", item.binding);
    state.creation = Creation::Ours;
    state.target_group = Some(id.clone());
    Ok(Observed {
        id,
        members: BTreeSet::new(),
    })
}

/// Asks about groups to which the binding led before, if its name leads elsewhere now, or nowhere.
///
/// # Errors
/// In words, while one of them holds somebody whom Rotakey let in, or when that cannot be told.
async fn leave_nobody_behind(
    item: &Item,
    records: &BTreeMap<AccountId, Record>,
    target: &dyn Target,
    now: Option<&TargetGroupId>,
) -> Result<(), String> {
    let Binding { group, entitlement } = &item.binding;
    for id in &item.target_groups {
        if Some(id) == now {
            continue;
        }
        // Every target takes an id for a name.
        let former = EntitlementName::new(id.as_str()).map_err(|error| error.to_string())?;
        let former = target.observe(&former).await;
        let former = former.map_err(|error| error.to_string())?;
        // With a group that is gone its memberships are gone.
        let left = former
            .iter()
            .flat_map(|former| left_behind(former, records));
        let left: Vec<&str> = left.map(AccountId::as_str).collect();
        if !left.is_empty() {
            let leads = now.map_or("no group".to_owned(), |now| format!("group {now}"));
            return Err(format!(
                "`{}` in target `{}` now leads to {leads}, and Rotakey let people into group {id}, which is still there: give that group its name back, or take them out of it by hand ({})",
                entitlement.name,
                entitlement.target,
                left.join(", ")
            ));
        }
        if let Some(now) = now {
            warn!(group = %group, entitlement = %entitlement, before = %id, now = %now, "{} led to group {id}, in which nobody is left whom Rotakey let in, and leads to group {now} now", item.binding);
        }
    }
    Ok(())
}

async fn accounts(
    configured: &Configured,
    item: &Item,
    target: &dyn Target,
    records: &BTreeMap<AccountId, Record>,
    observed: &Observed,
) -> Result<BTreeMap<Principal, AccountMatch>, TargetError> {
    let people = &configured.config.people;
    let matching = matching(
        &item.binding.entitlement.target,
        people,
        records,
        &observed.members,
        item.desired.members.keys(),
    );
    let mut found = BTreeMap::new();
    if !matching.ask.is_empty() {
        found = target.find_accounts(&matching.ask).await?;
    }
    Ok(matching.settle(found))
}
