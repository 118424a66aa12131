//! Removals that wait for facts, and those that never do.

use crate::desired::Trust;
use crate::group::{Ownership, WhenEmpty};
use crate::membership::{Causes, Member, Origin, RecordState};
use crate::plan::{HoldReason, Released, RemovalReason};
use crate::world::scene::{Scene, granted, on_call, standing, working};
use crate::world::{at, incident, person};
use std::collections::BTreeSet;

fn trusts() -> [(Trust, Option<HoldReason>); 5] {
    let read_at = at("09:00");
    [
        (Trust::Fresh, None),
        (
            Trust::Stale { read_at },
            Some(HoldReason::AwaitsFreshRead { read_at }),
        ),
        (
            Trust::Expired { read_at },
            Some(HoldReason::FactsExpired { read_at }),
        ),
        (Trust::Unknown, Some(HoldReason::SourceUnknown)),
        (Trust::NeverRead, Some(HoldReason::NeverRead)),
    ]
}

fn held(scene: &Scene) -> Option<HoldReason> {
    let plan = scene.plan();
    assert_eq!(plan.held.len() + plan.removals.len(), 1, "{plan}");
    assert_eq!(plan.held_id.is_some(), !plan.held.is_empty());
    plan.held.first().map(|held| held.reason.clone())
}

#[test]
fn removals_that_rest_on_the_rota_wait_for_facts() {
    for (trust, reason) in trusts() {
        for (case, until) in [("ended", "10:00"), ("taken out", "16:00"), ("endless", "")] {
            let mut scene = Scene::new().has("grace", on_call(until));
            scene.desired.trust = trust;
            assert_eq!(held(&scene), reason, "{case}, {trust:?}");
        }
    }
}

#[test]
fn strangers_in_an_exclusive_group_wait_for_facts_too() {
    for (trust, reason) in trusts() {
        let mut scene = Scene::new().holds("stranger");
        scene.ownership = Ownership::Exclusive;
        scene.desired.trust = trust;
        assert_eq!(held(&scene), reason, "{trust:?}");
    }
}

#[test]
fn nobody_leaves_because_of_an_incident_that_cannot_be_understood() {
    let had = |member| Scene::new().has("grace", member);
    let one = Some(incident("Q1"));
    let waits = || Some(HoldReason::SourceUnknown);
    for (case, scene, unread, expected) in [
        ("by that incident", had(working("Q1")), one.clone(), waits()),
        ("by any incident", had(working("Q1")), None, waits()),
        ("by another", had(working("Q2")), one.clone(), None),
        ("by none", had(standing()), None, None),
        ("by a grant", had(granted("16:00")), None, None),
    ] {
        let mut scene = scene;
        scene.desired.trust = Trust::Unknown;
        scene.desired.unread.insert(unread);
        assert_eq!(held(&scene), expected, "{case}");
    }
    let mut over = had(working("Q1"));
    over.desired.unread.insert(one.clone());
    over.now = at("16:00");
    assert_eq!(held(&over), None, "never beyond the end that was known");
    let mut blocked = had(working("Q1"));
    blocked.desired.unread.insert(one);
    blocked.blocked.insert(person("grace"));
    assert_eq!(held(&blocked), None, "a block never waits");
}

#[test]
fn grants_incidents_standing_members_and_blocks_never_wait() {
    let nobody = |mut scene: Scene| {
        scene.desired.nobody_on_call = true;
        scene
    };
    let blocked = |mut scene: Scene| {
        scene.blocked.insert(person("grace"));
        scene
    };
    for (trust, _) in trusts() {
        for (case, scene) in [
            ("expired grant", Scene::new().has("grace", granted("10:00"))),
            (
                "grant taken back",
                Scene::new().has("grace", granted("12:00")),
            ),
            ("standing", Scene::new().has("grace", standing())),
            (
                "blocked",
                blocked(Scene::new().has("grace", on_call("16:00"))),
            ),
            (
                "blocked, shift over",
                blocked(Scene::new().has("grace", on_call("09:00"))),
            ),
        ] {
            let mut scene = nobody(scene);
            scene.desired.trust = trust;
            assert_eq!(held(&scene), None, "{case}, {trust:?}");
        }
    }
}

#[test]
fn a_block_goes_from_under_a_held_plan_which_stays_the_same() {
    let strangers = (0..30).fold(Scene::new(), |scene, n| {
        scene.holds(&format!("stranger-{n}"))
    });
    let mut scene = strangers
        .has("grace", on_call("16:00"))
        .wants("grace", on_call("16:00"));
    scene.ownership = Ownership::Exclusive;
    let before = scene.plan();
    assert_eq!((before.held.len(), before.removals.len()), (30, 0));

    scene.desired.members.remove(&person("grace"));
    scene.blocked.insert(person("grace"));
    let known = BTreeSet::from([before.held_id.unwrap()]);
    for (case, plan) in [
        ("at first", scene.plan()),
        ("held before", scene.plan_after(&known, &[])),
    ] {
        let gone: Vec<_> = plan.removals.iter().map(|removal| &removal.why).collect();
        assert_eq!(gone, [&RemovalReason::Blocked], "{case}");
        assert_eq!(
            (plan.held.len(), plan.held_id),
            (30, before.held_id),
            "{case}"
        );
    }
}

