//! The approver's Slack path under requests that nobody chose: each gets its documented answer, within Slack's limits, and
//! no request or grant comes to be that must not.

mod expected;
mod ports;
mod rota;
mod sent;
mod store;
#[cfg(test)]
mod tests;
mod vendor;

use crate::input::records;
use access_approver::Deps;
use access_approver::lambda::invoke;
use access_core::principal::Principal;
use access_core::request::{ApprovedHow, GrantRecord, Request, RequestState};
use expected::expected;
use jiff::{SignedDuration, Timestamp};
use ports::Ports;
use sent::{Kind, Sent};
use serde_json::Value;
use simulators::slack::check_view;
use std::cell::RefCell;
use std::sync::Arc;
use store::{Kept, Memory};
use tokio::runtime::{Builder, Runtime};
use vendor::{Vendor, said_badly};

/// When the first request of an input arrives; each further one comes a second later.
const NOON: Timestamp = Timestamp::constant(1_795_348_800, 0);

/// The longest grant of any group.
const MAX: SignedDuration = SignedDuration::from_hours(4);

const CONFIG: &str = include_str!("slack/config.toml");

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

/// Sends the requests that an input describes to an approver without a past. The same input does the same every time.
///
/// # Panics
/// When the approver does what it must not: another answer, one that Slack refuses, a trace of what was refused or came
/// twice, an approval of one's own request, a grant that is too long or that nobody approved.
pub fn slack(data: &[u8]) {
    BENCH.with_borrow_mut(|bench| {
        bench.run(data);
    });
}

/// A Slack and an approver that serve one input after the other.
struct Bench {
    runtime: Runtime,
    vendor: Vendor,
    /// Where the Slack answers.
    url: String,
    memory: Arc<Memory>,
    ports: Arc<Ports>,
    deps: Deps,
}

impl Bench {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime of one thread starts");
        let vendor = Vendor::default();
        let url = runtime.block_on(vendor.start());
        let url = url.expect("a loopback port is free");
        let config = CONFIG.replace("@SLACK@", &url);
        let memory = Arc::new(Memory::configured(NOON, &config));
        let ports = Arc::new(Ports::default());
        Self {
            runtime,
            vendor,
            url,
            deps: ports::deps(&memory, &ports),
            memory,
            ports,
        }
    }

    /// Answers the status of each request, and how many steps were taken.
    ///
    /// The approver is kept for the next input, since reading configuration and policies takes longer than most requests.
    /// What it remembers of people is the same for every input.
    fn run(&mut self, data: &[u8]) -> (Vec<u16>, u64) {
        self.memory.clear();
        let left = (self.ports.told(), self.vendor.findings());
        drop(left);
        let scene = Scene {
            vendor: &self.vendor,
            memory: &self.memory,
            ports: &self.ports,
            deps: &self.deps,
        };
        let statuses = self.runtime.block_on(scene.play(&self.url, data));
        let steps = self.memory.kept().steps;
        (statuses, steps)
    }
}

/// One input's approver.
struct Scene<'a> {
    vendor: &'a Vendor,
    memory: &'a Memory,
    ports: &'a Ports,
    deps: &'a Deps,
}

