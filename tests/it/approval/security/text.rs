//! What people write: it mentions nobody, links nowhere, turns no text around, and is in no log.

use crate::approval::{
    ADA, ADMIN, ANNOUNCEMENTS, APPROVALS, BOSS, Desk, EVERYBODY, LENA, LEO, TED, direct,
    keeps_silent, says, slack_id,
};
use crate::support::approver::{request, session};
use crate::support::lines::{Lines, tells_nothing_of};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::kit::Fault;
use simulators::slack::{SlackMessage, SlackOutcome};

/// Every way to be heard by everybody, to send people elsewhere and to look like somebody else, in one line.
const HOSTILE: &str = "<!channel> <!here> <!everyone> <@U0005> <#C0ANNOUNCES> <https://evil.example|Approve> \
    *_~`bold`~_* :rotating_light: @channel &lt;!channel&gt; \u{202e}evorppA\u{202c} \u{2066}x\u{2069}";

/// What must not be markup anywhere.
const MARKUP: [&str; 6] = [
    "<!channel",
    "<!here",
    "<!everyone",
    "<@U0005>",
    "<#C0ANNOUNCES>",
    "<https://evil.example",
];

/// Every text of a message that Slack reads as markup.
fn markup(message: &SlackMessage) -> Vec<&str> {
    fn collect<'m>(value: &'m Value, found: &mut Vec<&'m str>) {
        match value {
            Value::Array(parts) => parts.iter().for_each(|part| collect(part, found)),
            Value::Object(members) => {
                if members.get("type").is_some_and(|kind| kind == "mrkdwn") {
                    found.extend(members.get("text").and_then(Value::as_str));
                }
                members.values().for_each(|member| collect(member, found));
            }
            _ => {}
        }
    }
    let mut found = vec![message.text.as_str()];
    collect(&message.blocks, &mut found);
    found
}

/// Everything that anybody sees in the workspace.
fn everything(desk: &Desk) -> Vec<SlackMessage> {
    let slack = &desk.world.slack;
    let channels = EVERYBODY.map(direct);
    let channels = channels
        .iter()
        .map(String::as_str)
        .chain([APPROVALS, ANNOUNCEMENTS]);
    let messages = channels.flat_map(|channel| slack.messages(channel));
    let theirs = EVERYBODY
        .iter()
        .flat_map(|who| slack.ephemerals(&slack_id(who)));
    messages.chain(theirs).collect()
}

#[track_caller]
fn is_inert(desk: &Desk) {
    let messages = everything(desk);
    assert!(!messages.is_empty());
    for message in &messages {
        for text in markup(message) {
            keeps_silent(text, &MARKUP);
        }
        let whole = format!("{} {}", message.text, message.blocks);
        keeps_silent(&whole, &["\u{202e}", "\u{2066}"]);
    }
}

#[tokio::test]
async fn hostile_text_is_only_text_in_every_card() {
    let desk = Desk::open().await;
    let line = format!("payments-admin 2h {HOSTILE}");
    says(&desk.types(ADA, &line).await, &["waits"]);
    let (approve, deny) = (
        desk.button(APPROVALS, "approve"),
        desk.button(APPROVALS, "deny"),
    );
    says(&desk.card(), &["evil.example"]);
    is_inert(&desk);

    desk.presses(LENA, &deny).await;
    let because = [("reason", HOSTILE)];
    assert_eq!(desk.fills(LENA, &because).await, SlackOutcome::Closed);
    says(&desk.card(), &["*Denied* by", "evil.example"]);
    desk.presses(LEO, &approve).await;
    desk.types(ADA, "status").await;
    is_inert(&desk);

    let line = format!("break-glass payments-admin 1h {HOSTILE}");
    says(&desk.types(TED, &line).await, &["You are in"]);
    let review = desk.button(ANNOUNCEMENTS, "review");
    desk.presses(LENA, &review).await;
    assert_eq!(desk.fills(LENA, &because).await, SlackOutcome::Closed);
    let grant = desk.grants_of(TED).await[0].grant.id;
    let path = format!("/grants/{grant}/revoke");
    let because = json!({ "reason": HOSTILE });
    let revoked = desk.calls(&session(LENA), "POST", &path, &because).await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    desk.holds(ADMIN, &[], "revoked");
    is_inert(&desk);

    // What is no group and no duration is said back to whoever typed it.
    for line in [HOSTILE, &format!("payments-admin {HOSTILE}")] {
        assert_ne!(desk.types(BOSS, line).await, "");
    }
    is_inert(&desk);
}

#[tokio::test]
async fn no_log_line_holds_a_secret_a_reason_or_an_address() {
    const SECRET: &str = "hunter2-in-the-reason";
    let (lines, _collecting) = Lines::collect();
    let desk = Desk::open().await;
    let slack = &desk.world.slack;
    desk.types(ADA, &format!("payments-admin 2h {SECRET}"))
        .await;
    let approve = desk.button(APPROVALS, "approve");
    desk.presses(ADA, &approve).await;
    desk.presses(LENA, &approve).await;
    desk.presses(LEO, &approve).await;
    desk.types(TED, &format!("break-glass payments-admin 1h {SECRET}"))
        .await;
    let grant = desk.grants_of(TED).await[0].grant.id;
    let path = format!("/grants/{grant}/revoke");
    let because = json!({ "reason": SECRET });
    desk.calls(&session(LENA), "POST", &path, &because).await;
    desk.holds(ADMIN, &[ADA], "the one approved, the other revoked");

    // And everything that goes wrong: forged and odd requests, strangers, tokens, a workspace that answers nobody.
    let typed = slack.type_command("U0STRANGER", APPROVALS, "/access", SECRET);
    let forged = typed.clone().signed_with(SECRET, desk.world.clock.now());
    for sent in [&typed, &forged] {
        assert_ne!(desk.command(sent).await, SlackOutcome::Nothing);
    }
    let odd = slack.send_form(&[("text", SECRET), ("user_id", ADA)]);
    assert_eq!(desk.command(&odd).await, SlackOutcome::Failed(400));
    let bearer = ("authorization".to_owned(), format!("Bearer {SECRET}"));
    let unknown = request("GET", "/requests", &[bearer], &[]);
    let reply = desk.approver.answer(&desk.world, unknown).await;
    assert_eq!(reply.status, 401, "{reply:?}");
    let event = json!({"detail-type": "Access Requested", "detail": {"reason": SECRET}});
    let told = desk.approver.invoke(&desk.world, event).await;
    let error = told.expect_err("it is of another form").to_string();

    slack.kit().faults.always("*", Fault::status(503));
    desk.world.clock.advance(SignedDuration::from_mins(11));
    let pressed = slack.press(
        &slack_id(LENA),
        APPROVALS,
        &approve.ts,
        "approve",
        &approve.value,
    );
    desk.interaction(&pressed).await;
    desk.approver.hear(&desk.world).await;
    slack.kit().faults.clear();
    slack.rotate_token("xoxb-another-bot-token");
    let pressed = slack.press(
        &slack_id(LEO),
        APPROVALS,
        &approve.ts,
        "approve",
        &approve.value,
    );
    desk.interaction(&pressed).await;
    desk.approver.hear(&desk.world).await;

    let text = format!("{}\n{error}", lines.text());
    assert!(text.lines().count() > 10, "something was logged:\n{text}");
    let signing_secret = slack.signing_secret();
    tells_nothing_of(
        &text,
        &["xoxb-", "/hooks/", "Bearer", "v0=", &signing_secret],
    );
    tells_nothing_of(&text, &[SECRET, "acme.example", "hunter2"]);
}
