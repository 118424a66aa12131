//! One plan that changes nothing and one look at the coming days, both made as the poller makes them.

use super::code::Code;
use super::finding::{Finding, account, said};
use super::recorder::{Heard, Recorder};
use super::site::Site;
use crate::given::Given;
use crate::setup;
use access_core::config::Config;
use access_core::facts::Facts;
use access_core::forecast::Forecast;
use access_core::id::{PagerDutyName, TargetName};
use access_core::ports::Store;
use access_core::timeline::Timeline;
use jiff::SignedDuration;
use oncall_poller::{Answer, Invocation, PollerError, Sync, forecast, handle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long the plan may take.
const PLAN_MAX: SignedDuration = SignedDuration::from_mins(10);

/// What a plan and a look ahead found.
pub(super) struct Reading {
    pub(super) plan: Result<Answer, PollerError>,
    pub(super) forecast: Result<Forecast, PollerError>,
    /// The reads for the plan, as every refresh makes them.
    pub(super) refreshes: BTreeMap<PagerDutyName, Heard>,
    /// What is known of PagerDuty: of the coming days, where they could be read.
    pub(super) facts: Facts,
    pub(super) timeline: Timeline,
}

/// Reads what `sync` and the forecast would read; `store` is what was left before, and nothing is written into it.
pub(super) async fn gather(site: &Site<'_>, store: Arc<dyn Store>) -> Reading {
    let recorder = Arc::new(Recorder::new(site.aws));
    let given = Given::new(store, site.now, &site.loaded.text);
    let deps = setup::deps_with(Arc::new(given), recorder.clone());
    let everything = Invocation::Sync(Sync {
        groups: BTreeSet::new(),
        dry_run: true,
        release: None,
        by: None,
    });
    let plan = handle(&deps, site.now, site.now + PLAN_MAX, &everything).await;
    let refreshes = recorder.heard();
    let forecast = forecast(&deps, site.now).await;
    let heard = recorder.heard().into_iter();
    let facts = Facts {
        pagerduty: heard.map(|(name, heard)| (name, heard.facts)).collect(),
        ..Facts::default()
    };
    let timeline = Timeline::of(site.config(), &facts);
    Reading {
        plan,
        forecast,
        refreshes,
        facts,
        timeline,
    }
}

/// What is known to answer: failures of the others are found already.
pub(super) struct Answering<'a> {
    pub(super) accounts: &'a BTreeSet<&'a PagerDutyName>,
    pub(super) targets: &'a BTreeSet<&'a TargetName>,
}

/// What failed, beyond what is found already.
pub(super) fn judge(reading: &Reading, config: &Config, answering: &Answering<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    match &reading.plan {
        Err(error) => findings.push(Finding::new(Code::PlanUnmade, "the plan", said(error))),
        Ok(answer) => {
            let known = known(config, answering);
            let failures = answer.failures.iter();
            let new =
                failures.filter(|failure| !known.iter().any(|known| known.is(&failure.subject)));
            findings.extend(
                new.map(|failure| Finding::new(Code::PlanFailed, &failure.subject, &failure.error)),
            );
        }
    }
    if let Err(error) = &reading.forecast {
        let what = format!("the coming days could not be looked at: {}", said(error));
        findings.push(Finding::new(Code::ForecastUnmade, "the forecast", what));
    }
    findings
}

/// How subjects of failures look that are found already.
enum Known {
    Whole(String),
    /// Within a binding's name.
    Part(String),
}

impl Known {
    fn is(&self, subject: &str) -> bool {
        match self {
            Self::Whole(name) => subject == name,
            Self::Part(part) => subject.contains(part.as_str()),
        }
    }
}

fn known(config: &Config, answering: &Answering<'_>) -> Vec<Known> {
    let accounts = config.pagerduty.keys();
    let accounts = accounts.filter(|name| !answering.accounts.contains(name));
    let accounts = accounts.map(|name| Known::Whole(account(name)));
    let targets = config.targets.keys();
    let targets = targets.filter(|name| !answering.targets.contains(name));
    let targets = targets.map(|name| Known::Part(format!(" on {name}:")));
    accounts.chain(targets).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:KEY"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"
"#;

    #[test]
    fn what_failed_because_of_something_found_is_not_told_again() {
        let config = Config::parse("test", CONFIG).unwrap();
        let (acme, aws) = (
            PagerDutyName::new("acme").unwrap(),
            TargetName::new("aws").unwrap(),
        );
        let (all_accounts, all_targets) = (BTreeSet::from([&acme]), BTreeSet::from([&aws]));
        let none = (BTreeSet::new(), BTreeSet::new());
        for (case, accounts, targets, subject, expected) in [
            (
                "all answer",
                &all_accounts,
                &all_targets,
                "payments on aws:P",
                false,
            ),
            (
                "all answer",
                &all_accounts,
                &all_targets,
                "PagerDuty account acme",
                false,
            ),
            (
                "a silent target",
                &all_accounts,
                &none.1,
                "payments on aws:P",
                true,
            ),
            (
                "a silent account",
                &none.0,
                &all_targets,
                "PagerDuty account acme",
                true,
            ),
            (
                "a silent account",
                &none.0,
                &all_targets,
                "payments on aws:P",
                false,
            ),
        ] {
            let known = known(&config, &Answering { accounts, targets });
            let is_known = known.iter().any(|known| known.is(subject));
            assert_eq!(is_known, expected, "{case}: {subject}");
        }
    }
}
