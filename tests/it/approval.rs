//! Requests and approvals: each story by what people do in Slack, signed as Slack signs it, through the real approver, the
//! store and the real poller, to the memberships at the target and the card as everybody sees it.

mod asked;
mod automatic;
mod decided;
mod ended;
mod newer;
mod outages;
mod security;

use crate::support::approver::{Approver, Reply, signed, value_of, words};
use crate::support::rota::{ADA, GRACE, LINUS, people, three_people};
use crate::support::{ANNOUNCEMENTS, APPROVALS, Poller, World, WorldOptions, at};
use access_core::ports::{RequestFilter, Requests};
use access_core::request::{GrantRecord, Request};
use jiff::SignedDuration;
use jiff::civil::date;
use oncall_poller::{Answer, Invocation};
use serde_json::Value;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, Target, User};
use simulators::slack::{SlackMessage, SlackOutcome, SlackRequest};

const MORNING: &str = "2026-11-03T10:00:00Z";

/// Lead payments, and decide.
const LENA: &str = "lena@acme.example";
const LEO: &str = "leo@acme.example";
/// Decides where they did not for half an hour.
const BOSS: &str = "boss@acme.example";
/// Always on call at the third level of the policy; Grace is at its first.
const TED: &str = "ted@acme.example";

const EVERYBODY: [&str; 7] = [ADA, GRACE, LINUS, LENA, LEO, BOSS, TED];

const ADMIN: &str = "PaymentsAdmin";
const READER: &str = "PaymentsReader";
const VAULT: &str = "Vault";

/// Who may ask into what. `payments-reader` has no approvers; `vault` needs two.
const GROUPS: &str = r#"
[api]
aws_accounts = ["123456789012"]

[[group]]
name = "payments-leads"
sources = ["person:lena@acme.example", "person:leo@acme.example"]

[[group]]
name = "payments-admin"
entitlements = ["aws:PaymentsAdmin"]
[group.request]
max = "4h"
approvers = ["group:payments-leads"]
auto_approve_on_call = ["escalation_policy:acme/PPOLICY#1"]
timeout = "1h"
escalate_after = "30m"
escalate_to = ["person:boss@acme.example"]
break_glass = ["escalation_policy:acme/PPOLICY"]

[[group]]
name = "payments-reader"
entitlements = ["aws:PaymentsReader"]
[group.request]
max = "2h"
auto_approve_on_call = ["escalation_policy:acme/PPOLICY#1"]

[[group]]
name = "vault"
entitlements = ["aws:Vault"]
[group.request]
max = "1h"
approvers = ["group:payments-leads"]
approvals = 2
"#;

/// Everything behind one Slack workspace, with people in front of it.
struct Desk {
    world: World,
    poller: Poller,
    approver: Approver,
}

/// A button as somebody has it on their screen, whatever became of the message since.
#[derive(Debug, Clone)]
struct Button {
    channel: String,
    ts: String,
    action: String,
    value: String,
}

impl Desk {
    /// At ten o'clock; the poller has read the rota.
    async fn open() -> Self {
        let account = three_people(MORNING);
        account.add_user(User::new("Ted", TED).id("PTED"));
        let layer = Layer::weekly(date(2026, 1, 5).at(0, 0, 0, 0), &["PGRACE"]);
        let schedule = LayerSchedule::new("Payments", "UTC").id("PSCHED1");
        account.add_schedule(schedule.layer(layer));
        let policy = EscalationPolicy::new("Payments").id("PPOLICY");
        let policy = policy
            .level(vec![Target::schedule("PSCHED1")])
            .level(vec![Target::user("PLINUS")])
            .level(vec![Target::user("PTED")]);
        account.add_policy(policy);
        let world = World::start(WorldOptions {
            pagerduty: account,
            people: EVERYBODY.to_vec(),
            groups: vec![],
            config: GROUPS,
        })
        .await;
        let (poller, approver) = (world.poller().await, world.approver());
        let desk = Self {
            world,
            poller,
            approver,
        };
        desk.tick().await;
        desk
    }

    /// The schedule calls; nothing may fail. Everybody is told of what it did.
    async fn tick(&self) {
        let answer = self.tick_as_it_can().await;
        assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    }

    /// The schedule calls, whatever fails.
    async fn tick_as_it_can(&self) -> Answer {
        let answer = self.poller.tick().await.expect("the tick does what it can");
        self.settle().await;
        answer
    }

    /// The schedule calls at that time of the day.
    async fn tick_at(&self, time: &str) {
        self.world.clock.set(at(&format!("2026-11-03T{time}Z")));
        self.tick().await;
    }

    /// Lets the bus carry everything to whom it belongs, until it is empty.
    async fn settle(&self) {
        loop {
            let has_heard = self.approver.hear(&self.world).await;
            let wishes = self.approver.wishes();
            if !has_heard && wishes.is_empty() {
                assert_eq!(self.approver.failed(), 0, "everybody is told");
                return;
            }
            for wish in wishes {
                let done = self.poller.invoke(&Invocation::Wish(wish)).await;
                done.expect("the reconcile does what it can");
            }
        }
    }

    /// Somebody types after `/access`; answers what they are told at once, or nothing.
    async fn types(&self, who: &str, text: &str) -> String {
        let slack = &self.world.slack;
        let typed = slack.type_command(&slack_id(who), ANNOUNCEMENTS, "/access", text);
        let before = self.told(who).len();
        let outcome = self.command(&typed).await;
        let told = self.told(who)[before..].join("\n");
        let is_said = outcome == SlackOutcome::Said;
        assert!(is_said || outcome == SlackOutcome::Nothing, "{outcome:?}");
        self.settle().await;
        told
    }

