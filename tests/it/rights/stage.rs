//! The three functions with their real wiring, each with a recorder between itself and AWS; PagerDuty and Slack are simulated.

use super::ask::Ask;
use super::recorder::Recorder;
use super::right::{BUS, IDENTITY_STORE};
use crate::support::approver::{request, session, signed, value_of};
use crate::support::clock::JumpingClock;
use crate::support::receiver::{WEBHOOK_SECRET, take};
use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs};
use crate::support::{ANNOUNCEMENTS, APPROVALS, World, WorldOptions, at};
use access_approver::lambda::invoke;
use access_core::ports::Configs;
use access_store::embedded::TABLE;
use access_targets::Pace;
use function_kit::Environment;
use jiff::SignedDuration;
use oncall_poller::wiring::RealSystems;
use oncall_poller::{Invocation, handle};
use serde_json::{Value, json};
use simulators::kit::Server;
use simulators::pagerduty::{Service, WebhookFilter, WebhookSubscription};
use simulators::slack::SlackRequest;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Leads payments, and decides.
pub(super) const LENA: &str = "lena@acme.example";
/// Decides where she did not for half an hour.
const BOSS: &str = "boss@acme.example";

const EVERYBODY: [&str; 5] = [ADA, GRACE, LINUS, LENA, BOSS];

/// What burns.
pub(super) const SERVICE: &str = "PSVPAY";
/// Who is told when it does.
pub(super) const SUBSCRIPTION: &str = "PWHSUB1";

/// PagerDuty's key.
const KEY: &str = "u+recorded";

/// How long an invocation of the poller may last, as in the stack's template.
const INVOCATION: SignedDuration = SignedDuration::from_secs(120);

const GROUPS: &str = r#"
[api]
aws_accounts = ["123456789012"]

[access]
release_held = ["group:payments-leads"]

[[group]]
name = "payments-leads"
sources = ["person:lena@acme.example"]

