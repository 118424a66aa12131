//! What people do in the simulated workspace, as the app receives it, and what comes of the app's answers.

use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::json;
use simulators::slack::{SlackOutcome, SlackRequest, SlackSim};
use slack_client::block_kit::{ActionId, Block, BlockId, Button, CallbackId, Modal};
use slack_client::{
    Interaction, Message, Proof, Reply, SignatureError, SubmissionAnswer, parse_command,
    parse_interaction, verify,
};

use crate::slack_calls::{client, dialog, message, workspace};

const APPROVE: ActionId = ActionId::new("approve");
const REASON: BlockId = BlockId::new("reason");
const SENT: CallbackId = CallbackId::new("sent");

fn check(sim: &SlackSim, request: &SlackRequest) -> Result<(), SignatureError> {
    let proof = Proof {
        timestamp: request.header("x-slack-request-timestamp"),
        signature: request.header("x-slack-signature"),
    };
    let secrets = [SecretString::from(sim.signing_secret())];
    verify(proof, &request.body, &secrets, sim.kit().clock.now())
}

fn json_of(answer: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).expect("an answer is JSON")
}

/// Has Ada open the dialog; answers its id.
async fn open(sim: &SlackSim) -> String {
    let typed = sim.type_command("U1", "C1", "/access", "");
    let command = parse_command(&typed.body).expect("a command");
    let opened = client(sim).open_view(&command.trigger, &dialog()).await;
    opened.expect("a dialog").id.to_string()
}

#[tokio::test]
async fn a_typed_command_is_signed_and_read() {
    let sim = workspace().await;
    let text = "payments-prod-admin 2h fixing <!channel> & more";
    let request = sim.type_command("U1", "C1", "/access", text);
    assert_eq!(check(&sim, &request), Ok(()));
    let command = parse_command(&request.body).unwrap();
    assert_eq!(command.sender.user.as_str(), "U1");
    assert_eq!(command.text, text);
    assert_eq!(command.sender.team.unwrap().as_str(), "T0SIMULATED");
}

#[tokio::test]
async fn what_is_changed_or_old_does_not_verify() {
    let sim = workspace().await;
    let request = sim.type_command("U1", "C1", "/access", "payments 2h");
    let now = sim.kit().clock.now();
    let mut changed = request.clone();
    changed.body.extend(b"&user_id=U2");
    let cases = [
        ("another body", changed, SignatureError::Mismatch),
        (
            "another secret",
            request.clone().signed_with("guessed", now),
            SignatureError::Mismatch,
        ),
        (
            "not signed",
            request.clone().without_header("X-Slack-Signature"),
            SignatureError::Absent,
        ),
        (
            "no time",
            request.clone().without_header("x-slack-request-timestamp"),
            SignatureError::Absent,
        ),
        (
            "old",
            request
                .clone()
                .signed_with(&sim.signing_secret(), now - SignedDuration::from_secs(301)),
            SignatureError::Stale,
        ),
    ];
    for (name, request, expected) in cases {
        assert_eq!(check(&sim, &request), Err(expected), "{name}");
    }
    let again = request.clone().retried(1);
    assert_eq!(check(&sim, &again), Ok(()));
    assert_eq!(again.header("x-slack-retry-num"), "1");
    sim.rotate_signing_secret("fresh");
    assert_eq!(check(&sim, &request), Err(SignatureError::Mismatch));
    let next = sim.type_command("U1", "C1", "/access", "");
    assert_eq!(check(&sim, &next), Ok(()));
}

#[tokio::test]
async fn a_press_names_its_message_and_button() {
    let sim = workspace().await;
    let button = Button::new(APPROVE, "Approve").value("r-1").unwrap();
    let card = Message::new(&"asked".into()).blocks(Block::actions([button]));
    let channel = "C1".parse().unwrap();
    let posted = client(&sim).post_message(&channel, &card).await.unwrap();
    let request = sim.press("U2", "C1", posted.ts.as_str(), "approve", "r-1");
    assert_eq!(check(&sim, &request), Ok(()));
    let Interaction::Actions(press) = parse_interaction(&request.body).unwrap() else {
        panic!("no press");
    };
    assert_eq!(press.message, Some(posted));
    assert_eq!(press.actions[0].action_id, APPROVE.as_str());
    assert_eq!(press.actions[0].value.as_deref(), Some("r-1"));
    assert_eq!(request.payload()["actions"][0]["text"]["text"], "Approve");
    assert_eq!(sim.answer(&request, 200, b""), SlackOutcome::Nothing);
    assert_eq!(sim.answer(&request, 500, b""), SlackOutcome::Failed(500));
    let gone = sim.press("U2", "C1", "1.0", "approve", "r-1");
    assert!(parse_interaction(&gone.body).is_ok());
    let mut forged = request.payload();
    forged["team"]["id"] = json!("T0OTHER");
    let forged = sim.send_payload(&forged);
    assert_eq!(check(&sim, &forged), Ok(()));
}

