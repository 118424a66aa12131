//! What the functions measure of themselves, from where something is known to whoever watches.
//!
//! Measured work runs inside [`reported`]: whatever it records is handed on as one batch when it ends, to standard output on
//! AWS ([`install_embedded`]), to the page that Prometheus reads on one machine ([`install_scrape`]), to nobody where neither
//! is installed. A batch belongs to its work alone, so works that run side by side never mix, and a test reads what its own
//! work has [`measured()`].

mod embedded;
mod measured;
mod metric;
mod scrape;
#[cfg(test)]
mod tests;

pub use measured::Measured;
pub use metric::{Kind, Metric, Unit};
pub use scrape::Scrape;

use crate::SecretError;
use embedded::Embedded;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Names the CloudWatch namespace; the stack's template sets it to `Rotakey/` and the stack's name.
const NAMESPACE: &str = "ROTAKEY_METRICS_NAMESPACE";

/// The namespace where the environment names none.
const NAMESPACE_UNTOLD: &str = "Rotakey";

/// Where batches go; chosen once, by whoever starts the process.
static SINK: OnceLock<Sink> = OnceLock::new();

tokio::task_local! {
    /// What the work under way has recorded.
    static FOUND: Arc<Mutex<Measured>>;
}

enum Sink {
    Embedded(Embedded),
    Scraped(Scrape),
}

/// From now on each batch is one line of CloudWatch's embedded metric format on standard output; a batch with more than a
/// hundred values of one metric takes more lines. `function` stands in each line and is no dimension.
///
/// The namespace is that of `ROTAKEY_METRICS_NAMESPACE`, or else `Rotakey`. What was installed before stays.
pub fn install_embedded(function: &'static str) {
    let namespace = namespace(std::env::var(NAMESPACE).ok());
    SINK.get_or_init(|| {
        Sink::Embedded(Embedded {
            namespace,
            function,
        })
    });
}

/// From now on batches add up on a page in Prometheus's text format. A repeat answers the same page; where another way was
/// installed before, that stays, and the page stays empty.
#[must_use]
pub fn install_scrape() -> Scrape {
    match SINK.get_or_init(|| Sink::Scraped(Scrape::default())) {
        Sink::Scraped(scrape) => scrape.clone(),
        Sink::Embedded(_) => Scrape::default(),
    }
}

/// Does measured work, and hands on what it recorded, under the time at which it began: to the work around it, if that is
/// measured too, else to wherever batches go.
pub fn reported<F: Future>(now: Timestamp, work: F) -> impl Future<Output = F::Output> {
    let work = measured(work);
    async move {
        let (output, found) = work.await;
        let around = FOUND.try_with(|around| locked(around).add(&found));
        if around.is_err() {
            hand_on(now, &found);
        }
        output
    }
}

/// Does work, and answers what it recorded besides; nobody else hears of it.
pub fn measured<F: Future>(work: F) -> impl Future<Output = (F::Output, Measured)> {
    // On the heap: one future inside another takes its room twice, and a tick's is large.
    let work = Box::pin(work);
    async move {
        let found = Arc::new(Mutex::new(Measured::default()));
        let output = FOUND.scope(Arc::clone(&found), work).await;
        let found = std::mem::take(&mut *locked(&found));
        (output, found)
    }
}

fn hand_on(now: Timestamp, found: &Measured) {
    match SINK.get() {
        Some(Sink::Embedded(embedded)) => embedded.write(now, found),
        Some(Sink::Scraped(scrape)) => scrape.take(found),
        None => {}
    }
}

/// Records a value, in the metric's unit. Outside measured work nobody hears of it; what is no number is left out.
pub fn record(metric: Metric, value: f64) {
    // Outside measured work there is nobody to tell.
    let _unmeasured = FOUND.try_with(|found| locked(found).note(metric, value));
}

/// Records how many there were.
pub fn count(metric: Metric, number: usize) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    record(metric, f64::from(number));
}

/// Records a time, in seconds; one that would lie before its beginning, by clocks that differ, took none.
pub fn seconds(metric: Metric, time: SignedDuration) {
    record(metric, time.max(SignedDuration::ZERO).as_secs_f64());
}

/// Counts a secret that is of no use: it could not be read, is empty, or was refused by whoever it was shown to.
pub fn secret(read: &Result<SecretString, SecretError>, was_refused: bool) {
    let is_usable = read
        .as_ref()
        .is_ok_and(|text| !text.expose_secret().is_empty());
    if was_refused || !is_usable {
        count(Metric::SecretRefused, 1);
    }
}

fn namespace(told: Option<String>) -> String {
    told.filter(|told| !told.is_empty())
        .unwrap_or_else(|| NAMESPACE_UNTOLD.to_owned())
}

/// Never held across an await.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