[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
lead = "5m"
lag = "0s"

[[group]]
name = "payments-fire"
sources = ["incident:acme/service/PSVPAY"]
entitlements = ["aws:PaymentsFire"]

[[group]]
name = "payments-admin"
entitlements = ["aws:PaymentsAdmin"]
[group.request]
max = "4h"
approvers = ["group:payments-leads"]
timeout = "1h"
escalate_after = "30m"
escalate_to = ["person:boss@acme.example"]
break_glass = ["escalation_policy:acme/PPOLICY"]
"#;

/// The functions, and everything around them.
pub(super) struct Stage {
    pub(super) world: World,
    poller: oncall_poller::Deps,
    /// Another process of the poller, which remembers nothing of what the first did.
    other_poller: oncall_poller::Deps,
    receiver: webhook_receiver::Deps,
    approver: access_approver::Deps,
    recorders: BTreeMap<&'static str, Recorder>,
    _servers: Vec<Server>,
}

impl Stage {
    /// At six in the morning of 3 November 2026, Grace on call; nothing was done yet.
    pub(super) async fn open() -> Self {
        let account = noon_handoffs("2026-11-03T06:00:00Z");
        account.add_api_key(KEY);
        account.add_service(Service::new("payments", "PPOLICY").id(SERVICE));
        let subscription = WebhookSubscription::new("http://127.0.0.1:9", WebhookFilter::Account);
        account.add_webhook_subscription(subscription.id(SUBSCRIPTION).secret(WEBHOOK_SECRET));
        let world = World::start(WorldOptions {
            pagerduty: account,
            people: EVERYBODY.to_vec(),
            groups: vec![],
            config: "",
        })
        .await;
        assert_eq!(world.identity_center.identity_store_id(), IDENTITY_STORE);
        let environment = Environment {
            table: TABLE.to_owned(),
            bus: BUS.to_owned(),
        };
        let (poller_asks, poller_aws) = aws(&world).await;
        let (receiver_asks, receiver_aws) = aws(&world).await;
        let (approver_asks, approver_aws) = aws(&world).await;
        let config = rotakey::local::aws_at(poller_aws.url());
        let poller = || {
            let mut poller = oncall_poller::Deps::wire(&config, &environment);
            // The same adapters, but nobody waits for a clock, nor for quotas of AWS.
            let systems = RealSystems::new(&config).with_identity_center_pace(Pace::unlimited());
            poller.systems = Arc::new(systems);
            poller.clock = Arc::new(JumpingClock(world.clock.clone()));
            poller
        };
        let (poller, other_poller) = (poller(), poller());
        let config = rotakey::local::aws_at(receiver_aws.url());
        let receiver = webhook_receiver::Deps::wire(&config, &environment);
        let config = rotakey::local::aws_at(approver_aws.url());
        let approver = access_approver::Deps::wire(&config, &environment);
        Self {
            world,
            poller,
            other_poller,
            receiver,
            approver,
            recorders: BTreeMap::from([
                ("oncall-poller", poller_asks),
                ("webhook-receiver", receiver_asks),
                ("access-approver", approver_asks),
            ]),
            _servers: vec![poller_aws, receiver_aws, approver_aws],
        }
    }

    /// What a function asked of AWS so far.
    pub(super) fn asked(&self, function: &str) -> BTreeSet<Ask> {
        self.recorders[function].asked()
    }

    /// Every operation that any function called so far.
    pub(super) fn operations(&self) -> BTreeSet<String> {
        let all = self.recorders.values().map(Recorder::operations);
        all.flatten().collect()
    }

    /// Stores a configuration: the groups of all scenes, and more.
    pub(super) async fn configure(&self, more: &str) {
        let text = format!("{}{GROUPS}{more}", systems(&self.world));
        let (store, now) = (&self.world.store, self.world.clock.now());
        let policies = BTreeMap::new();
        let stored = store.save_config(now, "test", &text, &policies).await;
        stored.expect("the configuration is stored");
    }

    /// It is that time of the day, or later.
    pub(super) fn at(&self, time: &str) {
        let then = at(&format!("2026-11-03T{time}Z"));
        self.world.clock.set(then.max(self.world.clock.now()));
    }

    /// The schedule calls at that time of the day, and everybody hears of what it did.
    pub(super) async fn tick_at(&self, time: &str) {
        self.at(time);
        self.tick().await;
    }

    /// The schedule calls now, and everybody hears of what it did.
    pub(super) async fn tick(&self) {
        self.wake(tick()).await;
        self.settle().await;
    }

    /// The same, but another process takes the call.
    pub(super) async fn tick_elsewhere_at(&self, time: &str) {
        self.at(time);
        call(&self.world, &self.other_poller, tick()).await;
        self.settle().await;
    }

    /// The poller is invoked; nothing may fail.
    pub(super) async fn wake(&self, payload: Value) {
        call(&self.world, &self.poller, payload).await;
    }

    /// Lets the bus carry everything to whom it belongs, by the rules of the stack, until it is empty.
    pub(super) async fn settle(&self) {
        loop {
            let told = self.recorders.values().flat_map(Recorder::take_events);
            let told: Vec<Value> = told.collect();
            if told.is_empty() {
                return;
            }
            for mut event in told {
                if event["detail-type"] == "Reconcile Requested" {
                    // Made by the machine's clock, which is not the one of this story.
                    event["detail"]["requested_at"] = Value::Null;
                    self.wake(event).await;
                } else {
                    self.reach(event).await;
                }
            }
        }
    }

    /// PagerDuty delivers what it has to tell.
    pub(super) async fn deliver(&self) {
        let now = self.world.clock.now();
        for webhook in self.world.pagerduty.take_webhooks() {
            assert_eq!(take(&self.receiver, now, &webhook).await, 202);
        }
        self.settle().await;
    }

    /// Somebody calls the API, and everybody hears of it; answers what the API says.
    pub(super) async fn calls(&self, who: &str, method: &str, path: &str, body: &Value) -> Value {
        let request = signed(method, path, &session(who), body);
        let answer = self.http(request).await;
        self.settle().await;
        answer
    }

    /// Somebody asks for access by a key, twice; answers the request, which is the same.
    pub(super) async fn asks_twice(&self, who: &str, key: &str, body: &Value) -> Value {
        let mut request = signed("POST", "/requests", &session(who), body);
        request["headers"]["idempotency-key"] = Value::from(key);
        let asked = self.http(request.clone()).await;
        let again = self.http(request).await;
        assert_eq!(asked["id"], again["id"]);
        self.settle().await;
        asked
    }

    /// Somebody types after `/access`.
    pub(super) async fn types(&self, who: &str, text: &str) {
        let slack = &self.world.slack;
        let typed = slack.type_command(&slack_id(who), ANNOUNCEMENTS, "/access", text);
        self.slack("/slack/command", &typed).await;
    }

    /// Somebody presses the last such button that approvers have.
    pub(super) async fn presses(&self, who: &str, action: &str) {
        let slack = &self.world.slack;
        let messages = slack.messages(APPROVALS);
        let mut buttons = messages.iter().rev().filter_map(|message| {
            let value = value_of(&message.blocks, action)?;
            Some((message.ts.clone(), value))
        });
        let (ts, value) = buttons.next().expect("there is such a button");
        let pressed = slack.press(&slack_id(who), APPROVALS, &ts, action, &value);
        self.slack("/slack/interaction", &pressed).await;
    }

    async fn slack(&self, path: &str, sent: &SlackRequest) {
        self.http(request("POST", path, &sent.headers, &sent.body))
            .await;
        self.settle().await;
    }

    /// One HTTP request to the approver, which may not be refused.
    async fn http(&self, request: Value) -> Value {
        let path = request["rawPath"].clone();
        let answer = self.reach(request).await;
        let is_done = matches!(answer["statusCode"].as_u64(), Some(200..=299));
        assert!(is_done, "{path}: {answer}");
        let body = answer["body"].as_str().unwrap_or_default();
        serde_json::from_str(body).unwrap_or_default()
    }

    /// The approver is invoked; it may not fail.
    async fn reach(&self, payload: Value) -> Value {
        let answer = invoke(&self.approver, self.world.clock.now(), payload).await;
        answer.expect("the approver does what it can")
    }
}

fn tick() -> Value {
    json!({"detail-type": "Scheduled Event"})
}

async fn call(world: &World, poller: &oncall_poller::Deps, payload: Value) {
    let invocation = Invocation::parse(payload).expect("the poller knows it");
    let now = world.clock.now();
    let answer = handle(poller, now, now + INVOCATION, &invocation).await;
    let answer = answer.expect("the poller does what it can");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
}

/// All of AWS for one function.
async fn aws(world: &World) -> (Recorder, Server) {
    let secrets = [
        ("rotakey/pagerduty", KEY.to_owned()),
        ("rotakey/webhooks", WEBHOOK_SECRET.to_owned()),
        ("rotakey/slack-token", world.slack.bot_token()),
        ("rotakey/slack-signing", world.slack.signing_secret()),
    ];
    let secrets = secrets.map(|(name, secret)| (name.to_owned(), secret));
    let identity_center = world.identity_center.endpoint_url();
    Recorder::start(world.store_url(), identity_center, BTreeMap::from(secrets)).await
}

/// Accounts and targets, with their secrets where functions on AWS have them.
fn systems(world: &World) -> String {
    format!(
        r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "rotakey/pagerduty"
webhook_secrets = ["rotakey/webhooks"]
api_url = "{}"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "{IDENTITY_STORE}"
create_groups = true

[[target]]
name = "slack"
kind = "slack-user-group"
secret = "rotakey/slack-token"
api_url = "{slack}"
create_groups = true

[slack]
bot_token = "rotakey/slack-token"
signing_secret = "rotakey/slack-signing"
approvals_channel = "{APPROVALS}"
announcements_channel = "{ANNOUNCEMENTS}"
api_url = "{slack}"
"#,
        world.pagerduty_url(),
        slack = world.slack.api_url(),
    )
}

/// Somebody's Slack account, as [`World`] numbers them.
fn slack_id(who: &str) -> String {
    let place = EVERYBODY.iter().position(|one| *one == who);
    format!("U{:04}", place.expect("somebody of this story"))
}
