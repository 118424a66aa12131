//! `slack-client` against the simulated workspace.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use simulators::kit::{Fault, SimClock};
use simulators::slack::{SlackSim, SlackUser};
use slack_client::block_kit::{ActionId, Block, BlockId, CallbackId, Field, Modal, TextInput};
use slack_client::{
    ChannelId, FixedToken, Message, Reply, ResponseUrl, SlackClient, SlackError, SlackUserId,
    TriggerId, parse_command, parse_interaction,
};

use crate::support::at;

const REQUEST: CallbackId = CallbackId::new("request");
const REASON: BlockId = BlockId::new("reason");
const TEXT: ActionId = ActionId::new("text");

pub(crate) async fn workspace() -> SlackSim {
    SlackSim::builder(SimClock::at(at("2026-11-22T09:00:00Z")))
        .user(SlackUser::new("U1", "ada@example.com", "Ada"))
        .user(SlackUser::new("U2", "bob@example.com", "Bob"))
        .channel("C1")
        .start()
        .await
        .expect("a free loopback port")
}

pub(crate) fn client(sim: &SlackSim) -> SlackClient {
    SlackClient::builder(Arc::new(FixedToken::new(sim.bot_token())))
        .api_url(sim.api_url().parse().expect("an address"))
        .retry_delay(Duration::from_millis(1))
        .build()
        .expect("a client")
}

pub(crate) fn dialog() -> Modal {
    let reason = TextInput::new(TEXT).multiline();
    Modal::new(
        REQUEST,
        "Request access",
        [Field::text(REASON, "Reason", reason).into()],
    )
}

pub(crate) fn message(text: &str) -> Message {
    Message::new(&text.into()).blocks([Block::quote(text)])
}

fn channel() -> ChannelId {
    "C1".parse().expect("a channel")
}

fn ada() -> SlackUserId {
    "U1".parse().expect("a user")
}

fn later(sim: &SlackSim, by: SignedDuration) {
    sim.kit().clock.advance(by);
}

/// The trigger and the response address of a command that Ada types.
fn typed(sim: &SlackSim) -> (TriggerId, ResponseUrl) {
    let request = sim.type_command("U1", "C1", "/access", "");
    let command = parse_command(&request.body).expect("a command");
    (command.trigger, command.response_url)
}

#[tokio::test]
async fn the_token_and_its_scopes_are_told() {
    let sim = workspace().await;
    sim.set_scopes(["chat:write", "users:read"]);
    let app = client(&sim).auth_test().await.unwrap();
    let scopes: Vec<_> = app.scopes.iter().map(String::as_str).collect();
    assert_eq!(scopes, ["chat:write", "users:read"]);
    sim.rotate_token("xoxb-second");
    let mut wrong = SlackClient::builder(Arc::new(FixedToken::new("xoxb-never")));
    wrong = wrong.api_url(sim.api_url().parse().unwrap());
    let refused = wrong.build().unwrap().auth_test().await;
    assert!(matches!(refused, Err(SlackError::InvalidAuth { .. })));
}

#[tokio::test]
async fn a_trigger_opens_one_dialog_within_three_seconds() {
    let sim = workspace().await;
    let client = client(&sim);
    let (trigger, _) = typed(&sim);
    later(&sim, SignedDuration::from_millis(2_999));
    let opened = client.open_view(&trigger, &dialog()).await.unwrap();
    let shown = sim.view_of("U1").unwrap();
    assert_eq!(shown.id, opened.id.as_str());
    assert_eq!(shown.body["callback_id"], "request");
    let again = client.open_view(&trigger, &dialog()).await.unwrap_err();
    assert!(
        matches!(&again, SlackError::Expired { code, .. } if code == "exchanged_trigger_id"),
        "{again:?}"
    );
    let (trigger, _) = typed(&sim);
    later(&sim, SignedDuration::from_secs(3));
    let late = client.open_view(&trigger, &dialog()).await.unwrap_err();
    assert!(
        matches!(&late, SlackError::Expired { code, .. } if code == "expired_trigger_id"),
        "{late:?}"
    );
    let forged: TriggerId = "1.2.abc".to_owned().try_into().unwrap();
    let forged = client.open_view(&forged, &dialog()).await.unwrap_err();
    assert!(matches!(forged, SlackError::Expired { .. }), "{forged:?}");
}

#[tokio::test]
async fn an_open_dialog_can_be_changed_until_it_is_closed() {
    let sim = workspace().await;
    let client = client(&sim);
    let opened = client.open_view(&typed(&sim).0, &dialog()).await.unwrap();
    let changed = Modal::new(REQUEST, "Sent", [Block::header("Sent")]);
    let updated = client.update_view(&opened.id, &changed).await.unwrap();
    assert_ne!(updated.hash, opened.hash);
    let shown = sim.view_of("U1").unwrap();
    assert_eq!(shown.body["title"]["text"], "Sent");
    assert!(sim.close_view(&shown.id).is_none());
    let gone = client.update_view(&opened.id, &changed).await.unwrap_err();
    assert!(matches!(gone, SlackError::NotFound { .. }), "{gone:?}");
}

