//! The workspace over HTTP, as a client meets it.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

struct Client {
    http: reqwest::Client,
    api_url: String,
    token: String,
}

impl Client {
    fn of(sim: &SlackSim) -> Self {
        // Fails when another test was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            http: reqwest::Client::new(),
            api_url: sim.api_url(),
            token: sim.bot_token(),
        }
    }

    async fn send(&self, method: &str, form: &[(&str, &str)]) -> reqwest::Response {
        let request = self
            .http
            .post(format!("{}{method}", self.api_url))
            .form(form);
        request.bearer_auth(&self.token).send().await.unwrap()
    }

    async fn call(&self, method: &str, form: &[(&str, &str)]) -> Value {
        let response = self.send(method, form).await;
        assert_eq!(response.status().as_u16(), 200, "{method}");
        response.json().await.unwrap()
    }

    async fn refusal(&self, method: &str, form: &[(&str, &str)]) -> String {
        let body = self.call(method, form).await;
        assert_eq!(body["ok"], json!(false), "{method}: {body}");
        body["error"].as_str().unwrap().to_owned()
    }
}

fn start_of_time() -> SimClock {
    SimClock::at("2026-11-22T09:00:00Z".parse::<Timestamp>().unwrap())
}

fn acme() -> SlackSimBuilder {
    SlackSim::builder(start_of_time())
        .user(SlackUser::new("U1", "Ada@example.com", "Ada"))
        .user(SlackUser::new("U2", "bob@example.com", "Bob"))
        .user(SlackUser::new("U3", "cy@example.com", "Cy"))
        .group(SlackGroup::new("S1", "payments-oncall").with_users(["U1"]))
        .channel("C1")
}

fn emails(sim: &SlackSim) -> Vec<String> {
    sim.members_of("payments-oncall").into_iter().collect()
}

#[tokio::test]
async fn a_list_is_taken_whole_or_not_at_all() {
    let sim = acme().start().await.unwrap();
    let client = Client::of(&sim);
    let update = "usergroups.users.update";
    let written = client
        .call(update, &[("usergroup", "S1"), ("users", "U1,U2")])
        .await;
    assert_eq!(written["usergroup"]["users"], json!(["U1", "U2"]));
    sim.deactivate("BOB@example.com");
    let cases = [
        ("nobody", "S1", "", "no_users_provided"),
        ("only commas", "S1", ",,", "no_users_provided"),
        ("one deactivated", "S1", "U1,U2,U3", "invalid_users"),
        ("one unknown", "S1", "U3,U9", "invalid_users"),
        ("another group", "S9", "U1", "no_such_subteam"),
    ];
    for (name, group, users, code) in cases {
        let form = [("usergroup", group), ("users", users)];
        assert_eq!(client.refusal(update, &form).await, code, "{name}");
    }
    assert_eq!(emails(&sim), ["ada@example.com"]);
    assert_eq!(sim.group("payments-oncall").unwrap().users.len(), 2);
}

#[tokio::test]
async fn a_disabled_group_keeps_its_people_and_holds_nobody() {
    for (writes, expected) in [
        (DisabledGroupWrites::Accepted, json!(true)),
        (DisabledGroupWrites::Refused, json!(false)),
    ] {
        let sim = acme().disabled_group_writes(writes).start().await.unwrap();
        let client = Client::of(&sim);
        let disabled = client
            .call("usergroups.disable", &[("usergroup", "S1")])
            .await;
        assert_ne!(disabled["usergroup"]["date_delete"], json!(0));
        assert!(emails(&sim).is_empty());
        let listed = client.call("usergroups.list", &[]).await;
        assert_eq!(listed["usergroups"], json!([]));
        let all = [
            ("include_disabled", "true"),
            ("include_users", "1"),
            ("include_count", "1"),
        ];
        let listed = client.call("usergroups.list", &all).await;
        assert_eq!(listed["usergroups"][0]["users"], json!(["U1"]));
        assert_eq!(listed["usergroups"][0]["user_count"], json!("1"));
        let hidden = client
            .refusal("usergroups.users.list", &[("usergroup", "S1")])
            .await;
        assert_eq!(hidden, "no_such_subteam");
        let form = [("usergroup", "S1"), ("users", "U3")];
        let written = client.call("usergroups.users.update", &form).await;
        assert_eq!(written["ok"], expected, "{writes:?}");
        client
            .call("usergroups.enable", &[("usergroup", "S1")])
            .await;
        let enabled = sim.group("payments-oncall").unwrap();
        assert_eq!(enabled.users.contains("U3"), expected == json!(true));
    }
}

