//! Every meeting of what is wanted, what is there and what was written down.

use crate::group::Ownership;
use crate::membership::{Origin, RecordState};
use crate::plan::{Action, Plan};
use crate::world::account;
use crate::world::scene::{Scene, adding, on_call, removing, standing};

/// What a plan does, in short: `new` changes get an id, `again` ones keep theirs.
fn summary(plan: &Plan) -> String {
    let mut parts = Vec::new();
    for settled in &plan.settled {
        let what = match (settled.action, settled.done) {
            (Action::Add, true) => "was added",
            (Action::Add, false) => "add given up",
            (Action::Remove, true) => "was removed",
            (Action::Remove, false) => "removal given up",
        };
        let kept = if settled.record.is_some() {
            ", kept"
        } else {
            ""
        };
        parts.push(format!("{what}{kept}"));
    }
    let often = |begun| if begun { "again" } else { "new" };
    for addition in &plan.additions {
        parts.push(format!("add {}", often(addition.begun)));
    }
    for removal in &plan.removals {
        parts.push(format!("remove {}", often(removal.begun)));
    }
    parts.extend(plan.records.iter().map(|_| "write".to_owned()));
    parts.extend(plan.forgotten.iter().map(|_| "forget".to_owned()));
    parts.extend(plan.drift.iter().map(|_| "drift".to_owned()));
    parts.join("; ")
}

fn state(name: &str) -> Option<RecordState> {
    match name {
        "none" => None,
        "present" => Some(RecordState::Present),
        "adding" => Some(adding("grace")),
        "removing" => Some(removing("grace")),
        other => unreachable!("{other}"),
    }
}

fn scene(wanted: bool, there: bool, record: &str, origin: Origin) -> Scene {
    let mut scene = Scene::new();
    if wanted {
        scene = scene.wants("grace", on_call("16:00"));
    }
    if there {
        scene = scene.holds("grace");
    }
    if let Some(state) = state(record) {
        scene = scene.record_of("grace", Some("grace"), origin, on_call("16:00"), state);
    }
    scene
}

const WANTED: [(bool, &str, &str); 8] = [
    (true, "none", "write"),
    (true, "present", ""),
    (true, "adding", "was added, kept"),
    (true, "removing", "removal given up, kept"),
    (false, "none", "add new"),
    (false, "present", "add new"),
    (false, "adding", "add again"),
    (false, "removing", "was removed; add new"),
];

#[test]
fn somebody_wanted_is_kept_or_added_whoever_owns_the_group() {
    for (there, record, expected) in WANTED {
        for ownership in [Ownership::Additive, Ownership::Exclusive] {
            for origin in [Origin::Added, Origin::Found] {
                let mut scene = scene(true, there, record, origin);
                scene.ownership = ownership;
                let case = format!("there: {there}, record: {record}, {ownership:?}, {origin:?}");
                assert_eq!(summary(&scene.draft()), expected, "{case}");
            }
        }
    }
}

#[test]
fn somebody_not_wanted_goes_if_rotakey_may_remove_them() {
    use Origin::{Added, Found};
    use Ownership::{Additive, Exclusive};
    for (ownership, origin, record, expected) in [
        (Additive, Found, "none", "drift"),
        (Additive, Added, "present", "remove new"),
        (Additive, Added, "adding", "was added, kept; remove new"),
        (Additive, Added, "removing", "remove again"),
        (Additive, Found, "present", "forget; drift"),
        (Additive, Found, "removing", "removal given up; drift"),
        (Exclusive, Found, "none", "remove new"),
        (Exclusive, Added, "present", "remove new"),
        (Exclusive, Added, "adding", "was added, kept; remove new"),
        (Exclusive, Added, "removing", "remove again"),
        (Exclusive, Found, "present", "remove new"),
        (Exclusive, Found, "removing", "remove again"),
    ] {
        let mut scene = scene(false, true, record, origin);
        scene.ownership = ownership;
        let case = format!("{ownership:?}, {origin:?}, record: {record}");
        assert_eq!(summary(&scene.draft()), expected, "{case}");
    }
}

