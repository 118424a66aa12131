//! One HTTP request as Lambda hands it over, and the answer to it.

use crate::support::{CONFIG, World, noon};
use access_approver::lambda::invoke;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The account whose sessions are believed.
pub(crate) const ACCOUNT: &str = "123456789012";

/// An approver that believes [`ACCOUNT`].
pub(crate) async fn world() -> World {
    World::configured(&config()).await
}

pub(crate) fn config() -> String {
    format!("{CONFIG}\n[api]\naws_accounts = [\"{ACCOUNT}\"]\n")
}

/// What AWS says of a session that Identity Center opened.
pub(crate) fn session(name: &str) -> Value {
    let session = format!("{name}@acme.example");
    let role = "AWSReservedSSO_Oncall_0123456789abcdef";
    json!({
        "accessKey": "ASIAEXAMPLE",
        "accountId": ACCOUNT,
        "callerId": format!("AROAEXAMPLEROLEID:{session}"),
        "cognitoIdentity": null,
        "principalOrgId": "o-example",
        "userArn": format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
        "userId": format!("AROAEXAMPLEROLEID:{session}"),
    })
}

/// A request before it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    method: String,
    path: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: Value,
    is_base64: bool,
    iam: Option<Value>,
}

/// The answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u64,
    pub(crate) headers: Value,
    /// JSON, or `null` where there is none.
    pub(crate) body: Value,
}

/// By nobody yet. What follows a question mark is the query.
pub(crate) fn get(path: &str) -> Sent {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Sent {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: BTreeMap::new(),
        body: Value::Null,
        is_base64: false,
        iam: None,
    }
}

/// JSON, by nobody yet.
pub(crate) fn post(path: &str, body: &Value) -> Sent {
    Sent {
        method: "POST".to_owned(),
        body: Value::from(body.to_string()),
        ..get(path)
    }
    .header("content-type", "application/json")
}

/// Without a body, by nobody yet.
pub(crate) fn press(path: &str) -> Sent {
    get(path).method("POST")
}

/// Nina's request for half an hour in `payments-admin`, made at noon and some seconds: as it was answered.
pub(crate) async fn asked(world: &World, seconds: i64) -> Value {
    let sent = ask("payments-admin").by("nina");
    sent.to(world, seconds).await.done(201)
}

/// Half an hour in a group.
pub(crate) fn ask(group: &str) -> Sent {
    post("/requests", &half_an_hour(group))
}

pub(crate) fn half_an_hour(group: &str) -> Value {
    json!({ "group": group, "duration": "30m", "reason": "refunds fail" })
}

impl Sent {
    pub(crate) fn by(self, name: &str) -> Self {
        self.signed(session(name))
    }

    /// With what AWS says of whoever signed it.
    pub(crate) fn signed(self, iam: Value) -> Self {
        Self {
            iam: Some(iam),
            ..self
        }
    }

    pub(crate) fn method(self, method: &str) -> Self {
        let method = method.to_owned();
        Self { method, ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With another body, as it is.
    pub(crate) fn raw(self, body: &str) -> Self {
        Self {
            body: Value::from(body),
            ..self
        }
    }

    /// With a body that Lambda took for bytes.
    pub(crate) fn base64(self, body: &str) -> Self {
        Self {
            is_base64: true,
            ..self.raw(body)
        }
    }

    /// As the Function URL hands it over.
    pub(crate) fn payload(&self) -> Value {
        let mut context = json!({
            "accountId": "anonymous",
            "apiId": "abc",
            "http": {
                "method": self.method,
                "path": self.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "a test",
            },
            "requestId": "r-1",
        });
        if let Some(iam) = &self.iam {
            context["authorizer"] = json!({ "iam": iam });
        }
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": self.headers,
            "requestContext": context,
            "body": self.body,
            "isBase64Encoded": self.is_base64,
        })
    }

    /// Sends it at noon and some seconds.
    pub(crate) async fn to(&self, world: &World, seconds: i64) -> Answer {
        let answer = invoke(&world.deps, noon(seconds), self.payload()).await;
        let answer = answer.unwrap();
        let text = answer["body"].as_str().unwrap();
        Answer {
            status: answer["statusCode"].as_u64().unwrap(),
            headers: answer["headers"].clone(),
            body: if text.is_empty() {
                Value::Null
            } else {
                serde_json::from_str(text).unwrap()
            },
        }
    }
}

impl Answer {
    /// Asserts that it is a success of this status, and answers its JSON.
    #[track_caller]
    pub(crate) fn done(self, status: u64) -> Value {
        assert_eq!(self.status, status, "{self:#?}");
        self.body
    }

    /// Asserts that it is a whole problem of this status and code, and answers its words.
    #[track_caller]
    pub(crate) fn refused(self, status: u64, code: &str) -> String {
        let problem = &self.body;
        assert_eq!(
            (self.status, &problem["code"], &problem["status"]),
            (status, &Value::from(code), &Value::from(status)),
            "{self:#?}"
        );
        assert_eq!(self.headers["content-type"], "application/problem+json");
        assert_eq!(problem["type"], "about:blank");
        assert!(!problem["title"].as_str().unwrap().is_empty());
        problem["detail"].as_str().unwrap().to_owned()
    }
}
