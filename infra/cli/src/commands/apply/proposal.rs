//! What putting a configuration into force would change: settings, and memberships by them.

use crate::commands::sync::planned;
use crate::settings::{FileChange, Settings, changes, shown, tally};
use crate::setup::Loaded;
use crate::show::{
    Look, Names, Tone, count, harmless, harmless_lines, plans, print, tally as tally_of_plans,
};
use crate::stop::{Exit, Stop};
use access_core::ports::{ConfigVersion, Configs, RotaHistory};
use access_store::DynamoStore;
use jiff::Timestamp;
use oncall_poller::Answer;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A configuration held against the one in force.
pub(super) struct Proposal {
    /// The version in force; `None`: none is.
    before: Option<ConfigVersion>,
    settings: Vec<FileChange>,
    /// What becomes of memberships; `None`: nobody looked.
    plan: Option<Answer>,
    names: Names,
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub(super) struct Told<'a> {
    /// The version that is in force now; of a look, the one that would be.
    version: u64,
    by: &'a str,
    at: Timestamp,
    /// The version that was in force before.
    previous: Option<u64>,
    settings: &'a [FileChange],
    plan: Option<&'a Answer>,
    applied: bool,
}

/// Looks for every secret, then at the version in force, then at PagerDuty and the targets, unless `without_plan`.
pub(super) async fn propose(
    loaded: &Loaded,
    store: &DynamoStore,
    without_plan: bool,
) -> Result<Proposal, Stop> {
    let aws = if without_plan {
        loaded.aws().await?
    } else {
        loaded.aws_signed_in().await?
    };
    loaded.require_all_secrets(&aws).await?;
    let mut proposal = compared(loaded, store).await?;
    if !proposal.is_empty() && !without_plan {
        let store = Arc::new(store.clone());
        let all = BTreeSet::new();
        proposal.plan = Some(planned(store, &loaded.text, &aws, all).await?);
    }
    Ok(proposal)
}

/// What differs from the version in force.
pub(super) async fn compared(loaded: &Loaded, store: &DynamoStore) -> Result<Proposal, Stop> {
    let before = store.latest_config().await?;
    let settings = changes(before.as_ref().map(Settings::from), Settings::from(loaded));
    // Where nothing was read yet, or cannot be, people have their addresses for names.
    let rotas = store.rotas().await.unwrap_or_default();
    Ok(Proposal {
        before,
        settings,
        plan: None,
        names: Names::of(rotas.values()),
    })
}

impl Proposal {
    /// The version in force when it was made.
    pub(super) fn compared_with(&self) -> Option<u64> {
        self.before.as_ref().map(|before| before.version)
    }

    /// Whether everything is in force already.
    pub(super) fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// Whether something could not be read, so that nobody knows what would become of it.
    pub(super) fn has_failed(&self) -> bool {
        let plan = self.plan.as_ref();
        plan.is_some_and(|plan| !plan.failures.is_empty())
    }

    /// How the command ends that made it so, or only looked.
    pub(super) fn exit(&self) -> Exit {
        let plan = self.plan.as_ref();
        if plan.is_some_and(|plan| plan.held() > 0) {
            Exit::Held
        } else {
            Exit::Done
        }
    }

    /// How the command ends that puts nothing into force: there is nothing to do, somebody only looked, it cannot be known
    /// what would happen, or somebody said no.
    pub(super) fn end(&self, dry_run: bool, json: bool) -> Result<Exit, Stop> {
        if self.has_failed() {
            return Err(Stop::failed(
                "what would become of memberships is not known, so nothing was stored: mend what failed, or add --without-plan",
            ));
        }
        if !json && !self.is_empty() {
            print("nothing was stored");
        }
        if self.is_empty() || dry_run {
            Ok(self.exit())
        } else {
            Ok(Exit::Failed)
        }
    }

    /// For people: the settings line by line, who comes and who goes, and what to look at twice.
    pub(super) fn text(&self, look: Look) -> String {
        if self.is_empty() {
            let in_force = self.before.as_ref().map(stored).unwrap_or_default();
            return format!("nothing to apply: {in_force} is in force");
        }
        let against = match &self.before {
            Some(before) => format!("against {}", stored(before)),
            None => "none was in force so far".to_owned(),
        };
        let mut lines = vec![
            shown(&self.settings, look),
            format!("settings: {}, {against}", tally(&self.settings)),
        ];
        match &self.plan {
            Some(plan) => self.planned(plan, look, &mut lines),
            None => lines.push(look.tone(Tone::Warn, "memberships: nobody looked")),
        }
        lines.join("\n")
    }

    fn planned(&self, plan: &Answer, look: Look, lines: &mut Vec<String>) {
        let table = plans(&plan.plans, &self.names, look);
        if !table.is_empty() {
            lines.push(table);
        }
        let held = plan
            .plans
            .iter()
            .filter(|plan| plan.told().next().is_some());
        lines.extend(held.map(|plan| {
            let removals = count(plan.held.len(), "removal");
            let said = format!(
                "{removals} of {} would be held until a person lets them go",
                plan.binding
            );
            look.tone(Tone::Warn, said)
        }));
        let failures = plan.failures.iter();
        lines.extend(failures.map(|failure| {
            let failure = harmless_lines(&failure.to_string());
            look.tone(Tone::Bad, format!("failed: {failure}"))
        }));
        let failed = match plan.failures.len() {
            0 => String::new(),
            number => format!(", {}", count(number, "failure")),
        };
        let tally = tally_of_plans(&plan.plans);
        lines.push(format!("memberships: {tally}{failed}"));
    }

    /// For programs; `kept` is the version that was stored, if any was. Otherwise `by` is whoever looked, at `at`, unless
    /// nothing would change.
    pub(super) fn json<'a>(
        &'a self,
        by: &'a str,
        at: Timestamp,
        kept: Option<&'a ConfigVersion>,
    ) -> Told<'a> {
        let previous = self.compared_with();
        let known = kept.or(self.before.as_ref().filter(|_| self.is_empty()));
        let (version, by, at) = match known {
            Some(known) => (known.version, known.by.as_str(), known.at),
            None => (previous.map_or(1, |previous| previous + 1), by, at),
        };
        Told {
            version,
            by,
            at,
            previous,
            settings: &self.settings,
            plan: self.plan.as_ref(),
            applied: kept.is_some(),
        }
    }
}

/// `version 3 (by grace@laptop at 2026-11-22T12:00:00Z)`
fn stored(version: &ConfigVersion) -> String {
    let ConfigVersion {
        version, by, at, ..
    } = version;
    format!("version {version} (by {} at {at:.0})", harmless(by))
}
