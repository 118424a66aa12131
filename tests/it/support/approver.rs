//! The approver of a world: the real one, behind what a Function URL and the bus hand over to it.

use super::World;
use super::vault::Vault;
pub(crate) use acceptance::function_url::request;
use access_approver::lambda::{InvocationError, invoke};
use access_approver::{Deps, Later, Systems};
use access_core::config::{SecretRef, SlackConfig};
use access_core::id::GroupName;
use access_core::ports::{OutboxEntry, Wake};
use async_trait::async_trait;
use function_kit::{Freshness, SecretError};
use jiff::Timestamp;
use oncall_poller::Wish;
use secrecy::SecretString;
use serde_json::{Value, json};
use simulators::slack::{SlackMessage, SlackRequest};
use slack_client::SlackClient;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The AWS account whose sessions the configuration of a story believes.
pub(crate) const AWS_ACCOUNT: &str = "123456789012";

/// Between two tries of one call: simulators need no rest.
const PAUSE: Duration = Duration::from_millis(1);

/// An approver as it would run on AWS, in this process.
pub(crate) struct Approver {
    deps: Deps,
    asked: Arc<Asked>,
    /// How many events of the world's bus it was handed.
    heard: Mutex<usize>,
    /// What it failed on.
    failed: Mutex<Vec<Value>>,
}

/// What it answers to a request.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Reply {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the answer is JSON")
    }
}

