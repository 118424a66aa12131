//! What tests of secrets begin with: secrets of a Secrets Manager that is asked or never is, and places in files.

use super::Secrets;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_secretsmanager::config::{Credentials, SharedCredentialsProvider};
use secrecy::SecretString;
use std::path::PathBuf;
use tempfile::TempDir;
use wiremock::MockServer;

/// Of a Secrets Manager that is never asked.
pub(super) fn secrets() -> Secrets {
    Secrets::new(&config())
}

/// Of the Secrets Manager that this server plays.
pub(super) fn managed_by(server: &MockServer) -> Secrets {
    let credentials = SharedCredentialsProvider::new(Credentials::for_tests());
    let config = config()
        .into_builder()
        .endpoint_url(server.uri())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials);
    Secrets::new(&config.build())
}

/// Of a Secrets Manager that cannot be asked: nobody is signed in.
pub(super) fn secrets_of_nobody() -> Secrets {
    let nobody = || async { Err(CredentialsError::not_loaded("nobody is signed in")) };
    let config = config()
        .into_builder()
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(provide_credentials_fn(
            nobody,
        )));
    Secrets::new(&config.build())
}

fn config() -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(crate::http_client())
        .build()
}

/// A file of that name that is not there yet, in a folder of its own, and its reference.
pub(super) fn place(name: &str) -> (TempDir, PathBuf, String) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    let reference = format!("file:{}", path.display());
    (folder, path, reference)
}

pub(super) fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}
