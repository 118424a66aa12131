//! Grants that end before their time, or later than they were to.

use super::{
    ADA, ADMIN, APPROVALS, Desk, GROUPS, LENA, LEO, LINUS, direct, keeps_silent, mention, says,
    words,
};
use crate::support::approver::session;
use access_core::request::{Ended, GrantState};
use function_kit::metrics::{Metric, measured};
use serde_json::json;
use simulators::slack::SlackOutcome;

/// How the only grant of Ada's ended.
async fn ended(desk: &Desk) -> Ended {
    let mut grants = desk.grants_of(ADA).await;
    assert_eq!(grants.len(), 1, "{grants:?}");
    match grants.remove(0).state {
        GrantState::Ended { how, .. } => how,
        GrantState::Live => panic!("the grant is stored as live"),
    }
}

#[tokio::test]
async fn whoever_is_done_hands_access_back_and_it_closes_at_once() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    desk.tick_at("10:20:00").await;
    let done = desk.button(&direct(ADA), "done");
    let told = desk.presses(LENA, &done).await;
    says(&told, &["belongs to somebody else"]);
    desk.holds(ADMIN, &[ADA], "only the holder hands back");

    let told = desk.presses(ADA, &done).await;
    says(&told, &["You are done in payments-admin"]);
    desk.holds(ADMIN, &[], "handed back");
    for shown in [desk.card(), desk.direct(ADA)] {
        says(&shown, &["*Approved* by", "*Access ended*", "handed back"]);
        keeps_silent(&shown, &["Extend"]);
    }
    let told = desk.presses(ADA, &done).await;
    says(&told, &["The grant is not live"]);
    let told = desk.types(ADA, "done").await;
    says(&told, &["You hold nothing to hand back"]);
    assert!(matches!(ended(&desk).await, Ended::HandedBack { .. }));
    desk.tick_at("12:10:00").await;
    desk.holds(ADMIN, &[], "and stays closed");
    assert!(desk.world.told_of("Removals Held").is_empty());
}

#[tokio::test]
async fn a_grant_that_runs_out_is_counted_once() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let ((), found) = measured(desk.tick_at("14:10:00")).await;
    desk.holds(ADMIN, &[], "it ran out");
    assert_eq!(found.of(Metric::GrantsEnded), [1.0]);
    let ((), found) = measured(desk.tick_at("14:11:00")).await;
    assert!(found.of(Metric::GrantsEnded).is_empty());
}

#[tokio::test]
async fn access_is_handed_back_by_a_command_too() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let told = desk.types(ADA, "status").await;
    says(
        &told,
        &["You are in *payments-admin* until", "Extend", "I'm done"],
    );
    let told = desk.types(ADA, "done vault").await;
    says(&told, &["You hold nothing in vault"]);
    desk.holds(ADMIN, &[ADA], "another group's");
    let told = desk.types(ADA, "done payments-admin").await;
    says(&told, &["You are done in payments-admin"]);
    desk.holds(ADMIN, &[], "handed back");
    says(&desk.card(), &["*Access ended*", "handed back"]);
}

#[tokio::test]
async fn an_extension_is_asked_for_and_access_lasts_without_a_gap() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    desk.tick_at("11:00:00").await;
    let extend = desk.button(&direct(ADA), "extend");
    assert_eq!(desk.presses(ADA, &extend).await, "", "a dialog opens");
    let longer = [("duration", "1h"), ("reason", "not fixed yet")];
    assert_eq!(desk.fills(ADA, &longer).await, SlackOutcome::Updated);
    says(
        &desk.card(),
        &[&mention(ADA), "asks for 1h more in *payments-admin*"],
    );
    assert_eq!(
        desk.presses(LEO, &desk.button(APPROVALS, "approve")).await,
        ""
    );
    let grants = desk.grants_of(ADA).await;
    assert_eq!(grants.len(), 1, "the same grant");
    let until = super::at("2026-11-03T13:00:00Z");
    assert_eq!(grants[0].grant.expires_at, until);

    for time in ["11:59:30", "12:00:30", "12:58:30"] {
        desk.tick_at(time).await;
        desk.holds(ADMIN, &[ADA], time);
    }
    desk.tick_at("12:59:30").await;
    desk.holds(ADMIN, &[], "at the new end");
    assert_eq!(desk.world.clock.now(), until);
    assert_eq!(ended(&desk).await, Ended::Expired);
    let cards = desk.world.slack.messages(APPROVALS);
    assert_eq!(
        cards.len(),
        2,
        "of the request, and of the one for more time"
    );
    for (card, approver) in cards.iter().zip([LENA, LEO]) {
        let card = words(card);
        says(
            &card,
            &[
                "*Approved* by",
                &mention(approver),
                "*Access ended*",
                "expired",
            ],
        );
    }
}

