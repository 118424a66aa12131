//! Who is in the vault, looked at all the time; and for how long anybody was whose grants were over.

use super::company::{Company, People};
use super::life::Span;
use access_core::request::GrantRecord;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// From when on these people were in the vault; the last is when nobody looked any more, and holds nobody.
type Seen = Vec<(Timestamp, People)>;

/// A watch that is kept.
pub(super) struct Watch {
    stop: CancellationToken,
    looking: JoinHandle<Seen>,
}

impl Watch {
    pub(super) fn begin(company: Arc<Company>) -> Self {
        let stop = CancellationToken::new();
        let looking = tokio::spawn(look(company, stop.clone()));
        Self { stop, looking }
    }

    /// Ends it; answers what was seen.
    pub(super) async fn end(self) -> Seen {
        self.stop.cancel();
        self.looking.await.unwrap()
    }
}

async fn look(company: Arc<Company>, stop: CancellationToken) -> Seen {
    let mut seen = Seen::new();
    let mut times = tokio::time::interval(LOOK_EVERY);
    while stop.run_until_cancelled(times.tick()).await.is_some() {
        let held = company.aws.members_of("Vault");
        let now = function_kit::now();
        if seen.last().is_none_or(|(_, last)| *last != held) {
            seen.push((now, held));
        }
    }
    seen.push((function_kit::now(), People::new()));
    seen
}

/// The longest time for which anybody was in the vault past the end of their grants while a process ran.
pub(super) fn outlived(
    seen: &[(Timestamp, People)],
    grants: &[GrantRecord],
    lives: &[Span],
) -> SignedDuration {
    let mut longest = SignedDuration::ZERO;
    for pair in seen.windows(2) {
        let [(from, people), (until, _)] = pair else {
            unreachable!("windows of two")
        };
        for email in people {
            let theirs = || {
                let all = grants.iter().map(|record| (record, &record.grant));
                let theirs = all.filter(move |(_, grant)| grant.principal.email() == email);
                theirs.map(|(record, grant)| (grant.starts_at, record.ends_at()))
            };
            // Another grant covers what an earlier one did not: it is looked at just before, and at the end.
            let starts = theirs().map(|(starts_at, _)| starts_at);
            let between = starts.filter(|at| from < at && at < until);
            for at in between.chain([*until]) {
                let begun = theirs().filter(|(starts_at, _)| *starts_at < at);
                let end = begun.map(|(_, ends_at)| ends_at).max();
                let end = end.unwrap_or_else(|| panic!("{email} is in without a grant at {at}"));
                longest = longest.max(ran(lives, end, at));
            }
        }
    }
    longest
}

/// How much of that time a process ran.
fn ran(lives: &[Span], from: Timestamp, until: Timestamp) -> SignedDuration {
    let of_each = lives.iter().map(|(began, ended)| {
        let overlap = (*ended).min(until).duration_since((*began).max(from));
        overlap.max(SignedDuration::ZERO)
    });
    of_each.fold(SignedDuration::ZERO, |sum, one| sum + one)
}
