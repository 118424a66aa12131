//! Time as the tick waits for it: real, accelerated in the demo, set by tests.

use async_trait::async_trait;
use jiff::Timestamp;

/// A clock that can be waited for.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// Returns at `at`, or at once when that has passed; never earlier.
    async fn wait_until(&self, at: Timestamp);
}
