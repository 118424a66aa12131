//! Signals that ask a command to end: an interrupt (Ctrl-C), a request to terminate, and that the terminal is gone.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Interrupts and requests to terminate, and where it is said, hangups. None of those that are listened to finds the usual
/// way of dying any more, for as long as the process lives.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    hangup: Option<Signal>,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not allow it.
    #[cfg(unix)]
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: None,
        })
    }

    /// The same, to a terminal that is gone as well: for what nobody leaves running with `nohup`, which has that ignored.
    ///
    /// # Errors
    /// When the system does not allow it.
    #[cfg(unix)]
    pub(crate) fn with_hangup() -> std::io::Result<Self> {
        Ok(Self {
            hangup: Some(signal(SignalKind::hangup())?),
            ..Self::new()?
        })
    }

    /// Waits for the next of them.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        let Self {
            terminate,
            interrupt,
            hangup,
        } = self;
        let hung_up = async {
            match hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hung_up => {}
        }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    pub(crate) fn with_hangup() -> std::io::Result<Self> {
        Self::new()
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        // Without a handler the process just ends, which is safe.
        let _interrupted = tokio::signal::ctrl_c().await;
    }
}
