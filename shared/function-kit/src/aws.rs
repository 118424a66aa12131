//! One AWS configuration for every client: the SDK's own lookup of region, credentials and endpoints, over rustls and ring.

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::time::Duration;

/// One attempt of one call: DynamoDB and Secrets Manager answer in milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// One call with the SDK's own retries.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(20);
/// To open a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Reads region, credentials and endpoints as every AWS SDK does (environment, profile, role), and sets timeouts.
///
/// Sends nothing by itself where the environment names region and credentials. `region` beats the environment.
pub async fn aws_config(region: Option<String>) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .timeout_config(timeouts);
    match region {
        Some(region) => loader.region(aws_config::Region::new(region)).load().await,
        None => loader.load().await,
    }
}

/// The HTTPS client of every AWS client: rustls over ring, with the machine's trusted certificates.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}