#[tokio::test]
async fn names_are_taken_by_disabled_groups_too() {
    let sim = acme()
        .group(SlackGroup::new("S2", "dba").disabled())
        .start()
        .await
        .unwrap();
    let client = Client::of(&sim);
    let create = "usergroups.create";
    assert_eq!(
        client.refusal(create, &[("name", "DBA")]).await,
        "name_already_exists"
    );
    let form = [("name", "Databases"), ("handle", "dba")];
    assert_eq!(client.refusal(create, &form).await, "handle_already_exists");
    assert_eq!(client.refusal(create, &[]).await, "invalid_arguments");
    let made = client
        .call(create, &[("name", "Databases"), ("handle", "databases")])
        .await;
    let id = made["usergroup"]["id"].as_str().unwrap();
    client
        .call(
            "usergroups.users.update",
            &[("usergroup", id), ("users", "U2")],
        )
        .await;
    assert_eq!(
        sim.members_of("databases").into_iter().collect::<Vec<_>>(),
        ["bob@example.com"]
    );
}

#[tokio::test]
async fn people_are_looked_up_while_they_are_active() {
    let sim = acme().start().await.unwrap();
    let client = Client::of(&sim);
    let lookup = "users.lookupByEmail";
    let found = client.call(lookup, &[("email", "ada@EXAMPLE.com")]).await;
    assert_eq!(found["user"]["profile"]["email"], json!("Ada@example.com"));
    sim.deactivate("ada@example.com");
    assert_eq!(
        client
            .refusal(lookup, &[("email", "ada@example.com")])
            .await,
        "users_not_found"
    );
    let info = client.call("users.info", &[("user", "U1")]).await;
    assert_eq!(info["user"]["deleted"], json!(true));
    assert_eq!(
        client.refusal("users.info", &[("user", "U9")]).await,
        "user_not_found"
    );
    sim.set_scopes(["users:read"]);
    let info = client.call("users.info", &[("user", "U2")]).await;
    assert_eq!(info["user"]["profile"]["email"], Value::Null);
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let sim = acme().start().await.unwrap();
    let client = Client::of(&sim);
    let first = client.call("users.list", &[("limit", "2")]).await;
    let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
    let second = client
        .call("users.list", &[("limit", "2"), ("cursor", cursor)])
        .await;
    let ids: Vec<&Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["members"].as_array().unwrap())
        .map(|user| &user["id"])
        .collect();
    assert_eq!(ids, ["U1", "U2", "U3"]);
    assert_eq!(second["response_metadata"]["next_cursor"], json!(""));
    assert_eq!(
        client.refusal("users.list", &[("cursor", "U1")]).await,
        "invalid_cursor"
    );
}

