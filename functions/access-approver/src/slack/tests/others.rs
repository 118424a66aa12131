//! What is no card about a request: held removals, and what somebody holds and asked for.

use super::{at, names, pending, principal, record, request, shown};
use crate::slack::{removals, status};
use access_core::id::{AccountId, GroupName, PlanId};
use access_core::membership::{Causes, Member, Origin, Record, RecordState};
use access_core::plan::{Binding, HeldRemoval, HoldReason, Removal, RemovalReason};
use access_core::ports::HeldPlan;
use access_core::request::{DeniedBy, Ended, GrantState, Kind, RequestState};
use insta::assert_snapshot;
use std::collections::BTreeSet;

#[test]
fn held_removals_name_people_and_can_be_released_once() {
    let removal = |number: usize| HeldRemoval {
        removal: Removal {
            change: "019aab00-0000-7000-8000-000000000002".parse().unwrap(),
            principal: (number > 0).then(|| principal(&format!("member{number:02}"))),
            account: AccountId::new("<!here>").unwrap(),
            why: RemovalReason::NoLongerWanted,
            record: Record {
                account: AccountId::new("<!here>").unwrap(),
                principal: None,
                origin: Origin::Added,
                member: Member {
                    causes: Causes::default(),
                    until: None,
                },
                state: RecordState::Present,
            },
            begun: false,
        },
        reason: HoldReason::NobodyOnCall,
    };
    let plan: PlanId = "019aab00-0000-7000-8000-000000000003".parse().unwrap();
    let mut held = HeldPlan {
        binding: Binding {
            group: GroupName::new("payments-oncall").unwrap(),
            entitlement: "aws:Payments *Prod* `x` <!here>".parse().unwrap(),
        },
        removals: (0..12).map(removal).collect(),
        since: at(0),
        released: None,
    };
    let reasons = BTreeSet::from(["nobody is on call".to_owned()]);
    let names = names();
    let card = removals::card(plan, &held, &reasons, &names);
    assert_snapshot!(shown(&card), @r"
    *12 removals held*: *payments-oncall* on `aws:Payments *Prod* 'x' &lt;!here&gt;`
    nobody is on call
    account &lt;!here&gt;
    member01@acme.example
    member02@acme.example
    member03@acme.example
    member04@acme.example
    member05@acme.example
    member06@acme.example
    member07@acme.example
    member08@acme.example
    member09@acme.example
    and 2 more
    [Release]
    Plan `019aab00-0000-7000-8000-000000000003` · held since 2026-11-22 12:00 UTC
    ");
    held.released = Some(("lena@acme.example".to_owned(), at(9)));
    let card = shown(&removals::card(plan, &held, &reasons, &names));
    assert!(
        card.contains("*Released* by <@U0LENA> 2026-11-22 12:09 UTC"),
        "{card}"
    );
    assert!(!card.contains("[Release]"), "{card}");
}

#[test]
fn what_is_over_is_shown_last() {
    let ended = GrantState::Ended {
        at: at(20),
        how: Ended::HandedBack {
            by: principal("nina"),
        },
    };
    let denied = RequestState::Denied {
        by: DeniedBy::Policy,
        at: at(25),
        reason: String::new(),
        policies: BTreeSet::new(),
    };
    let requests = [
        request("refunds fail", Kind::Access, pending(&[], 2)),
        request("refunds fail", Kind::Access, denied),
    ];
    let grants = [record(GrantState::Live, None), record(ended, None)];
    assert_snapshot!(shown(&status::shown(at(30), &grants, &requests)), @r"
    You are in *payments-admin* until 2026-11-22 13:05 UTC
    [Extend] [I'm done]
    You wait for *payments-admin* for 1h: 0 of 2 approvals
    [Take back]
    payments-admin: request denied 2026-11-22 12:25 UTC
    payments-admin: access ended, handed back 2026-11-22 12:20 UTC
    ");
}
