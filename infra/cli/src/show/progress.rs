//! A sign of life on standard error for work that takes more than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::pin::Pin;
use std::time::Duration;

/// What is done sooner needs no sign.
const PATIENCE: Duration = Duration::from_secs(1);

/// The next picture of the spinner.
const FRAME: Duration = Duration::from_millis(100);

/// Waits for `work`, and shows on a terminal that it is under way.
///
/// The work is moved to the heap: that of AWS's configuration alone has tens of kilobytes.
pub(crate) fn during<T>(what: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    watched(what, Box::pin(work))
}

async fn watched<T>(what: &str, mut work: Pin<Box<impl Future<Output = T>>>) -> T {
    if !io::stderr().is_terminal() {
        return work.await;
    }
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
    bar.set_style(style.expect("a constant template"));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(FRAME);
    let done = work.await;
    bar.finish_and_clear();
    done
}
