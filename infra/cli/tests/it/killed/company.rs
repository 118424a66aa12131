//! Four people, three schedules that change hands every few seconds, and groups that they may ask into.

use super::chance::Chance;
use crate::support::KEY;
use access_core::request::GrantRecord;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use simulators::identity_center::{IdentityCenterSim, IdentityUser, Throttling};
use simulators::kit::{Faults, Server, SimClock};
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, PagerDuty, Target, User};
use simulators::slack::{RateLimits, SlackGroup, SlackOutcome, SlackSim, SlackUser};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// By e-mail address, lower case.
pub(super) type People = BTreeSet<String>;

/// The id in PagerDuty, the one in Slack, and the address.
pub(super) const PEOPLE: [(&str, &str, &str); 4] = [
    ("PADA001", "UADA", "ada@acme.example"),
    ("PBEN001", "UBEN", "ben@acme.example"),
    ("PCAT001", "UCAT", "cat@acme.example"),
    ("PDAN001", "UDAN", "dan@acme.example"),
];

/// Change hands every few seconds, as written down before; one changes by surprise.
const ALPHA: &str = "PALPHA1";
const BETA: &str = "PBETA01";
const GAMMA: &str = "PGAMMA1";

/// Where approvers see requests.
pub(super) const APPROVALS: &str = "C0APPROVALS";

/// For so long the schedules change hands.
const HANDOFFS: SignedDuration = SignedDuration::from_secs(70);

/// The systems with everything in them. Their requests may fail; what they hold is what it is.
pub(super) struct Company {
    folder: TempDir,
    pagerduty: PagerDuty,
    pub(super) aws: IdentityCenterSim,
    pub(super) slack: SlackSim,
    /// PagerDuty, listening.
    _server: Server,
    http: reqwest::Client,
    port: u16,
    /// When the last of the handoffs has happened that were written down before.
    pub(super) handed_over_at: Timestamp,
}

/// What came of a command that somebody typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nobody answered to the end: it counts for nothing, whether or not it was taken.
    Lost,
    /// It was granted, or is put to people.
    Accepted,
    /// Nothing was kept, and they were told so.
    Refused(String),
}

impl Company {
    pub(super) async fn open(chance: &mut Chance) -> Self {
        let clock = SimClock::following(function_kit::now);
        let pagerduty = account(&clock);
        let handed_over_at = hand_over(&pagerduty, chance);
        let server = pagerduty.serve().await.unwrap();
        let mut aws = IdentityCenterSim::builder(clock.clone()).throttling(Throttling::Off);
        let mut slack = SlackSim::builder(clock)
            .rate_limits(RateLimits::Off)
            .group(SlackGroup::new("SALPHA", "alpha"))
            .channel(APPROVALS);
        for (_, id, email) in PEOPLE {
            aws = aws.user(IdentityUser::new(email, email));
            slack = slack.user(SlackUser::new(id, email, email));
        }
        let (aws, slack) = (aws.start().await.unwrap(), slack.start().await.unwrap());
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        write("slack-token", &slack.bot_token()).unwrap();
        write("slack-signing", &slack.signing_secret()).unwrap();
        let text = CONFIG
            .replace("@FOLDER@", &folder.path().display().to_string())
            .replace("@PAGERDUTY@", server.url())
            .replace("@STORE@", &aws.identity_store_id())
            .replace("@SLACK@", &slack.api_url());
        write("rotakey.toml", &text).unwrap();
        let _first = rustls::crypto::ring::default_provider().install_default();
        // A connection to a process that was killed is of no use to the next.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0);
        Self {
            folder,
            pagerduty,
            aws,
            slack,
            _server: server,
            http: http.timeout(super::life::PATIENCE).build().unwrap(),
            port: free_port(chance),
            handed_over_at,
        }
    }

