//! `serve`: the whole stack on real hosts and the real clock, in the foreground.

use crate::local::{LocalClock, Options, Stack};
use crate::setup::{ConfigArg, StoreArg};
use crate::show::print;
use crate::stop::{Exit, Stop};
use function_kit::Secrets;
use jiff::SignedDuration;
use oncall_poller::wiring::RealSystems;
use std::net::SocketAddr;
use std::sync::Arc;
use tracing::{info, warn};
use webhook_receiver::wiring::RealSecrets;

/// As the function on AWS has.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(90);

/// Keep every group in line with the rota from this machine, until interrupted
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    store: StoreArg,
    /// Where the gateway listens; whoever reaches it may ask for a sync, so keep it to this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
}

pub(crate) async fn run(args: Args) -> Result<Exit, Stop> {
    let loaded = args.config.load()?;
    let aws = loaded.aws().await?;
    loaded.require_secrets(&aws).await?;
    let store = loaded.store_path(&args.store);
    crate::setup::make_folder_of(&store)?;
    let options = Options {
        store: Some(store.clone()),
        listen: args.listen,
        clock: Arc::new(LocalClock::real()),
        timeout: TIMEOUT,
        systems: Arc::new(RealSystems::new(&aws)),
        webhook_secrets: Arc::new(RealSecrets(Arc::new(Secrets::new(&aws)))),
        config: loaded.text.clone(),
        by: "serve".to_owned(),
    };
    // Before anything is started, so that no signal finds the usual way of dying.
    let mut signals = Signals::new()?;
    let mut stack = Stack::start(options)
        .await
        .map_err(|error| Stop::from_error(&error))?;
    print(format!(
        "rotakey serves {} at {}, its store is {}",
        loaded.path.display(),
        stack.gateway_url(),
        store.display()
    ));
    stack.start_schedule();
    signals.next().await;
    end(stack, signals).await
}

/// Lets the sweep under way end, unless a second signal says not to.
async fn end(stack: Stack, mut signals: Signals) -> Result<Exit, Stop> {
    info!("stopping when the sweep under way has ended; a second signal stops at once");
    tokio::select! {
        stopped = stack.stop() => stopped.map_err(|error| Stop::from_error(&error))?,
        () = signals.next() => warn!("stopped at once; the next sweep takes up what was left, when its lease has ended"),
    }
    Ok(Exit::Done)
}

/// Interrupts (Ctrl-C) and requests to terminate.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        // Without a handler the process just ends, which is safe.
        let _interrupted = tokio::signal::ctrl_c().await;
    }
}
