//! Who is in a group when the rota is not all there is: nobody on call, strangers, blocks, changed configurations.

mod held;
mod moved;

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs, people, three_people};
use crate::support::{Poller, World, WorldOptions, at};
use jiff::SignedDuration;
use jiff::civil::{date, time};
use oncall_poller::Answer;
use simulators::identity_center::IdentityUser;
use simulators::pagerduty::{
    EscalationPolicy, Layer, LayerSchedule, Member, PagerDuty, Restriction, ShiftSchedule, Target,
    User,
};

const STRANGER: &str = "stranger@acme.example";

async fn world_of(pagerduty: PagerDuty, groups: Vec<&str>, config: &str) -> World {
    World::start(WorldOptions {
        pagerduty,
        people: vec![ADA, GRACE, LINUS, STRANGER],
        groups,
        config,
    })
    .await
}

async fn tick(world: &World, poller: &Poller, now: &str) -> Answer {
    world.clock.set(at(now));
    poller
        .tick()
        .await
        .unwrap_or_else(|error| panic!("{now}: {error}"))
}

/// Ticks and nothing fails.
async fn clean_tick(world: &World, poller: &Poller, now: &str) -> Answer {
    let answer = tick(world, poller, now).await;
    assert!(answer.failures.is_empty(), "{now}: {:?}", answer.failures);
    answer
}

/// Grace and Linus take turns, from eight to six in UTC.
fn office_hours(now: &str) -> PagerDuty {
    let account = three_people(now);
    let layer = Layer::daily(date(2026, 11, 2).at(8, 0, 0, 0), &["PGRACE", "PLINUS"]);
    let hours = Restriction::daily(time(8, 0, 0, 0), SignedDuration::from_hours(10));
    account.add_schedule(
        LayerSchedule::new("Office", "UTC")
            .id("PSCHED1")
            .layer(layer.restrict(hours)),
    );
    account.add_policy(
        EscalationPolicy::new("Office")
            .id("PPOLICY")
            .level(vec![Target::schedule("PSCHED1")]),
    );
    account
}

const BOTH: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
"#;

#[tokio::test]
async fn an_unmatched_person_stops_nobody() {
    let account = three_people("2026-11-02T12:00:00Z");
    account.add_user(User::new("Contractor", "contractor@elsewhere.example").id("PNOBODY"));
    let schedule = ShiftSchedule::new("Pairs", "UTC").id("PPAIRS");
    account.add_shift_schedule(schedule);
    for user in ["PNOBODY", "PGRACE"] {
        account.add_custom_shift(
            "PPAIRS",
            Member::user(user),
            at("2026-11-02T11:00:00Z"),
            at("2026-11-02T19:00:00Z"),
        );
    }
    let world = world_of(account, vec![], &BOTH.replace("PSCHED1", "PPAIRS")).await;
    let poller = world.poller().await;
    let answer = clean_tick(&world, &poller, "2026-11-02T12:00:00Z").await;
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    assert_eq!(world.slack.members_of("payments"), people(&[GRACE]));
    assert!(
        answer.plans.iter().all(|plan| plan.unmatched.len() == 1),
        "each plan says who is missing"
    );
    let told = world.told_of("Coverage Warning");
    assert!(
        told.iter()
            .any(|entry| entry.event.detail().contains("unmatched")),
        "{told:?}"
    );

    // Somebody makes the account in one of the targets.
    world.identity_center.add_user(IdentityUser::new(
        "contractor@elsewhere.example",
        "Contractor",
    ));
    world.clock.set(at("2026-11-02T12:16:00Z"));
    clean_tick(&world, &poller, "2026-11-02T12:16:00Z").await;
    assert_eq!(
        world.members("Payments"),
        people(&[GRACE, "contractor@elsewhere.example"])
    );
}

/// Two groups on two schedules that hand over together.
fn two_schedules(now: &str) -> PagerDuty {
    let account = noon_handoffs(now);
    let layer = Layer::daily(date(2026, 11, 2).at(12, 0, 0, 0), &["PGRACE", "PLINUS"]);
    account.add_schedule(
        LayerSchedule::new("Search", "UTC")
            .id("PSCHED2")
            .layer(layer),
    );
    account.add_target("PPOLICY", 2, Target::schedule("PSCHED2"));
    account
}

