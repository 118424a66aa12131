//! `/oncalls`: what multiplies, what is absent, what is null.

use jiff::civil::date;
use serde_json::Value;
use simulators::pagerduty::{
    EscalationPolicy, Event, Layer, LayerSchedule, Recurrence, ShiftSchedule, Target, User,
};

use crate::support::{World, at};

/// Ann and Ben take daily turns on PLAYER1 (in two policies, twice in one), Ann is permanent at
/// level 2 of PPOL001, both are at once on PSHIFT1, and PNOWHER is in no policy.
async fn world() -> World {
    let world = World::at("2026-11-22T10:00:00Z").await;
    let pd = &world.pd;
    pd.add_user(User::new("Ann", "ann@x.example").id("PANN001"));
    pd.add_user(User::new("Ben", "ben@x.example").id("PBEN001"));
    let people = ["PANN001", "PBEN001"];
    let daily = Layer::daily(date(2026, 11, 2).at(9, 0, 0, 0), &people);
    for id in ["PLAYER1", "PNOWHER"] {
        pd.add_schedule(
            LayerSchedule::new(id, "Etc/UTC")
                .id(id)
                .layer(daily.clone()),
        );
    }
    let day = jiff::SignedDuration::from_hours(24);
    let event = Event::new(
        "Days",
        date(2026, 11, 2).at(9, 0, 0, 0),
        day,
        Recurrence::Daily(1),
    );
    let both = event.users(&people).everyone();
    pd.add_shift_schedule(
        ShiftSchedule::new("Both", "Etc/UTC")
            .id("PSHIFT1")
            .rotation(both),
    );
    let first = EscalationPolicy::new("One").id("PPOL001");
    let first = first.level(vec![Target::schedule("PLAYER1")]);
    let first = first.level(vec![Target::user("PANN001"), Target::schedule("PLAYER1")]);
    pd.add_policy(first);
    let second = EscalationPolicy::new("Two").id("PPOL002");
    let targets = vec![Target::schedule("PLAYER1"), Target::schedule("PSHIFT1")];
    pd.add_policy(second.level(targets));
    world
}

fn rows(body: &Value) -> Vec<(&str, u64, &str, &str)> {
    let rows = body["oncalls"].as_array().expect("a list").iter();
    rows.map(|row| {
        let id = |key: &str| row[key]["id"].as_str().unwrap_or("-");
        let level = row["escalation_level"].as_u64().expect("a level");
        (id("escalation_policy"), level, id("user"), id("schedule"))
    })
    .collect()
}

#[tokio::test]
async fn one_row_for_every_policy_level_user_and_shift() {
    let world = world().await;
    let now = world.get("/oncalls").await;
    // 22 November is 20 days after the start: Ann's turn.
    assert_eq!(
        rows(&now),
        [
            ("PPOL001", 1, "PANN001", "PLAYER1"),
            ("PPOL001", 2, "PANN001", "-"),
            ("PPOL001", 2, "PANN001", "PLAYER1"),
            ("PPOL002", 1, "PANN001", "PLAYER1"),
            ("PPOL002", 1, "PANN001", "PSHIFT1"),
            ("PPOL002", 1, "PBEN001", "PSHIFT1"),
        ]
    );
    let day = world
        .get("/oncalls?since=2026-11-22T10:00:00Z&until=2026-11-23T11:00:00Z&limit=100")
        .await;
    // Each schedule's rows twice: today's shift and tomorrow's.
    assert_eq!(rows(&day).len(), 1 + 2 * 5);
    assert!(
        !rows(&day).iter().any(|row| row.3 == "PNOWHER"),
        "a schedule in no policy"
    );
}

#[tokio::test]
async fn shifts_keep_their_own_ends_unless_told_otherwise() {
    let world = world().await;
    let path = "/oncalls?schedule_ids[]=PLAYER1&escalation_policy_ids[]=PPOL002&since=2026-11-22T10:00:00Z&until=2026-11-22T11:00:00Z";
    let body = world.get(path).await;
    let row = &body["oncalls"][0];
    assert_eq!(
        (&row["start"], &row["end"]),
        (
            &"2026-11-22T09:00:00Z".into(),
            &"2026-11-23T09:00:00Z".into()
        )
    );
    world.pd.clip_oncalls(true);
    let body = world.get(path).await;
    let row = &body["oncalls"][0];
    assert_eq!(
        (&row["start"], &row["end"]),
        (
            &"2026-11-22T10:00:00Z".into(),
            &"2026-11-22T11:00:00Z".into()
        )
    );
    world.pd.set_time_zone("Europe/Zurich");
    assert_eq!(
        world.get(path).await["oncalls"][0]["start"],
        "2026-11-22T11:00:00+01:00"
    );
    let utc = format!("{path}&time_zone=UTC");
    assert_eq!(
        world.get(&utc).await["oncalls"][0]["start"],
        "2026-11-22T10:00:00Z"
    );
}

