//! The world: a PagerDuty account, an Identity Center and a Slack workspace, and pollers that keep them in line.

use super::bus::RecordingBus;
use super::choke::Choke;
use super::clock::JumpingClock;
use super::systems::{API_KEY, SimulatedSystems};
use super::vault::Vault;
use access_core::ports::{Configs, OutboxEntry};
use access_store::DynamoStore;
use access_store::embedded::{self, Embedded};
use aws_sdk_identitystore::config::{BehaviorVersion, Credentials, Region};
use jiff::{SignedDuration, Timestamp};
use oncall_poller::{Answer, Deps, Invocation, PollerError, Sync, handle};
use simulators::identity_center::{IdentityCenterSim, IdentityUser, Throttling};
use simulators::kit::{Server, SimClock};
use simulators::pagerduty::PagerDuty;
use simulators::slack::{RateLimits, SlackSim, SlackUser};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a simulated invocation may last, as the template sets it.
const INVOCATION: SignedDuration = SignedDuration::from_secs(120);

/// The Slack channel where approvers see requests.
pub(crate) const APPROVALS: &str = "C0APPROVALS";
/// The Slack channel where everybody is told.
pub(crate) const ANNOUNCEMENTS: &str = "C0ANNOUNCES";

/// What a world is made of.
pub(crate) struct WorldOptions<'a> {
    /// The PagerDuty account; its clock is the world's.
    pub(crate) pagerduty: PagerDuty,
    /// E-mail addresses with accounts in Identity Center and Slack.
    pub(crate) people: Vec<&'a str>,
    /// Groups that exist in Identity Center, empty.
    pub(crate) groups: Vec<&'a str>,
    /// Everything of the configuration but the accounts and targets, which [`World`] writes: PagerDuty `acme`, targets
    /// `aws` (creates groups) and `slack`, and the chat-ops app in the same workspace.
    pub(crate) config: &'a str,
}

/// A simulated world with the store that the pollers share.
pub(crate) struct World {
    pub(crate) clock: SimClock,
    pub(crate) pagerduty: PagerDuty,
    pub(crate) identity_center: IdentityCenterSim,
    pub(crate) slack: SlackSim,
    pub(crate) store: Arc<DynamoStore>,
    /// Where the pollers' PagerDuty key is kept; the simulator must be told of a new one, too.
    pub(crate) api_key: Arc<Vault>,
    /// Where the pollers' Slack token is kept.
    pub(crate) bot_token: Arc<Vault>,
    embedded: Embedded,
    pub(super) bus: Arc<RecordingBus>,
    /// The simulated PagerDuty, listening.
    server: Server,
}

/// One poller process; dropping it is killing it.
pub(crate) struct Poller {
    pub(crate) deps: Deps,
    /// Its own store, which counts what it writes.
    pub(crate) store: Arc<DynamoStore>,
    /// Proxies that stand between it and the world.
    _proxies: Vec<Server>,
}

impl World {
    /// The table of the store, for stories that damage what lies there.
    pub(crate) fn table(&self) -> aws_sdk_dynamodb::Client {
        access_store::embedded::client(self.embedded.endpoint())
    }

    /// Where the store answers.
    pub(crate) fn store_url(&self) -> &str {
        self.embedded.endpoint()
    }

    /// Where PagerDuty answers.
    pub(crate) fn pagerduty_url(&self) -> &str {
        self.server.url()
    }

    /// Starts every simulator and stores the configuration.
    pub(crate) async fn start(options: WorldOptions<'_>) -> Self {
        let WorldOptions {
            pagerduty,
            people,
            groups,
            config,
        } = options;
        let clock = pagerduty.clock().clone();
        pagerduty.add_api_key(API_KEY);
        pagerduty.limit_rate(None);
        let server = pagerduty.serve().await.expect("a loopback port is free");
        let mut identity_center =
            IdentityCenterSim::builder(clock.clone()).throttling(Throttling::Off);
        let mut slack = SlackSim::builder(clock.clone())
            .rate_limits(RateLimits::Off)
            .channel(APPROVALS)
            .channel(ANNOUNCEMENTS);
        for (number, email) in people.iter().enumerate() {
            identity_center = identity_center.user(IdentityUser::new(email, email));
            slack = slack.user(SlackUser::new(&format!("U{number:04}"), email, email));
        }
        for group in groups {
            identity_center = identity_center.group(group, []);
        }
        let identity_center = identity_center
            .start()
            .await
            .expect("a loopback port is free");
        let slack = slack.start().await.expect("a loopback port is free");
        let embedded = Embedded::start(None)
            .await
            .expect("the embedded store starts");
        let store = Arc::new(embedded.store().await.expect("the table is made"));
        let api_key = Arc::new(Vault::new(API_KEY));
        let bot_token = Arc::new(Vault::new(&slack.bot_token()));
        let world = Self {
            clock,
            pagerduty,
            identity_center,
            slack,
            store,
            api_key,
            bot_token,
            embedded,
            bus: Arc::default(),
            server,
        };
        world.configure(config).await;
        world
    }

    /// Stores another configuration: everything but the accounts and targets.
    pub(crate) async fn configure(&self, config: &str) {
        self.configure_protecting(config, &[]).await;
    }

    /// As [`configure`](Self::configure), with people whose memberships in `aws` are never removed.
    pub(crate) async fn configure_protecting(&self, config: &str, protected: &[&str]) {
        let systems = systems_config(
            self.server.url(),
            &self.identity_center.identity_store_id(),
            &self.slack.api_url(),
            protected,
        );
        let text = format!("{systems}\n{config}");
        self.store
            .save_config(self.clock.now(), "test", &text, &BTreeMap::new())
            .await
            .expect("the configuration is stored");
    }

