//! Target groups to which a binding led before: whoever was let in there must not be lost sight of.

use super::{Origin, Record};
use crate::id::AccountId;
use crate::plan::Observed;
use std::collections::{BTreeMap, BTreeSet};

/// Whom Rotakey let into a group to which a binding's name leads no longer, as far as they are in it still.
///
/// While there is anybody, nothing may be planned for the binding. Its records speak of that group: held against another
/// one they would be forgotten, and the people would stay where they are for good.
#[must_use]
pub fn left_behind<'r>(
    former: &Observed,
    records: &'r BTreeMap<AccountId, Record>,
) -> BTreeSet<&'r AccountId> {
    let ours = records
        .iter()
        .filter(|(_, record)| record.origin == Origin::Added);
    ours.map(|(account, _)| account)
        .filter(|account| former.members.contains(*account))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{TargetGroupId, derived};
    use crate::membership::{Causes, Member, RecordState};

    fn account(text: &str) -> AccountId {
        AccountId::new(text).unwrap()
    }

    fn record(text: &str, origin: Origin, state: RecordState) -> (AccountId, Record) {
        let record = Record {
            account: account(text),
            principal: None,
            origin,
            member: Member {
                causes: Causes::default(),
                until: None,
            },
            state,
        };
        (account(text), record)
    }

    #[test]
    fn only_whom_rotakey_let_in_and_who_is_there_still_is_left_behind() {
        let removing = RecordState::Removing {
            change: derived(&["removing"]),
        };
        let records = BTreeMap::from([
            record("added", Origin::Added, RecordState::Present),
            record("leaving", Origin::Added, removing),
            record("found", Origin::Found, RecordState::Present),
            record("taken-out", Origin::Added, RecordState::Present),
        ]);
        for (members, expected) in [
            (
                &["added", "leaving", "found", "stranger"][..],
                &["added", "leaving"][..],
            ),
            (&["found", "stranger"], &[]),
            (&[], &[]),
        ] {
            let former = Observed {
                id: TargetGroupId::new("g-1").unwrap(),
                members: members.iter().map(|text| account(text)).collect(),
            };
            let left: Vec<&str> = left_behind(&former, &records)
                .into_iter()
                .map(AccountId::as_str)
                .collect();
            assert_eq!(left, expected, "{members:?}");
        }
    }
}
