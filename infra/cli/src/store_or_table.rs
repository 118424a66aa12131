//! A store that a running Rotakey fills, opened to be looked into: the embedded one, or a table on AWS.

use crate::local::LocalStore;
use crate::setup::{StoreArg, look_into_store};
use crate::show::during;
use crate::stop::Stop;
use access_store::DynamoStore;
use std::path::Path;

/// `--store` and `--table`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StoreOrTable {
    #[command(flatten)]
    store: StoreArg,
    /// The DynamoDB table on AWS, in the place of the embedded store
    #[arg(long, value_name = "NAME", env = "ROTAKEY_TABLE")]
    table: Option<String>,
}

/// An open store, and where it is.
pub(crate) struct OpenStore {
    pub(crate) store: DynamoStore,
    /// Where that is, in words.
    pub(crate) place: String,
    /// `None` for a table on AWS.
    local: Option<LocalStore>,
}

impl StoreOrTable {
    /// Opens it. The embedded store is the one asked for, or lies in its usual place beside the file `config`.
    ///
    /// # Errors
    /// When there is no embedded store: none is made. `lack` ends the sentence that says so.
    pub(crate) async fn open(&self, config: &Path, lack: &str) -> Result<OpenStore, Stop> {
        if let Some(table) = &self.table {
            let aws = during("Asking AWS for credentials", function_kit::aws_config(None)).await;
            let client = aws_sdk_dynamodb::Client::new(&aws);
            return Ok(OpenStore {
                store: DynamoStore::new(client, table.clone()),
                place: format!("the table `{table}`"),
                local: None,
            });
        }
        let path = self.store.beside(config);
        let place = format!("store `{}`", path.display());
        if !path.exists() {
            return Err(Stop::usage(format!("there is no {place}, {lack}")));
        }
        let local = look_into_store(&path).await?;
        Ok(OpenStore {
            store: local.store(),
            place: format!("the {place}"),
            local: Some(local),
        })
    }
}

impl OpenStore {
    /// Finishes what is under way in the embedded store.
    pub(crate) async fn close(self) -> Result<(), Stop> {
        match self.local {
            Some(local) => Ok(local.stop().await?),
            None => Ok(()),
        }
    }
}