#[tokio::test]
async fn cards_are_posted_changed_and_pressed() {
    let sim = workspace().await;
    let client = client(&sim);
    let posted = client.post_message(&channel(), &message("asked")).await;
    let posted = posted.unwrap();
    let changed = client
        .update_message(&posted.channel, &posted.ts, &message("approved"))
        .await;
    assert_eq!(changed.unwrap(), posted);
    let shown = sim.messages("C1");
    assert_eq!((shown.len(), shown[0].text.as_str()), (1, "approved"));
    let plain = Message::new(&"over".into());
    let changed = client.update_message(&posted.channel, &posted.ts, &plain);
    changed.await.unwrap();
    assert!(sim.messages("C1")[0].blocks.is_null());
    let press = sim.press("U2", "C1", posted.ts.as_str(), "approve", "r-1");
    assert!(parse_interaction(&press.body).is_ok());
    let nowhere = "C9".parse().unwrap();
    let refused = client.post_message(&nowhere, &message("x")).await;
    assert!(matches!(refused, Err(SlackError::NotFound { .. })));
}

#[tokio::test]
async fn one_person_is_told_alone() {
    let sim = workspace().await;
    let client = client(&sim);
    let direct = client.open_direct_message(&ada()).await.unwrap();
    assert_eq!(client.open_direct_message(&ada()).await.unwrap(), direct);
    client
        .post_message(&direct, &message("hello"))
        .await
        .unwrap();
    assert_eq!(sim.messages(direct.as_str()).len(), 1);
    client
        .post_ephemeral(&channel(), &ada(), &message("psst"))
        .await
        .unwrap();
    assert_eq!(sim.ephemerals("U1")[0].text, "psst");
    assert!(sim.messages("C1").is_empty() && sim.ephemerals("U2").is_empty());
    sim.deactivate("ada@example.com");
    let refused = client.open_direct_message(&ada()).await;
    assert!(
        matches!(&refused, Err(SlackError::Refused { code, .. }) if code == "user_disabled"),
        "{refused:?}"
    );
    let unknown = client.open_direct_message(&"U9".parse().unwrap()).await;
    assert!(matches!(unknown, Err(SlackError::NotFound { .. })));
}

#[tokio::test]
async fn a_response_address_works_five_times() {
    let sim = workspace().await;
    let client = client(&sim);
    let (_, address) = typed(&sim);
    for _ in 0..4 {
        let reply = Reply::Ephemeral(message("on it"));
        client.respond(&address, &reply).await.unwrap();
    }
    let reply = Reply::InChannel(message("done"));
    client.respond(&address, &reply).await.unwrap();
    let used = client.respond(&address, &reply).await.unwrap_err();
    assert!(
        matches!(&used, SlackError::Expired { code, .. } if code == "used_url"),
        "{used:?}"
    );
    assert_eq!(
        (sim.ephemerals("U1").len(), sim.messages("C1").len()),
        (4, 1)
    );
    assert_eq!(sim.kit().log.count("response_url"), 6);
}

#[tokio::test]
async fn a_response_address_works_for_half_an_hour() {
    let sim = workspace().await;
    let client = client(&sim);
    let (_, address) = typed(&sim);
    let reply = Reply::Ephemeral(message("on it"));
    later(&sim, SignedDuration::from_secs(30 * 60 - 1));
    client.respond(&address, &reply).await.unwrap();
    later(&sim, SignedDuration::from_secs(1));
    let late = client.respond(&address, &reply).await.unwrap_err();
    assert!(
        matches!(&late, SlackError::Expired { code, .. } if code == "expired_url"),
        "{late:?}"
    );
}

#[tokio::test]
async fn a_response_address_of_a_button_replaces_and_deletes_its_message() {
    let sim = workspace().await;
    let client = client(&sim);
    let posted = client.post_message(&channel(), &message("asked")).await;
    let posted = posted.unwrap();
    let press = sim.press("U2", "C1", posted.ts.as_str(), "approve", "r-1");
    let address: ResponseUrl = press.payload()["response_url"]
        .as_str()
        .unwrap()
        .to_owned()
        .try_into()
        .unwrap();
    let reply = Reply::Replace(message("approved"));
    client.respond(&address, &reply).await.unwrap();
    assert_eq!(sim.messages("C1")[0].text, "approved");
    client.respond(&address, &Reply::Delete).await.unwrap();
    assert!(sim.messages("C1").is_empty());
}

#[tokio::test]
async fn faults_reach_the_client_as_what_they_are() {
    type Check = fn(&SlackError) -> bool;
    let refusal = |code: &str| Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: Some(format!(r#"{{"ok":false,"error":"{code}"}}"#)),
    };
    let cases: [(&str, Fault, Check); 5] = [
        ("500", Fault::status(500), |it| {
            matches!(it, SlackError::Unreachable { .. })
        }),
        ("cut", Fault::CutAfter, |it| {
            matches!(it, SlackError::Unreachable { .. })
        }),
        ("half", Fault::TruncatedJson, |it| {
            matches!(it, SlackError::Malformed { .. })
        }),
        ("no token", refusal("invalid_auth"), |it| {
            matches!(it, SlackError::InvalidAuth { .. })
        }),
        ("refused", refusal("invalid_blocks"), |it| {
            matches!(it, SlackError::Refused { .. })
        }),
    ];
    for (name, fault, expected) in cases {
        let sim = workspace().await;
        sim.kit().faults.on("chat.postMessage", 1, fault);
        let failed = client(&sim).post_message(&channel(), &message("x")).await;
        let error = failed.unwrap_err();
        assert!(expected(&error), "{name}: {error:?}");
        assert_eq!(sim.kit().log.count("chat.postMessage"), 1, "{name}");
    }
    let sim = workspace().await;
    let limited = Fault::status(429).header("retry-after", "0");
    sim.kit().faults.on("views.open", 1, limited);
    let opened = client(&sim).open_view(&typed(&sim).0, &dialog()).await;
    opened.unwrap();
    assert_eq!(sim.kit().log.count("views.open"), 2);
}
