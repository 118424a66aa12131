//! Removals that wait: for somebody on call, and for a person who names the plan.

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs, people, three_people};
use crate::support::{Poller, World, WorldOptions, at};
use access_core::event::Event;
use access_core::id::PlanId;
use jiff::civil::date;
use oncall_poller::{Answer, Invocation, Sync};
use simulators::kit::Fault;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, Target, User};
use std::collections::BTreeSet;

use super::{BOTH, clean_tick, office_hours, world_of};

#[tokio::test]
async fn nobody_on_call_keeps_the_last_people() {
    let world = world_of(office_hours("2026-11-02T17:50:00Z"), vec![], BOTH).await;
    let poller = world.poller().await;
    for (now, expected) in [
        ("2026-11-02T17:50:00Z", &[GRACE][..]),
        ("2026-11-02T18:05:00Z", &[GRACE]),
        ("2026-11-03T03:00:00Z", &[GRACE]),
        ("2026-11-03T07:53:59Z", &[GRACE]),
        ("2026-11-03T07:55:00Z", &[LINUS]),
    ] {
        clean_tick(&world, &poller, now).await;
        assert_eq!(world.members("Payments"), people(expected), "{now}");
        assert_eq!(
            world.slack.members_of("payments"),
            people(expected),
            "{now}"
        );
    }
}

#[tokio::test]
async fn one_override_on_many_groups_is_no_mass_removal() {
    let names: Vec<String> = (0..12).map(|n| format!("Group {n}")).collect();
    let group = |(n, name): (usize, &String)| {
        format!(
            "[[group]]\nname = \"group-{n}\"\nsources = [\"schedule:acme/PSCHED1\"]\nentitlements = [\"aws:{name}\"]\n"
        )
    };
    let config: String = names.iter().enumerate().map(group).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let world = world_of(
        noon_handoffs("2026-11-02T13:00:00Z"),
        names.clone(),
        &config,
    )
    .await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-02T13:00:00Z").await;
    let before = world.members(names[0]);
    world.pagerduty.create_override(
        "PSCHED1",
        "PADA",
        at("2026-11-02T13:00:30Z"),
        at("2026-11-02T15:00:00Z"),
    );
    clean_tick(&world, &poller, "2026-11-02T13:20:00Z").await;
    assert!(!before.contains(ADA), "{before:?}");
    for name in names {
        assert_eq!(world.members(name), people(&[ADA]), "{name}");
    }
    assert!(plans(&world).is_empty());
}

#[tokio::test]
async fn the_last_people_stay_while_nobody_on_call_has_an_account() {
    let account = three_people("2026-11-02T11:50:00Z");
    account.add_user(User::new("Contractor", "contractor@elsewhere.example").id("PNOBODY"));
    let first = date(2026, 11, 2).at(0, 0, 0, 0);
    let layer = Layer::daily(first, &["PGRACE", "PNOBODY", "PLINUS"]);
    account.add_schedule(
        LayerSchedule::new("Payments", "UTC")
            .id("PSCHED1")
            .layer(layer),
    );
    account.add_policy(
        EscalationPolicy::new("Payments")
            .id("PPOLICY")
            .level(vec![Target::schedule("PSCHED1")]),
    );
    let world = world_of(account, vec![], BOTH).await;
    let poller = world.poller().await;
    for (now, expected) in [
        ("2026-11-02T11:50:00Z", &[GRACE][..]),
        ("2026-11-03T00:06:00Z", &[GRACE]),
        ("2026-11-03T12:00:00Z", &[GRACE]),
        ("2026-11-04T00:06:00Z", &[LINUS]),
    ] {
        clean_tick(&world, &poller, now).await;
        assert_eq!(world.members("Payments"), people(expected), "{now}");
        let handle = world.slack.members_of("payments");
        assert_eq!(handle, people(expected), "{now}");
    }
    let told = format!("{:?}", world.told_of("Removals Held"));
    assert!(
        told.contains("nobody on call has an account here"),
        "{told}"
    );
}

