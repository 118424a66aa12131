//! A store that a running Rotakey fills, opened to be looked into: the embedded one, or a table on AWS.

use crate::local::LocalStore;
use crate::setup::{StoreArg, look_into_store, open_store};
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
    /// Whether a table on AWS is named.
    pub(crate) fn is_table(&self) -> bool {
        self.table.is_some()
    }

    /// Opens it. The embedded store is the one asked for, or lies in its usual place beside the file `config`.
    ///
    /// # Errors
    /// When there is no embedded store: none is made. `lack` ends the sentence that says so.
    pub(crate) async fn open(&self, config: &Path, lack: &str) -> Result<OpenStore, Stop> {
        let path = self.store.beside(config);
        if self.table.is_none() && !path.exists() {
            let place = path.display();
            return Err(Stop::usage(format!("there is no store `{place}`, {lack}")));
        }
        self.look(config).await
    }

    /// Opens it for questions; where there is no embedded store yet, an empty one in memory stands for it.
    pub(crate) async fn look(&self, config: &Path) -> Result<OpenStore, Stop> {
        if let Some(table) = &self.table {
            return Ok(OpenStore::on_aws(table).await);
        }
        let path = self.store.beside(config);
        Ok(OpenStore::here(look_into_store(&path).await?, &path))
    }
}

impl OpenStore {
    async fn on_aws(table: &str) -> Self {
        let aws = during("Asking AWS for credentials", function_kit::aws_config(None)).await;
        let client = aws_sdk_dynamodb::Client::new(&aws);
        Self {
            store: DynamoStore::new(client, table),
            place: format!("the table `{table}`"),
            local: None,
        }
    }

    fn here(local: LocalStore, path: &Path) -> Self {
        Self {
            store: local.store(),
            place: format!("the store `{}`", path.display()),
            local: Some(local),
        }
    }

    /// The same, to be written to: an embedded store that is not there yet is made.
    pub(crate) async fn for_writing(
        self,
        asked: &StoreOrTable,
        config: &Path,
    ) -> Result<Self, Stop> {
        if self.local.is_none() {
            return Ok(self);
        }
        self.close().await?;
        let path = asked.store.beside(config);
        Ok(Self::here(open_store(&path).await?, &path))
    }

    /// Finishes what is under way in the embedded store.
    pub(crate) async fn close(self) -> Result<(), Stop> {
        match self.local {
            Some(local) => Ok(local.stop().await?),
            None => Ok(()),
        }
    }
}
