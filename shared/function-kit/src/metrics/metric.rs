//! The metrics: their names, and what each of them means.

/// Something that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// From the instant at which access by a shift was to open or close, lead and lag included, to the target's confirmation.
    HandoffLag,
    /// Since the last tick that did everything without a failure.
    SweepAge,
    /// From the start of a run until all that was due then was done; waiting for edges left out.
    SweepDuration,
    /// People to add, in the plans of one run.
    PlannedAdditions,
    /// People to remove, in the plans of one run; those held left out.
    PlannedRemovals,
    /// Removals that wait for a person now.
    RemovalsHeld,
    /// Changes that a target refused or did not answer.
    ChangesFailed,
    /// People who go on call in the coming days and have no account in a target, or no address in PagerDuty.
    PeopleUnmatched,
    /// What else the coming days lack: hours with nobody on call, sources that are gone.
    CoverageWarnings,
    /// Requests sent to PagerDuty's API, repeats included.
    PagerDutyCalls,
    /// Calls that PagerDuty's rate limit leaves; of several accounts the fewest.
    PagerDutyRateRemaining,
    /// Webhook subscriptions to which PagerDuty delivers nothing now.
    WebhookDisabled,
    /// Webhooks that were accepted.
    WebhooksTaken,
    /// Webhooks that were refused, forged ones included.
    WebhooksRefused,
    /// Secrets that could not be read, or that a vendor refused.
    SecretRefused,
    /// Requests for access that were made.
    RequestsMade,
    /// From a request to the decision that people made on it.
    DecisionTime,
    /// Grants that ended: expired, handed back, revoked.
    GrantsEnded,
    /// Calls by which somebody was to be told or asked in Slack, and that failed.
    SlackCallsFailed,
}

/// What a metric counts in, in CloudWatch's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
}

/// What becomes of several values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// They add up: a counter.
    Sum,
    /// The last one counts: a gauge.
    Level,
    /// The least one counts: a gauge.
    Least,
    /// The last one counts, and grows with time: a gauge.
    Age,
    /// Each one counts: a histogram with these upper bounds, in order.
    Spread(&'static [f64]),
}

/// A handoff: within a second where the edge was waited for, within a minute where a tick found it.
const HANDOFFS: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0,
];
/// Work of the machine.
const WORK: &[f64] = &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];
/// People take their time.
const PEOPLE: &[f64] = &[
    10.0, 30.0, 60.0, 300.0, 900.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0,
];

impl Metric {
    /// Every metric there is, in order.
    pub const ALL: [Self; 19] = [
        Self::HandoffLag,
        Self::SweepAge,
        Self::SweepDuration,
        Self::PlannedAdditions,
        Self::PlannedRemovals,
        Self::RemovalsHeld,
        Self::ChangesFailed,
        Self::PeopleUnmatched,
        Self::CoverageWarnings,
        Self::PagerDutyCalls,
        Self::PagerDutyRateRemaining,
        Self::WebhookDisabled,
        Self::WebhooksTaken,
        Self::WebhooksRefused,
        Self::SecretRefused,
        Self::RequestsMade,
        Self::DecisionTime,
        Self::GrantsEnded,
        Self::SlackCallsFailed,
    ];