/// What it asked of the bus besides telling events.
#[derive(Default)]
struct Asked {
    wishes: Mutex<Vec<BTreeSet<GroupName>>>,
    work: Mutex<Vec<Value>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Wake for Asked {
    async fn reconcile(&self, _: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String> {
        locked(&self.wishes).push(groups.clone());
        Ok(())
    }
}

#[async_trait]
impl Later for Asked {
    async fn later(&self, _: Timestamp, work: &Value) -> Result<(), String> {
        locked(&self.work).push(work.clone());
        Ok(())
    }
}

/// The real client of the simulated workspace, and its signing secret.
struct Chat {
    bot_token: Arc<Vault>,
    signing_secret: String,
}

#[async_trait]
impl Systems for Chat {
    fn slack(&self, config: &SlackConfig) -> Result<Arc<SlackClient>, String> {
        let mut client = SlackClient::builder(Arc::clone(&self.bot_token) as _).retry_delay(PAUSE);
        if let Some(url) = &config.api_url {
            client = client.api_url(url.clone());
        }
        let client = client.build().map_err(|error| error.to_string())?;
        Ok(Arc::new(client))
    }

    async fn signing_secret(
        &self,
        reference: &SecretRef,
        _: Freshness,
    ) -> Result<SecretString, SecretError> {
        if &*reference.reference == "env:SIMULATED_SIGNING_SECRET" {
            return Ok(SecretString::from(self.signing_secret.clone()));
        }
        Err(SecretError::NotFound {
            reference: reference.reference.to_string(),
            hint: "there is no such secret in this story",
        })
    }
}

impl World {
    /// An approver, which has heard of nothing yet that happens from now on.
    pub(crate) fn approver(&self) -> Approver {
        let asked = Arc::<Asked>::default();
        let chat = Chat {
            bot_token: Arc::clone(&self.bot_token),
            signing_secret: self.slack.signing_secret(),
        };
        let deps = Deps::new(
            Arc::clone(&self.store) as _,
            Arc::new(chat),
            Arc::clone(&self.bus) as _,
            Arc::clone(&asked) as _,
            Arc::clone(&asked) as _,
        );
        Approver {
            deps,
            asked,
            heard: Mutex::new(self.events().len()),
            failed: Mutex::default(),
        }
    }
}

impl Approver {
    /// Whatever Lambda hands over, at the world's time.
    pub(crate) async fn invoke(
        &self,
        world: &World,
        payload: Value,
    ) -> Result<Value, InvocationError> {
        invoke(&self.deps, world.clock.now(), payload).await
    }

    /// A request as [`request`] makes it.
    pub(crate) async fn answer(&self, world: &World, request: Value) -> Reply {
        let answer = self.invoke(world, request).await;
        let mut answer = answer.expect("a request is answered");
        let status = answer["statusCode"].as_u64();
        let status = status.and_then(|status| u16::try_from(status).ok());
        let headers = serde_json::from_value(answer["headers"].take());
        Reply {
            status: status.expect("an answer has a status"),
            headers: headers.expect("headers are texts"),
            body: answer["body"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// What Slack posts to the approver's address for commands, or to the one for interactions.
    pub(crate) async fn send(&self, world: &World, path: &str, sent: &SlackRequest) -> Reply {
        let request = request("POST", path, &sent.headers, &sent.body);
        self.answer(world, request).await
    }

    /// Hands over what the bus took since, and what was put off; answers whether there was any of it.
    pub(crate) async fn hear(&self, world: &World) -> bool {
        let events = self.news(world);
        let work = std::mem::take(&mut *locked(&self.asked.work)).into_iter();
        let work = work.map(|work| json!({"detail-type": "Slack Work Requested", "detail": work}));
        let payloads: Vec<Value> = events.iter().map(delivered).chain(work).collect();
        self.hand_over(world, &payloads).await;
        !payloads.is_empty()
    }

    /// Hands over again what it failed on, as Lambda does later; answers how much that was.
    pub(crate) async fn hear_again(&self, world: &World) -> usize {
        let failed = std::mem::take(&mut *locked(&self.failed));
        self.hand_over(world, &failed).await;
        failed.len()
    }

    /// Puts aside for good what it failed on, as Lambda does after its last try.
    pub(crate) fn give_up(&self) {
        locked(&self.failed).clear();
    }

    /// How much it failed on and was not handed again.
    pub(crate) fn failed(&self) -> usize {
        locked(&self.failed).len()
    }

    async fn hand_over(&self, world: &World, payloads: &[Value]) {
        for payload in payloads {
            let told = self.invoke(world, payload.clone()).await;
            if told.is_err() {
                locked(&self.failed).push(payload.clone());
            }
        }
    }

    /// What the bus would wake the poller with, since the last time.
    pub(crate) fn wishes(&self) -> Vec<Wish> {
        let wishes = std::mem::take(&mut *locked(&self.asked.wishes)).into_iter();
        let wish = |groups| Wish {
            groups,
            ..Wish::default()
        };
        wishes.map(wish).collect()
    }

    fn news(&self, world: &World) -> Vec<OutboxEntry> {
        let all = world.events();
        let mut heard = locked(&self.heard);
        let news = all[*heard..].to_vec();
        *heard = all.len();
        news
    }
}

/// An event as EventBridge delivers it.
pub(crate) fn delivered(entry: &OutboxEntry) -> Value {
    let detail: Value = serde_json::from_str(&entry.event.detail()).expect("a detail is JSON");
    json!({
        "version": "0",
        "id": entry.key,
        "source": "rotakey",
        "detail-type": entry.event.detail_type(),
        "time": entry.at,
        "detail": detail,
    })
}

/// A request with JSON, by this identity, as AWS tells it.
pub(crate) fn signed(method: &str, path: &str, identity: &Value, body: &Value) -> Value {
    let kind = ("content-type".to_owned(), "application/json".to_owned());
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let mut request = request(method, path, &[kind], body.as_bytes());
    request["requestContext"]["authorizer"] = json!({ "iam": identity });
    request
}

/// Somebody's session of IAM Identity Center.
pub(crate) fn session(email: &str) -> Value {
    let role = "AWSReservedSSO_Engineers_0123456789abcdef";
    json!({
        "accessKey": "ASIAEXAMPLE",
        "accountId": AWS_ACCOUNT,
        "callerId": format!("AROAEXAMPLE:{email}"),
        "userArn": format!("arn:aws:sts::{AWS_ACCOUNT}:assumed-role/{role}/{email}"),
        "userId": format!("AROAEXAMPLE:{email}"),
    })
}

/// Everything that a message says, also on its buttons, a line for each text.
pub(crate) fn words(message: &SlackMessage) -> String {
    fn collect<'m>(value: &'m Value, found: &mut Vec<&'m str>) {
        match value {
            Value::Array(parts) => parts.iter().for_each(|part| collect(part, found)),
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(text) if name == "text" => found.push(text),
                        Some(_) => {}
                        None => collect(member, found),
                    }
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(&message.blocks, &mut found);
    if found.is_empty() {
        found.push(&message.text);
    }
    found.join("\n")
}

/// What a button of these blocks carries.
pub(crate) fn value_of(blocks: &Value, action: &str) -> Option<String> {
    match blocks {
        Value::Array(parts) => parts.iter().find_map(|part| value_of(part, action)),
        Value::Object(members) if members.get("action_id").is_some_and(|id| id == action) => {
            Some(members.get("value")?.as_str()?.to_owned())
        }
        Value::Object(members) => members.values().find_map(|member| value_of(member, action)),
        _ => None,
    }
}
