//! The approver behind a simulated Slack: people type and press, and what the channels show is looked at.

mod asking;
mod deciding;
mod held;
mod people;
mod proof;
mod telling;

use crate::support::{CONFIG, World, noon};
use access_approver::lambda::invoke;
use access_approver::{Later, Systems};
use access_core::config::{SecretRef, SlackConfig};
use access_core::event::Event;
use async_trait::async_trait;
use function_kit::{Freshness, SecretError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use simulators::kit::SimClock;
use simulators::slack::{
    RateLimits, SlackMessage, SlackOutcome, SlackRequest, SlackSim, SlackUser, check_blocks,
};
use slack_client::{FixedToken, SlackClient};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Where cards for approvers go.
pub(crate) const APPROVALS: &str = "C0APPROVALS";
/// Where everybody is told.
pub(crate) const ANNOUNCEMENTS: &str = "C0ANNOUNCES";
/// Where people type commands.
const SOMEWHERE: &str = "C0SOMEWHERE";
const SECRET: &str = "a-signing-secret";

/// A company that talks.
pub(crate) struct Chat {
    pub(crate) world: World,
    pub(crate) sim: SlackSim,
    pub(crate) clock: SimClock,
    pub(crate) secrets: Arc<Known>,
    put_off: Arc<PutOff>,
}

/// One user of the workspace: their id from their name.
pub(crate) fn user(name: &str) -> String {
    format!("U0{}", name.to_uppercase())
}

/// The direct conversation with somebody.
pub(crate) fn direct(name: &str) -> String {
    format!("D0{}", name.to_uppercase())
}

impl Chat {
    /// With the configuration of [`World`] and an app.
    pub(crate) async fn new() -> Self {
        Self::with(CONFIG, "").await
    }

    /// With this configuration, and more lines for the app.
    pub(crate) async fn with(config: &str, app: &str) -> Self {
        let clock = SimClock::at(noon(0));
        let mut sim = SlackSim::builder(clock.clone())
            .signing_secret(SECRET)
            .rate_limits(RateLimits::Off)
            .channel(APPROVALS)
            .channel(ANNOUNCEMENTS)
            .channel(SOMEWHERE);
        for name in ["nina", "lena", "leo", "alice", "ted", "boss", "ada"] {
            let email = format!("{name}@ACME.example");
            sim = sim.user(SlackUser::new(&user(name), &email, name));
        }
        let sim = sim.start().await.unwrap();
        let secrets = Arc::new(Known {
            token: sim.bot_token(),
            now: Mutex::new(SECRET.to_owned()),
            remembered: Mutex::new(SECRET.to_owned()),
            read_at: Mutex::new(noon(0)),
            rereads: Mutex::new(0),
        });
        let put_off = Arc::<PutOff>::default();
        let world = World::wired(secrets.clone(), put_off.clone()).await;
        let url = sim.api_url();
        let config = format!(
            "{config}\n[slack]\nbot_token = \"env:TOKEN\"\nsigning_secret = \"env:SECRET\"\n\
             approvals_channel = \"{APPROVALS}\"\nannouncements_channel = \"{ANNOUNCEMENTS}\"\n\
             api_url = \"{url}\"\n{app}\n"
        );
        world.configure(&config, &BTreeMap::new()).await;
        world.read_rota(noon(0)).await;
        Self {
            world,
            sim,
            clock,
            secrets,
            put_off,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.clock.advance(time);
    }

    /// Somebody types `/access` and more.
    pub(crate) fn typed(&self, name: &str, text: &str) -> SlackRequest {
        self.sim
            .type_command(&user(name), SOMEWHERE, "/access", text)
    }

    /// The answer to a request: status, body.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        request: &SlackRequest,
    ) -> (u64, Value) {
        let headers: BTreeMap<&str, &str> = request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let payload = json!({
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {"http": {"method": method, "path": path}},
            "body": String::from_utf8(request.body.clone()).unwrap(),
            "isBase64Encoded": false,
        });
        let answer = invoke(&self.world.deps, self.now(), payload).await.unwrap();
        let body = answer["body"].as_str().unwrap();
        let body = serde_json::from_str(body).unwrap_or(Value::Null);
        (answer["statusCode"].as_u64().unwrap(), body)
    }

    /// Sends a request where Slack sends it, and shows Slack the answer.
    pub(crate) async fn send(&self, path: &str, request: &SlackRequest) -> SlackOutcome {
        let (status, body) = self.raw("POST", path, request).await;
        let body = match body {
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let status = u16::try_from(status).unwrap();
        self.sim.answer(request, status, body.as_bytes())
    }

    /// Somebody types a command, and answers what only they are told; empty if nothing is.
    pub(crate) async fn says(&self, name: &str, text: &str) -> String {
        let before = self.sim.ephemerals(&user(name)).len();
        let outcome = self.send("/slack/command", &self.typed(name, text)).await;
        assert!(
            matches!(outcome, SlackOutcome::Said | SlackOutcome::Nothing),
            "{outcome:?}"
        );
        let after = self.sim.ephemerals(&user(name));
        after.get(before).map(shown).unwrap_or_default()
    }

    /// Somebody presses a button of the last message of a conversation, and hears what there is to say.
    pub(crate) async fn presses(&self, name: &str, channel: &str, action: &str) -> String {
        let message = self.last(channel);
        let value = value(&message, action).expect("the message has this button");
        self.presses_again(name, channel, &message, action, &value)
            .await
    }

    /// Somebody presses a button that they still see.
    pub(crate) async fn presses_again(
        &self,
        name: &str,
        channel: &str,
        message: &SlackMessage,
        action: &str,
        value: &str,
    ) -> String {
        let before = self.sim.ephemerals(&user(name)).len();
        let pressed = self
            .sim
            .press(&user(name), channel, &message.ts, action, value);
        let outcome = self.send("/slack/interaction", &pressed).await;
        assert_eq!(outcome, SlackOutcome::Nothing);
        self.happens().await;
        let after = self.sim.ephemerals(&user(name));
        after.get(before).map(shown).unwrap_or_default()
    }

    /// Somebody fills in the dialog that they have open and sends it off; block and text of each field.
    pub(crate) async fn fills(&self, name: &str, fields: &[(&str, &str)]) -> SlackOutcome {
        let view = self.sim.view_of(&user(name)).expect("a dialog is open");
        let fields: Vec<(&str, &str, &str)> = fields
            .iter()
            .map(|(block, text)| (*block, "field", *text))
            .collect();
        let submitted = self.sim.submit(&view.id, &fields);
        self.send("/slack/interaction", &submitted).await
    }

    /// Delivers everything that the bus took and all that was put off, until nothing is left.
    pub(crate) async fn happens(&self) {
        loop {
            let events = self.world.told.events();
            let works = std::mem::take(&mut *self.put_off.0.lock().unwrap());
            if events.is_empty() && works.is_empty() {
                return;
            }
            for event in &events {
                self.deliver(event).await;
            }
            for work in works {
                let payload = json!({"detail-type": "Slack Work Requested", "detail": work});
                invoke(&self.world.deps, self.now(), payload).await.unwrap();
            }
        }
    }

    pub(crate) async fn deliver(&self, event: &Event) {
        let detail: Value = serde_json::from_str(&event.detail()).unwrap();
        let payload = json!({"detail-type": event.detail_type(), "detail": detail});
        invoke(&self.world.deps, self.now(), payload).await.unwrap();
    }

    /// The last message of a conversation.
    pub(crate) fn last(&self, channel: &str) -> SlackMessage {
        let messages = self.sim.messages(channel);
        messages
            .last()
            .expect("the conversation has a message")
            .clone()
    }

    /// What the last message of a conversation shows.
    pub(crate) fn shows(&self, channel: &str) -> String {
        shown(&self.last(channel))
    }
}

/// A message as people see it: a line for each text, buttons in brackets. Fails for what Slack would not take.
pub(crate) fn shown(message: &SlackMessage) -> String {
    let Some(blocks) = message.blocks.as_array() else {
        return message.text.clone();
    };
    assert_eq!(check_blocks(&message.blocks), Vec::<String>::new());
    let mut lines = Vec::new();
    for block in blocks {
        let texts = [&block["text"]].into_iter();
        let fields = block["fields"].as_array().into_iter().flatten();
        let elements = block["elements"].as_array().into_iter().flatten();
        for text in texts.chain(fields).chain(elements) {
            if let Some(text) = text["text"].as_str() {
                lines.push(text.to_owned());
            }
        }
        let elements = block["elements"].as_array().into_iter().flatten();
        let buttons = elements.chain([&block["accessory"]]);
        let buttons = buttons.filter_map(|button| button["text"]["text"].as_str());
        let buttons: Vec<String> = buttons.map(|text| format!("[{text}]")).collect();
        if !buttons.is_empty() {
            lines.push(buttons.join(" "));
        }
    }
    lines.join("\n")
}

/// What a button of a message comes back with.
pub(crate) fn value(message: &SlackMessage, action: &str) -> Option<String> {
    let blocks = message.blocks.as_array()?.iter();
    let mut elements = blocks.flat_map(|block| {
        let elements = block["elements"].as_array().into_iter().flatten();
        elements.chain([&block["accessory"]])
    });
    let button = elements.find(|element| element["action_id"] == action)?;
    Some(button["value"].as_str()?.to_owned())
}

/// A bot token, and a signing secret that is remembered until it is read again. It lies at `env:SECRET` only.
pub(crate) struct Known {
    token: String,
    pub(crate) now: Mutex<String>,
    remembered: Mutex<String>,
    read_at: Mutex<Timestamp>,
    pub(crate) rereads: Mutex<usize>,
}

#[async_trait]
impl Systems for Known {
    fn slack(&self, config: &SlackConfig) -> Result<Arc<SlackClient>, String> {
        let client = SlackClient::builder(Arc::new(FixedToken::new(self.token.as_str())));
        let client = client.api_url(config.api_url.clone().unwrap()).build();
        client.map(Arc::new).map_err(|error| error.to_string())
    }

    async fn signing_secret(
        &self,
        reference: &SecretRef,
        freshness: Freshness,
    ) -> Result<SecretString, SecretError> {
        if &*reference.reference != "env:SECRET" {
            return Err(SecretError::NotFound {
                reference: reference.reference.to_string(),
                hint: "there is one signing secret in this test",
            });
        }
        let mut remembered = self.remembered.lock().unwrap();
        let mut read_at = self.read_at.lock().unwrap();
        if freshness == Freshness::Reread {
            *self.rereads.lock().unwrap() += 1;
        }
        if let Freshness::Recent(now) = freshness
            && !freshness.takes(Some(*read_at))
        {
            *read_at = now;
        } else if freshness != Freshness::Reread {
            return Ok(SecretString::from(remembered.clone()));
        }
        remembered.clone_from(&self.now.lock().unwrap());
        Ok(SecretString::from(remembered.clone()))
    }
}

/// Work that waits until a test lets it happen.
#[derive(Default)]
struct PutOff(Mutex<Vec<Value>>);

#[async_trait]
impl Later for PutOff {
    async fn later(&self, _now: Timestamp, work: &Value) -> Result<(), String> {
        self.0.lock().unwrap().push(work.clone());
        Ok(())
    }
}