#[tokio::test]
async fn references_say_which_kind_of_schedule_and_permanence_is_null() {
    let world = world().await;
    let body = world.get("/oncalls").await;
    let kinds: Vec<&Value> = body["oncalls"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| &row["schedule"]["type"])
        .collect();
    assert_eq!(kinds[0], "schedule_reference");
    assert_eq!(kinds[5], "schedule_v3_reference");
    let permanent = &body["oncalls"][1];
    assert_eq!(
        [
            &permanent["schedule"],
            &permanent["start"],
            &permanent["end"]
        ],
        [&Value::Null; 3]
    );
    assert_eq!(
        body["oncalls"][5]["schedule"]["self"],
        "https://api.pagerduty.com/v3/schedules/PSHIFT1"
    );
    let whole = world
        .get("/oncalls?include[]=users&include[]=escalation_policies&include[]=schedules")
        .await;
    let row = &whole["oncalls"][0];
    assert_eq!(row["user"]["email"], "ann@x.example");
    assert_eq!(row["schedule"]["type"], "schedule");
    assert_eq!(row["escalation_policy"]["type"], "escalation_policy");
}

#[tokio::test]
async fn filters_intersect_and_null_asks_for_permanent_ones() {
    let world = world().await;
    let cases = [
        ("schedule_ids[]=PSHIFT1&user_ids[]=PBEN001", 1),
        ("schedule_ids[]=PSHIFT1&escalation_policy_ids[]=PPOL001", 0),
        ("schedule_ids[]=null", 1),
        ("schedule_ids[]=null&schedule_ids[]=PLAYER1", 4),
        ("schedule_ids[]=PLAYER1", 3),
        ("schedule_ids[]=PUNKNWN", 0),
        ("until=2026-11-25T10:00:00Z&earliest=true", 6),
    ];
    for (query, expected) in cases {
        let body = world.get(&format!("/oncalls?{query}")).await;
        assert_eq!(rows(&body).len(), expected, "{query}: {:?}", rows(&body));
    }
}

#[tokio::test]
async fn windows_are_checked_and_end_ninety_days_ahead() {
    let world = world().await;
    for (query, code) in [
        (
            "since=2026-11-23T10:00:00Z&until=2026-11-22T10:00:00Z",
            2005,
        ),
        ("since=2026-11-23T10:00:00Z", 2005),
        ("since=yesterday", 2004),
    ] {
        let (status, body) = world.status(&format!("/oncalls?{query}")).await;
        assert_eq!(
            (status, body["error"]["code"].as_u64()),
            (400, Some(code)),
            "{query}"
        );
    }
    let far =
        "/oncalls?schedule_ids[]=PLAYER1&since=2027-03-01T00:00:00Z&until=2027-03-09T00:00:00Z";
    assert!(rows(&world.get(far).await).is_empty());
}

#[tokio::test]
async fn changes_show_in_the_next_answer() {
    let world = world().await;
    let pd = &world.pd;
    let ben = async || {
        let body = world
            .get("/oncalls?escalation_policy_ids[]=PPOL001&user_ids[]=PBEN001")
            .await;
        rows(&body).len()
    };
    assert_eq!(ben().await, 0);
    let now = pd.clock().now();
    let id = pd.create_override("PLAYER1", "PBEN001", now, at("2026-11-22T12:00:00Z"));
    assert_eq!(ben().await, 2);
    assert!(pd.delete_override("PLAYER1", &id));
    assert_eq!(ben().await, 0);
    pd.add_target("PPOL001", 3, Target::user("PBEN001"));
    assert_eq!(ben().await, 1);
    assert!(pd.delete_schedule("PLAYER1"));
    assert_eq!(
        rows(&world.get("/oncalls?schedule_ids[]=PLAYER1").await).len(),
        0
    );
    assert_eq!(world.send("/schedules/PLAYER1").await.status(), 404);
}
