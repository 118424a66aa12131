//! Open incidents and the people who work on them.

use crate::support::*;
use access_core::facts::Person;
use access_core::id::{IncidentId, PagerDutyUserId};
use access_core::incident::{
    IncidentRead, Priority, ReadIncident, Snapshot, Status, Urgency, WantedIncidents,
};
use access_core::ports::{IncidentSource, PeopleRead, ReadError};
use access_sources::{INCIDENT_SCOPES, PagerDutySource, READ_SCOPES, Reads};
use pagerduty_client::StaticCredential;
use serde_json::{Value, json};
use simulators::kit::{Fault, Server};
use simulators::pagerduty::{Incident, PagerDuty, Service, Team, User};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A service of no team.
const CHECKOUT: &str = "PSVCHECKOUT";
/// A service of [`TEAM`].
const PAYMENTS: &str = "PSVPAYMENTS";
/// A service of another team.
const MAIL: &str = "PSVMAIL";

/// The small world with its services, and incidents: `QONE` on [`CHECKOUT`] is acknowledged and helped with, `QTWO` on
/// [`PAYMENTS`] is triggered, `QMAIL` on [`MAIL`] too, `QOVER` on [`CHECKOUT`] is resolved.
fn burning() -> PagerDuty {
    let account = company();
    account.add_team(Team::new("Other").id("PTEAMOTHER"));
    account.add_service(Service::new("Checkout", POLICY).id(CHECKOUT));
    account.add_service(Service::new("Payments", POLICY).id(PAYMENTS).team(TEAM));
    account.add_service(Service::new("Mail", POLICY).id(MAIL).team("PTEAMOTHER"));
    let incident = |id: &str, service: &str| Incident::new("It burns", service).id(id);
    account.open_incident(incident("QONE", CHECKOUT).assigned(&user(1)).priority("P1"));
    account.acknowledge_incident("QONE", &user(2));
    for (helper, accepts) in [(3, true), (4, false)] {
        account.add_responder("QONE", &user(helper), None);
        if accepts {
            account.accept_responder("QONE", &user(helper));
        }
    }
    account.add_responder("QONE", &user(5), None);
    account.decline_responder("QONE", &user(5));
    account.open_incident(incident("QTWO", PAYMENTS).assigned(&user(6)).urgency("low"));
    account.open_incident(incident("QMAIL", MAIL));
    account.open_incident(incident("QOVER", CHECKOUT).assigned(&user(1)));
    account.resolve_incident("QOVER", None);
    account
}

fn wanted(services: &[&str], teams: &[&str]) -> WantedIncidents {
    WantedIncidents {
        services: services.iter().map(|id| id.parse().unwrap()).collect(),
        teams: teams.iter().map(|id| id.parse().unwrap()).collect(),
    }
}

fn incidents(ids: &[&str]) -> BTreeSet<IncidentId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn users(numbers: &[usize]) -> BTreeSet<PagerDutyUserId> {
    numbers
        .iter()
        .map(|number| user(*number).parse().unwrap())
        .collect()
}

async fn try_read(
    server: &Server,
    wanted: &WantedIncidents,
    ask: &[&str],
) -> Result<IncidentRead, ReadError> {
    let source = source(server);
    source.open_incidents(now(), wanted, &incidents(ask)).await
}

fn ids(read: &IncidentRead) -> Vec<&str> {
    read.incidents.keys().map(IncidentId::as_str).collect()
}

fn found<'r>(read: &'r IncidentRead, id: &str) -> &'r ReadIncident {
    &read.incidents[&id.parse().unwrap()]
}

/// A list of incidents as PagerDuty might answer it.
fn listing(incidents: &Value) -> Fault {
    let body = json!({ "incidents": incidents, "limit": 100, "offset": 0, "more": false });
    Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: Some(body.to_string()),
    }
}

