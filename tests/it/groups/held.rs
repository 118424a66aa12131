//! Removals that wait: for somebody on call, and for a person who names the plan.

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs, people, three_people};
use crate::support::{Poller, World, WorldOptions, at};
use access_core::event::Event;
use access_core::id::PlanId;
use jiff::civil::date;
use oncall_poller::{Invocation, Sync};
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, Target, User};

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

#[tokio::test]
async fn a_mass_removal_is_held_until_a_person_names_its_plan() {
    const LIMITED: &str = "\nownership = \"exclusive\"\n[limits]\nremovals_max = 2\n";
    let config = format!(
        "{}{LIMITED}",
        BOTH.replace(
            r#"["aws:Payments", "slack:payments"]"#,
            r#"["aws:Payments"]"#
        )
    );
    let strangers = ["one@acme.example", "two@acme.example", "three@acme.example"];
    let everybody = [&[ADA, GRACE, LINUS], &strangers[..]].concat();
    let options = WorldOptions {
        pagerduty: noon_handoffs("2026-11-03T11:00:00Z"),
        people: everybody,
        groups: vec!["Payments"],
        config: &config,
    };
    let world = World::start(options).await;
    for stranger in strangers {
        world.identity_center.add_member("Payments", stranger);
    }
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

/// Every held plan that was told, in that order.
pub(super) fn plans(world: &World) -> Vec<PlanId> {
    let events = world.told_of("Removals Held").into_iter();
    let plan = |entry: access_core::ports::OutboxEntry| match entry.event {
        Event::RemovalsHeld(held) => Some(held.plan),
        _ => None,
    };
    events.filter_map(plan).collect()
}

/// Lets a held plan go.
pub(super) async fn release(poller: &Poller, plan: PlanId) {
    let sync = Sync {
        release: Some(plan),
        by: Some("a test".to_owned()),
        ..Sync::default()
    };
    let answer = poller
        .invoke(&Invocation::Sync(sync))
        .await
        .expect("the plan is let go");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
}
