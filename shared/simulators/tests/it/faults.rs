//! Every fault is seen by a client as what it is.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::kit::Fault;
use simulators::pagerduty::{Team, User};

use crate::support::World;

/// What a client makes of an answer.
#[derive(Debug, PartialEq)]
enum Seen {
    Json(u16, Value),
    NoJson(u16),
    CutBody(u16),
    Nothing,
}

async fn see(world: &World, path: &str) -> Seen {
    let Ok(response) = world.request(Method::GET, path).send().await else {
        return Seen::Nothing;
    };
    let status = response.status().as_u16();
    match response.bytes().await {
        Err(_) => Seen::CutBody(status),
        Ok(body) => serde_json::from_slice(&body)
            .map_or(Seen::NoJson(status), |body| Seen::Json(status, body)),
    }
}

async fn world() -> World {
    let world = World::at("2026-11-22T10:00:00Z").await;
    world.pd.limit_rate(None);
    world.pd.add_team(Team::new("Payments").id("PTEAM01"));
    world
}

#[tokio::test]
async fn every_kind_of_fault_is_observable_and_ends() {
    let world = world().await;
    let good = see(&world, "/teams").await;
    for fault in Fault::all() {
        world.pd.faults().clear();
        world.pd.faults().at_call(1, fault.clone());
        let seen = see(&world, "/teams").await;
        match &fault {
            Fault::Status { status, .. } => {
                let Seen::Json(seen, body) = &seen else {
                    panic!("{fault:?}: {seen:?}");
                };
                assert_eq!(seen, status);
                assert!(body["error"]["code"].is_number(), "{fault:?}");
            }
            Fault::Delay(_) => assert_eq!(seen, good),
            Fault::CutBefore | Fault::CutAfter => assert_eq!(seen, Seen::Nothing, "{fault:?}"),
            Fault::CutBody => assert_eq!(seen, Seen::CutBody(200)),
            Fault::TruncatedJson | Fault::NotJson => {
                assert_eq!(seen, Seen::NoJson(200), "{fault:?}");
            }
            Fault::EmptyPageWithMore => {
                let expected =
                    json!({ "teams": [], "limit": 25, "offset": 0, "more": true, "total": null });
                assert_eq!(seen, Seen::Json(200, expected));
            }
            Fault::MissingKey => {
                let expected = json!({ "limit": 25, "offset": 0, "more": false, "total": null });
                assert_eq!(seen, Seen::Json(200, expected));
            }
            Fault::WrongType => {
                let Seen::Json(200, body) = &seen else {
                    panic!("{seen:?}");
                };
                assert!(body["teams"].is_string());
            }
        }
        assert_eq!(see(&world, "/teams").await, good, "after {fault:?}");
    }
}

#[tokio::test]
async fn faults_hit_the_call_they_name() {
    let world = world().await;
    let faults = world.pd.faults();
    faults.on("GET /teams/{id}", 2, Fault::status(503));
    let mut seen = Vec::new();
    for path in [
        "/teams/PTEAM01",
        "/teams",
        "/teams/PTEAM01",
        "/teams/PTEAM01",
    ] {
        seen.push(world.send(path).await.status().as_u16());
    }
    assert_eq!(seen, [200, 200, 503, 200]);
    faults.always(
        "GET /teams",
        Fault::status(429).header("ratelimit-reset", "7"),
    );
    for _ in 0..2 {
        let response = world.send("/teams").await;
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["ratelimit-reset"], "7");
    }
    let logged = world.pd.log().requests();
    assert_eq!(
        logged
            .iter()
            .filter(|request| request.fault.is_some())
            .count(),
        3
    );
}

#[tokio::test]
async fn a_cut_says_nothing_of_whether_it_happened() {
    for (fault, happened) in [(Fault::CutBefore, false), (Fault::CutAfter, true)] {
        let world = world().await;
        let user = world.pd.add_user(User::new("Ann", "ann@x.example"));
        world
            .pd
            .faults()
            .on("PUT /teams/{id}/users/{user_id}", 1, fault);
        let path = format!("/teams/PTEAM01/users/{user}");
        let request = world
            .request(Method::PUT, &path)
            .json(&json!({ "role": "responder" }));
        assert!(request.send().await.is_err());
        let members = world.get("/teams/PTEAM01/members").await;
        assert_eq!(
            members["members"]
                .as_array()
                .map(|members| !members.is_empty()),
            Some(happened)
        );
        let [cut, _] = &world.pd.log().requests()[..] else {
            panic!("two requests");
        };
        assert_eq!(cut.status, None);
    }
}

#[tokio::test]
async fn a_dropped_server_takes_no_more_requests() {
    let World { pd, server, .. } = world().await;
    let url = server.url().to_owned();
    let client = crate::support::client();
    drop(server);
    // It notices on its next turn, so the first request or two may still get through.
    for _ in 0..1_000 {
        if client.get(&url).send().await.is_err() {
            return;
        }
    }
    panic!("still serving after {} requests", pd.log().total());
}