#[tokio::test]
async fn a_dialog_is_filled_in_and_sent_off() {
    let sim = workspace().await;
    let id = open(&sim).await;
    let request = sim.submit(&id, &[("reason", "text", "fixing\nrefunds")]);
    assert_eq!(check(&sim, &request), Ok(()));
    let Interaction::Submitted(submission) = parse_interaction(&request.body).unwrap() else {
        panic!("no submission");
    };
    assert_eq!(submission.sender.user.as_str(), "U1");
    let reason = submission.view.inputs.get("reason", "text");
    assert_eq!(reason, Some("fixing\nrefunds"));
    assert_eq!(sim.answer(&request, 200, b""), SlackOutcome::Closed);
    assert_eq!(sim.view_of("U1"), None);
}

#[tokio::test]
async fn answers_to_a_dialog_are_checked_and_shown() {
    let sim = workspace().await;
    let id = open(&sim).await;
    let request = sim.submit(&id, &[]);
    let errors = SubmissionAnswer::errors([(REASON, "Say why.".to_owned())]);
    let shown = sim.answer(&request, 200, &json_of(&errors));
    let expected = [("reason".to_owned(), "Say why.".to_owned())].into();
    assert_eq!(shown, SlackOutcome::Errors(expected));
    let elsewhere = BlockId::new("elsewhere");
    let errors = SubmissionAnswer::errors([(elsewhere, "No.".to_owned())]);
    let refused = sim.answer(&request, 200, &json_of(&errors));
    assert!(matches!(refused, SlackOutcome::Invalid(_)), "{refused:?}");
    let view = Modal::new(SENT, "Sent", [Block::header("Sent")]);
    let update = json_of(&SubmissionAnswer::Update { view });
    assert_eq!(sim.answer(&request, 200, &update), SlackOutcome::Updated);
    assert_eq!(sim.view_of("U1").unwrap().body["callback_id"], "sent");
    let broken = json!({"response_action": "update", "view": {"type": "modal"}});
    let refused = sim.answer(&request, 200, &json_of(&broken));
    assert!(matches!(refused, SlackOutcome::Invalid(_)), "{refused:?}");
    let clear = json_of(&SubmissionAnswer::Clear);
    assert_eq!(sim.answer(&request, 200, &clear), SlackOutcome::Closed);
    assert_eq!(sim.view_of("U1"), None);
}

#[tokio::test]
async fn answers_to_a_command_are_checked_and_shown() {
    let sim = workspace().await;
    let request = sim.type_command("U1", "C1", "/access", "help");
    assert_eq!(sim.answer(&request, 200, b""), SlackOutcome::Nothing);
    let reply = json_of(&Reply::Ephemeral(message("Type /access GROUP.")));
    assert_eq!(sim.answer(&request, 200, &reply), SlackOutcome::Said);
    assert_eq!(sim.answer(&request, 200, b"in words"), SlackOutcome::Said);
    let texts: Vec<_> = sim.ephemerals("U1").into_iter().map(|it| it.text).collect();
    assert_eq!(texts, ["Type /access GROUP.", "in words"]);
    let reply = json_of(&Reply::InChannel(message("done")));
    assert_eq!(sim.answer(&request, 200, &reply), SlackOutcome::Said);
    assert_eq!(sim.messages("C1").len(), 1);
    let long = json!({"text": "x", "blocks": [{"type": "header", "text": {
        "type": "plain_text", "text": "x".repeat(151),
    }}]});
    let refused = sim.answer(&request, 200, &json_of(&long));
    assert!(matches!(refused, SlackOutcome::Invalid(_)), "{refused:?}");
}

#[tokio::test]
async fn closing_is_told_only_where_asked_for() {
    let sim = workspace().await;
    let id = open(&sim).await;
    assert!(sim.close_view(&id).is_none());
    let typed = sim.type_command("U1", "C1", "/access", "");
    let command = parse_command(&typed.body).unwrap();
    let told = dialog().notify_on_close();
    let opened = client(&sim).open_view(&command.trigger, &told).await;
    let request = sim.close_view(opened.unwrap().id.as_str()).unwrap();
    assert!(matches!(
        parse_interaction(&request.body),
        Ok(Interaction::Closed(_))
    ));
    assert_eq!(sim.view_of("U1"), None);
}
