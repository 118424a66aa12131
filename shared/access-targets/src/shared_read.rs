//! One reading at a time, shared by everybody who asked before it began.
//!
//! Groups are looked at side by side, and several of those looks need the same list. Nobody gets a list that was
//! begun before they asked, unless they say that an older one will do.

use access_core::ports::TargetError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// The last reading of something, and who may still have it.
#[derive(Debug)]
pub(crate) struct SharedRead<T> {
    asked: AtomicU64,
    last: Mutex<Option<Reading<T>>>,
}

#[derive(Debug)]
struct Reading<T> {
    /// Those who asked up to this number did so before the reading began.
    covers: u64,
    /// By the machine's clock, and not a monotonic one: that may stand still while a function is frozen.
    at: SystemTime,
    answer: Result<Arc<T>, TargetError>,
}

impl<T> SharedRead<T> {
    pub(crate) fn new() -> Self {
        Self {
            asked: AtomicU64::new(0),
            last: Mutex::new(None),
        }
    }

    /// What is there now: `read` itself, or another's reading that began after this call.
    ///
    /// # Errors
    /// Whatever the reading ended in; those who share it share that too.
    pub(crate) async fn now(
        &self,
        read: impl Future<Output = Result<T, TargetError>>,
    ) -> Result<Arc<T>, TargetError> {
        self.get(Duration::ZERO, read).await
    }

    /// As [`now`](Self::now), or a whole reading that is at most `age_max` old.
    ///
    /// # Errors
    /// As for [`now`](Self::now).
    pub(crate) async fn recent(
        &self,
        age_max: Duration,
        read: impl Future<Output = Result<T, TargetError>>,
    ) -> Result<Arc<T>, TargetError> {
        self.get(age_max, read).await
    }

    async fn get(
        &self,
        age_max: Duration,
        read: impl Future<Output = Result<T, TargetError>>,
    ) -> Result<Arc<T>, TargetError> {
        let ticket = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut last = self.last.lock().await;
        if let Some(reading) = &*last
            && (reading.covers >= ticket || reading.serves(age_max))
        {
            return reading.answer.clone();
        }
        let covers = self.asked.load(Ordering::SeqCst);
        let at = SystemTime::now();
        let answer = read.await.map(Arc::new);
        *last = Some(Reading {
            covers,
            at,
            answer: answer.clone(),
        });
        answer
    }
}

impl<T> Reading<T> {
    /// A clock that was set back makes a reading too old rather than too young.
    fn serves(&self, age_max: Duration) -> bool {
        self.answer.is_ok() && self.at.elapsed().is_ok_and(|age| age < age_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use std::sync::atomic::AtomicUsize;

    /// A reading that others can ask during.
    async fn reading(count: &AtomicUsize) -> Result<usize, TargetError> {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        Ok(number)
    }

    #[tokio::test]
    async fn those_who_asked_before_it_began_share_a_reading() {
        let (shared, count) = (SharedRead::new(), AtomicUsize::new(0));
        let answers = join_all((0..8).map(|_| shared.now(reading(&count)))).await;
        let answers: Vec<_> = answers.into_iter().map(|answer| *answer.unwrap()).collect();
        // The first began before the others asked; all others asked before the second began.
        assert_eq!(answers, [1, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!(*shared.now(reading(&count)).await.unwrap(), 3);
    }

    #[tokio::test]
    async fn an_older_reading_serves_those_who_say_so_but_a_failed_one_never() {
        let (shared, count) = (SharedRead::new(), AtomicUsize::new(0));
        let hour = Duration::from_hours(1);
        let failing = async { Err(TargetError::Unreachable("cut".into())) };
        assert!(shared.recent(hour, failing).await.is_err());
        assert_eq!(*shared.recent(hour, reading(&count)).await.unwrap(), 1);
        assert_eq!(*shared.recent(hour, reading(&count)).await.unwrap(), 1);
        assert_eq!(*shared.now(reading(&count)).await.unwrap(), 2);
    }
}
