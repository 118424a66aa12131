//! Who is believed to call: nobody but a session of Identity Center, in an account that is listed.

use super::sent::{ACCOUNT, Sent, ask, get, session, world};
use crate::support::{CONFIG, World, noon, principal};
use access_approver::lambda::enter;
use access_core::ports::{Configs, RequestFilter, Requests};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What AWS says of a session, with one thing else.
fn other(key: &str, value: &str) -> Value {
    let mut iam = session("nina");
    iam[key] = Value::from(value);
    iam
}

fn with_arn(arn: &str) -> Value {
    other("userArn", arn)
}

async fn pending(world: &World) -> usize {
    let pending = world.store.requests(&RequestFilter::Pending).await;
    pending.unwrap().len()
}

#[tokio::test]
async fn a_session_of_identity_center_asks_for_its_person() {
    let world = world().await;
    let answer = ask("payments-admin").by("Nina").to(&world, 0).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let place = answer.headers["location"].clone();
    let request = answer.done(201);
    assert_eq!(request["by"], "nina@acme.example");
    assert_eq!(request["through"], "api");
    assert_eq!(
        place,
        format!("/requests/{}", request["id"].as_str().unwrap())
    );
    let mine = RequestFilter::By(principal("nina"));
    assert_eq!(world.store.requests(&mine).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_by_a_further_address_is_the_same_person() {
    let world = world().await;
    let stored = world.store.latest_config().await.unwrap().unwrap();
    let person = "[[person]]\nemail = \"lena@acme.example\"\nemails = [\"nina@acme.example\"]\n";
    let config = format!("{}\n{person}", stored.text);
    world.configure(&config, &BTreeMap::new()).await;
    let request = ask("payments-admin").by("nina").to(&world, 0).await;
    assert_eq!(request.done(201)["by"], "lena@acme.example");
}

#[tokio::test]
async fn an_identity_counts_only_where_aws_has_checked_it() {
    let world = world().await;
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:access-approver";
    let enters = async |arn: String, payload: Value| {
        let mut context = Context::default();
        context.invoked_function_arn = arn;
        let event = LambdaEvent::new(payload, context);
        let answer = enter(&world.deps, noon(0), event).await;
        answer.unwrap()["statusCode"].as_u64()
    };
    for (case, arn, expected) in [
        ("the signed URL", format!("{function}:api"), 200),
        ("the open URL", format!("{function}:slack"), 401),
        ("the function itself", function.to_owned(), 401),
    ] {
        let groups = get("/groups").by("nina").payload();
        assert_eq!(enters(arn, groups).await, Some(expected), "{case}");
    }
    let command = get("/slack/command").by("nina").method("POST").payload();
    let status = enters(format!("{function}:api"), command).await;
    assert_eq!(status, Some(404), "Slack's paths are behind the open URL");
}

#[tokio::test]
async fn no_forged_session_becomes_somebody() {
    let world = world().await;
    let role = "AWSReservedSSO_Oncall_0123456789abcdef";
    let of = |account: &str, role: &str| {
        format!("arn:aws:sts::{account}:assumed-role/{role}/nina@acme.example")
    };
    for (case, iam) in [
        ("a role of one's own", with_arn(&of(ACCOUNT, "Deployer"))),
        (
            "a role named like Identity Center's",
            with_arn(&of(ACCOUNT, "AWSReservedSSO_x")),
        ),
        ("another account", other("accountId", "999999999999")),
        (
            "another account in the name",
            with_arn(&of("999999999999", role)),
        ),
        (
            "a role with a path",
            with_arn(&of(ACCOUNT, &format!("aws-reserved/{role}"))),
        ),
        (
            "an IAM user",
            with_arn(&format!("arn:aws:iam::{ACCOUNT}:user/nina@acme.example")),
        ),
        (
            "a federated user",
            with_arn(&format!(
                "arn:aws:sts::{ACCOUNT}:federated-user/nina@acme.example"
            )),
        ),
        ("root", with_arn(&format!("arn:aws:iam::{ACCOUNT}:root"))),
        (
            "a session of another name",
            other("userId", "AROAEXAMPLEROLEID:bob@acme.example"),
        ),
        (
            "nobody",
            json!({"accountId": "", "userArn": "", "userId": ""}),
        ),
    ] {
        let sent = ask("payments-admin").signed(iam);
        let words = sent.to(&world, 0).await.refused(403, "forbidden");
        assert!(!words.contains("nina"), "{case}: {words}");
        assert_eq!(pending(&world).await, 0, "{case}");
    }
}

#[tokio::test]
async fn an_identity_in_a_header_or_a_body_is_none() {
    let world = world().await;
    let iam = session("nina").to_string();
    let sents: [Sent; 3] = [
        ask("payments-admin"),
        ask("payments-admin")
            .header("x-amzn-iam", &iam)
            .header("x-amz-security-token", "nina@acme.example"),
        ask("payments-admin").header("authorization", "AWS4-HMAC-SHA256 Credential=nina"),
    ];
    for sent in sents {
        let answer = sent.to(&world, 0).await;
        assert!(answer.headers["www-authenticate"].is_string());
        answer.refused(401, "unauthenticated");
    }
    assert_eq!(pending(&world).await, 0);
}

#[tokio::test]
async fn without_the_table_nobody_is_believed() {
    let world = World::configured(CONFIG).await;
    let answer = get("/groups").by("nina").to(&world, 0).await;
    assert!(answer.refused(403, "forbidden").contains("[api]"));
}

#[tokio::test]
async fn without_a_configuration_nothing_can_be_said() {
    let world = World::unconfigured().await;
    let answer = get("/groups").by("nina").to(&world, 0).await;
    assert!(answer.headers["retry-after"].is_string());
    answer.refused(503, "unavailable");
}
