//! Who may not: forged, stale and odd requests, other workspaces, forged sessions, guessed ids, hostile text, and logs.

mod api;
mod text;

use super::{ADA, ADMIN, ANNOUNCEMENTS, APPROVALS, Desk, LENA, says, slack_id};
use crate::support::approver::{delivered, request};
use access_core::ports::{RequestFilter, Requests};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::slack::{SlackOutcome, SlackRequest, sign_slack};

const LINE: &str = "payments-admin 2h fixing refunds";
const COMMAND: &str = "/slack/command";
const INTERACTION: &str = "/slack/interaction";

impl Desk {
    /// What Slack sends when Ada asks.
    fn ada_types(&self) -> SlackRequest {
        let slack = &self.world.slack;
        slack.type_command(&slack_id(ADA), ANNOUNCEMENTS, "/access", LINE)
    }

    /// What Slack sends when Lena approves what Ada asked for.
    fn lena_presses(&self) -> SlackRequest {
        let button = self.button(APPROVALS, "approve");
        let (slack, lena) = (&self.world.slack, slack_id(LENA));
        slack.press(&lena, APPROVALS, &button.ts, "approve", &button.value)
    }

    /// Sends it, and answers the status and the code of the problem.
    async fn refusal(&self, path: &str, sent: &SlackRequest) -> (u16, String) {
        let reply = self.approver.send(&self.world, path, sent).await;
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
        self.settle().await;
        (reply.status, code)
    }

    /// That nothing was asked, told or granted by anybody.
    async fn is_untouched(&self, case: &str) {
        let pending = self.world.store.requests(&RequestFilter::Pending).await;
        assert_eq!(pending.expect("the store is read"), [], "{case}");
        assert!(self.world.slack.messages(APPROVALS).is_empty(), "{case}");
        assert!(self.told(ADA).is_empty(), "{case}");
        self.holds_nobody();
    }
}

/// The same request with another body, signed as Slack would sign it.
fn with_body(desk: &Desk, sent: &SlackRequest, body: &[u8]) -> SlackRequest {
    let mut changed = sent.clone();
    changed.body = body.to_vec();
    let now = desk.world.clock.now();
    changed.signed_with(&desk.world.slack.signing_secret(), now)
}

/// The same command with a field that says something else, signed as Slack would sign it.
fn with_field(desk: &Desk, sent: &SlackRequest, name: &str, value: &str) -> SlackRequest {
    let mut fields = sent.fields();
    fields.insert(name.to_owned(), value.to_owned());
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    desk.world.slack.send_form(&fields)
}

#[tokio::test]
async fn forged_stale_and_unsigned_requests_of_slack_do_nothing() {
    let desk = Desk::open().await;
    let now = desk.world.clock.now();
    let secret = desk.world.slack.signing_secret();
    let seconds = SignedDuration::from_secs;
    let typed = desk.ada_types();
    let mut another_body = typed.clone();
    another_body.body.extend_from_slice(b"&text=vault");
    let mut another_time = typed.clone();
    for (name, value) in &mut another_time.headers {
        if *name == "X-Slack-Request-Timestamp" {
            *value = (now.as_second() + 1).to_string();
        }
    }
    let mut another_version = typed.clone();
    for (name, value) in &mut another_version.headers {
        if *name == "X-Slack-Signature" {
            *value = value.replacen("v0=", "v1=", 1);
        }
    }
    for (case, sent) in [
        (
            "unsigned",
            typed.clone().without_header("X-Slack-Signature"),
        ),
        (
            "of no time",
            typed.clone().without_header("X-Slack-Request-Timestamp"),
        ),
        (
            "by another secret",
            typed.clone().signed_with("another-secret", now),
        ),
        ("by the empty secret", typed.clone().signed_with("", now)),
        (
            "stale",
            typed.clone().signed_with(&secret, now - seconds(301)),
        ),
        (
            "of a time to come",
            typed.clone().signed_with(&secret, now + seconds(301)),
        ),
        ("of another body", another_body),
        ("of another time", another_time),
        ("of another version", another_version),
    ] {
        for path in [COMMAND, INTERACTION] {
            let found = desk.refusal(path, &sent).await;
            assert_eq!(found, (401, "bad-signature".to_owned()), "{case}");
        }
        desk.is_untouched(case).await;
    }
    let old = typed.signed_with(&secret, now - seconds(300));
    assert_eq!(desk.refusal("/slack/other", &old).await.0, 404);
    assert_eq!(desk.command(&old).await, SlackOutcome::Said, "just in time");
}