#[test]
fn what_is_neither_wanted_nor_there_is_forgotten() {
    for (record, expected) in [
        ("none", ""),
        ("present", "forget"),
        ("adding", "add given up, kept"),
        ("removing", "was removed"),
    ] {
        for ownership in [Ownership::Additive, Ownership::Exclusive] {
            let mut scene = scene(false, false, record, Origin::Added);
            scene.ownership = ownership;
            assert_eq!(summary(&scene.draft()), expected, "{record}, {ownership:?}");
        }
    }
}

#[test]
fn a_protected_account_stays_and_what_rotakey_added_is_remembered() {
    for (origin, record, expected) in [
        (Origin::Found, "none", "drift"),
        (Origin::Found, "present", "forget; drift"),
        (Origin::Added, "present", "drift"),
        (Origin::Added, "adding", "was added, kept; drift"),
        (Origin::Added, "removing", "removal given up, kept; drift"),
    ] {
        for ownership in [Ownership::Additive, Ownership::Exclusive] {
            let mut scene = scene(false, true, record, origin);
            scene.ownership = ownership;
            scene.protected.insert(account("grace"));
            assert_eq!(summary(&scene.draft()), expected, "{origin:?}, {record}");
        }
    }
}

#[test]
fn a_group_that_left_the_configuration_gives_back_what_rotakey_added() {
    use crate::plan::Standing::Removed;
    for (ownership, origin, expected) in [
        (Ownership::Additive, Origin::Added, "remove new"),
        (Ownership::Exclusive, Origin::Added, "remove new"),
        (Ownership::Exclusive, Origin::Found, "forget; drift"),
    ] {
        let mut scene = scene(false, true, "present", origin);
        (scene.ownership, scene.standing) = (ownership, Removed);
        assert_eq!(
            summary(&scene.draft()),
            expected,
            "{ownership:?}, {origin:?}"
        );
    }
    let mut protected = scene(false, true, "present", Origin::Added);
    protected.standing = Removed;
    protected.protected.insert(account("grace"));
    assert_eq!(summary(&protected.draft()), "forget; drift");
}

#[test]
fn somebody_unmatched_stays_where_they_are_and_is_not_added() {
    for (there, record, expected) in [
        (true, "present", ""),
        (true, "adding", "was added, kept"),
        (false, "present", "forget"),
        (false, "adding", "add given up, kept"),
        (false, "none", ""),
    ] {
        let scene = scene(true, there, record, Origin::Added).unmatched("grace");
        let plan = scene.draft();
        assert_eq!(summary(&plan), expected, "there: {there}, record: {record}");
        assert_eq!(plan.unmatched.len(), 1, "there: {there}, record: {record}");
    }
}

#[test]
fn a_new_account_takes_the_place_of_the_old_one() {
    let old = |scene: Scene| {
        let scene = scene.holds("old").wants("grace", standing());
        scene.record_of(
            "old",
            Some("grace"),
            Origin::Added,
            standing(),
            RecordState::Present,
        )
    };
    let plan = old(Scene::new()).draft();
    assert_eq!(summary(&plan), "add new; remove new");
    assert_eq!(plan.additions[0].account, account("grace"));
    assert_eq!(plan.removals[0].account, account("old"));
    assert_eq!(summary(&old(Scene::new()).unmatched("grace").draft()), "");
}

#[test]
fn ids_of_changes_are_the_same_in_a_repeat_and_new_at_another_time() {
    let scene = |now: &str| {
        let mut scene = Scene::new().wants("grace", on_call("16:00"));
        scene.now = crate::world::at(now);
        scene.draft().additions[0].change
    };
    assert_eq!(scene("10:00"), scene("10:00"));
    assert_ne!(scene("10:00"), scene("10:01"));
}
