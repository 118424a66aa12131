//! `events`: what is told on the bus, for whoever writes a rule for it.

use crate::support::Office;

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_listed_with_its_schema() {
    let office = Office::open().await;
    office.run(&["events", "list"]).await.says(
        0,
        &["Access Requested", "Membership Changed", "Grant Ended"],
    );
    let all = office.run(&["events", "list", "--json"]).await;
    let all = all.says(0, &[]).json();
    let one = office.run(&["events", "schema", "access-requested"]).await;
    let one = one.says(0, &["\"Access Requested\""]).json();
    assert_eq!(one, all["Access Requested"]);
    assert_eq!(one["additionalProperties"], false);
    let lunch = office.run(&["events", "schema", "Lunch"]).await;
    lunch.refuses(2, &["no event `Lunch`", "rotakey events list"]);
}
