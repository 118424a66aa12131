//! Granted without asking anybody: because somebody is on call, or because it burns.

use super::{
    ADA, ADMIN, ANNOUNCEMENTS, APPROVALS, Desk, GRACE, LENA, READER, TED, keeps_silent, mention,
    says, words,
};
use access_core::ports::Requests;
use simulators::slack::SlackOutcome;

#[tokio::test]
async fn whoever_is_on_call_gets_in_at_once_and_the_third_level_is_refused() {
    let desk = Desk::open().await;
    let told = desk
        .types(GRACE, "payments-reader 1h looking at refunds")
        .await;
    says(
        &told,
        &["You are in payments-reader until 2026-11-03 11:00 UTC"],
    );
    desk.holds(READER, &[GRACE], "on call at the first level");
    let direct = desk.direct(GRACE);
    says(
        &direct,
        &[
            "*Approved* automatically by policy",
            "group.payments-reader.auto",
        ],
    );

    let told = desk
        .types(TED, "payments-reader 1h looking at refunds")
        .await;
    says(
        &told,
        &["Your request for payments-reader was denied by policy"],
    );
    says(&desk.direct(TED), &["*Denied* by policy"]);
    desk.holds(READER, &[GRACE], "the third level is not let in");
    assert!(desk.grants_of(TED).await.is_empty());

    // Where people can decide, they are asked.
    let told = desk
        .types(TED, "payments-admin 1h looking at refunds")
        .await;
    says(&told, &["waits"]);
    says(&desk.card(), &[&mention(TED), "On call", "acme/PPOLICY#3"]);
    desk.holds(ADMIN, &[], "nobody decided yet");

    desk.tick_at("10:59:30").await;
    desk.holds(READER, &[], "an hour later");
}

#[tokio::test]
async fn break_glass_lets_in_at_once_is_told_to_everybody_and_waits_for_a_review() {
    let desk = Desk::open().await;
    let told = desk
        .types(ADA, "break-glass payments-admin 1h it burns")
        .await;
    says(&told, &["denied by policy"]);
    desk.holds_nobody();

    let told = desk
        .types(TED, "break-glass payments-admin 1h it burns")
        .await;
    says(&told, &["You are in payments-admin until"]);
    desk.holds(ADMIN, &[TED], "at once");
    for channel in [ANNOUNCEMENTS, APPROVALS] {
        let shown = words(&desk.last(channel));
        says(
            &shown,
            &[
                "Break-glass: payments-admin",
                &mention(TED),
                "it burns",
                "Review",
            ],
        );
        says(&shown, &["*Access* until"]);
    }
    let waiting = desk.world.store.unreviewed().await;
    assert_eq!(waiting.expect("the store is read").len(), 1);

    let review = desk.button(ANNOUNCEMENTS, "review");
    let found = [("reason", "the fire was real")];
    desk.presses(TED, &review).await;
    let outcome = desk.fills(TED, &found).await;
    let SlackOutcome::Errors(errors) = outcome else {
        panic!("{outcome:?}");
    };
    says(&errors["reason"], &["nobody reviews their own break-glass"]);

    desk.tick_at("10:59:30").await;
    desk.holds(ADMIN, &[], "over like any other grant");
    desk.presses(LENA, &review).await;
    assert_eq!(desk.fills(LENA, &found).await, SlackOutcome::Closed);
    for channel in [ANNOUNCEMENTS, APPROVALS] {
        let shown = words(&desk.last(channel));
        says(
            &shown,
            &[
                "*Reviewed* by",
                &mention(LENA),
                "the fire was real",
                "*Access ended*",
            ],
        );
        keeps_silent(&shown, &["Somebody else has to look"]);
    }
    let waiting = desk.world.store.unreviewed().await;
    assert_eq!(waiting.expect("the store is read"), []);
    assert_eq!(desk.world.told_of("Break Glass Used").len(), 1);
    assert_eq!(desk.world.told_of("Break Glass Reviewed").len(), 1);
}