    /// The binary, with nothing of this machine's environment.
    pub(super) fn rotakey(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rotakey"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL_IDENTITYSTORE", self.aws.endpoint_url())
            .env("ROTAKEY_TEST_KEY", KEY)
            .args(arguments);
        command
    }

    /// The service: every time on the same store and the same port.
    pub(super) fn serve(&self) -> Command {
        let listen = format!("127.0.0.1:{}", self.port);
        self.rotakey(&["serve", "--listen", &listen])
    }

    pub(super) fn store(&self) -> PathBuf {
        self.folder.path().join(".rotakey").join("store.db")
    }

    /// The scripts of faults of all three vendors.
    pub(super) fn faults(&self) -> [&Faults; 3] {
        let (aws, slack) = (self.aws.kit(), self.slack.kit());
        [self.pagerduty.faults(), &aws.faults, &slack.faults]
    }

    /// Somebody stands in for a moment, and nobody knew before.
    pub(super) fn stand_in(&self, chance: &mut Chance) {
        let (user, _, _) = chance.one_of(&PEOPLE);
        let start = next_second();
        let end = start + SignedDuration::from_secs(12);
        self.pagerduty.create_override(GAMMA, user, start, end);
    }

    /// Somebody types `/access GROUP DURATION REASON`.
    pub(super) async fn ask(&self, who: usize, line: &str) -> Answer {
        let (_, user, _) = PEOPLE[who];
        let typed = self.slack.type_command(user, APPROVALS, "/access", line);
        let path = "lambda-url/access-approver/slack/command";
        let request = self
            .http
            .post(format!("http://127.0.0.1:{}/{path}", self.port));
        let headers = typed.headers.iter();
        let request = headers.fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        let Ok(answer) = request.body(typed.body.clone()).send().await else {
            return Answer::Lost;
        };
        let status = answer.status().as_u16();
        let Ok(body) = answer.bytes().await else {
            return Answer::Lost;
        };
        if status != 200 {
            return Answer::Refused(format!("status {status}"));
        }
        let shown = self.slack.answer(&typed, status, &body);
        assert_eq!(shown, SlackOutcome::Said, "{line}");
        let told: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let told = told["text"].as_str().unwrap_or_default();
        if told.starts_with("You are in ") || told.contains(" waits: ") {
            Answer::Accepted
        } else {
            Answer::Refused(told.to_owned())
        }
    }

    /// Who holds what, asked of the targets themselves.
    pub(super) fn holds(&self) -> BTreeMap<&'static str, People> {
        BTreeMap::from([
            ("aws:Alpha", self.aws.members_of("Alpha")),
            ("slack:alpha", self.slack.members_of("alpha")),
            ("aws:Beta", self.aws.members_of("Beta")),
            ("aws:Gamma", self.aws.members_of("Gamma")),
            ("aws:Vault", self.aws.members_of("Vault")),
        ])
    }

    /// Who should, by PagerDuty's own state and these grants; shares no code with what it judges.
    pub(super) fn wanted(
        &self,
        now: Timestamp,
        grants: &[GrantRecord],
    ) -> BTreeMap<&'static str, People> {
        let on_call = |schedule: &str| -> People {
            let users = self.pagerduty.on_call_at(schedule, now);
            let theirs = PEOPLE.iter().filter(|(id, _, _)| users.contains(*id));
            theirs.map(|(_, _, email)| (*email).to_owned()).collect()
        };
        let granted = grants.iter().map(|record| &record.grant);
        let granted = granted.map(|grant| grant.principal.email().to_owned());
        BTreeMap::from([
            ("aws:Alpha", on_call(ALPHA)),
            ("slack:alpha", on_call(ALPHA)),
            ("aws:Beta", on_call(BETA)),
            ("aws:Gamma", on_call(GAMMA)),
            ("aws:Vault", granted.collect()),
        ])
    }
}

/// Each schedule has somebody always, and all four may let themselves into the vault.
fn account(clock: &SimClock) -> PagerDuty {
    let account = PagerDuty::new("acme", clock.clone());
    account.add_api_key(KEY);
    account.limit_rate(None);
    for (id, _, email) in PEOPLE {
        account.add_user(User::new(email, email).id(id));
    }
    for (schedule, (user, _, _)) in [ALPHA, BETA, GAMMA].into_iter().zip(PEOPLE) {
        let always = Layer::weekly(date(2026, 1, 5).at(0, 0, 0, 0), &[user]);
        let schedule = LayerSchedule::new(schedule, "Etc/UTC").id(schedule);
        account.add_schedule(schedule.layer(always));
    }
    let everybody = PEOPLE.iter().map(|(id, _, _)| Target::user(id)).collect();
    let policy = EscalationPolicy::new("Anybody").id("PANYONE");
    account.add_policy(policy.level(everybody));
    account
}

/// Has two schedules change hands for a while; answers when that is over.
fn hand_over(account: &PagerDuty, chance: &mut Chance) -> Timestamp {
    let start = next_second();
    let end = start + HANDOFFS;
    for schedule in [ALPHA, BETA] {
        let mut from = start;
        while from < end {
            let seconds = i64::try_from(chance.within(&(3..=9))).unwrap();
            let until = from + SignedDuration::from_secs(seconds);
            let (user, _, _) = chance.one_of(&PEOPLE);
            account.create_override(schedule, user, from, until);
            from = until;
        }
    }
    // The last of them may begin just before.
    end + SignedDuration::from_secs(9)
}

/// PagerDuty's times are whole seconds.
fn next_second() -> Timestamp {
    Timestamp::from_second(function_kit::now().as_second() + 1).unwrap()
}

/// A port that nobody is given by the system while no process of ours has it.
fn free_port(chance: &mut Chance) -> u16 {
    let mut tries = 0..100;
    let free = tries.find_map(|_| {
        let port = u16::try_from(chance.within(&(20_000..=30_000))).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        listener.ok().map(|_| port)
    });
    free.expect("one of a hundred ports is free")
}

const CONFIG: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:ROTAKEY_TEST_KEY"
api_url = "@PAGERDUTY@"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "@STORE@"
create_groups = true

[[target]]
name = "slack"
kind = "slack-user-group"
secret = "file:@FOLDER@/slack-token"
api_url = "@SLACK@"

[slack]
bot_token = "file:@FOLDER@/slack-token"
signing_secret = "file:@FOLDER@/slack-signing"
team_id = "T0SIMULATED"
approvals_channel = "C0APPROVALS"
api_url = "@SLACK@"

[[group]]
name = "alpha"
sources = ["schedule:acme/PALPHA1"]
entitlements = ["aws:Alpha", "slack:alpha"]
lead = "0s"
lag = "0s"

[[group]]
name = "beta"
sources = ["schedule:acme/PBETA01"]
entitlements = ["aws:Beta"]
lead = "0s"
lag = "0s"

[[group]]
name = "gamma"
sources = ["schedule:acme/PGAMMA1"]
entitlements = ["aws:Gamma"]
lead = "0s"
lag = "0s"

[[group]]
name = "vault"
entitlements = ["aws:Vault"]
[group.request]
max = "10m"
auto_approve_on_call = ["escalation_policy:acme/PANYONE"]

[[group]]
name = "archive"
[group.request]
max = "10m"
approvers = ["person:lead@acme.example"]

[sweep]
refresh = "30s"
observe_every = "1m"
"#;