#[test]
fn a_grant_beside_a_shift_waits_with_the_shift() {
    let (mut both, grant) = (on_call("16:00"), granted("16:00"));
    both.causes = both.causes.iter().chain(&grant.causes).cloned().collect();
    let mut scene = Scene::new().has("grace", both);
    scene.desired.trust = Trust::Unknown;
    assert_eq!(held(&scene), Some(HoldReason::SourceUnknown));
}

#[test]
fn the_last_people_stay_while_nobody_is_on_call() {
    let scene = |when_empty| {
        let mut scene = Scene::new().has("grace", on_call("10:00"));
        scene.desired.nobody_on_call = true;
        scene.when_empty = when_empty;
        scene
    };
    assert_eq!(
        held(&scene(WhenEmpty::Hold)),
        Some(HoldReason::NobodyOnCall)
    );
    assert_eq!(held(&scene(WhenEmpty::Clear)), None);
}

#[test]
fn the_last_people_stay_while_nobody_on_call_has_an_account() {
    let scene = |when_empty| {
        let mut scene = Scene::new()
            .has("grace", on_call("10:00"))
            .wants("bogdan", on_call("16:00"))
            .unmatched("bogdan");
        scene.when_empty = when_empty;
        scene
    };
    assert_eq!(
        held(&scene(WhenEmpty::Hold)),
        Some(HoldReason::NobodyMatched)
    );
    assert_eq!(held(&scene(WhenEmpty::Clear)), None);
    let relieved = scene(WhenEmpty::Hold).wants("ada", on_call("16:00"));
    assert_eq!(held(&relieved), None, "somebody else came");
}

#[test]
fn what_waited_for_somebody_goes_when_somebody_comes() {
    let mut empty = Scene::new().has("grace", on_call("16:00"));
    empty.desired.nobody_on_call = true;
    let held_before = BTreeSet::from([empty.plan().held_id.unwrap()]);

    let mut covered = empty.wants("ada", on_call("16:00"));
    covered.desired.nobody_on_call = false;
    let plan = covered.plan_after(&held_before, &[]);
    assert_eq!((plan.held.len(), plan.removals.len()), (0, 1), "{plan}");
}

#[test]
fn a_person_lets_the_last_ones_go_by_the_id_of_the_plan() {
    let mut scene = Scene::new().has("grace", on_call("16:00"));
    scene.desired.nobody_on_call = true;
    let held = scene.plan();
    let released = [Released::new(held.binding.clone(), &held.held)];
    scene.now = at("11:00");
    let plan = scene.plan_after(&BTreeSet::from([held.held_id.unwrap()]), &released);
    assert_eq!(
        (plan.held.len(), plan.removals.len(), plan.held_id),
        (0, 1, None)
    );
}

#[test]
fn nobody_can_let_go_what_nothing_is_known_of() {
    let mut scene = Scene::new().has("grace", on_call("16:00"));
    scene.desired.trust = Trust::Unknown;
    let held = scene.plan();
    let before = BTreeSet::from([held.held_id.unwrap()]);
    let released = [Released::new(held.binding.clone(), &held.held)];
    assert_eq!(scene.plan_after(&before, &released).removals.len(), 1);
    scene.desired.trust = Trust::NeverRead;
    let plan = scene.plan_after(&before, &released);
    assert_eq!((plan.held.len(), plan.removals.len()), (1, 0));
    assert_eq!(plan.told().count(), 0, "nobody is asked to");
}

#[test]
fn a_person_is_not_told_of_what_only_awaits_the_next_read() {
    for (trust, reason) in trusts() {
        let mut scene = Scene::new().has("grace", on_call("16:00"));
        scene.desired.trust = trust;
        let told = matches!(
            reason,
            Some(HoldReason::FactsExpired { .. } | HoldReason::SourceUnknown)
        );
        assert_eq!(scene.plan().told().count(), usize::from(told), "{trust:?}");
    }
}

#[test]
fn additions_never_wait() {
    for (trust, _) in trusts() {
        let mut scene = Scene::new().wants("ada", on_call("16:00"));
        scene.desired.trust = trust;
        assert_eq!(scene.plan().additions.len(), 1, "{trust:?}");
    }
}

#[test]
fn a_held_removal_that_was_begun_stays_as_it_is() {
    let nothing = Member {
        causes: Causes::default(),
        until: None,
    };
    let removing = crate::world::scene::removing("stranger");
    let mut scene = Scene::new().holds("stranger");
    scene = scene.record_of("stranger", None, Origin::Found, nothing, removing);
    scene.ownership = Ownership::Exclusive;
    scene.desired.trust = Trust::Unknown;
    let plan = scene.plan();
    assert!(plan.is_empty(), "{plan}");
    assert!(plan.held[0].removal.begun);
    assert_ne!(plan.held[0].removal.record.state, RecordState::Present);
}