    /// A poller as it would run on AWS, in this process.
    #[expect(
        clippy::unused_async,
        reason = "as with proxies, so that stories read alike"
    )]
    pub(crate) async fn poller(&self) -> Poller {
        self.poller_at(
            self.embedded.endpoint(),
            self.identity_center.endpoint_url(),
            &self.slack.api_url(),
            vec![],
        )
    }

    /// A poller whose every write goes through `choke`: the store and both targets.
    pub(crate) async fn poller_through(&self, choke: &Choke) -> Poller {
        let store = choke.in_front_of(self.embedded.endpoint()).await;
        let identity_center = choke.in_front_of(self.identity_center.endpoint_url()).await;
        let slack = choke.in_front_of(&self.slack.api_url()).await;
        let urls = [&store, &identity_center, &slack].map(|proxy| proxy.url().to_owned());
        self.poller_at(
            &urls[0],
            &urls[1],
            &urls[2],
            vec![store, identity_center, slack],
        )
    }

    fn poller_at(
        &self,
        store: &str,
        identity_center: &str,
        slack: &str,
        proxies: Vec<Server>,
    ) -> Poller {
        let dynamodb = embedded::config(store).build();
        let systems = SimulatedSystems {
            identity_center: identity_store_client(identity_center, &dynamodb),
            api_key: Arc::clone(&self.api_key),
            bot_token: Arc::clone(&self.bot_token),
            slack_url: slack.parse().expect("a server's address is a URL"),
        };
        let client = aws_sdk_dynamodb::Client::from_conf(dynamodb);
        let store = Arc::new(DynamoStore::new(client, embedded::TABLE));
        let bus = Arc::clone(&self.bus) as _;
        let clock = Arc::new(JumpingClock(self.clock.clone()));
        let deps = Deps::new(Arc::clone(&store) as _, Arc::new(systems), bus, clock);
        Poller {
            deps,
            store,
            _proxies: proxies,
        }
    }

    /// Everything that the bus took, repeats included.
    pub(crate) fn events(&self) -> Vec<OutboxEntry> {
        self.bus.taken()
    }

    /// What the bus was told of one kind, such as "Removals Held", without repeats: where nobody shows it, it is told again.
    pub(crate) fn told_of(&self, detail_type: &str) -> Vec<OutboxEntry> {
        let (mut events, mut keys) = (self.events(), BTreeSet::new());
        events.retain(|entry| {
            entry.event.detail_type() == detail_type && keys.insert(entry.key.clone())
        });
        events
    }

    /// Who is in a group of Identity Center.
    pub(crate) fn members(&self, group: &str) -> BTreeSet<String> {
        self.identity_center.members_of(group)
    }
}

impl Poller {
    /// The schedule calls, at the world's time.
    pub(crate) async fn tick(&self) -> Result<Answer, PollerError> {
        self.invoke(&Invocation::Tick).await
    }

    /// Somebody asks for all groups now.
    pub(crate) async fn sync(&self) -> Result<Answer, PollerError> {
        self.invoke(&Invocation::Sync(Sync::default())).await
    }

    /// Any invocation, at the world's time.
    pub(crate) async fn invoke(&self, invocation: &Invocation) -> Result<Answer, PollerError> {
        let now = self.deps.clock.now();
        handle(&self.deps, now, now + INVOCATION, invocation).await
    }
}

fn systems_config(
    pagerduty: &str,
    identity_store: &str,
    slack: &str,
    protected: &[&str],
) -> String {
    format!(
        r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:SIMULATED_KEY"
webhook_secrets = ["env:SIMULATED_WEBHOOK_SECRET"]
api_url = "{pagerduty}"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "{identity_store}"
create_groups = true
protected = {protected:?}

[[target]]
name = "slack"
kind = "slack-user-group"
secret = "env:SIMULATED_TOKEN"
api_url = "{slack}"
create_groups = true

[slack]
bot_token = "env:SIMULATED_TOKEN"
signing_secret = "env:SIMULATED_SIGNING_SECRET"
approvals_channel = "{APPROVALS}"
announcements_channel = "{ANNOUNCEMENTS}"
api_url = "{slack}"
"#
    )
}

/// A client of the simulated Identity Center, or of a proxy in front of it.
fn identity_store_client(
    url: &str,
    dynamodb: &aws_sdk_dynamodb::Config,
) -> aws_sdk_identitystore::Client {
    // The embedded store's way of speaking plain HTTP: reading the machine's certificates takes longer than a tick.
    let plain_http = dynamodb
        .http_client()
        .expect("the embedded store sets its own");
    let config = aws_sdk_identitystore::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new(
            "simulated",
            "simulated",
            None,
            None,
            "simulated",
        ))
        .http_client(plain_http);
    aws_sdk_identitystore::Client::from_conf(config.build())
}

/// An instant in words, for tests.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a test's instant is RFC 3339")
}

/// The minutes from one instant to another, both included: when the schedule calls.
pub(crate) fn minutes(from: &str, to: &str) -> impl Iterator<Item = Timestamp> {
    let (from, to) = (at(from), at(to));
    let next = |now: &Timestamp| Some(*now + SignedDuration::from_mins(1));
    std::iter::successors(Some(from), next).take_while(move |now| *now <= to)
}
