//! Deliveries that nobody can prove: what the log says of them.

use super::{Fire, PAYMENTS};
use crate::support::lines::{Lines, tells_nothing_of};
use crate::support::receiver::WEBHOOK_SECRET;
use jiff::SignedDuration;

#[tokio::test]
async fn a_signature_that_fits_nothing_between_two_looks_has_a_line_of_its_own() {
    let (lines, _collecting) = Lines::collect();
    let fire = Fire::start("").await;
    fire.open(PAYMENTS);
    let mut forged = fire.world.pagerduty.take_webhooks().remove(0);
    forged.body.push(b' ');
    let reason = "not-reread-yet";
    let warned = || {
        let text = lines.text();
        let lines = text.lines().filter(|line| line.contains("\"WARN\""));
        lines.filter(|line| line.contains(reason)).count()
    };
    let now = fire.world.pagerduty.clock().now();
    for (seconds, status, expected) in [(0, 401, 0), (1, 503, 1), (59, 503, 2), (60, 401, 2)] {
        let at = now + SignedDuration::from_secs(seconds);
        assert_eq!(fire.receiver.take(at, &forged).await, status, "{seconds}");
        assert_eq!(warned(), expected, "{seconds}");
    }
    tells_nothing_of(&lines.text(), &[WEBHOOK_SECRET, "v1="]);
}
