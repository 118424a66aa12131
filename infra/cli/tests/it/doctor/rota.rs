//! People, schedules, and the hours that nobody covers.

use super::{Case, add, assert_found, group};
use crate::support::{CONTRACTED, EMPTY, Office, PAYMENTS};
use jiff::SignedDuration;
use jiff::civil::date;
use simulators::kit::Fault;
use simulators::pagerduty::{Layer, LayerSchedule};

fn add_group_on(office: &Office, schedule: &str) {
    let source = format!("schedule:acme/{schedule}");
    add(office, &group("more", &source, "aws:More"));
}

/// A schedule with somebody on it for two more days.
fn add_ending(office: &Office) {
    let mut layer = Layer::weekly(date(2026, 1, 5).at(0, 0, 0, 0), &["PADA001"]);
    layer.end = Some(function_kit::now() + SignedDuration::from_hours(48));
    let schedule = LayerSchedule::new("Ending", "Etc/UTC").id("PENDING");
    office.pagerduty.add_schedule(schedule.layer(layer));
    add_group_on(office, "PENDING");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_an_account_are_told_with_the_reason() {
    assert_found(&[
        Case {
            arrange: |office| add_group_on(office, CONTRACTED),
            code: "person-unmatched",
            level: "warning",
            words: &[
                "target aws",
                "bob@contractor.example is wanted in more now",
                "no account there has this e-mail address",
            ],
        },
        Case {
            arrange: |office| {
                office.pagerduty.change_email("PBOB001", "nobody");
                add_group_on(office, CONTRACTED);
            },
            code: "person-unresolved",
            level: "warning",
            words: &["PagerDuty account acme", "user PBOB001"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_that_are_gone_unread_or_empty_are_told() {
    assert_found(&[
        Case {
            arrange: |office| add_group_on(office, "PNOPE01"),
            code: "source-gone",
            level: "error",
            words: &["schedule:acme/PNOPE01", "rotakey schedules"],
        },
        Case {
            arrange: |office| {
                let single = format!("GET /schedules/{PAYMENTS}");
                office
                    .pagerduty
                    .faults()
                    .always(&single, Fault::status(403));
            },
            code: "source-unread",
            level: "error",
            words: &["schedule:acme/PAYMNT1", "forbidden"],
        },
        Case {
            arrange: |office| add_group_on(office, EMPTY),
            code: "source-empty",
            level: "warning",
            words: &["schedule:acme/PEMPTY1", "`Empty` from now until"],
        },
        Case {
            arrange: add_ending,
            code: "group-uncovered",
            level: "warning",
            words: &["group more", "nobody is on call from 20", "14 days"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_makes_no_group_of_a_schedule_is_told() {
    let template = "[[group_template]]\nname = \"{schedule}\"\npagerduty = \"acme\"\nschedule_names = \"Pay*\"\nentitlements = [\"aws:{schedule}\"]\n";
    let office = Office::open().await;
    add(&office, template);
    // The written group has that name already.
    let run = office.run(&["doctor"]).await;
    run.says(0, &["template-skips", "`payments` is taken", "1 warning"]);
}
