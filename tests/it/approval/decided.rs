//! Several people at one card: at once, twice, and at their own.

use super::{ADA, ADMIN, APPROVALS, Desk, LENA, LEO, VAULT, mention, says};

#[tokio::test]
async fn two_approvers_clicking_at_once_make_one_grant_and_the_second_is_told() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let approve = desk.button(APPROVALS, "approve");
    tokio::join!(desk.press(LENA, &approve), desk.press(LEO, &approve));
    desk.settle().await;
    desk.holds(ADMIN, &[ADA], "approved");
    let grants = desk.grants_of(ADA).await;
    assert_eq!((grants.len(), grants[0].version), (1, 1), "{grants:?}");
    let told = [desk.told(LENA), desk.told(LEO)].concat();
    assert_eq!(told.len(), 1, "{told:?}");
    says(&told[0], &["Nothing was done: the request was approved by"]);
    let card = desk.card();
    says(&card, &["*Approved* by", "*Access* until"]);
    let named = [LENA, LEO].map(mention);
    let named = named.iter().filter(|name| card.contains(*name));
    assert_eq!(named.count(), 1, "whose click counted: {card}");
    assert_eq!(desk.world.told_of("Access Approved").len(), 1);
}

#[tokio::test]
async fn one_says_yes_and_another_no_at_once_and_the_first_counts() {
    let desk = Desk::open().await;
    desk.ada_asks().await;
    let approve = desk.button(APPROVALS, "approve");
    desk.presses(LEO, &desk.button(APPROVALS, "deny")).await;
    let because = [("reason", "not today")];
    let ((), denied) = tokio::join!(desk.press(LENA, &approve), desk.fills(LEO, &because));
    desk.settle().await;
    let card = desk.card();
    let is_approved = card.contains("*Approved* by");
    assert_ne!(is_approved, card.contains("*Denied* by"), "{card}");
    let expected: &[&str] = if is_approved { &[ADA] } else { &[] };
    desk.holds(ADMIN, expected, &card);
    assert_eq!(desk.grants_of(ADA).await.len(), expected.len());
    let is_told = format!("{denied:?}").contains("approved by") || !desk.told(LENA).is_empty();
    assert!(is_told, "whoever lost hears what the other decided");
}

#[tokio::test]
async fn one_approver_counts_once_where_two_must_agree() {
    let desk = Desk::open().await;
    let told = desk.types(ADA, "vault 30m turning the key").await;
    says(&told, &["2 approvers have to agree"]);
    let approve = desk.button(APPROVALS, "approve");
    says(&desk.card(), &["0 of 2"]);
    assert_eq!(desk.presses(LENA, &approve).await, "");
    says(&desk.card(), &["1 of 2", &mention(LENA), "Approve"]);
    let told = desk.presses(LENA, &approve).await;
    says(&told, &["You have approved this request already"]);
    says(&desk.card(), &["1 of 2"]);
    desk.holds(VAULT, &[], "one is not enough, however often");

    assert_eq!(desk.presses(LEO, &approve).await, "");
    desk.holds(VAULT, &[ADA], "two of two");
    says(
        &desk.card(),
        &["*Approved* by", &mention(LENA), &mention(LEO)],
    );
    let grants = desk.grants_of(ADA).await;
    let (starts_at, now) = (grants[0].grant.starts_at, desk.world.clock.now());
    assert_eq!(starts_at, now, "the clock starts at the last approval");
}

#[tokio::test]
async fn nobody_approves_their_own_request() {
    let desk = Desk::open().await;
    let told = desk
        .types(LENA, "payments-admin 1h closing the books")
        .await;
    says(&told, &["waits"]);
    let approve = desk.button(APPROVALS, "approve");
    let told = desk.presses(LENA, &approve).await;
    says(&told, &["Nobody decides on their own request"]);
    desk.holds_nobody();
    says(&desk.card(), &["Approve", &mention(LENA)]);

    assert_eq!(desk.presses(LEO, &approve).await, "");
    desk.holds(ADMIN, &[LENA], "by somebody else");
    says(&desk.card(), &["*Approved* by", &mention(LEO)]);
}
