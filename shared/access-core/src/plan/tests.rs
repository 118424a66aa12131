//! Plans as people read them; the rules behind them case by case, and as properties.

mod budgets;
mod holds;
mod incidents;
mod properties;
mod table;

use crate::config::Limits;
use crate::group::Ownership;
use crate::matching::{AccountMatch, Unmatched};
use crate::membership::{Origin, RecordState};
use crate::plan::Standing;
use crate::world::scene::{Scene, granted, on_call, standing};
use crate::world::{account, at, person};

#[test]
fn a_handoff_reads_as_one() {
    let scene = Scene::new()
        .has("grace", on_call("10:00"))
        .wants("ada", on_call("16:00"));
    insta::assert_snapshot!(scene.plan(), @"
    payments-oncall on aws:Operators (1 present)
      + ada@acme.example: on call on schedule acme/P1 from 2026-11-22T08:00:00Z until 2026-11-22T16:00:00Z
      - grace@acme.example: ended at 2026-11-22T10:00:00Z
    ");
}

#[test]
fn nothing_to_do_reads_as_nothing() {
    let scene = Scene::new()
        .has("grace", on_call("16:00"))
        .wants("grace", on_call("16:00"));
    assert!(scene.plan().is_empty());
    insta::assert_snapshot!(scene.plan(), @"payments-oncall on aws:Operators (1 present)");
}

#[test]
fn what_waits_reads_with_its_reason_and_what_releases_it() {
    let mut scene = Scene::new()
        .has("grace", on_call("16:00"))
        .wants("ada", granted("12:00"));
    scene.limits = Limits {
        removals_max: 0,
        ..Limits::default()
    };
    insta::assert_snapshot!(scene.plan(), @"
    payments-oncall on aws:Operators (1 present)
      + ada@acme.example: granted by request (9bda80e2-4ea6-555c-ba5b-35617c6b5fe5) from 2026-11-22T08:00:00Z until 2026-11-22T12:00:00Z
      ! held - grace@acme.example: no longer wanted; 1 of 1 memberships of the group at once is beyond [limits]
      ! release with 5f1abee3-8927-5812-aa2d-7f01c0a4887c
    ");
    scene.desired.nobody_on_call = true;
    insta::assert_snapshot!(scene.plan(), @"
    payments-oncall on aws:Operators (1 present)
      + ada@acme.example: granted by request (9bda80e2-4ea6-555c-ba5b-35617c6b5fe5) from 2026-11-22T08:00:00Z until 2026-11-22T12:00:00Z
      ! held - grace@acme.example: no longer wanted; nobody is on call: the last people stay
      ! release with 87daa398-fe23-5d67-9810-dd13bf5ec658
    ");
}

#[test]
fn what_is_not_ours_to_mend_reads_as_such() {
    let mut scene = Scene::new()
        .wants("ada", standing())
        .unmatched("ada")
        .holds("owner")
        .holds("stranger");
    scene.protected.insert(account("owner"));
    insta::assert_snapshot!(scene.plan(), @"
    payments-oncall on aws:Operators (2 present)
      ? ada@acme.example: no account there has this e-mail address: create one, or name an alias under [[person]]
      ~ account stranger is a member that nothing asked for; it is left alone
      ~ account owner is protected and stays
    ");
    scene.ownership = Ownership::Exclusive;
    insta::assert_snapshot!(scene.plan(), @"
    payments-oncall on aws:Operators (2 present)
      - account stranger: nothing asks for this account, and the group is exclusive
      ? ada@acme.example: no account there has this e-mail address: create one, or name an alias under [[person]]
      ~ account owner is protected and stays
    ");
}

#[test]
fn an_account_to_which_two_people_lead_is_wanted_while_either_is_and_both_are_told_of() {
    let mut both = Scene::new()
        .wants("grace", on_call("12:00"))
        .wants("hopper", on_call("16:00"));
    let account = account("grace");
    let found = AccountMatch::Found { account };
    both.accounts.insert(person("hopper"), found);
    let plan = both.plan();
    let added: Vec<_> = plan.additions.iter().collect();
    assert_eq!(added.len(), 1);
    assert_eq!(added[0].principal, person("hopper"), "who stays longer");
    let shared = ["grace", "hopper"].map(|name| (person(name), Unmatched::Shared));
    assert_eq!(plan.unmatched, shared.into());

    let (until, there) = (on_call("16:00"), RecordState::Present);
    let both = both.holds("grace");
    let mut both = both.record_of("grace", Some("hopper"), Origin::Added, until, there);
    assert!(both.plan().is_empty(), "nothing flaps");
    both.desired.members.remove(&person("hopper"));
    let plan = both.plan();
    assert!(plan.removals.is_empty() && plan.held.is_empty());
    assert_eq!(plan.records[0].principal, Some(person("grace")));
    assert!(plan.unmatched.is_empty());
}

#[test]
fn every_reason_for_a_removal_reads_plainly() {
    let shift = || Scene::new().has("grace", on_call("16:00"));
    let mut blocked = shift();
    blocked.blocked.insert(person("grace"));
    let mut removed = shift();
    removed.standing = Standing::Removed;
    let mut late = shift();
    late.now = at("16:00");
    let said =
        [shift(), late, blocked, removed].map(|scene| scene.plan().removals[0].why.to_string());
    insta::assert_snapshot!(said.join("\n"), @"
    no longer wanted
    ended at 2026-11-22T16:00:00Z
    blocked in the configuration
    the group or its entitlement left the configuration
    ");
}

#[test]
fn a_record_follows_its_causes_without_a_change() {
    let scene = Scene::new()
        .has("grace", on_call("16:00"))
        .wants("grace", on_call("18:00"));
    let plan = scene.plan();
    assert_eq!((plan.additions.len(), plan.removals.len()), (0, 0));
    assert_eq!(plan.records[0].member, on_call("18:00"));
    assert_eq!(plan.records[0].state, RecordState::Present);
}