#[tokio::test]
async fn tokens_and_scopes_are_checked() {
    let sim = acme().start().await.unwrap();
    let mut client = Client::of(&sim);
    sim.set_scopes(["users:read", "usergroups:read"]);
    let refused = client.call("usergroups.create", &[("name", "x")]).await;
    assert_eq!(refused["error"], json!("missing_scope"));
    assert_eq!(refused["needed"], json!("usergroups:write"));
    assert_eq!(refused["provided"], json!("usergroups:read,users:read"));
    sim.rotate_token("xoxb-second");
    assert_eq!(client.refusal("auth.test", &[]).await, "token_revoked");
    client.token = "xoxb-second".into();
    assert_eq!(client.call("auth.test", &[]).await["ok"], json!(true));
    client.token = "xoxb-never".into();
    assert_eq!(client.refusal("auth.test", &[]).await, "invalid_auth");
    client.token = String::new();
    assert_eq!(client.refusal("auth.test", &[]).await, "not_authed");
    client.token = sim.bot_token();
    assert_eq!(client.refusal("users.invite", &[]).await, "unknown_method");
}

#[tokio::test]
async fn a_used_up_tier_answers_429_until_the_clock_moves() {
    let sim = acme().start().await.unwrap();
    let client = Client::of(&sim);
    for _ in 0..20 {
        client.call("usergroups.list", &[]).await;
    }
    let limited = client.send("usergroups.list", &[]).await;
    assert_eq!(limited.status().as_u16(), 429);
    assert_eq!(limited.headers()["retry-after"], "60");
    assert_eq!(
        limited.json::<Value>().await.unwrap()["error"],
        json!("ratelimited")
    );
    client
        .call("usergroups.users.list", &[("usergroup", "S1")])
        .await;
    sim.kit().clock.advance(SignedDuration::from_mins(1));
    client.call("usergroups.list", &[]).await;
    let free = acme().rate_limits(RateLimits::Off).start().await.unwrap();
    let client = Client::of(&free);
    for _ in 0..30 {
        client.call("usergroups.list", &[]).await;
    }
}

#[tokio::test]
async fn a_free_plan_has_no_user_groups() {
    let sim = acme().free_plan().start().await.unwrap();
    assert_eq!(
        Client::of(&sim).refusal("usergroups.list", &[]).await,
        "paid_teams_only"
    );
}

#[tokio::test]
async fn messages_are_kept_and_changed_in_place() {
    let sim = acme().start().await.unwrap();
    let client = Client::of(&sim);
    let posted = client
        .call(
            "chat.postMessage",
            &[
                ("channel", "C1"),
                ("text", "a"),
                ("blocks", r#"[{"type":"divider"}]"#),
            ],
        )
        .await;
    let ts = posted["ts"].as_str().unwrap();
    client
        .call(
            "chat.update",
            &[("channel", "C1"), ("ts", ts), ("text", "b")],
        )
        .await;
    let shown = sim.messages("C1");
    assert_eq!(
        (shown.len(), shown[0].text.as_str(), &shown[0].blocks),
        (1, "b", &Value::Null)
    );
    let direct = client
        .call("chat.postMessage", &[("channel", "U2"), ("text", "hi")])
        .await;
    assert_eq!(sim.messages(direct["channel"].as_str().unwrap()).len(), 1);
    sim.kit().clock.advance(SignedDuration::from_secs(1));
    let cases = [
        (
            "chat.postMessage",
            [("channel", "C9"), ("text", "a"), ("", "")],
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            [("channel", "C1"), ("", ""), ("", "")],
            "no_text",
        ),
        (
            "chat.update",
            [("channel", "C1"), ("ts", "1.0"), ("text", "a")],
            "message_not_found",
        ),
    ];
    for (method, form, code) in cases {
        assert_eq!(client.refusal(method, &form).await, code);
    }
}

#[tokio::test]
async fn operations_are_logged_and_faulted_by_their_slack_name() {
    let sim = acme().start().await.unwrap();
    let client = Client::of(&sim);
    sim.kit()
        .faults
        .on("users.info", 1, crate::kit::Fault::status(503));
    let failed = client.send("users.info", &[("user", "U1")]).await;
    assert_eq!(failed.status().as_u16(), 503);
    client.call("users.info", &[("user", "U1")]).await;
    assert_eq!(sim.kit().log.count("users.info"), 2);
}
