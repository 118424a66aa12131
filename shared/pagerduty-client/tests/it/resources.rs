//! People, teams, policies and services: what is asked, and what is made of the answer.

use std::collections::BTreeSet;

use pagerduty_client::{
    EscalationPolicyId, EscalationPolicyQuery, EscalationTarget, ServiceQuery, ServiceStatus,
    TeamId, TeamRole, UserId, UserQuery, UserRole,
};
use serde_json::{Value, json};

use crate::support::{World, list, ok, user, values};

#[tokio::test]
async fn users_are_found_by_the_whole_address_only() {
    let world = World::start().await;
    let rows = json!([
        user("U1", json!("jane.doe@acme.example")),
        user("U2", json!("Doe@Acme.example")),
        user("U3", Value::Null),
    ]);
    world.on("GET", "/users", list("users", rows)).await;
    let client = world.client();
    let found = client
        .find_user_by_email(" doe@acme.example ")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id.as_str(), "U2");
    assert!(
        client
            .find_user_by_email("e@acme.example")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        values(&world.api_requests().await[0], "query"),
        ["doe@acme.example"]
    );
    assert!(
        client.find_user_by_email("").await.unwrap().is_none(),
        "nobody has no address"
    );
    assert_eq!(client.calls(), 2);
}

#[tokio::test]
async fn two_users_of_one_address_are_ambiguous() {
    let world = World::start().await;
    let rows = json!([
        user("U1", json!("jo@acme.example")),
        user("U2", json!("JO@acme.example"))
    ]);
    world.on("GET", "/users", list("users", rows)).await;
    let error = world
        .client()
        .find_user_by_email("jo@acme.example")
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"find user by e-mail: 2 match; exactly one must");
}

#[tokio::test]
async fn users_and_their_roles_are_read() {
    let world = World::start().await;
    let mut odd = user("U2", json!("x@acme.example"));
    odd["role"] = json!("role_of_tomorrow");
    odd["name"] = Value::Null;
    odd["teams"] = Value::Null;
    world
        .on(
            "GET",
            "/users",
            list("users", json!([user("U1", json!("jo@acme.example")), odd])),
        )
        .await;
    world
        .on(
            "GET",
            "/users/U1",
            ok(json!({"user": user("U1", json!("jo@acme.example"))})),
        )
        .await;
    let client = world.client();
    let query = UserQuery {
        text_part: None,
        team_ids: BTreeSet::from([TeamId::parse("T1").unwrap()]),
    };
    let found = client.users(&query).await.unwrap();
    assert_eq!(found[0].role, Some(UserRole::LimitedUser));
    assert!(found[0].is_invited);
    assert_eq!(
        found[1].role,
        Some(UserRole::Other("role_of_tomorrow".into()))
    );
    assert_eq!(found[1].name, "");
    let one = client.user(&UserId::parse("U1").unwrap()).await.unwrap();
    assert_eq!(one, found[0]);
}

#[tokio::test]
async fn team_members_come_with_role_and_address() {
    let world = World::start().await;
    let rows = json!([
        {"user": user("U1", json!("jo@acme.example")), "role": "manager"},
        {"user": {"id": "U2", "type": "user_reference", "summary": "Al"}, "role": "captain"},
    ]);
    world
        .on("GET", "/teams/T1/members", list("members", rows))
        .await;
    let found = world
        .client()
        .team_members(&TeamId::parse("T1").unwrap())
        .await
        .unwrap();
    assert_eq!(found[0].user.email.as_deref(), Some("jo@acme.example"));
    assert_eq!(found[0].role, Some(TeamRole::Manager));
    assert_eq!(found[1].role, Some(TeamRole::Other("captain".into())));
    assert_eq!(
        values(&world.api_requests().await[0], "include[]"),
        ["users"]
    );
}

#[tokio::test]
async fn escalation_policies_name_people_and_schedules_of_both_kinds() {
    let world = World::start().await;
    let policy = json!({
        "id": "P1", "type": "escalation_policy", "name": "Ops", "num_loops": 2, "services": [], "teams": null,
        "escalation_rules": [
            {"id": "R1", "escalation_delay_in_minutes": 30, "targets": [
                {"id": "S1", "type": "schedule_reference"}, {"id": "S2", "type": "schedule_v3_reference", "summary": "C"}]},
            {"id": "R2", "escalation_delay_in_minutes": 10, "targets": [
                {"id": "U1", "type": "user_reference"}, {"id": "X1", "type": "robot_reference"}]},
        ],
    });
    world
        .on(
            "GET",
            "/escalation_policies",
            list("escalation_policies", json!([policy.clone()])),
        )
        .await;
    world
        .on(
            "GET",
            "/escalation_policies/P1",
            ok(json!({"escalation_policy": policy})),
        )
        .await;
    let client = world.client();
    let found = client
        .escalation_policies(&EscalationPolicyQuery::default())
        .await
        .unwrap();
    let kinds: Vec<_> = found[0]
        .rules
        .iter()
        .flat_map(|rule| &rule.targets)
        .map(|target| match target {
            EscalationTarget::User(user) => format!("user {}", user.id),
            EscalationTarget::Schedule(schedule) => format!("{} {}", schedule.kind, schedule.id),
            EscalationTarget::Other { kind, id } => format!("{kind} {id}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "layer-based S1",
            "shift-based S2",
            "user U1",
            "robot_reference X1"
        ]
    );
    let one = client
        .escalation_policy(&EscalationPolicyId::parse("P1").unwrap())
        .await
        .unwrap();
    assert_eq!(one, found[0]);
}

#[tokio::test]
async fn services_are_read() {
    let world = World::start().await;
    let service = json!({
        "id": "V1", "type": "service", "name": "Checkout", "status": "sleeping", "teams": [],
        "escalation_policy": {"id": "P1", "type": "escalation_policy_reference"},
    });
    world
        .on("GET", "/services", list("services", json!([service])))
        .await;
    let found = world
        .client()
        .services(&ServiceQuery::default())
        .await
        .unwrap();
    assert_eq!(
        found[0].status,
        Some(ServiceStatus::Other("sleeping".into()))
    );
    assert_eq!(
        found[0].escalation_policy.as_ref().unwrap().id.as_str(),
        "P1"
    );
}
