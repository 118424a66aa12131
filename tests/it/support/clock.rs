//! A clock that jumps to what it is asked to wait for.

use access_core::ports::Clock;
use async_trait::async_trait;
use jiff::Timestamp;
use simulators::kit::SimClock;

/// Shows the simulators' time; waiting moves it there at once.
pub(crate) struct JumpingClock(pub(crate) SimClock);

#[async_trait]
impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn wait_until(&self, at: Timestamp) {
        if self.0.now() < at {
            self.0.set(at);
        }
        // Another poller of the same world gets its turn.
        tokio::task::yield_now().await;
    }
}
