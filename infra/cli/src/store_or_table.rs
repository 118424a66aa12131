//! A store that a running Rotakey fills, opened to be looked into: the embedded one, or a table on AWS.

use crate::local::{LocalStore, is_there};
use crate::setup::{StoreArg, look_into_store, open_store, require_credentials};
use crate::show::during;
use crate::stop::Stop;
use access_store::DynamoStore;
use std::ffi::OsStr;
use std::path::Path;

/// `--store` and `--table`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StoreOrTable {
    #[command(flatten)]
    store: StoreArg,
    /// The DynamoDB table on AWS, in the place of the embedded store: only one of them may be named
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
    /// The table that is named; a variable that is set but empty names none.
    fn table(&self) -> Option<&str> {
        self.table.as_deref().filter(|table| !table.is_empty())
    }

    /// Whether a table on AWS is named.
    pub(crate) fn is_table(&self) -> bool {
        self.table().is_some()
    }

    /// Refuses an embedded store and a table named at once, each by an option or the environment: whichever was left
    /// aside, somebody would look at the other and take it for theirs. Likewise an option without a name.
    pub(crate) fn require_one(&self) -> Result<(), Stop> {
        self.require_one_of(std::env::var_os("ROTAKEY_TABLE").as_deref())
    }

    fn require_one_of(&self, variable: Option<&OsStr>) -> Result<(), Stop> {
        let is_variables = variable.is_some_and(OsStr::is_empty);
        if self.table.as_deref() == Some("") && !is_variables {
            return Err(Stop::usage("--table names no table"));
        }
        match (&self.store.store, self.table()) {
            (Some(store), Some(table)) => Err(Stop::usage(format!(
                "both the store `{}` (--store or ROTAKEY_STORE) and the table `{table}` (--table or ROTAKEY_TABLE) are named: name one, and unset the variable of the other",
                store.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Opens it. The embedded store is the one asked for, or lies in its usual place beside the file `config`.
    ///
    /// # Errors
    /// When there is no embedded store: none is made. `lack` ends the sentence that says so. When a table is named as
    /// well.
    pub(crate) async fn open(&self, config: &Path, lack: &str) -> Result<OpenStore, Stop> {
        self.require_one()?;
        let path = self.store.beside(config);
        if !self.is_table() && !is_there(&path) {
            let place = path.display();
            return Err(Stop::usage(format!("there is no store `{place}`, {lack}")));
        }
        self.look(config).await
    }

    /// Opens it for questions; where there is no embedded store yet, an empty one in memory stands for it.
    ///
    /// # Errors
    /// When a store and a table are named, or it does not open.
    pub(crate) async fn look(&self, config: &Path) -> Result<OpenStore, Stop> {
        self.require_one()?;
        if let Some(table) = self.table() {
            return OpenStore::on_aws(table).await;
        }
        let path = self.store.beside(config);
        Ok(OpenStore::here(look_into_store(&path).await?, &path))
    }
}

impl OpenStore {
    async fn on_aws(table: &str) -> Result<Self, Stop> {
        let aws = Box::pin(function_kit::aws_config(None));
        let aws = during("Asking AWS for credentials", aws).await;
        require_credentials(&aws).await?;
        let client = aws_sdk_dynamodb::Client::new(&aws);
        Ok(Self {
            store: DynamoStore::new(client, table),
            place: format!("the table `{table}`"),
            local: None,
        })
    }

    /// Whether it is an embedded one.
    pub(crate) fn is_local(&self) -> bool {
        self.local.is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::Exit;
    use std::path::PathBuf;

    fn named(store: Option<&str>, table: Option<&str>) -> StoreOrTable {
        StoreOrTable {
            store: StoreArg {
                store: store.map(PathBuf::from),
            },
            table: table.map(str::to_owned),
        }
    }

    #[test]
    fn an_empty_variable_names_no_table_and_an_empty_option_is_a_mistake() {
        for (store, variable, is_refused) in [
            (None, Some(""), false),
            (Some("a.db"), Some(""), false),
            (None, None, true),
            (None, Some("rotakey"), true),
        ] {
            let place = named(store, Some(""));
            assert!(!place.is_table());
            let checked = place.require_one_of(variable.map(OsStr::new));
            assert_eq!(checked.is_err(), is_refused, "{store:?} {variable:?}");
        }
    }

    #[test]
    fn a_store_and_a_table_are_not_named_at_once() {
        for (store, table, is_refused) in [
            (None, None, false),
            (Some("a.db"), None, false),
            (None, Some("rotakey"), false),
            (Some("a.db"), Some("rotakey"), true),
        ] {
            let place = named(store, table);
            let checked = place.require_one();
            assert_eq!(checked.is_err(), is_refused, "{place:?}");
            if let Err(stop) = checked {
                assert_eq!(stop.exit, Exit::Usage);
                for word in ["`a.db` (--store", "`rotakey` (--table", "ROTAKEY_TABLE"] {
                    assert!(stop.message().contains(word), "{}", stop.message());
                }
            }
        }
    }
}
