//! What a request to AWS is to IAM: actions, each on a resource and with the keys that conditions look at.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The AWS account of the test.
pub(super) const ACCOUNT: &str = "123456789012";
/// Its region.
pub(super) const REGION: &str = "eu-west-1";
/// The partition keys of the items that a request is about.
pub(super) const LEADING_KEYS: &str = "dynamodb:LeadingKeys";
/// Who tells an event.
pub(super) const SOURCE: &str = "events:source";
/// The kind of an event.
pub(super) const DETAIL_TYPE: &str = "events:detail-type";
/// The region that a request goes to.
pub(super) const REQUESTED_REGION: &str = "aws:RequestedRegion";

/// One action that has to be allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ask {
    /// Such as `dynamodb:PutItem`.
    pub(super) action: String,
    /// Its ARN.
    pub(super) resource: String,
    /// What conditions can look at.
    pub(super) keys: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Ask {
    pub(super) fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            keys: BTreeMap::new(),
        }
    }

    /// One more value of a key.
    pub(super) fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.keys.entry(key).or_default().insert(value.into());
        self
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on {} with {:?}",
            self.action, self.resource, self.keys
        )
    }
}

/// The ARN of a resource of this account and region.
pub(super) fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

/// The ARN of an identity store, which belongs to no region.
pub(super) fn identity_store(id: &str) -> String {
    format!("arn:aws:identitystore::{ACCOUNT}:identitystore/{id}")
}

/// The ARN of a secret: AWS puts six characters behind its name.
pub(super) fn secret(name: &str) -> String {
    arn("secretsmanager", &format!("secret:{name}-AbCdEf"))
}

/// Everything that IAM is asked for one request of an SDK: `target` is its `X-Amz-Target`.
pub(super) fn asks(target: &str, body: &Value) -> Vec<Ask> {
    let (service, operation) = target.split_once('.').expect("a service and an operation");
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    match service {
        "DynamoDB_20120810" => on_tables(operation, body),
        "secretsmanager" => {
            let action = format!("secretsmanager:{operation}");
            vec![Ask::new(action, secret(&text("SecretId")))]
        }
        "AWSIdentityStore" => {
            let action = format!("identitystore:{operation}");
            let ask = Ask::new(action, identity_store(&text("IdentityStoreId")));
            vec![ask.with(REQUESTED_REGION, REGION)]
        }
        "AWSEvents" => {
            let entries = body["Entries"].as_array().into_iter().flatten();
            let entry = |entry: &Value| {
                let part = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
                let bus = arn("events", &format!("event-bus/{}", part("EventBusName")));
                let ask = Ask::new(format!("events:{operation}"), bus);
                ask.with(SOURCE, part("Source"))
                    .with(DETAIL_TYPE, part("DetailType"))
            };
            entries.map(entry).collect()
        }
        other => vec![Ask::new(format!("{other}:{operation}"), "*")],
    }
}

/// A transaction is allowed by the actions of its parts; keys of one action are looked at together, as for a batch.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn on_tables(operation: &str, body: &Value) -> Vec<Ask> {
    let mut asks: BTreeMap<(String, String), Ask> = BTreeMap::new();
    let mut add = |operation: &str, part: &Value| {
        let action = format!("dynamodb:{operation}");
        let resource = on(part);
        let ask = asks.entry((action.clone(), resource.clone()));
        let ask = ask.or_insert_with(|| Ask::new(action, resource));
        if let Some(key) = leading_key(operation, part) {
            ask.keys.entry(LEADING_KEYS).or_default().insert(key);
        }
    };
    if operation == "TransactWriteItems" {
        for part in body["TransactItems"].as_array().into_iter().flatten() {
            for (kind, part) in part.as_object().into_iter().flatten() {
                match kind.as_str() {
                    "ConditionCheck" => add("ConditionCheckItem", part),
                    kind => add(&format!("{kind}Item"), part),
                }
            }
        }
    } else {
        add(operation, body);
    }
    asks.into_values().collect()
}

/// The table, or the index of it.
fn on(part: &Value) -> String {
    let table = part["TableName"].as_str().unwrap_or_default();
    let table = arn("dynamodb", &format!("table/{table}"));
    match part["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    }
}

/// The partition that one part is about; `None` where it is about no single one.
fn leading_key(operation: &str, part: &Value) -> Option<String> {
    let key = match operation {
        "PutItem" => &part["Item"]["pk"],
        "Query" => &part["ExpressionAttributeValues"][":partition"],
        _ => &part["Key"]["pk"],
    };
    Some(key["S"].as_str()?.to_owned())
}
