//! The simulated vendors with Acme in them, and the configuration that syncs it.

use super::chat::{ANNOUNCEMENTS, APPROVALS, slack_id};
use crate::local::{LocalClock, WEBHOOK_RECEIVER};
use crate::show::Names;
use access_core::id::{EscalationPolicyId, ScheduleId};
use access_core::principal::Principal;
use jiff::civil::{Weekday, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use simulators::company::{self, PAYMENTS_SERVICE, PEOPLE};
use simulators::identity_center::{IdentityCenterSim, IdentityUser, Throttling};
use simulators::kit::Server;
use simulators::pagerduty::{PagerDuty, WebhookFilter, WebhookSubscription};
use simulators::slack::{RateLimits, SlackGroup, SlackSim, SlackUser};
use std::collections::BTreeMap;
use std::io;
use tempfile::TempDir;

/// The configuration, with marks where the demo's own addresses go.
const CONFIG: &str = include_str!("rotakey.toml");

/// What the simulated PagerDuty signs webhooks with.
const WEBHOOK_SECRET: &str = "simulated-webhook-secret";

/// Who was made a database administrator by hand, long ago.
const FORMER_ADMINISTRATORS: [&str; 8] = [
    "siti.rahma@acme.example",
    "kenji.watanabe@acme.example",
    "minjun.park@acme.example",
    "elif.yilmaz@acme.example",
    "matteo.ricci@acme.example",
    "hannah.cohen@acme.example",
    "wei.zhang@acme.example",
    "chloe.martin@acme.example",
];

/// A Monday, half an hour before several weekly handoffs at once.
///
/// The next Monday after `now`: what the store lets expire is then in no past, and every demo tells the same story.
pub(crate) fn start_of_demo(now: Timestamp) -> Timestamp {
    let today = now.to_zoned(TimeZone::UTC).date();
    let monday = today.nth_weekday(1, Weekday::Monday);
    let start = monday.and_then(|monday| {
        monday
            .to_datetime(time(7, 30, 0, 0))
            .to_zoned(TimeZone::UTC)
    });
    start.expect("there is a next Monday").timestamp()
}

/// The vendors, running.
pub(crate) struct World {
    pub(crate) account: PagerDuty,
    pub(crate) pagerduty: Server,
    pub(crate) slack: SlackSim,
    pub(crate) aws: IdentityCenterSim,
    /// Where the secrets lie, for as long as the demo runs.
    secrets: TempDir,
}

impl World {
    pub(crate) async fn start(clock: &LocalClock) -> io::Result<Self> {
        let clock = clock.for_simulators();
        let account = company::company(clock.clone());
        let pagerduty = account.serve().await?;
        let known = || PEOPLE.iter().filter(|person| person.is_known_elsewhere());

        // The real clients keep to the vendors' limits in real time, which is not the time here.
        let slack = SlackSim::builder(clock.clone())
            .rate_limits(RateLimits::Off)
            .channel(APPROVALS)
            .channel(ANNOUNCEMENTS);
        let slack = known().fold(slack, |slack, person| {
            slack.user(SlackUser::new(&slack_id(person), person.email, person.name))
        });
        let slack = slack
            .group(SlackGroup::new("SPAYMENTS", "payments-oncall"))
            .start()
            .await?;

        let aws = IdentityCenterSim::builder(clock).throttling(Throttling::Off);
        let aws = known().fold(aws, |aws, person| {
            aws.user(IdentityUser::new(person.email, person.name))
        });
        let aws = aws
            .group("PaymentsProdOperator", ["chloe.martin@acme.example"])
            .group("DatabaseAdministrators", FORMER_ADMINISTRATORS)
            .start()
            .await?;

        let secrets = tempfile::tempdir()?;
        let app = serde_json::json!({"client_id": company::CLIENT_ID, "client_secret": company::CLIENT_SECRET});
        std::fs::write(secrets.path().join("pagerduty.json"), app.to_string())?;
        std::fs::write(secrets.path().join("slack"), slack.bot_token())?;
        std::fs::write(secrets.path().join("slack-signing"), slack.signing_secret())?;
        std::fs::write(secrets.path().join("webhook"), WEBHOOK_SECRET)?;
        Ok(Self {
            account,
            pagerduty,
            slack,
            aws,
            secrets,
        })
    }

    /// Has PagerDuty tell the receiver behind a gateway what happens to incidents.
    pub(crate) fn subscribe(&self, gateway: &str) {
        let receiver = format!("{gateway}/lambda-url/{WEBHOOK_RECEIVER}/acme");
        let subscription = WebhookSubscription::new(&receiver, WebhookFilter::Account);
        self.account
            .add_webhook_subscription(subscription.secret(WEBHOOK_SECRET));
    }

    /// The configuration; PagerDuty is read once in `refresh`.
    pub(crate) fn config(&self, refresh: SignedDuration) -> String {
        CONFIG
            .replace("@SECRETS@", &self.secrets.path().display().to_string())
            .replace("@PAGERDUTY@", self.pagerduty.url())
            .replace("@IDENTITY_STORE@", &self.aws.identity_store_id())
            .replace("@SLACK@", &self.slack.api_url())
            .replace("@APPROVALS@", APPROVALS)
            .replace("@ANNOUNCEMENTS@", ANNOUNCEMENTS)
            .replace("@PAYMENTS_SERVICE@", PAYMENTS_SERVICE)
            .replace("@REFRESH@", &format!("{}s", refresh.as_secs()))
    }

    /// What Acme calls its people, schedules and policies.
    pub(crate) fn names(&self) -> Names {
        let mut names = Names::default();
        let person = |email: &str, name: &str| Some((Principal::new(email).ok()?, name.to_owned()));
        names.people = PEOPLE
            .iter()
            .filter_map(|one| person(one.email, one.name))
            .collect();
        let schedules = self.account.schedules().into_iter();
        names.rota.schedules = schedules
            .filter_map(|(id, name)| Some((ScheduleId::new(id).ok()?, name)))
            .collect();
        let policies = self.account.policies().into_iter();
        let policy = |(id, policy): (String, simulators::pagerduty::EscalationPolicy)| {
            Some((EscalationPolicyId::new(id).ok()?, policy.name))
        };
        names.rota.policies = policies.filter_map(policy).collect::<BTreeMap<_, _>>();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::config::Config;

    #[test]
    fn the_demo_begins_on_a_monday_to_come() {
        for (now, start) in [
            ("2026-11-22T10:00:00Z", "2026-11-23T07:30:00Z"),
            ("2026-11-23T00:00:00Z", "2026-11-30T07:30:00Z"),
        ] {
            assert_eq!(start_of_demo(now.parse().unwrap()).to_string(), start);
        }
    }

    #[tokio::test]
    async fn the_configuration_is_right_at_every_pace() {
        let clock = LocalClock::running("2026-11-23T07:30:00Z".parse().unwrap(), 1.0);
        let world = World::start(&clock).await.unwrap();
        for seconds in [60, 1200, 3600] {
            let text = world.config(SignedDuration::from_secs(seconds));
            Config::parse("demo", &text).unwrap();
        }
        assert_eq!(world.names().people.len(), PEOPLE.len());
    }
}