    /// Its name in CloudWatch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HandoffLag => "HandoffLag",
            Self::SweepAge => "SweepAge",
            Self::SweepDuration => "SweepDuration",
            Self::PlannedAdditions => "PlannedAdditions",
            Self::PlannedRemovals => "PlannedRemovals",
            Self::RemovalsHeld => "RemovalsHeld",
            Self::ChangesFailed => "ChangesFailed",
            Self::PeopleUnmatched => "PeopleUnmatched",
            Self::CoverageWarnings => "CoverageWarnings",
            Self::PagerDutyCalls => "PagerDutyCalls",
            Self::PagerDutyRateRemaining => "PagerDutyRateRemaining",
            Self::WebhookDisabled => "WebhookDisabled",
            Self::WebhooksTaken => "WebhooksTaken",
            Self::WebhooksRefused => "WebhooksRefused",
            Self::SecretRefused => "SecretRefused",
            Self::RequestsMade => "RequestsMade",
            Self::DecisionTime => "DecisionTime",
            Self::GrantsEnded => "GrantsEnded",
            Self::SlackCallsFailed => "SlackCallsFailed",
        }
    }

    /// Its name for Prometheus, unit included.
    #[must_use]
    pub fn scraped_name(self) -> &'static str {
        match self {
            Self::HandoffLag => "rotakey_handoff_lag_seconds",
            Self::SweepAge => "rotakey_sweep_age_seconds",
            Self::SweepDuration => "rotakey_sweep_duration_seconds",
            Self::PlannedAdditions => "rotakey_planned_additions_total",
            Self::PlannedRemovals => "rotakey_planned_removals_total",
            Self::RemovalsHeld => "rotakey_removals_held",
            Self::ChangesFailed => "rotakey_changes_failed_total",
            Self::PeopleUnmatched => "rotakey_people_unmatched",
            Self::CoverageWarnings => "rotakey_coverage_warnings",
            Self::PagerDutyCalls => "rotakey_pagerduty_calls_total",
            Self::PagerDutyRateRemaining => "rotakey_pagerduty_rate_remaining",
            Self::WebhookDisabled => "rotakey_webhook_subscriptions_disabled",
            Self::WebhooksTaken => "rotakey_webhooks_taken_total",
            Self::WebhooksRefused => "rotakey_webhooks_refused_total",
            Self::SecretRefused => "rotakey_secrets_refused_total",
            Self::RequestsMade => "rotakey_requests_made_total",
            Self::DecisionTime => "rotakey_decision_time_seconds",
            Self::GrantsEnded => "rotakey_grants_ended_total",
            Self::SlackCallsFailed => "rotakey_slack_calls_failed_total",
        }
    }

    /// What it tells, in one line.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::HandoffLag => {
                "From the instant at which access by a shift was due to the target's confirmation"
            }
            Self::SweepAge => "Since the last tick that did everything without a failure",
            Self::SweepDuration => "From the start of a run until all that was due then was done",
            Self::PlannedAdditions => "People to add, as planned",
            Self::PlannedRemovals => "People to remove, as planned",
            Self::RemovalsHeld => "Removals that wait for a person",
            Self::ChangesFailed => "Changes that a target refused or did not answer",
            Self::PeopleUnmatched => "People who go on call in the coming days without an account",
            Self::CoverageWarnings => {
                "What else the coming days lack, such as hours with nobody on call"
            }
            Self::PagerDutyCalls => "Requests sent to PagerDuty",
            Self::PagerDutyRateRemaining => "Calls that PagerDuty's rate limit leaves",
            Self::WebhookDisabled => "Webhook subscriptions to which PagerDuty delivers nothing",
            Self::WebhooksTaken => "Webhooks that were accepted",
            Self::WebhooksRefused => "Webhooks that were refused, forged ones included",
            Self::SecretRefused => "Secrets that could not be read, or that a vendor refused",
            Self::RequestsMade => "Requests for access that were made",
            Self::DecisionTime => "From a request to the decision that people made on it",
            Self::GrantsEnded => "Grants that ended",
            Self::SlackCallsFailed => "Calls to Slack that failed",
        }
    }

    /// What it counts in.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::HandoffLag | Self::SweepAge | Self::SweepDuration | Self::DecisionTime => {
                Unit::Seconds
            }
            _ => Unit::Count,
        }
    }

    /// What becomes of several values.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::HandoffLag => Kind::Spread(HANDOFFS),
            Self::SweepDuration => Kind::Spread(WORK),
            Self::DecisionTime => Kind::Spread(PEOPLE),
            Self::SweepAge => Kind::Age,
            Self::PagerDutyRateRemaining => Kind::Least,
            Self::RemovalsHeld
            | Self::PeopleUnmatched
            | Self::CoverageWarnings
            | Self::WebhookDisabled => Kind::Level,
            Self::PlannedAdditions
            | Self::PlannedRemovals
            | Self::ChangesFailed
            | Self::PagerDutyCalls
            | Self::WebhooksTaken
            | Self::WebhooksRefused
            | Self::SecretRefused
            | Self::RequestsMade
            | Self::GrantsEnded
            | Self::SlackCallsFailed => Kind::Sum,
        }
    }
}

impl Unit {
    /// The unit as CloudWatch spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Seconds => "Seconds",
        }
    }
}

impl Kind {
    /// The bounds of a histogram; empty for what is none.
    pub(super) fn bounds(self) -> &'static [f64] {
        match self {
            Self::Spread(bounds) => bounds,
            Self::Sum | Self::Level | Self::Least | Self::Age => &[],
        }
    }
}