#[tokio::test]
async fn when_empty_clear_clears() {
    let config = format!("{BOTH}when_empty = \"clear\"\n");
    let world = world_of(office_hours("2026-11-02T17:50:00Z"), vec![], &config).await;
    let poller = world.poller().await;
    for (now, expected) in [
        ("2026-11-02T17:50:00Z", &[GRACE][..]),
        ("2026-11-02T18:05:00Z", &[]),
        ("2026-11-03T07:53:59Z", &[]),
        ("2026-11-03T07:55:00Z", &[LINUS]),
    ] {
        clean_tick(&world, &poller, now).await;
        assert_eq!(world.members("Payments"), people(expected), "{now}");
        assert_eq!(
            world.slack.members_of("payments"),
            people(expected),
            "{now}"
        );
    }
}

#[tokio::test]
async fn a_person_may_let_go_whom_nobody_followed() {
    let world = world_of(office_hours("2026-11-02T17:50:00Z"), vec![], BOTH).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-02T17:50:00Z").await;
    clean_tick(&world, &poller, "2026-11-02T18:05:00Z").await;
    for plan in plans(&world) {
        release(&poller, plan).await;
    }
    assert_eq!(world.members("Payments"), people(&[]));
    assert_eq!(world.slack.members_of("payments"), people(&[]));
}

/// Payments in Identity Center alone, and nobody in it but who is on call.
fn exclusive(more: &str) -> String {
    let alone = BOTH.replace(
        r#"["aws:Payments", "slack:payments"]"#,
        r#"["aws:Payments"]"#,
    );
    format!("{alone}ownership = \"exclusive\"\n{more}")
}

/// Any three removals before their time wait for a person.
const TWO_REMOVALS: &str = "[limits]\nremovals_max = 2\n";

/// A group with strangers in it.
async fn with_strangers(now: &str, strangers: &[&str], config: &str) -> World {
    let options = WorldOptions {
        pagerduty: noon_handoffs(now),
        people: [&[ADA, GRACE, LINUS][..], strangers].concat(),
        groups: vec!["Payments"],
        config,
    };
    let world = World::start(options).await;
    for stranger in strangers {
        world.identity_center.add_member("Payments", stranger);
    }
    world
}

#[tokio::test]
async fn a_mass_removal_is_held_until_a_person_names_its_plan() {
    let strangers = ["one@acme.example", "two@acme.example", "three@acme.example"];
    let config = exclusive(TWO_REMOVALS);
    let world = with_strangers("2026-11-03T11:00:00Z", &strangers, &config).await;
    let poller = world.poller().await;
    for now in [
        "2026-11-03T11:00:00Z",
        "2026-11-03T11:01:00Z",
        "2026-11-03T11:30:00Z",
    ] {
        clean_tick(&world, &poller, now).await;
        assert_eq!(
            world.members("Payments"),
            people(&[&[GRACE], &strangers[..]].concat()),
            "{now}: additions go ahead"
        );
    }
    let held = plans(&world);
    assert_eq!(held.len(), 1, "told once");

    let wrong = Sync {
        release: Some(
            "00000000-0000-4000-8000-000000000000"
                .parse()
                .expect("an id"),
        ),
        ..Sync::default()
    };
    poller
        .invoke(&Invocation::Sync(wrong))
        .await
        .expect_err("there is no such plan");
    assert_eq!(world.members("Payments").len(), 4);
    release(&poller, held[0]).await;
    assert_eq!(world.members("Payments"), people(&[GRACE]));
}

/// Six strangers whose removal a person lets go, which the target then refuses as `faults` say.
async fn let_go_and_refused(faults: impl FnOnce(&World)) -> (World, Poller, BTreeSet<String>) {
    let strangers: Vec<String> = (0..6)
        .map(|n| format!("stranger-{n}@acme.example"))
        .collect();
    let strangers: Vec<&str> = strangers.iter().map(String::as_str).collect();
    let config = exclusive(TWO_REMOVALS);
    let world = with_strangers("2026-11-03T11:00:00Z", &strangers, &config).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    let held = plans(&world);
    assert_eq!(held.len(), 1);
    faults(&world);
    let answer = let_go(&poller, held[0]).await;
    assert!(!answer.failures.is_empty(), "the target refuses");
    let faults = &world.identity_center.kit().faults;
    faults.clear();
    (world, poller, people(&strangers))
}

const DELETE: &str = "DeleteGroupMembership";