#[tokio::test]
async fn open_incidents_are_read_as_they_stand() {
    let account = burning();
    let server = account.serve().await.unwrap();
    let all = wanted(&[CHECKOUT], &[TEAM]);
    let read = try_read(&server, &all, &[]).await.unwrap();
    assert_eq!((read.read_at, &read.wanted), (now(), &all));
    assert_eq!(ids(&read), ["QONE", "QTWO"]);
    let one = ReadIncident {
        snapshot: Snapshot {
            status: Status::Acknowledged,
            number: Some(1),
            urgency: Some(Urgency::High),
            priority: Some(Priority::Set {
                id: "PRIOP1".parse().unwrap(),
                name: Some("P1".parse().unwrap()),
            }),
            service: Some(CHECKOUT.parse().unwrap()),
            teams: Some(BTreeSet::new()),
            escalation_policy: Some(POLICY.parse().unwrap()),
            assignees: Some(users(&[1])),
        },
        acknowledged_by: users(&[2]),
        responding: Some(users(&[3])),
    };
    assert_eq!(*found(&read, "QONE"), one);
    let two = ReadIncident {
        snapshot: Snapshot {
            status: Status::Triggered,
            number: Some(2),
            urgency: Some(Urgency::Low),
            priority: Some(Priority::Unset),
            service: Some(PAYMENTS.parse().unwrap()),
            teams: Some(BTreeSet::from([TEAM.parse().unwrap()])),
            escalation_policy: Some(POLICY.parse().unwrap()),
            assignees: Some(users(&[6])),
        },
        acknowledged_by: BTreeSet::new(),
        responding: Some(BTreeSet::new()),
    };
    assert_eq!(*found(&read, "QTWO"), two);
}

#[tokio::test]
async fn services_and_teams_are_asked_for_apart_and_nothing_for_nothing() {
    let account = burning();
    let server = account.serve().await.unwrap();
    for (case, wanted, expected, calls) in [
        ("nothing", wanted(&[], &[]), &[][..], 0),
        ("a service", wanted(&[CHECKOUT], &[]), &["QONE"], 1),
        ("a team", wanted(&[], &[TEAM]), &["QTWO"], 1),
        (
            "a service of a team",
            wanted(&[PAYMENTS], &[TEAM]),
            &["QTWO"],
            2,
        ),
        (
            "a service and a team of others",
            wanted(&[CHECKOUT], &["PTEAMOTHER"]),
            &["QMAIL", "QONE"],
            2,
        ),
        (
            "what nobody knows",
            wanted(&["PSVNONE"], &["PTEAMNONE"]),
            &[],
            2,
        ),
        ("what no URL can name", wanted(&["."], &[".."]), &[], 0),
    ] {
        account.log().reset();
        let read = try_read(&server, &wanted, &[]).await.unwrap();
        assert_eq!(ids(&read), expected, "{case}");
        assert_eq!(account.log().total(), calls, "{case}");
    }
    let source = source(&server);
    account.log().reset();
    assert_eq!(source.people(&BTreeSet::new()).await, PeopleRead::default());
    assert_eq!(account.log().total(), 0, "nobody to look up");
}

#[tokio::test]
async fn long_lists_are_read_to_the_last_page_or_not_at_all() {
    let account = burning();
    for number in 0..230 {
        let incident = Incident::new("It burns, too", MAIL).id(&format!("QMANY{number:03}"));
        account.open_incident(incident);
    }
    let server = account.serve().await.unwrap();
    let mail = wanted(&[MAIL], &[]);
    let read = try_read(&server, &mail, &[]).await.unwrap();
    assert_eq!(read.incidents.len(), 231);
    assert_eq!(account.log().count("GET /incidents"), 3);
    for page in 1..=3 {
        for fault in [
            Fault::status(403),
            Fault::TruncatedJson,
            Fault::EmptyPageWithMore,
            Fault::MissingKey,
            Fault::WrongType,
        ] {
            account.faults().clear();
            account.faults().on("GET /incidents", page, fault.clone());
            let read = try_read(&server, &mail, &[]).await;
            assert!(read.is_err(), "{fault:?} on page {page}");
        }
    }
}

