//! Paths, methods and bodies: what is not understood is refused, by name.

use super::sent::{ask, asked, get, half_an_hour, post, press, world};
use serde_json::{Value, json};

/// `{"group": "vault", "duration": "30m", "reason": "refunds fail"}` in Base64.
const ENCODED: &str =
    "eyJncm91cCI6ICJ2YXVsdCIsICJkdXJhdGlvbiI6ICIzMG0iLCAicmVhc29uIjogInJlZnVuZHMgZmFpbCJ9";

#[tokio::test]
async fn only_json_that_says_so_is_read() {
    let world = world().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/problem+json",
        "",
    ] {
        let sent = ask("vault").header("content-type", kind).by("nina");
        sent.to(&world, 0).await.refused(415, "not-json");
    }
    for kind in ["application/json; charset=utf-8", "Application/JSON"] {
        let sent = ask("vault").header("content-type", kind).by("nina");
        sent.to(&world, 0).await.done(201);
    }
    let bytes = ask("vault").base64(ENCODED).by("nina");
    bytes.to(&world, 1).await.done(201);
}

#[tokio::test]
async fn broken_and_oversize_bodies_are_refused() {
    let world = world().await;
    for body in ["", "{", "group=vault", "{\"group\": \"vault\",}"] {
        let sent = ask("vault").raw(body).by("nina");
        sent.to(&world, 0).await.refused(400, "bad-json");
    }
    let nested = "[".repeat(10_000);
    let deep = ask("vault").raw(&nested).by("nina").to(&world, 0).await;
    assert!((400..500).contains(&deep.status), "{deep:?}");

    let room = 64 * 1024 - half_an_hour("vault").to_string().len();
    let padded = |spaces: usize| format!("{}{}", half_an_hour("vault"), " ".repeat(spaces));
    let full = ask("vault").raw(&padded(room)).by("nina");
    full.to(&world, 0).await.done(201);
    let more = ask("vault").raw(&padded(room + 1)).by("nina");
    more.to(&world, 0).await.refused(413, "too-large");
    let unproven = ask("vault").raw(&padded(room + 1)).to(&world, 0).await;
    unproven.refused(413, "too-large");
}

#[tokio::test]
async fn a_wrong_field_is_named() {
    let world = world().await;
    let mut without = half_an_hour("vault");
    without.as_object_mut().unwrap().remove("reason");
    let with = |field: &str, value: Value| {
        let mut body = half_an_hour("vault");
        body[field] = value;
        body
    };
    for (case, body, words) in [
        (
            "unknown",
            with("group_name", json!("vault")),
            "unknown field `group_name`",
        ),
        ("missing", without, "missing field `reason`"),
        (
            "a number",
            with("duration", json!(30)),
            "invalid type: integer `30`",
        ),
        (
            "no duration",
            with("duration", json!("half an hour")),
            "such as `2h`",
        ),
        (
            "an empty reason",
            with("reason", json!("  ")),
            "a reason is needed",
        ),
        ("two lines", with("reason", json!("a\nb")), "line break"),
        ("no group", with("group", json!("a b")), "group name `a b`"),
        ("no grant", with("extends", json!("mine")), "invalid"),
        (
            "for another",
            with("by", json!("ada@acme.example")),
            "unknown field `by`",
        ),
        ("a list", json!([]), "invalid length"),
    ] {
        let answer = post("/requests", &body).by("nina").to(&world, 0).await;
        assert_eq!(answer.status, 422, "{case}: {answer:?}");
        let said = answer.refused(422, "invalid");
        assert!(said.contains(words), "{case}: {said}");
    }
    let no_time = with("duration", json!("-2h"));
    let no_time = post("/requests", &no_time).by("nina").to(&world, 0).await;
    no_time.refused(422, "no-time");
}

#[tokio::test]
async fn where_nothing_is_to_say_nothing_else_is_taken() {
    let world = world().await;
    let request = asked(&world, 0).await;
    let path = format!("/requests/{}/approve", request["id"].as_str().unwrap());
    let more = post(&path, &json!({"for": "2h"})).by("lena");
    let words = more.to(&world, 1).await.refused(422, "invalid");
    assert!(words.contains("unknown field `for`"), "{words}");
    let empty = post(&path, &json!({})).by("lena");
    empty.to(&world, 2).await.done(200);
}

#[tokio::test]
async fn other_paths_and_methods_are_not_there() {
    let world = world().await;
    for path in [
        "/",
        "/request",
        "/requests/",
        "/requests//approve",
        "/grants/1/2/3",
        "/slack",
        "/openapi.yaml",
    ] {
        let answer = get(path).by("nina").to(&world, 0).await;
        answer.refused(404, "no-such-path");
    }
    for (path, method, allowed) in [
        ("/requests", "DELETE", "POST, GET"),
        ("/requests", "get", "POST, GET"),
        ("/groups", "POST", "GET"),
        ("/requests/1/approve", "GET", "POST"),
    ] {
        let answer = get(path).method(method).by("nina").to(&world, 0).await;
        assert_eq!(answer.headers["allow"], allowed, "{path}");
        answer.refused(405, "method-not-allowed");
    }
}

#[tokio::test]
async fn the_document_says_what_is_taken() {
    let world = world().await;
    let document = get("/openapi.json").to(&world, 0).await.done(200);
    let schemas = &document["components"]["schemas"];
    for (path, methods) in document["paths"].as_object().unwrap() {
        let called = path.replace("{id}", "019a0000-0000-7000-8000-000000000000");
        for (method, said) in methods.as_object().unwrap() {
            let sent = press(&called).method(&method.to_ascii_uppercase());
            if path != "/openapi.json" {
                sent.to(&world, 0).await.refused(401, "unauthenticated");
            }
            let body = &said["requestBody"]["content"]["application/json"]["schema"];
            let Some(reference) = body["$ref"].as_str() else {
                continue;
            };
            let name = reference.rsplit('/').next().unwrap();
            let odd = post(&called, &json!({"odd": 1})).by("nina");
            let words = odd.to(&world, 0).await.refused(422, "invalid");
            assert!(words.contains("unknown field `odd`"), "{path}: {words}");
            for field in schemas[name]["properties"].as_object().unwrap().keys() {
                assert!(words.contains(&format!("`{field}`")), "{path}: {words}");
            }
        }
    }
}
