//! Acme over HTTP, and an account of the largest size we measure with.

use std::time::Instant;

use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::Value;
use simulators::company::{self, company};
use simulators::kit::SimClock;
use simulators::pagerduty::{EscalationPolicy, Incident, Layer, LayerSchedule, Target, User};

use crate::support::{World, at};

async fn acme() -> World {
    World::serving(company(SimClock::at(at("2026-11-22T10:00:00Z")))).await
}

#[tokio::test]
async fn acme_answers_every_read() {
    let world = acme().await;
    let incident =
        Incident::new("Card payments fail", company::PAYMENTS_SERVICE).assigned("PAMINAK");
    let incident = world.pd.open_incident(incident.priority("P1"));
    let policy = company::PAYMENTS_POLICY;
    let paths = [
        format!("/incidents/{incident}"),
        format!(
            "/incidents?service_ids[]={}&statuses[]=triggered",
            company::PAYMENTS_SERVICE
        ),
        format!(
            "/escalation_policies/{policy}?include[]=targets&include[]=services&include[]=teams"
        ),
        "/services?include[]=escalation_policies".to_owned(),
        "/escalation_policies?query=pay".to_owned(),
        "/teams/PTMPAY1/members?include[]=users".to_owned(),
        "/users?include[]=contact_methods&include[]=teams&limit=100".to_owned(),
        "/abilities".to_owned(),
    ];
    for path in paths {
        let body = world.get(&path).await;
        assert!(body.is_object(), "{path}");
    }
    let incidents = world
        .get("/incidents?statuses[]=triggered&user_ids[]=PAMINAK")
        .await;
    assert_eq!(
        incidents["incidents"][0]["assignments"][0]["assignee"]["id"],
        "PAMINAK"
    );
    world.pd.resolve_incident(&incident, None);
    assert_eq!(
        world.get("/incidents?statuses[]=triggered").await["incidents"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn what_rust_sees_and_what_http_tells_is_one_state() {
    let world = acme().await;
    let mut rows: Vec<Value> = Vec::new();
    let mut more = true;
    while more {
        let body = world.get(&format!("/oncalls?offset={}", rows.len())).await;
        rows.extend(body["oncalls"].as_array().expect("a list").clone());
        more = body["more"] == true;
    }
    let now = world.pd.clock().now();
    for schedule in world
        .pd
        .schedules()
        .keys()
        .filter(|id| *id != company::IN_NO_POLICY)
    {
        let of_schedule = rows
            .iter()
            .filter(|row| row["schedule"]["id"] == schedule.as_str());
        let told = of_schedule
            .map(|row| row["user"]["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(world.pd.on_call_at(schedule, now), told, "{schedule}");
    }
}

#[tokio::test]
async fn a_thousand_schedules_are_paged_without_rendering_each_page_again() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    world.pd.limit_rate(None);
    let users: Vec<String> = (0..10_000)
        .map(|number| {
            world.pd.add_user(User::new(
                &format!("User {number}"),
                &format!("u{number}@x.example"),
            ))
        })
        .collect();
    for (number, crew) in users.chunks(10).enumerate() {
        let layer = Layer::daily(date(2026, 1, 5).at(9, 0, 0, 0), crew);
        let schedule = LayerSchedule::new(&format!("Schedule {number:04}"), "Europe/Zurich");
        let schedule = world.pd.add_schedule(schedule.layer(layer));
        let policy = EscalationPolicy::new(&format!("Policy {number:04}"));
        world
            .pd
            .add_policy(policy.level(vec![Target::schedule(&schedule)]));
    }
    let until = world.pd.clock().now() + SignedDuration::from_hours(25);
    let mut elapsed = Vec::new();
    let mut offset = 0;
    loop {
        let began = Instant::now();
        let body = world
            .get(&format!("/oncalls?until={until}&limit=100&offset={offset}"))
            .await;
        elapsed.push(began.elapsed());
        offset += 100;
        if body["more"] == false {
            break;
        }
    }
    // 1,000 schedules, each with two shifts and some with three.
    assert!(
        (20..=30).contains(&elapsed.len()),
        "{} pages",
        elapsed.len()
    );
    elapsed.sort_unstable();
    // Far above what it takes, so that a busy machine does not fail; rendering every page anew
    // would be far beyond.
    assert!(
        elapsed[elapsed.len() / 2].as_millis() < 100,
        "median {:?}",
        elapsed[elapsed.len() / 2]
    );
}