#[tokio::test]
async fn a_request_that_is_sent_once_more_later_is_stale_and_sooner_changes_nothing() {
    let desk = Desk::open().await;
    let typed = desk.ada_types();
    assert_eq!(desk.command(&typed).await, SlackOutcome::Said);
    desk.settle().await;
    let pressed = desk.lena_presses();
    assert_eq!(desk.interaction(&pressed).await, SlackOutcome::Nothing);
    desk.settle().await;
    desk.holds(ADMIN, &[ADA], "approved");
    desk.types(ADA, "done").await;
    desk.holds(ADMIN, &[], "handed back");

    // Whoever recorded both sends them again: within the window, and after it.
    assert_eq!(desk.command(&typed).await, SlackOutcome::Said);
    assert_eq!(desk.interaction(&pressed).await, SlackOutcome::Nothing);
    desk.settle().await;
    desk.holds(ADMIN, &[], "a replay gives nothing back");
    desk.world.clock.advance(SignedDuration::from_secs(301));
    for (path, sent) in [(COMMAND, &typed), (INTERACTION, &pressed)] {
        assert_eq!(desk.refusal(path, sent).await.0, 401);
    }
    assert_eq!(desk.requests_of(ADA).await.len(), 1);
    assert_eq!(desk.grants_of(ADA).await.len(), 1);
    desk.holds(ADMIN, &[], "nor later");
}

#[tokio::test]
async fn people_of_another_workspace_are_not_heard() {
    let desk = Desk::open().await;
    let elsewhere = "T0ELSEWHERE";
    let typed = with_field(&desk, &desk.ada_types(), "team_id", elsewhere);
    let other = (403, "other-workspace".to_owned());
    assert_eq!(desk.refusal(COMMAND, &typed).await, other);
    desk.is_untouched("a command").await;

    desk.ada_asks().await;
    let pressed = desk.lena_presses().payload();
    for (case, pointer) in [
        ("pressed elsewhere", "/team/id"),
        ("pressed by another company's person", "/user/team_id"),
    ] {
        let mut forged = pressed.clone();
        *forged.pointer_mut(pointer).expect("it says so") = json!(elsewhere);
        let forged = desk.world.slack.send_payload(&forged);
        assert_eq!(desk.refusal(INTERACTION, &forged).await, other, "{case}");
        desk.holds(ADMIN, &[], case);
    }
    says(&desk.card(), &["Approve", "Deny"]);
}

#[tokio::test]
async fn whoever_slack_does_not_know_as_a_person_is_nobody() {
    let desk = Desk::open().await;
    let typed = with_field(&desk, &desk.ada_types(), "user_id", "U0STRANGER");
    let reply = desk.approver.send(&desk.world, COMMAND, &typed).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json()["response_type"], "ephemeral");
    desk.settle().await;
    desk.is_untouched("a stranger").await;

    // Nor does a name that the request itself carries make somebody.
    desk.ada_asks().await;
    let mut pressed = desk.lena_presses().payload();
    pressed["user"] = json!({
        "id": "U0STRANGER", "team_id": pressed["user"]["team_id"],
        "username": "lena", "name": LENA, "email": LENA,
    });
    let forged = desk.world.slack.send_payload(&pressed);
    assert_eq!(desk.interaction(&forged).await, SlackOutcome::Nothing);
    desk.settle().await;
    desk.holds(ADMIN, &[], "a stranger's click");
    says(&desk.card(), &["Approve", "Deny"]);
}

