//! One process after another: `rotakey serve`, and how it is killed.

use jiff::Timestamp;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// More than anything takes that happens at once, on a machine that is busy with others, too.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// From when until when a process ran.
pub(super) type Span = (Timestamp, Timestamp);

/// A running process. Killed at the end of the test, whatever happens.
pub(super) struct Life {
    child: Child,
    began_at: Timestamp,
    heard: UnboundedReceiver<Heard>,
    said: Arc<Mutex<Vec<String>>>,
}

/// A line that it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// To standard output: it serves.
    Result,
    /// To standard error: what it does.
    Log,
}

impl Life {
    pub(super) fn begin(mut command: Command) -> Self {
        let began_at = function_kit::now();
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, heard) = unbounded_channel();
        let said = Arc::default();
        let (output, error) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        listen(output, Heard::Result, sender.clone(), Arc::clone(&said));
        listen(error, Heard::Log, sender, Arc::clone(&said));
        Self {
            child,
            began_at,
            heard,
            said,
        }
    }

    /// Returns when it says that it serves.
    pub(super) async fn serves(&mut self) {
        let serves = timeout(PATIENCE, self.hear(Heard::Result)).await;
        assert!(serves.is_ok(), "it does not serve:\n{}", self.words());
    }

    /// Returns when it logs something more, or never.
    pub(super) async fn logs(&mut self) {
        self.hear(Heard::Log).await;
    }

    async fn hear(&mut self, wanted: Heard) {
        while let Some(heard) = self.heard.recv().await {
            if heard == wanted {
                return;
            }
        }
        std::future::pending::<()>().await;
    }

    /// Kills it, which must not have ended by itself.
    pub(super) fn kill(mut self) -> Span {
        let ended = self.child.try_wait().unwrap();
        let words = self.words();
        assert!(ended.is_none(), "it ended by itself, {ended:?}:\n{words}");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        (self.began_at, function_kit::now())
    }

    /// Everything that it wrote.
    pub(super) fn words(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // It was killed before unless the test failed.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Listens until the process has ended.
fn listen(
    from: impl Read + Send + 'static,
    what: Heard,
    heard: UnboundedSender<Heard>,
    said: Arc<Mutex<Vec<String>>>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            said.lock().unwrap().push(line);
            // Nobody listens any more where it was killed.
            let _heard = heard.send(what);
        }
    });
}
