//! What most commands begin with: the configuration, the store, and the systems that the configuration names.

use crate::local::{LocalStore, is_there, no_aws};
use crate::secrets::{self, Missing, SIGN_IN, Which};
use crate::show::during;
use crate::stop::Stop;
use access_core::config::{Config, ConfigError, TargetKind};
use access_core::ports::{Bus, BusError, Clock, OutboxEntry, Store};
use access_policy::Policies;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::config::ProvideCredentials;
use function_kit::{Secrets, causes};
use oncall_poller::wiring::{RealSystems, SystemClock};
use oncall_poller::{Deps, Systems};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tracing::warn;

/// `--config`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ConfigArg {
    /// The configuration
    #[arg(
        long,
        value_name = "FILE",
        env = "ROTAKEY_CONFIG",
        default_value = "rotakey.toml"
    )]
    pub(crate) config: PathBuf,
}

/// `--store`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct StoreArg {
    /// The embedded store's file [default: .rotakey/store.db beside the configuration]
    #[arg(long, value_name = "PATH", env = "ROTAKEY_STORE")]
    pub(crate) store: Option<PathBuf>,
}

/// A configuration that was read and found right.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) config: Config,
    /// The texts of the policy files that it names, by their names.
    pub(crate) policies: BTreeMap<String, String>,
}

impl ConfigArg {
    /// Reads and checks the file.
    pub(crate) fn load(&self) -> Result<Loaded, Stop> {
        let policies = |config: &Config| self.policies(config);
        Loaded::of(self.config.clone(), self.read()?, policies)
    }

    /// Reads the policy files that the configuration names; those that are not there are a mistake to be shown with the
    /// others.
    pub(crate) fn policies(&self, config: &Config) -> Result<BTreeMap<String, String>, Stop> {
        let folder = self.config.parent().unwrap_or(Path::new(""));
        let mut texts = BTreeMap::new();
        for name in &config.access.policies {
            match std::fs::read_to_string(folder.join(name)) {
                Ok(text) => {
                    texts.insert(name.clone(), text);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let message = format!("the policy file `{name}` cannot be read: {error}");
                    return Err(Stop::usage(message));
                }
            }
        }
        Ok(texts)
    }

    /// Reads the file and nothing more.
    pub(crate) fn read(&self) -> Result<String, Stop> {
        let path = self.config.display();
        let read = std::fs::read_to_string(&self.config);
        read.map_err(|error| {
            Stop::usage(format!(
                "the configuration `{path}` cannot be read: {error}; name it with --config"
            ))
        })
    }
}

impl StoreArg {
    /// Refuses to take the store in its usual place while the environment names a table on AWS: who means that one would
    /// get a second journal, which changes the same groups.
    fn require_meant(&self, table: Option<&OsStr>) -> Result<(), Stop> {
        let Some(table) = table.filter(|table| self.store.is_none() && !table.is_empty()) else {
            return Ok(());
        };
        let table = table.display();
        Err(Stop::usage(format!(
            "ROTAKEY_TABLE names the table `{table}`, and this command works on a store of this machine: `rotakey apply --dry-run` plans over the table; to mean a store here, name it with --store"
        )))
    }

    /// The store's file, as asked for or in its usual place beside a configuration.
    pub(crate) fn beside(&self, config: &Path) -> PathBuf {
        let beside = || {
            config
                .parent()
                .unwrap_or(Path::new(""))
                .join(".rotakey")
                .join("store.db")
        };
        self.store.clone().unwrap_or_else(beside)
    }
}

impl Loaded {
    /// Checks a text, and the policies that it names; `path` names it in messages.
    pub(crate) fn of(
        path: PathBuf,
        text: String,
        policies: impl FnOnce(&Config) -> Result<BTreeMap<String, String>, Stop>,
    ) -> Result<Self, Stop> {
        let config = Config::parse(&path.display().to_string(), &text)?;
        let policies = policies(&config)?;
        Policies::compile(&config, &policies)?;
        Ok(Self {
            path,
            text,
            config,
            policies,
        })
    }

    /// The store's file, as asked for or in its usual place, for a command that cannot work on a table.
    ///
    /// # Errors
    /// When none was asked for and `ROTAKEY_TABLE` names a table.
    pub(crate) fn store_path(&self, asked: &StoreArg) -> Result<PathBuf, Stop> {
        asked.require_meant(std::env::var_os("ROTAKEY_TABLE").as_deref())?;
        Ok(asked.beside(&self.path))
    }

    /// AWS as the machine knows it, where the configuration needs it.
    pub(crate) async fn aws(&self) -> Result<SdkConfig, Stop> {
        let without_region = self.config.targets.iter().find(|(_, target)| {
            matches!(target.kind, TargetKind::IdentityCenter { region: None, .. })
        });
        let identity_center = self
            .config
            .targets
            .values()
            .any(|target| matches!(target.kind, TargetKind::IdentityCenter { .. }));
        if !identity_center && !secrets::uses_secrets_manager(&self.config) {
            return Ok(no_aws());
        }
        let aws = during("Asking AWS for credentials", function_kit::aws_config(None)).await;
        match without_region {
            Some((name, _)) if aws.region().is_none() => Err(Stop::usage(format!(
                "no AWS region is known: set AWS_REGION, or `region` on target `{name}`"
            ))),
            _ => Ok(aws),
        }
    }

