//! The HTTP interface: forged sessions, guessed ids, other people's requests, odd bodies.

use crate::approval::{ADA, ADMIN, APPROVALS, Desk, GRACE, LENA, LINUS, says};
use crate::support::approver::{AWS_ACCOUNT, Reply, request, session, signed};
use serde_json::{Value, json};

/// An id that names nothing.
const NO_ID: &str = "01930000-0000-7000-8000-000000000000";

fn wish() -> Value {
    json!({"group": "payments-admin", "duration": "2h", "reason": "fixing refunds"})
}

/// A session with one thing changed.
fn session_with(email: &str, key: &str, value: &str) -> Value {
    let mut session = session(email);
    session[key] = json!(value);
    session
}

/// A session of a role that somebody made.
fn session_of(role: &str, name: &str) -> Value {
    let arn = format!("arn:aws:sts::{AWS_ACCOUNT}:assumed-role/{role}/{name}");
    json!({"accountId": AWS_ACCOUNT, "userArn": arn, "userId": format!("AROAEXAMPLE:{name}")})
}

/// Identities that would like to be Lena.
fn pretenders() -> Vec<(&'static str, Value)> {
    let user = format!("arn:aws:iam::{AWS_ACCOUNT}:user/{LENA}");
    let federated = format!("arn:aws:sts::{AWS_ACCOUNT}:federated-user/{LENA}");
    vec![
        ("a role of one's own", session_of("Deployer", LENA)),
        (
            "a role named like Identity Center's",
            session_of("AWSReservedSSO_Deployer", LENA),
        ),
        (
            "one with a suffix of letters",
            session_of("AWSReservedSSO_Deployer_0123456789abcdeg", LENA),
        ),
        (
            "another account",
            session_with(LENA, "accountId", "999999999999"),
        ),
        ("no account", session_with(LENA, "accountId", "anonymous")),
        (
            "another session's id",
            session_with(LENA, "userId", "AROAEXAMPLE:mallory@acme.example"),
        ),
        ("a user of IAM", session_with(LENA, "userArn", &user)),
        (
            "a federated user",
            session_with(LENA, "userArn", &federated),
        ),
        (
            "the root user",
            session_with(LENA, "userArn", &format!("arn:aws:iam::{AWS_ACCOUNT}:root")),
        ),
        ("a name that is no address", session("lena")),
        ("a name with a path", session("x/lena@acme.example")),
        (
            "two addresses",
            session("mallory@evil.example,lena@acme.example"),
        ),
    ]
}

#[tokio::test]
async fn a_session_name_that_somebody_chose_makes_them_nobody_else() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let id = desk.requests_of(ADA).await[0].id;
    let path = format!("/requests/{id}/approve");
    for (case, identity) in pretenders() {
        let reply = desk.calls(&identity, "POST", &path, &Value::Null).await;
        assert!([401, 403, 404].contains(&reply.status), "{case}: {reply:?}");
        let asked = desk.calls(&identity, "POST", "/requests", &wish()).await;
        assert!([401, 403].contains(&asked.status), "{case}: {asked:?}");
        desk.holds(ADMIN, &[], case);
    }
    // Whoever writes it into what they send is nobody.
    let headers = [
        ("authorizer".to_owned(), session(LENA).to_string()),
        ("x-amzn-userarn".to_owned(), LENA.to_owned()),
        (
            "authorization".to_owned(),
            "Bearer lena@acme.example".to_owned(),
        ),
    ];
    let mut forged = request("POST", &path, &headers, &[]);
    forged["authorizer"] = json!({"iam": session(LENA)});
    forged["identity"] = session(LENA);
    let reply = desk.approver.answer(&desk.world, forged).await;
    assert_eq!(reply.status, 401, "{reply:?}");
    assert!(desk.requests_of(LENA).await.is_empty());
    says(&desk.card(), &["Approve", "Deny"]);

    let approved = desk
        .calls(&session(LENA), "POST", &path, &Value::Null)
        .await;
    assert_eq!(approved.status, 200, "{approved:?}");
    desk.holds(ADMIN, &[ADA], "by Lena's own session");
}