    /// A command as Slack sends it, and what Slack makes of the answer.
    async fn command(&self, sent: &SlackRequest) -> SlackOutcome {
        let path = "/slack/command";
        let reply = self.approver.send(&self.world, path, sent).await;
        let slack = &self.world.slack;
        slack.answer(sent, reply.status, reply.body.as_bytes())
    }

    /// Somebody presses a button; answers what only they are told.
    async fn presses(&self, who: &str, button: &Button) -> String {
        let before = self.told(who).len();
        self.press(who, button).await;
        self.settle().await;
        self.told(who)[before..].join("\n")
    }

    /// Somebody presses a button, and nothing has come of it yet.
    async fn press(&self, who: &str, button: &Button) {
        let Button {
            channel,
            ts,
            action,
            value,
        } = button;
        let slack = &self.world.slack;
        let pressed = slack.press(&slack_id(who), channel, ts, action, value);
        let outcome = self.interaction(&pressed).await;
        assert_eq!(outcome, SlackOutcome::Nothing);
    }

    /// Whoever has a dialog open fills its fields in, by their names, and sends it off.
    async fn fills(&self, who: &str, fields: &[(&str, &str)]) -> SlackOutcome {
        let slack = &self.world.slack;
        let view = slack.view_of(&slack_id(who)).expect("a dialog is open");
        let fields = fields.iter();
        let fields: Vec<_> = fields
            .map(|(block, text)| (*block, "field", *text))
            .collect();
        let outcome = self.interaction(&slack.submit(&view.id, &fields)).await;
        self.settle().await;
        outcome
    }

    async fn interaction(&self, sent: &SlackRequest) -> SlackOutcome {
        let path = "/slack/interaction";
        let reply = self.approver.send(&self.world, path, sent).await;
        let slack = &self.world.slack;
        slack.answer(sent, reply.status, reply.body.as_bytes())
    }

    /// A program calls the HTTP interface, as whom AWS says it is.
    async fn calls(&self, identity: &Value, method: &str, path: &str, body: &Value) -> Reply {
        let request = signed(method, path, identity, body);
        let reply = self.approver.answer(&self.world, request).await;
        self.settle().await;
        reply
    }

    /// What only this person saw so far, in answer to what they did.
    fn told(&self, who: &str) -> Vec<String> {
        let messages = self.world.slack.ephemerals(&slack_id(who));
        messages.iter().map(words).collect()
    }

    /// The last message of a channel.
    #[track_caller]
    fn last(&self, channel: &str) -> SlackMessage {
        let messages = self.world.slack.messages(channel);
        messages.last().cloned().expect("the channel has a message")
    }

    /// The last card that approvers have, in words.
    #[track_caller]
    fn card(&self) -> String {
        words(&self.last(APPROVALS))
    }

    /// The last message to one person alone, in words.
    #[track_caller]
    fn direct(&self, who: &str) -> String {
        words(&self.last(&direct(who)))
    }

    /// The last button of a channel that does this.
    #[track_caller]
    fn button(&self, channel: &str, action: &str) -> Button {
        let messages = self.world.slack.messages(channel);
        let mut buttons = messages.iter().rev().filter_map(|message| {
            let value = value_of(&message.blocks, action)?;
            Some(Button {
                channel: channel.to_owned(),
                ts: message.ts.clone(),
                action: action.to_owned(),
                value,
            })
        });
        buttons.next().expect("the channel has such a button")
    }

    /// Ada asks for two hours of payments-admin, Lena approves, and Ada is in.
    async fn ada_is_in(&self) {
        self.ada_asks().await;
        let approve = self.button(APPROVALS, "approve");
        assert_eq!(self.presses(LENA, &approve).await, "");
        self.holds(ADMIN, &[ADA], "approved");
    }

    /// Ada asks for two hours of payments-admin, and it is put to approvers.
    async fn ada_asks(&self) {
        let told = self.types(ADA, "payments-admin 2h fixing refunds").await;
        assert!(told.contains("waits"), "{told}");
    }

    /// What is at the target now.
    #[track_caller]
    fn holds(&self, group: &str, expected: &[&str], case: &str) {
        let members = self.world.members(group);
        assert_eq!(members, people(expected), "{group}: {case}");
    }

    /// That nobody got anything, nowhere.
    #[track_caller]
    fn holds_nobody(&self) {
        for group in [ADMIN, READER, VAULT] {
            self.holds(group, &[], "nobody was let in");
        }
    }

    /// Whatever somebody asked for, as it is kept, the newest first.
    async fn requests_of(&self, who: &str) -> Vec<Request> {
        let who = who.parse().expect("an address");
        let requests = self.world.store.requests(&RequestFilter::By(who)).await;
        requests.expect("the store is read")
    }

    /// Whatever somebody was granted, as it is kept, the newest first.
    async fn grants_of(&self, who: &str) -> Vec<GrantRecord> {
        let who = who.parse().expect("an address");
        let grants = self.world.store.grants_of(&who).await;
        grants.expect("the store is read")
    }
}

/// Somebody's Slack account, as [`World`] numbers them.
fn slack_id(who: &str) -> String {
    let place = EVERYBODY.iter().position(|one| *one == who);
    format!("U{:04}", place.expect("somebody of this story"))
}

/// How a message names somebody.
fn mention(who: &str) -> String {
    format!("<@{}>", slack_id(who))
}

/// The conversation with one person alone.
fn direct(who: &str) -> String {
    slack_id(who).replacen('U', "D", 1)
}

/// That a text says all of this.
#[track_caller]
fn says(text: &str, expected: &[&str]) {
    for part in expected {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

/// That a text says nothing of this.
#[track_caller]
fn keeps_silent(text: &str, unexpected: &[&str]) {
    for part in unexpected {
        assert!(!text.contains(part), "`{part}` is in:\n{text}");
    }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}
