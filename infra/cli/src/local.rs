//! The local stack: everything that AWS does around the functions, in one process.
//!
//! [`Stack`] puts it together; the parts stand alone for tests.

pub mod bus;
pub mod clock;
mod delivery;
mod function_url;
pub mod functions;
pub mod gateway;
mod guard;
pub mod pulse;
mod rule;
pub mod scheduler;
pub mod stack;
pub mod store;
mod untold;
mod vitals;

pub use bus::{Bus, BusEvent};
pub use clock::LocalClock;
pub use function_url::function_url;
pub use functions::{
    ACCESS_APPROVER, AccessApprover, Function, FunctionError, Functions, OncallPoller,
    WEBHOOK_RECEIVER, webhook_receiver,
};
pub use gateway::Gateway;
pub(crate) use guard::require_loopback;
pub use pulse::Pulse;
pub use scheduler::Scheduler;
pub use stack::{Options, Stack, StackError};
pub use store::LocalStore;
pub(crate) use store::{is_there, put_in_force};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_eventbridge::config::{Credentials, SharedCredentialsProvider};

/// The AWS configuration of clients that talk to `endpoint` and to nothing else: nothing is read from the environment,
/// and nobody there looks at the credentials.
#[must_use]
pub fn aws_at(endpoint: &str) -> SdkConfig {
    no_aws().into_builder().endpoint_url(endpoint).build()
}

/// The AWS configuration of somebody who uses no AWS: nothing is read from the environment.
#[must_use]
pub fn no_aws() -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(function_kit::http_client())
        .build()
}

#[cfg(test)]
mod tests {
    /// A client for loopback servers.
    pub(crate) fn http() -> reqwest::Client {
        // Another test may have been first.
        let _first = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new()
    }
}