#[tokio::test]
async fn what_is_somebody_elses_looks_like_what_is_not_there() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let (request, grant) = {
        let grant = &desk.grants_of(ADA).await[0].grant;
        (grant.request.to_string(), grant.id.to_string())
    };
    let because = json!({"reason": "because"});
    let note = json!({"note": "nothing found"});
    let more = json!({"duration": "1h", "reason": "more"});
    for (method, path, body) in [
        ("GET", "/requests/{request}", &Value::Null),
        ("POST", "/requests/{request}/approve", &Value::Null),
        ("POST", "/requests/{request}/deny", &because),
        ("POST", "/requests/{request}/cancel", &Value::Null),
        ("POST", "/grants/{grant}/extend", &more),
        ("POST", "/grants/{grant}/hand-back", &Value::Null),
        ("POST", "/grants/{grant}/revoke", &because),
        ("POST", "/grants/{grant}/review", &note),
        ("POST", "/held/{grant}/release", &Value::Null),
    ] {
        let of = |request: &str, grant: &str| {
            let path = path.replace("{request}", request);
            path.replace("{grant}", grant)
        };
        let who = session(LINUS);
        let there = desk.calls(&who, method, &of(&request, &grant), body).await;
        let missing = desk.calls(&who, method, &of(NO_ID, NO_ID), body).await;
        let no_id = desk.calls(&who, method, &of("x", "x"), body).await;
        for reply in [&there, &missing, &no_id] {
            assert_eq!(reply.status, 404, "{path}: {reply:?}");
            assert_eq!(reply.body, missing.body, "{path}: it tells nothing");
            assert_eq!(reply.headers, missing.headers, "{path}");
        }
    }
    desk.holds(ADMIN, &[ADA], "nobody ended it");
    let path = format!("/requests/{request}");
    let shown = desk.calls(&session(LENA), "GET", &path, &Value::Null).await;
    assert_eq!(shown.status, 200, "whoever may decide may see");
}

#[tokio::test]
async fn lists_show_people_what_is_theirs() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let told = desk.types(GRACE, "vault 30m looking around").await;
    says(&told, &["2 approvers"]);
    let count = |reply: Reply, key: &str| {
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()[key].as_array().map(Vec::len)
    };
    for (who, path, key, expected) in [
        (ADA, "/requests", "requests", 1),
        (ADA, "/grants?of=me", "grants", 1),
        (LINUS, "/requests", "requests", 0),
        (LINUS, "/requests?by=ada@acme.example", "requests", 0),
        (LINUS, "/requests?state=pending", "requests", 0),
        (LINUS, "/requests?group=payments-admin", "requests", 0),
        (LINUS, "/grants", "grants", 0),
        (LINUS, "/grants?of=ada@acme.example", "grants", 0),
        (LENA, "/requests?by=ada@acme.example", "requests", 1),
        (LENA, "/requests?state=pending", "requests", 1),
        (LENA, "/grants", "grants", 1),
    ] {
        let reply = desk.calls(&session(who), "GET", path, &Value::Null).await;
        assert_eq!(count(reply, key), Some(expected), "{who} {path}");
    }
}

#[tokio::test]
async fn odd_requests_of_programs_are_refused_and_change_nothing() {
    let desk = Desk::open().await;
    let ada = session(ADA);
    let large = json!({"group": "payments-admin", "duration": "2h", "reason": "x".repeat(70_000)});
    let long = json!({"group": "payments-admin", "duration": "2h", "reason": "x".repeat(501)});
    let extra = json!({"group": "payments-admin", "duration": "2h", "reason": "x", "by": LENA});
    let control = json!({"group": "payments-admin", "duration": "2h", "reason": "a\u{0}b"});
    for (case, body, status) in [
        ("too large", large, 413),
        ("too long a reason", long, 422),
        ("a field that nobody knows", extra, 422),
        ("control characters", control, 422),
        ("no object", json!([]), 422),
    ] {
        let reply = desk.calls(&ada, "POST", "/requests", &body).await;
        assert_eq!(reply.status, status, "{case}: {reply:?}");
        assert_eq!(reply.headers["content-type"], "application/problem+json");
    }
    for (case, kind, body, status) in [
        (
            "a form",
            "application/x-www-form-urlencoded",
            &b"group=payments-admin"[..],
            415,
        ),
        ("no type", "", b"{}", 415),
        ("half of it", "application/json", b"{\"group\":", 400),
        ("no text", "application/json", b"\xff\xfe", 400),
    ] {
        let headers = [("content-type".to_owned(), kind.to_owned())];
        let mut sent = request("POST", "/requests", &headers, body);
        sent["requestContext"]["authorizer"] = json!({"iam": ada});
        let reply = desk.approver.answer(&desk.world, sent).await;
        assert_eq!(reply.status, status, "{case}: {reply:?}");
    }
    let unsigned = request("POST", "/requests", &[], wish().to_string().as_bytes());
    let reply = desk.approver.answer(&desk.world, unsigned).await;
    assert_eq!(reply.status, 401, "{reply:?}");
    assert!(reply.headers.contains_key("www-authenticate"));
    assert!(desk.requests_of(ADA).await.is_empty());
    assert!(desk.world.slack.messages(APPROVALS).is_empty());

    let right = signed("POST", "/requests", &ada, &wish());
    let reply = desk.approver.answer(&desk.world, right).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    desk.settle().await;
    says(&desk.card(), &["fixing refunds", "Approve"]);
}
