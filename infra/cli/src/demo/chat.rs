//! What people do in the simulated Slack, posted to the real approver over HTTP as Slack posts it.

use crate::local::{ACCESS_APPROVER, LocalClock};
use serde_json::Value;
use simulators::company::Person;
use simulators::slack::{SlackMessage, SlackOutcome, SlackRequest, SlackSim};

/// The channel where approvers see requests.
pub(crate) const APPROVALS: &str = "C0APPROVALS";
/// The channel where everybody is told.
pub(crate) const ANNOUNCEMENTS: &str = "C0ANNOUNCES";

/// Slack's way to the approver behind a gateway.
pub(crate) struct Chat {
    http: reqwest::Client,
    /// The approver's URL, without a slash at the end.
    approver: String,
    clock: LocalClock,
}

/// A button on somebody's screen.
pub(crate) struct Button {
    channel: String,
    ts: String,
    action: &'static str,
    value: String,
}

/// Somebody's Slack id.
pub(crate) fn slack_id(person: &Person) -> String {
    format!("U{}", person.id)
}

impl Chat {
    pub(crate) fn new(gateway: &str, clock: &LocalClock) -> Self {
        // Losing to another client is fine: then a provider is there.
        let _first = rustls::crypto::ring::default_provider().install_default();
        // Nothing here is read over TLS.
        let http = reqwest::Client::builder().tls_certs_only([]).build();
        Self {
            http: http.expect("a client without certificates needs nothing of the machine"),
            approver: format!("{gateway}/lambda-url/{ACCESS_APPROVER}"),
            clock: clock.clone(),
        }
    }

    /// Where Slack would be told to post commands.
    pub(crate) fn commands(&self) -> String {
        format!("{}/slack/command", self.approver)
    }

    /// Somebody types `/access` and a line; answers whether the approver took it.
    pub(crate) async fn types(&self, slack: &SlackSim, who: &Person, line: &str) -> bool {
        let user = slack_id(who);
        let typed = || slack.type_command(&user, ANNOUNCEMENTS, "/access", line);
        self.post(slack, &self.commands(), typed).await == SlackOutcome::Said
    }

    /// Somebody presses a button; answers whether the approver took it.
    pub(crate) async fn presses(&self, slack: &SlackSim, who: &Person, button: &Button) -> bool {
        let Button {
            channel,
            ts,
            action,
            value,
        } = button;
        let user = slack_id(who);
        let pressed = || slack.press(&user, channel, ts, action, value);
        let interactions = format!("{}/slack/interaction", self.approver);
        self.post(slack, &interactions, pressed).await == SlackOutcome::Nothing
    }

    /// Signs and posts. A signature is good for five minutes, and those pass in a quarter of a second here, so time
    /// runs as it does for the machine meanwhile.
    async fn post(
        &self,
        slack: &SlackSim,
        url: &str,
        sign: impl FnOnce() -> SlackRequest,
    ) -> SlackOutcome {
        let speed = self.clock.speed();
        self.clock.set_speed(1.0);
        let request = sign();
        let answer = self.send(url, &request).await;
        self.clock.set_speed(speed);
        match answer {
            Ok((status, body)) => slack.answer(&request, status, &body),
            // As Slack says it of an app that nobody reaches.
            Err(_) => SlackOutcome::Failed(503),
        }
    }

    async fn send(&self, url: &str, request: &SlackRequest) -> reqwest::Result<(u16, Vec<u8>)> {
        let mut post = self.http.post(url).body(request.body.clone());
        for (name, value) in &request.headers {
            post = post.header(name, value);
        }
        let answer = post.send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.bytes().await?.to_vec()))
    }
}

/// The last button that does this in a channel; `None`: there is none, or none any more.
pub(crate) fn button(slack: &SlackSim, channel: &str, action: &'static str) -> Option<Button> {
    let messages = slack.messages(channel);
    let last = messages.iter().rev().find_map(|message| {
        let value = value_of(message, action)?;
        Some((message.ts.clone(), value))
    });
    last.map(|(ts, value)| Button {
        channel: channel.to_owned(),
        ts,
        action,
        value,
    })
}

/// The conversation with one person alone.
pub(crate) fn direct(person: &Person) -> String {
    format!("D{}", person.id)
}

/// What a button of a message carries.
fn value_of(message: &SlackMessage, action: &str) -> Option<String> {
    let blocks = message.blocks.as_array()?.iter();
    let elements = blocks.filter_map(|block| block["elements"].as_array());
    let mut buttons = elements.flatten();
    let button = buttons.find(|element| element["action_id"] == action)?;
    button
        .get("value")
        .and_then(Value::as_str)
        .map(str::to_owned)
}
