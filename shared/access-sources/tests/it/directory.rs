//! The list that a person chooses schedules from.

use crate::support::*;
use access_core::ports::ReadError;
use access_sources::{ScheduleKind, ScheduleLine};
use simulators::kit::Fault;

#[tokio::test]
async fn the_directory_shows_every_schedule_and_who_is_on_call() {
    let account = company();
    let server = account.serve().await.unwrap();
    let lines = source(&server).directory(now()).await.unwrap();
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Empty",
            "Lone",
            "Pair PLONEPAIR",
            "Pair PPAIR",
            "Vacant",
            "Weekly"
        ]
    );
    for line in &lines {
        let on_call = account.on_call_at(line.id.as_str(), now());
        let mut on_call: Vec<String> = on_call
            .iter()
            .map(|id| account.users()[id].name.clone())
            .collect();
        on_call.sort_unstable();
        assert_eq!(line.on_call_now, on_call, "{}", line.name);
    }
    let weekly = ScheduleLine {
        id: WEEKLY.parse().unwrap(),
        name: "Weekly".into(),
        kind: ScheduleKind::Layers,
        teams: vec!["Team".into()],
        time_zone: Some("Europe/Berlin".into()),
        on_call_now: lines[5].on_call_now.clone(),
        in_policies: vec!["Main".into(), "Other".into()],
    };
    assert_eq!(lines[5], weekly);
    assert_eq!(
        (lines[3].kind, &lines[3].in_policies),
        (ScheduleKind::V3, &vec!["Main".to_owned()])
    );
    assert!(lines[2].in_policies.is_empty());
}

#[tokio::test]
async fn the_directory_is_whole_or_fails() {
    let account = company();
    let server = account.serve().await.unwrap();
    for operation in [
        "GET /schedules",
        "GET /v3/schedules",
        "GET /v3/schedules/{id}",
        "GET /users/{id}",
    ] {
        account.faults().clear();
        account.faults().always(operation, Fault::status(500));
        let error = source(&server).directory(now()).await.unwrap_err();
        assert!(
            matches!(error, ReadError::Unavailable(_)),
            "{operation}: {error:?}"
        );
    }
}
