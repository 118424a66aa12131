//! The store on one machine: a DynamoDB-compatible engine on a loopback port, in memory or in one file.

mod server;

use crate::{DynamoStore, ensure_table};
use access_core::ports::StoreError;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use dynoxide::Database;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
#[cfg(unix)]
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How often items past their expiry are deleted; nothing depends on it.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// The engine answers in milliseconds: anything slower hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The mode of the file that holds the endpoint.
#[cfg(unix)]
const OWNER_ALONE: u32 = 0o600;
/// The table's name in an embedded store.
pub const TABLE: &str = "rotakey";

/// Why the embedded store did not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Another process has the file open: talk to that one, or stop it.
    #[error("the store `{}` is in use{}", path.display(), endpoint.as_ref().map(|at| format!(", by the process that serves {}", origin(at))).unwrap_or_default())]
    InUse {
        /// The file.
        path: PathBuf,
        /// Where the other process answers, once it does: a secret, as for [`Embedded::endpoint`].
        endpoint: Option<String>,
    },
    /// The file cannot be opened, created or locked.
    #[error("the store `{}` cannot be opened: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is no loopback port.
    #[error("the embedded store cannot listen")]
    Listen(#[source] io::Error),
    /// The engine stopped with an error.
    #[error("the embedded store failed: {0}")]
    Engine(String),
    /// The table could not be made.
    #[error(transparent)]
    Table(#[from] StoreError),
}

/// A running embedded store. Dropping it stops it too, without waiting.
#[derive(Debug)]
pub struct Embedded {
    endpoint: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
    /// Held open while the file is in use.
    _lock: Option<File>,
}

impl Embedded {
    /// Starts on a free loopback port; `None` keeps everything in memory, for ever. Must be called in a Tokio runtime.
    ///
    /// The folder of the file must exist; the file is created if need be, and a `.lock` file beside it. That one holds the
    /// endpoint, and is for the owner of the process alone.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process has the same file open, or whatever keeps it from starting.
    pub async fn start(path: Option<&Path>) -> Result<Self, EmbeddedError> {
        let mut lock = path.map(lock).transpose()?;
        let database = open(path)?;
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(EmbeddedError::Listen)?;
        let secret = Uuid::new_v4().simple();
        let address = listener.local_addr().map_err(EmbeddedError::Listen)?;
        let endpoint = format!("http://{address}/{secret}");
        if let (Some(lock), Some(path)) = (&mut lock, path) {
            write!(lock, "{endpoint}")
                .and_then(|()| lock.flush())
                .map_err(|error| unusable(path, &error))?;
        }
        let (stop, stopped) = oneshot::channel::<()>();
        // What is only in memory is gone soon enough, and its clock may be a simulated one: by the real one, what was written a
        // moment ago may have expired.
        let sweeper = path.map(|_| tokio::spawn(sweep(database.clone())));
        let router = server::router(database, &secret.to_string());
        let server = tokio::spawn(async move {
            // A dropped sender stops the server as well.
            let stopped = async move { drop(stopped.await) };
            let served = axum::serve(listener, router)
                .with_graceful_shutdown(stopped)
                .await;
            if let Some(sweeper) = sweeper {
                sweeper.abort();
            }
            served
        });
        Ok(Self {
            endpoint,
            stop,
            server,
            _lock: lock,
        })
    }

    /// Where it answers, as `http://127.0.0.1:PORT/SECRET`. Whoever knows the secret, new with every start, may read and
    /// write everything: nothing may show or log it.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The store in it, its table made if need be.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the table cannot be made.
    pub async fn store(&self) -> Result<DynamoStore, StoreError> {
        store(&self.endpoint).await
    }

    /// The same for the process that the file belongs to from now on: a lease in it is ended, as its holder had the file
    /// before, or went through whoever had, and can write nothing more. Without this a sweep that was cut off would keep
    /// the next one waiting until its lease has run out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the table cannot be made, or the lease not ended.
    pub async fn take_over(&self) -> Result<DynamoStore, StoreError> {
        let store = self.store().await?;
        store.end_lease().await?;
        Ok(store)
    }

    /// Lets requests under way finish, then stops.
    ///
    /// # Errors
    /// [`EmbeddedError::Engine`] when the server had failed before.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let Self {
            endpoint: _,
            stop,
            server,
            _lock,
        } = self;
        drop(stop);
        match server.await {
            Ok(served) => served.map_err(|error| EmbeddedError::Engine(error.to_string())),
            Err(error) => Err(EmbeddedError::Engine(error.to_string())),
        }
    }
}