#[tokio::test]
async fn what_a_target_refuses_of_a_released_plan_goes_with_the_next_tick() {
    let (world, poller, strangers) = let_go_and_refused(|world| {
        for nth in [1, 3, 5] {
            let faults = &world.identity_center.kit().faults;
            faults.on(DELETE, nth, Fault::status(400));
        }
    })
    .await;
    let left = world.members("Payments");
    assert_eq!(left.intersection(&strangers).count(), 3, "{left:?}");
    assert_eq!(world.held().await.len(), 1, "it stays let go");
    clean_tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    assert!(world.held().await.is_empty());
    assert_eq!(plans(&world).len(), 1, "nobody was asked again");
}

#[tokio::test]
async fn a_release_that_could_not_be_carried_out_for_a_day_is_asked_for_again() {
    let (world, poller, strangers) = let_go_and_refused(|world| {
        let faults = &world.identity_center.kit().faults;
        faults.always(DELETE, Fault::status(400));
    })
    .await;
    clean_tick(&world, &poller, "2026-11-04T11:01:00Z").await;
    let left = world.members("Payments");
    assert!(left.is_superset(&strangers), "{left:?}");
    let held = plans(&world);
    assert_eq!(held.len(), 2, "a person is asked again");
    release(&poller, held[1]).await;
    assert_eq!(world.members("Payments"), people(&[LINUS]));
}

#[tokio::test]
async fn a_block_goes_at_once_from_beside_a_mass_removal_that_waits() {
    let strangers: Vec<String> = (0..30)
        .map(|n| format!("stranger-{n}@acme.example"))
        .collect();
    let strangers: Vec<&str> = strangers.iter().map(String::as_str).collect();
    let config = exclusive("");
    let world = with_strangers("2026-11-03T11:56:00Z", &strangers, &config).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:56:00Z").await;
    let before = world.members("Payments");
    assert!(before.is_superset(&people(&[GRACE, LINUS])), "{before:?}");
    let held = world.held().await;
    assert_eq!((before.len(), held.len()), (32, 1));

    let blocked = format!("[[person]]\nemail = \"{LINUS}\"\nblocked = true\n");
    world.configure(&format!("{config}{blocked}")).await;
    clean_tick(&world, &poller, "2026-11-03T11:57:00Z").await;
    let gone: BTreeSet<String> = &before - &world.members("Payments");
    assert_eq!(gone, people(&[LINUS]));
    assert_eq!(world.held().await, held, "the same plan");
    assert_eq!(plans(&world).len(), 1);
}

#[tokio::test]
async fn a_block_goes_at_once_from_a_group_that_left_the_configuration() {
    const NO_REMOVALS: &str = "[limits]\nremovals_max = 0\n";
    let config = format!("{BOTH}{NO_REMOVALS}");
    let world = world_of(noon_handoffs("2026-11-03T11:00:00Z"), vec![], &config).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    world.configure(NO_REMOVALS).await;
    clean_tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    assert_eq!(world.held().await.len(), 2);

    let blocked = format!("[[person]]\nemail = \"{GRACE}\"\nblocked = true\n");
    world.configure(&format!("{NO_REMOVALS}{blocked}")).await;
    clean_tick(&world, &poller, "2026-11-03T11:02:00Z").await;
    assert_eq!(world.members("Payments"), people(&[]));
    assert_eq!(world.slack.members_of("payments"), people(&[]));
    assert!(world.held().await.is_empty());
}

/// Every held plan that was told, in that order.
pub(super) fn plans(world: &World) -> Vec<PlanId> {
    let events = world.told_of("Removals Held").into_iter();
    let plan = |entry: access_core::ports::OutboxEntry| match entry.event {
        Event::RemovalsHeld(held) => Some(held.plan),
        _ => None,
    };
    events.filter_map(plan).collect()
}

/// Lets a held plan go, and all of it goes.
pub(super) async fn release(poller: &Poller, plan: PlanId) {
    let answer = let_go(poller, plan).await;
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
}

async fn let_go(poller: &Poller, plan: PlanId) -> Answer {
    let sync = Sync {
        release: Some(plan),
        by: Some("a test".to_owned()),
        ..Sync::default()
    };
    poller
        .invoke(&Invocation::Sync(sync))
        .await
        .expect("the plan is let go")
}
