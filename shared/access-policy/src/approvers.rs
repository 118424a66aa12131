//! Who may approve a request at this moment: for cards and notifications, never kept.

use crate::policies::Policies;
use crate::question::Question;
use crate::situation::Situation;
use access_core::principal::Principal;
use access_core::request::{Channel, Request};
use std::collections::BTreeSet;

impl Policies {
    /// Everybody who is known and may approve this request now, through this way.
    ///
    /// Found anew each time, so that somebody who left blocks nothing. An answer may have changed until they click: ask again
    /// then.
    #[must_use]
    pub fn approvers(
        &self,
        request: &Request,
        through: Channel,
        situation: &Situation,
    ) -> BTreeSet<Principal> {
        let may = |who: &Principal| {
            let question = Question::Approve {
                who,
                through,
                request,
            };
            self.decide(&question, situation).allowed
        };
        let mut candidates: BTreeSet<Principal> = match self.deciding(&request.asked.group) {
            Some(sources) => sources
                .iter()
                .flat_map(|source| situation.people_of(source))
                .collect(),
            None => situation.people().cloned().collect(),
        };
        candidates.retain(may);
        candidates
    }
}
