//! The store on one machine: a DynamoDB-compatible engine on a loopback port, in memory or in one file.

mod file;
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
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How often items past their expiry are deleted; nothing depends on it.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// The engine answers in milliseconds: anything slower hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The table's name in an embedded store.
pub const TABLE: &str = "rotakey";

/// How long a process means to have a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// For one command: whoever comes meanwhile does well to wait.
    Brief,
    /// Until it is told to stop.
    Long,
}

/// The process that has a store open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Where it answers: a secret, as for [`Embedded::endpoint`].
    pub endpoint: String,
    /// Its id on this machine.
    pub process: u32,
    /// How long it means to have it.
    pub stay: Stay,
}

impl Owner {
    /// Whether anybody listens where it answers; nothing is asked. One that is about to end does not, a moment before the store
    /// is free.
    pub async fn answers(&self) -> bool {
        let bare = self.endpoint.strip_prefix("http://");
        match bare.and_then(|bare| bare.split('/').next()) {
            Some(address) => TcpStream::connect(address).await.is_ok(),
            None => false,
        }
    }
}

/// Why the embedded store did not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// Another process has the file open: go through that one, wait for its end, or stop it.
    #[error("the store `{}` is in use by {}", path.display(), named(owner.as_ref()))]
    InUse {
        /// The file.
        path: PathBuf,
        /// The other process, once it has said who it is.
        owner: Option<Owner>,
    },
    /// The file, or one beside it, cannot be made, opened, locked or written.
    #[error("the store's file `{}` cannot be opened: {reason}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is something else in the file, which was left as it is.
    #[error("the file `{}` is no Rotakey store", path.display())]
    NoStore {
        /// The file.
        path: PathBuf,
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
    /// The folder of the file must exist; the file is created if need be, and a `.lock` file beside it, which holds the endpoint.
    /// They are for the owner of the process alone.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process has the same file open, or whatever keeps it from starting.
    pub async fn start(path: Option<&Path>) -> Result<Self, EmbeddedError> {
        Self::start_for(path, Stay::Long).await
    }

    /// The same for a process that says how long it means to have the file.
    ///
    /// # Errors
    /// As for [`Embedded::start`].
    pub async fn start_for(path: Option<&Path>, stay: Stay) -> Result<Self, EmbeddedError> {
        let mut lock = path.map(file::lock).transpose()?;
        let database = match path {
            Some(path) => file::database(path)?,
            None => Database::memory().map_err(|error| EmbeddedError::Engine(error.to_string()))?,
        };
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(EmbeddedError::Listen)?;
        let secret = Uuid::new_v4().simple();
        let address = listener.local_addr().map_err(EmbeddedError::Listen)?;
        let endpoint = format!("http://{address}/{secret}");
        if let (Some(lock), Some(path)) = (&mut lock, path) {
            let owner = Owner {
                endpoint: endpoint.clone(),
                process: std::process::id(),
                stay,
            };
            file::tell(lock, path, &owner)?;
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

/// The process that has a store, to be shown.
fn named(owner: Option<&Owner>) -> String {
    match owner {
        Some(owner) => format!("the process {}", owner.process),
        None => "another process".to_owned(),
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
