//! Removals that the end of an incident explains: nobody knew it beforehand, and no budget counts them.

use crate::membership::Member;
use crate::plan::RemovalReason;
use crate::world::scene::{Scene, on_call, standing, working};
use crate::world::{at, person};

/// Everything that makes somebody a member at once.
fn all(members: &[Member]) -> Member {
    let causes = members
        .iter()
        .flat_map(|member| member.causes.iter().cloned());
    Member {
        causes: causes.collect(),
        until: None,
    }
}

fn why(scene: &Scene) -> RemovalReason {
    let plan = scene.draft();
    let removals = plan.held.iter().map(|held| &held.removal);
    let removal = removals.chain(&plan.removals).next().expect("one leaves");
    let explained = matches!(removal.why, RemovalReason::Ended { .. });
    assert_eq!(removal.counts(), !explained);
    removal.why.clone()
}

#[test]
fn only_the_end_of_every_cause_explains_a_removal() {
    let ended = |when: &str| RemovalReason::Ended { at: at(when) };
    let unexplained = || RemovalReason::NoLongerWanted;
    let had = |member: Member| Scene::new().has("grace", member);
    let one = || had(working("Q1"));
    let two = || had(all(&[working("Q1"), working("Q2")]));
    for (case, scene, expected) in [
        (
            "it ended",
            one().ended("grace", "Q1", "09:30"),
            ended("09:30"),
        ),
        ("nothing is known of it", one(), unexplained()),
        (
            "another ended",
            one().ended("grace", "Q2", "09:30"),
            unexplained(),
        ),
        (
            "somebody else's ended",
            one().ended("ada", "Q1", "09:30"),
            unexplained(),
        ),
        (
            "an earlier time on it ended",
            one().ended("grace", "Q1", "07:59:59"),
            unexplained(),
        ),
        (
            "one of two ended",
            two().ended("grace", "Q1", "09:30"),
            unexplained(),
        ),
        (
            "both ended",
            two()
                .ended("grace", "Q1", "09:30")
                .ended("grace", "Q2", "09:00"),
            ended("09:30"),
        ),
        (
            "a shift ended before",
            had(all(&[working("Q1"), on_call("09:00")])).ended("grace", "Q1", "09:30"),
            ended("09:30"),
        ),
        (
            "a shift was cut",
            had(all(&[working("Q1"), on_call("16:00")])).ended("grace", "Q1", "09:30"),
            unexplained(),
        ),
        (
            "a shift without a known end",
            had(all(&[working("Q1"), on_call("")])).ended("grace", "Q1", "09:30"),
            unexplained(),
        ),
        (
            "no standing member any more",
            had(all(&[working("Q1"), standing()])).ended("grace", "Q1", "09:30"),
            unexplained(),
        ),
        (
            "an incident long past and a shift cut",
            had(on_call("16:00")).ended("grace", "Q1", "09:30"),
            unexplained(),
        ),
    ] {
        assert_eq!(why(&scene), expected, "{case}");
    }
}

#[test]
fn a_block_does_not_make_an_end_suspicious() {
    let mut scene = Scene::new().has("grace", working("Q1"));
    scene.blocked.insert(person("grace"));
    assert_eq!(why(&scene), RemovalReason::Blocked);
    let scene = scene.ended("grace", "Q1", "09:30");
    assert_eq!(why(&scene), RemovalReason::Ended { at: at("09:30") });
}

#[test]
fn many_who_leave_with_one_incident_are_not_held() {
    let (mut ended, mut lost) = (Scene::new(), Scene::new());
    for n in 0..30 {
        let name = format!("person-{n}");
        ended = ended.has(&name, working("Q1")).ended(&name, "Q1", "09:30");
        lost = lost.has(&name, working("Q1"));
    }
    assert_eq!(ended.plan().held.len(), 0);
    assert_eq!(lost.plan().held.len(), 30, "facts that went away hold");
}