#[tokio::test]
async fn an_approver_takes_access_away_and_says_why() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let id = desk.grants_of(ADA).await[0].grant.id;
    let path = format!("/grants/{id}/revoke");
    let because = json!({"reason": "the audit is over"});
    let stranger = desk.calls(&session(LINUS), "POST", &path, &because).await;
    assert_eq!(stranger.status, 404, "{stranger:?}");
    desk.holds(ADMIN, &[ADA], "not by just anybody");

    let revoked = desk.calls(&session(LENA), "POST", &path, &because).await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    assert_eq!(revoked.json()["ended"], "revoked");
    desk.holds(ADMIN, &[], "revoked");
    for shown in [desk.card(), desk.direct(ADA)] {
        says(
            &shown,
            &[
                "*Access ended*",
                "revoked by",
                &mention(LENA),
                "the audit is over",
            ],
        );
    }
    let again = desk.calls(&session(LEO), "POST", &path, &because).await;
    assert_eq!(again.status, 409, "{again:?}");
    assert!(matches!(ended(&desk).await, Ended::Revoked { .. }));
}

#[tokio::test]
async fn what_opens_and_closes_a_group_does_so_at_once_in_the_groups_around_it() {
    let desk = Desk::open().await;
    let around: String = [("everything", "payments-admin"), ("outermost", "everything")]
        .map(|(name, inner)| {
            format!("[[group]]\nname = \"{name}\"\nsources = [\"group:{inner}\"]\nentitlements = [\"aws:{name}\"]\n")
        })
        .concat();
    desk.world.configure(&format!("{GROUPS}{around}")).await;
    desk.ada_is_in().await;
    for group in ["everything", "outermost"] {
        desk.holds(group, &[ADA], "approved");
    }
    let id = desk.grants_of(ADA).await[0].grant.id;
    let path = format!("/grants/{id}/revoke");
    let because = json!({"reason": "the audit is over"});
    let revoked = desk.calls(&session(LENA), "POST", &path, &because).await;
    assert_eq!(revoked.status, 200, "{revoked:?}");
    for group in [ADMIN, "everything", "outermost"] {
        desk.holds(group, &[], "revoked");
    }
    assert!(desk.world.told_of("Removals Held").is_empty());
}

#[tokio::test]
async fn a_group_that_leaves_the_configuration_takes_its_grants_with_it() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let tables = GROUPS.split("[[group]]");
    let tables: Vec<&str> = tables
        .filter(|table| !table.contains("name = \"payments-admin\""))
        .collect();
    desk.world.configure(&tables.join("[[group]]")).await;
    desk.tick_at("10:30:00").await;
    desk.holds(ADMIN, &[], "nobody may ask into it any more");
    assert_eq!(ended(&desk).await, Ended::RuleGone);
    says(
        &desk.card(),
        &["*Access ended*", "nobody may ask into the group any more"],
    );
    let told = desk.types(ADA, "payments-admin 1h again").await;
    says(&told, &["payments-admin"]);

    // It comes back, and what was ended stays so.
    desk.world.configure(GROUPS).await;
    desk.tick_at("10:31:00").await;
    desk.holds(ADMIN, &[], "what ended stays ended");
    assert_eq!(
        desk.requests_of(ADA).await.len(),
        1,
        "nothing else was asked"
    );
}

#[tokio::test]
async fn a_person_who_is_blocked_loses_what_they_hold_and_gets_nothing() {
    let desk = Desk::open().await;
    desk.ada_is_in().await;
    let blocked = format!("{GROUPS}\n[[person]]\nemail = \"{ADA}\"\nblocked = true\n");
    desk.world.configure(&blocked).await;
    let told = desk.types(ADA, "vault 30m one last look").await;
    says(&told, &["This person is blocked"]);
    desk.tick_at("10:30:00").await;
    desk.holds(ADMIN, &[], "blocked");
    assert_eq!(ended(&desk).await, Ended::Blocked);
    says(&desk.card(), &["*Access ended*", "its holder is blocked"]);
    assert!(desk.world.told_of("Removals Held").is_empty());
    assert_eq!(
        desk.requests_of(ADA).await.len(),
        1,
        "nothing else was asked"
    );

    desk.world.configure(GROUPS).await;
    desk.tick_at("10:31:00").await;
    desk.holds(ADMIN, &[], "what ended stays ended");
}