impl Scene<'_> {
    async fn play(&self, url: &str, data: &[u8]) -> Vec<u16> {
        let mut statuses = Vec::new();
        for (place, record) in records(data).enumerate() {
            let seconds = i64::try_from(place).expect("inputs are short");
            let now = NOON + SignedDuration::from_secs(seconds);
            let sent = Sent::read(now, place, record, url, &self.memory.kept());
            statuses.push(self.check(now, &sent).await);
        }
        statuses
    }

    /// Sends a request, tells people what came of it, and sends it again.
    async fn check(&self, now: Timestamp, sent: &Sent) -> u16 {
        let status = self.check_once(now, sent).await;
        let steps = self.memory.kept().steps;
        let again = self.check_once(now, sent).await;
        assert_eq!(again, status, "the same request has the same answer");
        let after = self.memory.kept().steps;
        assert_eq!(after, steps, "a request that comes again decides nothing");
        status
    }

    async fn check_once(&self, now: Timestamp, sent: &Sent) -> u16 {
        let before = self.memory.kept().steps;
        let answer = invoke(self.deps, now, sent.payload()).await;
        let answer = answer.expect("a request is answered");
        let status = answer["statusCode"]
            .as_u64()
            .and_then(|it| it.try_into().ok());
        let status: u16 = status.expect("an answer has a status");
        let expected = expected(sent);
        assert!(
            expected.contains(&status),
            "answer {status} instead of {expected:?}"
        );
        if status != 200 {
            let after = self.memory.kept().steps;
            assert_eq!(after, before, "a refusal ({status}) leaves no trace");
        }
        check_form(sent.kind, status, &answer);
        for payload in self.ports.told() {
            let told = invoke(self.deps, now, payload).await;
            told.expect("people are told");
        }
        let findings = self.vendor.findings();
        assert!(findings.is_empty(), "Slack refuses it: {findings:?}");
        check_kept(&self.memory.kept());
        status
    }
}

/// What Slack takes as an answer, or a problem in JSON.
fn check_form(kind: Kind, status: u16, answer: &Value) {
    let body = answer["body"].as_str().expect("a body is text");
    let parsed = || serde_json::from_str::<Value>(body).expect("the answer is JSON");
    if status != 200 {
        let problem = parsed();
        assert_eq!(problem["status"], status);
        assert!(problem["code"].is_string(), "{problem}");
        return;
    }
    if body.is_empty() {
        return;
    }
    let said = parsed();
    let findings = match (kind, said["response_action"].as_str()) {
        (Kind::Command, _) => said_badly(&said),
        (Kind::Interaction, Some("update")) => check_view(&said["view"]),
        (Kind::Interaction, Some("errors")) => {
            let errors = said["errors"].as_object();
            let is_said = |text: &Value| text.as_str().is_some_and(|text| !text.is_empty());
            let all = errors.is_some_and(|all| !all.is_empty() && all.values().all(is_said));
            if all {
                Vec::new()
            } else {
                vec!["errors say nothing".to_owned()]
            }
        }
        (Kind::Interaction, _) => vec!["no answer to an interaction".to_owned()],
    };
    assert!(findings.is_empty(), "{findings:?}: {said}");
}

/// What holds of everything that is ever kept.
fn check_kept(kept: &Kept) {
    for request in kept.requests.values() {
        check_request(request);
    }
    for record in kept.grants.values() {
        check_grant(record, kept);
    }
}

fn check_request(request: &Request) {
    let own = |by: &Principal| *by == request.asked.by;
    let mut approvers: Vec<_> = request.approvals().iter().map(|it| &it.by).collect();
    assert!(
        !approvers.iter().any(|by| own(by)),
        "nobody approves their own"
    );
    let number = approvers.len();
    approvers.sort();
    approvers.dedup();
    assert_eq!(approvers.len(), number, "each approver counts once");
    let needed = if request.asked.group.as_str() == "vault" {
        2
    } else {
        1
    };
    if let RequestState::Approved {
        how: ApprovedHow::ByPeople(_),
        ..
    } = &request.state
    {
        assert!(number >= needed, "enough people approved");
    }
}

fn check_grant(record: &GrantRecord, kept: &Kept) {
    let grant = &record.grant;
    let request = kept
        .requests
        .get(&grant.request)
        .expect("a grant comes from a request");
    assert_eq!(
        request.grant(),
        Some(grant.id),
        "an approved one, which names it"
    );
    assert_eq!(request.asked.by, grant.principal, "for whoever asked");
    assert_eq!(
        request.asked.group, grant.group,
        "in the group that they named"
    );
    let lasts = grant.expires_at.duration_since(grant.starts_at);
    // An extension counts from when it was approved, which is seconds later.
    let most = MAX + SignedDuration::from_mins(1);
    assert!(lasts.is_positive() && lasts <= most, "it ends: {lasts:#}");
}