const SEARCH: &str = r#"
[[group]]
name = "search-oncall"
sources = ["schedule:acme/PSCHED2"]
entitlements = ["aws:Search", "slack:search"]
"#;

#[tokio::test]
async fn a_gone_schedule_holds_its_group_and_no_other() {
    let world = world_of(
        two_schedules("2026-11-03T11:00:00Z"),
        vec![],
        &format!("{BOTH}{SEARCH}"),
    )
    .await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    world.pagerduty.delete_schedule("PSCHED1");
    for now in [
        "2026-11-03T11:01:00Z",
        "2026-11-03T11:54:00Z",
        "2026-11-03T12:04:00Z",
        "2026-11-03T12:20:00Z",
    ] {
        clean_tick(&world, &poller, now).await;
    }
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    assert_eq!(world.slack.members_of("payments"), people(&[GRACE]));
    assert_eq!(world.members("Search"), people(&[LINUS]));
    assert_eq!(world.slack.members_of("search"), people(&[LINUS]));
    let held = world.told_of("Removals Held");
    assert_eq!(
        held.len(),
        2,
        "once for each target group of the gone schedule: {held:?}"
    );
}

#[tokio::test]
async fn a_removed_group_gives_back_what_rotakey_added_and_nothing_else() {
    let world = world_of(
        noon_handoffs("2026-11-03T11:00:00Z"),
        vec!["Payments"],
        BOTH,
    )
    .await;
    world.identity_center.add_member("Payments", STRANGER);
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    assert_eq!(world.members("Payments"), people(&[GRACE, STRANGER]));
    world.configure("").await;
    clean_tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert_eq!(world.members("Payments"), people(&[STRANGER]));
    assert_eq!(world.slack.members_of("payments"), people(&[]));
    assert!(
        world.identity_center.groups().contains("Payments"),
        "target groups are never deleted"
    );
    let writes = poller.store.writes();
    clean_tick(&world, &poller, "2026-11-03T11:02:00Z").await;
    assert!(
        poller.store.writes() - writes <= 2,
        "it is cleared away for good"
    );
}

#[tokio::test]
async fn a_renamed_group_keeps_its_people() {
    for name in ["a-new-name", "z-new-name"] {
        let world = world_of(noon_handoffs("2026-11-03T11:00:00Z"), vec![], BOTH).await;
        let poller = world.poller().await;
        clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
        world
            .configure(&BOTH.replace("payments-oncall", name))
            .await;
        clean_tick(&world, &poller, "2026-11-03T11:01:00Z").await;
        assert_eq!(world.members("Payments"), people(&[GRACE]), "{name}");
        assert_eq!(
            world.slack.members_of("payments"),
            people(&[GRACE]),
            "{name}"
        );
        clean_tick(&world, &poller, "2026-11-03T12:04:00Z").await;
        assert_eq!(
            world.members("Payments"),
            people(&[LINUS]),
            "{name}: who was added under the old name still goes"
        );
        assert_eq!(
            world.slack.members_of("payments"),
            people(&[LINUS]),
            "{name}"
        );
        let moved = world.told_of("Membership Changed").len();
        assert_eq!(
            moved, 6,
            "{name}: Grace and Linus came and Grace went, in two targets"
        );
    }
}

#[tokio::test]
async fn additive_groups_keep_strangers_and_exclusive_ones_do_not() {
    for (ownership, after) in [
        ("additive", &[LINUS, STRANGER][..]),
        ("exclusive", &[LINUS]),
    ] {
        let config = format!("{BOTH}ownership = \"{ownership}\"\n");
        let world = world_of(
            noon_handoffs("2026-11-03T11:00:00Z"),
            vec!["Payments"],
            &config,
        )
        .await;
        world.identity_center.add_member("Payments", STRANGER);
        let poller = world.poller().await;
        for now in [
            "2026-11-03T11:00:00Z",
            "2026-11-03T11:54:00Z",
            "2026-11-03T12:04:00Z",
        ] {
            clean_tick(&world, &poller, now).await;
        }
        assert_eq!(world.members("Payments"), people(after), "{ownership}");
    }
}