#[tokio::test]
async fn oversize_and_odd_bodies_are_refused_although_they_are_signed() {
    let desk = Desk::open().await;
    let typed = desk.ada_types();
    let form = |text: &str| with_body(&desk, &typed, text.as_bytes());
    let fields = String::from_utf8(typed.body.clone()).expect("a form is text");
    let large = |bytes: usize| format!("{fields}&padding={}", "x".repeat(bytes));
    let interactions_max = slack_client::BODY_BYTES_MAX;
    for (case, path, sent, status) in [
        ("nothing", COMMAND, form(""), 400),
        ("JSON", COMMAND, form("{\"text\": \"help\"}"), 400),
        (
            "no text",
            COMMAND,
            with_body(&desk, &typed, b"\xff\xfe\x00\x80"),
            400,
        ),
        (
            "a field twice",
            COMMAND,
            form(&format!("{fields}&user_id=U0003")),
            400,
        ),
        ("too large", COMMAND, form(&large(64 * 1024)), 413),
        ("no payload", INTERACTION, form(&fields), 400),
        (
            "a payload that is no JSON",
            INTERACTION,
            form("payload=%7B"),
            400,
        ),
        (
            "a payload of nothing",
            INTERACTION,
            form("payload=null"),
            400,
        ),
        (
            "a payload without a person",
            INTERACTION,
            form("payload=%7B%22type%22%3A%22block_actions%22%7D"),
            400,
        ),
        (
            "too large",
            INTERACTION,
            form(&large(interactions_max)),
            413,
        ),
    ] {
        let (found, _) = desk.refusal(path, &sent).await;
        assert_eq!(found, status, "{case}");
        desk.is_untouched(case).await;
    }
    let get = request("GET", COMMAND, &typed.headers, &typed.body);
    let reply = desk.approver.answer(&desk.world, get).await;
    assert_eq!(reply.status, 405, "{reply:?}");
    desk.is_untouched("another method").await;
}

#[tokio::test]
async fn buttons_and_dialogs_that_nobody_made_here_do_nothing() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let slack = &desk.world.slack;
    let button = desk.button(APPROVALS, "approve");
    for (action, value) in [
        ("approve", "00000000-0000-7000-8000-000000000000"),
        ("approve", "no id at all"),
        ("approve", ""),
        ("done", button.value.as_str()),
        ("release", button.value.as_str()),
        ("administer", button.value.as_str()),
    ] {
        let pressed = slack.press(&slack_id(LENA), APPROVALS, &button.ts, action, value);
        let outcome = desk.interaction(&pressed).await;
        assert_eq!(outcome, SlackOutcome::Nothing, "{action} {value}");
        desk.settle().await;
    }
    desk.holds_nobody();
    says(&desk.card(), &["Approve", "Deny"]);

    // An event of the bus that somebody makes up tells of what is stored, not of what it says.
    let entry = desk.world.told_of("Access Requested").remove(0);
    let mut event = delivered(&entry);
    event["detail-type"] = json!("Access Approved");
    let told = desk.approver.invoke(&desk.world, event).await;
    assert!(told.is_err(), "its detail is another's");
    let unknown = json!({"detail-type": "Access Given", "detail": {"principal": ADA}});
    let told = desk.approver.invoke(&desk.world, unknown).await;
    assert_eq!(told.expect("it is left alone"), Value::Null);
    for payload in [json!({}), json!(null), json!({"sync": {}}), json!([1])] {
        let answer = desk.approver.invoke(&desk.world, payload.clone()).await;
        assert!(answer.is_err(), "{payload}");
    }
    desk.holds_nobody();
}

#[tokio::test]
async fn a_signature_is_of_the_bytes_as_they_were_sent() {
    let desk = Desk::open().await;
    let typed = desk.ada_types();
    // The same fields in another order are another body.
    let mut parts: Vec<&[u8]> = typed.body.split(|byte| *byte == b'&').collect();
    parts.reverse();
    let mut turned = typed.clone();
    turned.body = parts.join(&b'&');
    assert_eq!(desk.refusal(COMMAND, &turned).await.0, 401);
    desk.is_untouched("another order").await;

    let time = turned.header("x-slack-request-timestamp").to_owned();
    let signature = sign_slack(&turned.body, &desk.world.slack.signing_secret(), &time);
    for (name, value) in &mut turned.headers {
        if *name == "X-Slack-Signature" {
            signature.clone_into(value);
        }
    }
    assert_eq!(desk.command(&turned).await, SlackOutcome::Said);
    desk.settle().await;
    assert_eq!(desk.requests_of(ADA).await.len(), 1);
}
