//! A name that leads to another group than before: nobody stays behind, unrecorded, in the one that had it.

use super::{BOTH, STRANGER, clean_tick, tick, world_of};
use crate::support::rota::{GRACE, LINUS, noon_handoffs, people};
use crate::support::{Poller, World};
use simulators::slack::SlackGroup;

const OLD: &str = "Payments (old)";
const TO_AWS: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments"]
"#;

/// Grace is in a group that somebody made, or else Rotakey.
async fn world_with_grace(groups: Vec<&str>, config: &str) -> (World, Poller) {
    let world = world_of(noon_handoffs("2026-11-03T11:00:00Z"), groups, config).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    (world, poller)
}

/// Ticks, and one thing fails, in words that say these.
async fn failing_tick(world: &World, poller: &Poller, now: &str, words: &[&str]) {
    let answer = tick(world, poller, now).await;
    let said: Vec<String> = answer.failures.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{now}: {said:?}");
    for word in words {
        assert!(said[0].contains(word), "{now}: {said:?} without `{word}`");
    }
}

#[tokio::test]
async fn a_renamed_target_group_gives_its_name_to_no_other_while_somebody_is_in_it() {
    let (world, poller) = world_with_grace(vec!["Payments"], TO_AWS).await;
    let groups = &world.identity_center;
    groups.rename_group("Payments", OLD);
    groups.add_group("Payments");
    let ids = [OLD, "Payments"].map(|name| groups.group_id(name).unwrap());
    let words = [&*ids[0], &*ids[1], "`Payments`", "give that group its name"];
    // At noon Linus follows Grace: in neither group.
    for now in [
        "2026-11-03T11:16:00Z",
        "2026-11-03T12:04:00Z",
        "2026-11-03T12:20:00Z",
    ] {
        failing_tick(&world, &poller, now, &words).await;
        assert_eq!(world.members(OLD), people(&[GRACE]), "{now}");
        assert_eq!(world.members("Payments"), people(&[]), "{now}");
    }
    let told = world.told_of("Sync Failed");
    assert_eq!(told.len(), 1, "once: {told:?}");

    // Its name given back, all goes on where it was left.
    groups.delete_group("Payments");
    groups.rename_group(OLD, "Payments");
    clean_tick(&world, &poller, "2026-11-03T12:36:00Z").await;
    assert_eq!(world.members("Payments"), people(&[LINUS]));
}

#[tokio::test]
async fn a_renamed_target_group_is_not_created_again_while_somebody_is_in_it() {
    let (world, poller) = world_with_grace(vec!["Payments"], TO_AWS).await;
    world.identity_center.rename_group("Payments", OLD);
    let words = ["no group", "give that group its name"];
    failing_tick(&world, &poller, "2026-11-03T11:16:00Z", &words).await;
    assert!(!world.identity_center.groups().contains("Payments"));

    world.identity_center.remove_member(OLD, GRACE);
    clean_tick(&world, &poller, "2026-11-03T11:17:00Z").await;
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    assert_eq!(world.members(OLD), people(&[]));
}

#[tokio::test]
async fn another_group_in_place_of_one_that_is_gone_is_gone_on_with() {
    // Rotakey makes the first one; what replaces it is not Rotakey's.
    let (world, poller) = world_with_grace(vec![], TO_AWS).await;
    let groups = &world.identity_center;
    groups.delete_group("Payments");
    groups.add_group("Payments");
    groups.add_member("Payments", STRANGER);
    clean_tick(&world, &poller, "2026-11-03T11:16:00Z").await;
    assert_eq!(world.members("Payments"), people(&[GRACE, STRANGER]));
    clean_tick(&world, &poller, "2026-11-03T12:04:00Z").await;
    assert_eq!(world.members("Payments"), people(&[LINUS, STRANGER]));
}

#[tokio::test]
async fn a_binding_that_left_is_not_cleared_away_while_somebody_is_in_its_renamed_group() {
    for replaced in [true, false] {
        let (world, poller) = world_with_grace(vec!["Payments"], TO_AWS).await;
        let groups = &world.identity_center;
        groups.rename_group("Payments", OLD);
        if replaced {
            groups.add_group("Payments");
        }
        world.configure("").await;
        let words = ["give that group its name"];
        failing_tick(&world, &poller, "2026-11-03T11:01:00Z", &words).await;
        assert_eq!(world.members(OLD), people(&[GRACE]), "{replaced}");

        if replaced {
            groups.delete_group("Payments");
        }
        groups.rename_group(OLD, "Payments");
        clean_tick(&world, &poller, "2026-11-03T11:02:00Z").await;
        assert_eq!(world.members("Payments"), people(&[]), "{replaced}");
    }
}

#[tokio::test]
async fn a_group_under_a_new_name_knows_the_target_group_of_its_predecessor() {
    let (world, poller) = world_with_grace(vec!["Payments"], TO_AWS).await;
    world.identity_center.rename_group("Payments", OLD);
    world.identity_center.add_group("Payments");
    let renamed = TO_AWS.replace("payments-oncall", "a-new-name");
    world.configure(&renamed).await;
    let words = ["give that group its name"];
    failing_tick(&world, &poller, "2026-11-03T11:01:00Z", &words).await;
    assert_eq!(world.members(OLD), people(&[GRACE]));
    assert_eq!(world.members("Payments"), people(&[]));
}

#[tokio::test]
async fn a_handle_that_moved_is_not_followed_while_somebody_is_in_its_group() {
    let (world, poller) = world_with_grace(vec![], BOTH).await;
    let before = world.slack.group("payments").unwrap();
    let mut moved = before.clone();
    "payments-old".clone_into(&mut moved.handle);
    "payments-old".clone_into(&mut moved.name);
    world.slack.put_group(&moved);
    let new = SlackGroup::new("S0NEWGROUP1", "payments");
    world.slack.put_group(&new);
    let words = [&*before.id, "S0NEWGROUP1", "give that group its name"];
    failing_tick(&world, &poller, "2026-11-03T12:04:00Z", &words).await;
    assert_eq!(world.slack.members_of("payments-old"), people(&[GRACE]));
    assert_eq!(world.slack.members_of("payments"), people(&[]));
    assert_eq!(world.members("Payments"), people(&[LINUS]), "aws goes on");

    // A user group cannot be deleted; a disabled one reaches nobody.
    world.slack.put_group(&moved.disabled());
    clean_tick(&world, &poller, "2026-11-03T12:05:00Z").await;
    assert_eq!(world.slack.members_of("payments"), people(&[LINUS]));
}