    /// The same for somebody who is signed in there, or needs no AWS: whoever only looks is told once that nobody is.
    pub(crate) async fn aws_signed_in(&self) -> Result<SdkConfig, Stop> {
        let aws = Box::pin(self.aws()).await?;
        require_credentials(&aws).await?;
        Ok(aws)
    }

    /// Refuses a configuration of which a sweep cannot have its secrets.
    pub(crate) async fn require_secrets(&self, aws: &SdkConfig) -> Result<(), Stop> {
        self.require(aws, Which::Sweep).await
    }

    /// Refuses a configuration of which any secret cannot be had.
    pub(crate) async fn require_all_secrets(&self, aws: &SdkConfig) -> Result<(), Stop> {
        during("Looking for secrets", self.require(aws, Which::All)).await
    }

    /// Logs each secret that cannot be had, for a service that goes on without: what needs it fails until it is there.
    pub(crate) async fn warn_of_secrets(&self, aws: &SdkConfig) {
        for Missing { error, may_pass: _ } in self.missing(aws, Which::All).await {
            let ConfigError {
                file,
                line,
                column: _,
                message,
                help,
            } = error;
            warn!(config.line = line, "{message} ({file}:{line}): {help}");
        }
    }

    async fn missing(&self, aws: &SdkConfig, which: Which) -> Vec<Missing> {
        let file = self.path.display().to_string();
        let secrets = Secrets::new(aws);
        secrets::missing(&file, &self.text, &self.config, &secrets, which).await
    }

    async fn require(&self, aws: &SdkConfig, which: Which) -> Result<(), Stop> {
        let missing = self.missing(aws, which).await;
        if missing.is_empty() {
            return Ok(());
        }
        let said: Vec<String> = missing
            .iter()
            .map(|missing| missing.error.to_string())
            .collect();
        let said = format!("secrets cannot be read\n{}", said.join("\n"));
        if missing.iter().all(|missing| missing.may_pass) {
            Err(Stop::failed(said))
        } else {
            Err(Stop::usage(said))
        }
    }
}

/// Refuses to ask AWS without credentials: each question would fail for itself.
///
/// # Errors
/// In one line, with the remedy.
pub(crate) async fn require_credentials(aws: &SdkConfig) -> Result<(), Stop> {
    let why = match aws.credentials_provider() {
        Some(provider) => {
            let asked = during("Asking AWS for credentials", provider.provide_credentials());
            asked.await.err().map(|error| causes(&error))
        }
        None => Some("there are none".to_owned()),
    };
    why.map_or(Ok(()), |why| {
        Err(Stop::usage(format!(
            "AWS cannot be asked without credentials ({why}): {SIGN_IN}"
        )))
    })
}

/// Opens the store for writing, its folder made if need be.
pub(crate) async fn open_store(path: &Path) -> Result<LocalStore, Stop> {
    make_folder_of(path)?;
    Ok(LocalStore::join(Some(path)).await?)
}

/// Makes the folder that a store's file lies in.
pub(crate) fn make_folder_of(path: &Path) -> Result<(), Stop> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        Stop::usage(format!(
            "the folder of the store `{}` cannot be made: {error}",
            path.display()
        ))
    })
}

/// Opens the store for questions: where there is none yet, an empty one in memory.
pub(crate) async fn look_into_store(path: &Path) -> Result<LocalStore, Stop> {
    let path = is_there(path).then_some(path);
    Ok(LocalStore::join(path).await?)
}

/// The poller's ports on this machine; `store` may stand for another configuration.
pub(crate) fn deps(store: Arc<dyn Store>, aws: &SdkConfig) -> Deps {
    deps_with(store, Arc::new(RealSystems::new(aws)))
}

/// The same with other systems.
pub(crate) fn deps_with(store: Arc<dyn Store>, systems: Arc<dyn Systems>) -> Deps {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Deps::new(store, systems, Arc::new(NoBus), clock)
}

/// Nobody listens to one run on one machine; who wants events runs `serve`.
struct NoBus;

#[async_trait]
impl Bus for NoBus {
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError> {
        Ok(vec![true; entries.len()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::Exit;

    #[test]
    fn nobody_who_names_a_table_gets_a_store_of_this_machine_unasked() {
        for (store, table, is_refused) in [
            (None, None, false),
            (None, Some(""), false),
            (None, Some("rotakey"), true),
            (Some("here.db"), Some("rotakey"), false),
        ] {
            let asked = StoreArg {
                store: store.map(PathBuf::from),
            };
            let checked = asked.require_meant(table.map(OsStr::new));
            assert_eq!(checked.is_err(), is_refused, "{store:?} {table:?}");
            if let Err(stop) = checked {
                assert_eq!(stop.exit, Exit::Usage);
                assert!(stop.message().contains("rotakey apply --dry-run"));
            }
        }
    }
}