#[tokio::test]
async fn a_template_picks_up_a_new_schedule_by_itself() {
    const TEMPLATE: &str = r#"
[[group_template]]
name = "{schedule}-oncall"
pagerduty = "acme"
entitlements = ["aws:Oncall {schedule}", "slack:{schedule}"]
"#;
    let world = world_of(noon_handoffs("2026-11-03T11:00:00Z"), vec![], TEMPLATE).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    assert_eq!(world.members("Oncall payments"), people(&[GRACE]));

    let layer = Layer::daily(date(2026, 11, 2).at(12, 0, 0, 0), &["PADA"]);
    world.pagerduty.add_schedule(
        LayerSchedule::new("Search & Ads", "UTC")
            .id("PSCHED2")
            .layer(layer),
    );
    clean_tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert_eq!(world.members("Oncall search-ads"), people(&[ADA]));
    assert_eq!(world.slack.members_of("search-ads"), people(&[ADA]));

    // A schedule that goes away may be somebody's mistake: its group is held.
    world.pagerduty.delete_schedule("PSCHED2");
    clean_tick(&world, &poller, "2026-11-03T11:02:00Z").await;
    assert_eq!(world.members("Oncall search-ads"), people(&[ADA]));
    let plans = held::plans(&world);
    assert_eq!(plans.len(), 2, "one for each target group");
    for plan in plans {
        held::release(&poller, plan).await;
    }
    assert_eq!(world.members("Oncall search-ads"), people(&[]));
    assert_eq!(world.members("Oncall payments"), people(&[GRACE]));
}

#[tokio::test]
async fn only_the_named_escalation_level_is_let_in() {
    let account = noon_handoffs("2026-11-03T11:00:00Z");
    account.add_target("PPOLICY", 2, Target::user("PADA"));
    account.add_target("PPOLICY", 3, Target::user("PLINUS"));
    let config = BOTH.replace("schedule:acme/PSCHED1", "escalation_policy:acme/PPOLICY#2");
    let world = world_of(account, vec![], &config).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    assert_eq!(world.members("Payments"), people(&[ADA]));
    world
        .pagerduty
        .remove_target("PPOLICY", 2, &Target::user("PADA"));
    world
        .pagerduty
        .add_target("PPOLICY", 2, Target::user("PGRACE"));
    clean_tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert_eq!(world.members("Payments"), people(&[GRACE]));
}

#[tokio::test]
async fn a_blocked_person_leaves_at_once_and_does_not_come_back() {
    let world = world_of(noon_handoffs("2026-11-03T11:00:00Z"), vec![], BOTH).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    world
        .configure(&format!("{BOTH}blocked = [\"{GRACE}\"]\n"))
        .await;
    clean_tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert_eq!(
        world.members("Payments"),
        people(&[]),
        "although nobody else is on call"
    );
    assert_eq!(world.slack.members_of("payments"), people(&[]));
    for now in [
        "2026-11-03T11:54:00Z",
        "2026-11-03T12:04:00Z",
        "2026-11-04T12:04:00Z",
    ] {
        clean_tick(&world, &poller, now).await;
    }
    assert_eq!(
        world.members("Payments"),
        people(&[LINUS]),
        "Grace is on call again, and nobody follows Linus"
    );
}

#[tokio::test]
async fn a_protected_account_stays() {
    let config = format!("{BOTH}ownership = \"exclusive\"\n");
    let world = world_of(
        noon_handoffs("2026-11-03T11:00:00Z"),
        vec!["Payments"],
        &config,
    )
    .await;
    world.configure_protecting(&config, &[STRANGER]).await;
    world.identity_center.add_member("Payments", STRANGER);
    let poller = world.poller().await;
    for now in [
        "2026-11-03T11:00:00Z",
        "2026-11-03T11:54:00Z",
        "2026-11-03T12:04:00Z",
    ] {
        clean_tick(&world, &poller, now).await;
    }
    assert_eq!(world.members("Payments"), people(&[LINUS, STRANGER]));
}