/// A client of an embedded store, also of one in another process: no AWS account, no encryption, nothing read from the environment.
#[must_use]
pub fn client(endpoint: &str) -> Client {
    Client::from_conf(config(endpoint).build())
}

/// The store behind an endpoint of [`Embedded::start`], its table made if need be.
///
/// # Errors
/// [`StoreError::Unavailable`] when nobody answers there or the table cannot be made.
pub async fn store(endpoint: &str) -> Result<DynamoStore, StoreError> {
    let client = client(endpoint);
    ensure_table(&client, TABLE).await?;
    Ok(DynamoStore::new(client, TABLE))
}

/// What [`client`] is made of, for a caller that adds to it.
#[must_use]
pub fn config(endpoint: &str) -> aws_sdk_dynamodb::config::Builder {
    Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(endpoint)
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new(
            "embedded", "embedded", None, None, "embedded",
        ))
        .retry_config(RetryConfig::standard())
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(ANSWER_WITHIN)
                .build(),
        )
        .http_client(plain_http())
}

/// The connector wants a TLS provider even for plain HTTP; with no trusted roots it could not use one.
fn plain_http() -> SharedHttpClient {
    let tls = TlsContext::builder()
        .with_trust_store(TrustStore::empty())
        .build()
        .expect("an empty trust store is a valid one");
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build_https()
}

fn open(path: Option<&Path>) -> Result<Database, EmbeddedError> {
    let Some(path) = path else {
        return Database::memory().map_err(|error| EmbeddedError::Engine(error.to_string()));
    };
    let text = path
        .to_str()
        .ok_or_else(|| unusable(path, &"its path is not UTF-8"))?;
    Database::new(text).map_err(|error| unusable(path, &error))
}

/// Takes the file for this process, until the lock is dropped or the process ends, however it ends.
fn lock(path: &Path) -> Result<File, EmbeddedError> {
    // A file that is reached by two names has one lock. One that is not there yet is made where it is named.
    let named = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut beside = named.into_os_string();
    beside.push(".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    options.mode(OWNER_ALONE);
    let opened = options.open(PathBuf::from(beside));
    let mut file = opened.map_err(|error| unusable(path, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut endpoint = String::new();
            let read =
                file.read_to_string(&mut endpoint).is_ok() && endpoint.starts_with("http://");
            return Err(EmbeddedError::InUse {
                path: path.to_owned(),
                endpoint: read.then_some(endpoint),
            });
        }
        Err(TryLockError::Error(error)) => return Err(unusable(path, &error)),
    }
    // The file may be older than its mode, or made by hand; the endpoint comes after.
    #[cfg(unix)]
    file.set_permissions(std::fs::Permissions::from_mode(OWNER_ALONE))
        .map_err(|error| unusable(path, &error))?;
    file.set_len(0)
        .and_then(|()| file.rewind())
        .map_err(|error| unusable(path, &error))?;
    Ok(file)
}

/// An endpoint without the secret in it, to be shown.
fn origin(endpoint: &str) -> &str {
    let path = endpoint.match_indices('/').nth(2);
    path.map_or(endpoint, |(at, _)| &endpoint[..at])
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> EmbeddedError {
    EmbeddedError::File {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// Deletes expired items, as DynamoDB does in its own time.
async fn sweep(database: Database) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        let database = database.clone();
        // The engine locks and writes: not on a thread that serves requests.
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "expired items were not deleted"),
            Err(_) => return,
        }
    }
}
