//! An office with a PagerDuty account, an identity store and a Slack workspace; and the binary to run in it.

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::Value;
use simulators::identity_center::{IdentityCenterSim, IdentityUser};
use simulators::kit::{Server, SimClock};
use simulators::pagerduty::{Layer, LayerSchedule, PagerDuty, User};
use simulators::slack::{SlackGroup, SlackSim, SlackUser};
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// The API key, kept in the variable that the configuration names.
pub(crate) const KEY: &str = "u+aVerySecretKey1234";
const KEY_VARIABLE: &str = "ROTAKEY_TEST_KEY";

/// Always on call on [`PAYMENTS`].
pub(crate) const ADA: &str = "ada@acme.example";
/// Always on call on [`CONTRACTED`]; only PagerDuty knows him.
pub(crate) const BOB: &str = "bob@contractor.example";

pub(crate) const PAYMENTS: &str = "PAYMNT1";
pub(crate) const CONTRACTED: &str = "PCONTR1";
pub(crate) const EMPTY: &str = "PEMPTY1";

/// Everything that a run of the binary needs, in a folder of its own.
pub(crate) struct Office {
    pub(crate) folder: TempDir,
    pub(crate) pagerduty: PagerDuty,
    pub(crate) aws: IdentityCenterSim,
    pub(crate) slack: SlackSim,
    server: Server,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Office {
    pub(crate) async fn open() -> Self {
        let clock = SimClock::following(function_kit::now);
        let pagerduty = PagerDuty::new("acme", clock.clone());
        pagerduty.add_api_key(KEY);
        pagerduty.add_user(User::new("Ada Lovelace", ADA).id("PADA001"));
        pagerduty.add_user(User::new("Bob Builder", BOB).id("PBOB001"));
        let always = |user: &str| Layer::weekly(date(2026, 1, 5).at(0, 0, 0, 0), &[user]);
        let schedule = |id: &str, name: &str| LayerSchedule::new(name, "Etc/UTC").id(id);
        pagerduty.add_schedule(schedule(PAYMENTS, "Payments").layer(always("PADA001")));
        pagerduty.add_schedule(schedule(CONTRACTED, "Contracted").layer(always("PBOB001")));
        pagerduty.add_schedule(schedule(EMPTY, "Empty"));
        let server = pagerduty.serve().await.unwrap();

        let former = (1..=6)
            .map(|n| format!("former{n}@acme.example"))
            .collect::<Vec<_>>();
        let aws = IdentityCenterSim::builder(clock.clone());
        let aws = former
            .iter()
            .fold(aws, |aws, email| aws.user(IdentityUser::new(email, email)))
            .user(IdentityUser::new(ADA, "Ada Lovelace"))
            .group("Crowded", former.iter().map(String::as_str))
            .start()
            .await
            .unwrap();
        let slack = SlackSim::builder(clock)
            .user(SlackUser::new("UADA", ADA, "Ada Lovelace"))
            .group(SlackGroup::new("SPAY", "payments-oncall"))
            .start()
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("slack-token"), slack.bot_token()).unwrap();
        let office = Self {
            folder,
            pagerduty,
            aws,
            slack,
            server,
        };
        office.configure("");
        office
    }

    /// Writes the configuration: the systems, `payments`, and what else is given.
    pub(crate) fn configure(&self, groups: &str) {
        let text = format!(
            r#"[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:{KEY_VARIABLE}"
api_url = "{pagerduty}"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "{store}"
create_groups = true

[[target]]
name = "slack"
kind = "slack-user-group"
secret = "file:{folder}/slack-token"
api_url = "{slack}"

[[group]]
name = "payments"
sources = ["schedule:acme/{PAYMENTS}"]
entitlements = ["aws:Payments", "slack:payments-oncall"]
{groups}"#,
            pagerduty = self.server.url(),
            store = self.aws.identity_store_id(),
            folder = self.folder.path().display(),
            slack = self.slack.api_url(),
        );
        self.write(&text);
    }

    /// Writes the configuration file.
    pub(crate) fn write(&self, text: &str) {
        std::fs::write(self.config(), text).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("rotakey.toml")
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join(".rotakey").join("store.db")
    }

    /// The binary, in the folder, with nothing of this machine's environment.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rotakey"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL_IDENTITYSTORE", self.aws.endpoint_url())
            .env(KEY_VARIABLE, KEY)
            .env("USER", "tester");
        command
    }

    /// Runs it with the configuration of the folder.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.command();
        command.args(arguments);
        run(command).await
    }

    /// The members of the target groups that `payments` is granted on.
    pub(crate) fn holds_ada(&self) -> (bool, bool) {
        (
            self.aws.members_of("Payments").contains(ADA),
            self.slack.members_of("payments-oncall").contains(ADA),
        )
    }
}

/// Runs a command while the simulators go on.
pub(crate) async fn run(mut command: Command) -> Run {
    let Output {
        status,
        stdout,
        stderr,
    } = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    let run = Run {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    };
    for text in [&run.out, &run.err] {
        assert!(
            !text.contains('\u{1b}'),
            "a colour code where there is no terminal: {run:?}"
        );
        assert!(!text.contains(KEY), "a secret is printed: {run:?}");
    }
    run
}

impl Run {
    /// Asserts the exit code, and that each of `words` is on standard output.
    #[track_caller]
    pub(crate) fn says(&self, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        for word in words {
            assert!(self.out.contains(word), "`{word}` is missing: {self:#?}");
        }
        self
    }

    /// Asserts the exit code, and that each of `words` is on standard error, and nothing on standard output.
    #[track_caller]
    pub(crate) fn refuses(&self, code: i32, words: &[&str]) {
        assert_eq!((self.code, self.out.as_str()), (code, ""), "{self:#?}");
        for word in words {
            assert!(self.err.contains(word), "`{word}` is missing: {self:#?}");
        }
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// `hours` from now, in RFC 3339.
pub(crate) fn in_hours(hours: i64) -> String {
    let at: Timestamp = function_kit::now() + jiff::SignedDuration::from_hours(hours);
    at.to_string()
}