#[tokio::test]
async fn incidents_are_asked_for_one_by_one_where_no_list_has_them() {
    let account = burning();
    let server = account.serve().await.unwrap();
    let asked = ["QONE", "QOVER", "QMAIL", "QNONE", ".."];
    let read = try_read(&server, &wanted(&[CHECKOUT], &[]), &asked)
        .await
        .unwrap();
    assert_eq!(ids(&read), ["QMAIL", "QONE", "QOVER"]);
    assert_eq!(read.asked, incidents(&asked));
    assert_eq!(found(&read, "QMAIL").snapshot.status, Status::Triggered);
    let over = &found(&read, "QOVER").snapshot;
    assert_eq!(
        (over.status, &over.assignees),
        (Status::Resolved, &Some(BTreeSet::new()))
    );
    let singly = account.log().count("GET /incidents/{id}");
    assert_eq!(singly, 4, "what PagerDuty does not know is asked for twice");
    assert_eq!(account.log().count("GET /incidents"), 1);

    account
        .faults()
        .always("GET /incidents/QMAIL", Fault::status(500));
    let read = try_read(&server, &wanted(&[], &[]), &asked).await.unwrap();
    assert_eq!(ids(&read), ["QONE", "QOVER"], "the others are read");
    let refused: Vec<_> = read.refused.into_iter().collect();
    assert!(
        matches!(&refused[..], [(id, ReadError::Unavailable(_))] if id.as_str() == "QMAIL"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn one_incident_that_is_forbidden_or_strange_spoils_no_other() {
    let account = burning();
    let server = account.serve().await.unwrap();
    let strange = json!({ "incident": {
        "id": "QMAIL", "type": "incident", "status": "dreaming", "urgency": "high", "teams": [],
        "created_at": "2026-11-22T09:00:00Z", "acknowledgements": [], "assignments": [],
    } });
    let strange = Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: Some(strange.to_string()),
    };
    for (case, fault, expected) in [
        ("forbidden", Fault::status(403), "Refused"),
        ("a status of tomorrow", strange, "Malformed"),
        ("half an answer", Fault::TruncatedJson, "Malformed"),
    ] {
        account.faults().clear();
        account.faults().always("GET /incidents/QMAIL", fault);
        let read = try_read(&server, &wanted(&[CHECKOUT], &[]), &["QMAIL", "QOVER"]).await;
        let read = read.unwrap();
        assert_eq!(ids(&read), ["QONE", "QOVER"], "{case}");
        assert_eq!(read.asked, incidents(&["QMAIL", "QOVER"]), "{case}");
        let why = &read.refused[&"QMAIL".parse().unwrap()];
        assert!(format!("{why:?}").starts_with(expected), "{case}: {why:?}");
        assert!(!why.to_string().contains("dreaming"), "{case}: {why}");
    }
}

#[tokio::test]
async fn no_fault_at_any_call_reads_as_an_incident_that_is_over() {
    let account = burning();
    let server = account.serve().await.unwrap();
    let (all, asked) = (wanted(&[CHECKOUT], &[TEAM]), ["QMAIL", "QOVER"]);
    let truth = try_read(&server, &all, &asked).await.unwrap();
    let calls = account.log().total();
    assert_eq!((calls, truth.incidents.len()), (4, 4));
    let (mut failed, mut refused) = (0, 0);
    for fault in Fault::all() {
        for call in 1..=calls {
            // Its own server: a read that failed may leave a request behind, which would be the next one's first call.
            let account = burning();
            let server = account.serve().await.unwrap();
            account.faults().at_call(call, fault.clone());
            let Ok(mut read) = try_read(&server, &all, &asked).await else {
                failed += 1;
                continue;
            };
            // What is said to be unread is taken for neither open nor over.
            for (id, _) in std::mem::take(&mut read.refused) {
                refused += 1;
                let truth = truth.incidents[&id].clone();
                assert_eq!(read.incidents.insert(id, truth), None);
            }
            // That there is no such incident has to be said twice.
            assert!(
                fault != Fault::status(404) || call > 2,
                "{fault:?} at call {call}"
            );
            assert_eq!(read, truth, "{fault:?} at call {call}");
        }
    }
    assert!(failed > 0 && refused > 0, "{failed}, {refused}");
}

#[tokio::test]
async fn what_an_answer_does_not_tell_is_not_taken_for_nobody() {
    let account = burning();
    let server = account.serve().await.unwrap();
    let mut bare = json!({
        "id": "QBARE", "type": "incident", "status": "triggered", "urgency": "frantic", "teams": [],
        "created_at": "2026-11-22T09:00:00Z", "acknowledgements": [],
        "assignments": [{ "at": "2026-11-22T09:00:00Z", "assignee": { "id": "PUSER1", "type": "user_reference" } }],
    });
    account
        .faults()
        .always("GET /incidents", listing(&json!([bare])));
    let service = wanted(&[CHECKOUT], &[]);
    let read = try_read(&server, &service, &[]).await.unwrap();
    let ReadIncident {
        snapshot,
        acknowledged_by: _,
        responding,
    } = found(&read, "QBARE");
    assert_eq!(*responding, None);
    assert_eq!(
        (snapshot.number, snapshot.urgency, &snapshot.service),
        (None, None, &None)
    );
    assert_eq!(snapshot.assignees, Some(users(&[1])));

    let mut both = [bare.clone(), bare.clone()];
    both[1]["id"] = json!("QSTRANGE");
    both[1]["status"] = json!("dreaming");
    account.faults().clear();
    account
        .faults()
        .always("GET /incidents", listing(&json!(both)));
    let read = try_read(&server, &service, &[]).await.unwrap();
    assert_eq!(ids(&read), ["QBARE"]);
    let why = &read.refused[&"QSTRANGE".parse().unwrap()];
    assert!(matches!(why, ReadError::Malformed(_)), "{why:?}");
    assert!(!why.to_string().contains("dreaming"), "{why}");

    for (case, key, value) in [
        ("no assignees", "assignments", Value::Null),
        ("an id that is none", "id", json!("Q(1)")),
    ] {
        let before = bare[key].take();
        bare[key] = value;
        account.faults().clear();
        account
            .faults()
            .always("GET /incidents", listing(&json!([bare])));
        let error = try_read(&server, &service, &[]).await.unwrap_err();
        assert!(
            matches!(error, ReadError::Malformed(_)),
            "{case}: {error:?}"
        );
        bare[key] = before;
    }
}

#[tokio::test]
async fn people_are_looked_up_by_their_ids() {
    let account = burning();
    account.add_user(User::new("Odd", "odd").id("PODD"));
    let server = account.serve().await.unwrap();
    let of = |ids: &[&str]| -> BTreeSet<PagerDutyUserId> {
        ids.iter().map(|id| id.parse().unwrap()).collect()
    };
    let people = source(&server)
        .people(&of(&["PUSER1", "PUSER2", "PODD", "PNOBODY", "."]))
        .await;
    let person = |name: &str, email: &str| Person {
        name: name.to_owned(),
        email: email.parse().ok(),
    };
    let expected = [
        (".", person(".", "")),
        ("PNOBODY", person("PNOBODY", "")),
        ("PODD", person("Odd", "")),
        ("PUSER1", person("Person 1", "person1@acme.example")),
        ("PUSER2", person("Person 2", "person2@acme.example")),
    ];
    let expected = expected.map(|(id, person)| (PagerDutyUserId::new(id).unwrap(), person));
    let expected = PeopleRead {
        found: BTreeMap::from(expected),
        failed: BTreeMap::new(),
    };
    assert_eq!(people, expected);
    assert_eq!(
        account.log().count("GET /users/{id}"),
        5,
        "a denial is asked for twice"
    );
    account
        .faults()
        .always("GET /users/PUSER2", Fault::status(500));
    let people = source(&server).people(&of(&["PUSER1", "PUSER2"])).await;
    assert!(people.found.into_keys().eq(of(&["PUSER1"])), "she is found");
    let failed: Vec<_> = people.failed.into_iter().collect();
    assert!(
        matches!(&failed[..], [(id, ReadError::Unavailable(_))] if id.as_str() == "PUSER2"),
        "{failed:?}"
    );
}

#[tokio::test]
async fn incidents_need_scopes_of_their_own() {
    let account = burning();
    let granted = [&READ_SCOPES[..], &INCIDENT_SCOPES].concat();
    account.add_app("client", "secret", &granted);
    let server = account.serve().await.unwrap();
    let client = |reads| {
        let credentials = Arc::new(StaticCredential::scoped_oauth("client", "secret"));
        access_sources::client(&configured(&server), reads, credentials).unwrap()
    };
    let (service, nothing) = (wanted(&[CHECKOUT], &[]), BTreeSet::new());
    let rota_only = PagerDutySource::new(client(Reads::Rota));
    let error = rota_only.open_incidents(now(), &service, &nothing).await;
    let error = error.unwrap_err();
    assert!(
        matches!(&error, ReadError::Refused(text) if text.contains("incidents.read")),
        "{error:?}"
    );
    let both = PagerDutySource::new(client(Reads::RotaAndIncidents));
    let read = both.open_incidents(now(), &service, &nothing).await;
    assert_eq!(ids(&read.unwrap()), ["QONE"]);
}
