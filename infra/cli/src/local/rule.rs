//! The rule on the local bus that wakes the poller for "Reconcile Requested": one wish after another, and of those that
//! wait for their turn only the last for the same groups.

use super::bus::BusEvent;
use super::functions::OncallPoller;
use super::gateway::Invoker;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// The event that asks for a reconcile, on the bus.
pub(super) const RECONCILE_REQUESTED: &str = "Reconcile Requested";

/// A running rule. Dropping it passes no more wishes on, and leaves the one under way alone.
#[derive(Debug)]
pub(super) struct Rule {
    stop: CancellationToken,
    passing: JoinHandle<()>,
}

impl Rule {
    /// Passes every wish among `events` on.
    pub(super) fn start(events: Receiver<BusEvent>, invoker: Invoker) -> Self {
        let stop = CancellationToken::new();
        let passing = tokio::spawn(pass_on(events, invoker, stop.clone()));
        Self { stop, passing }
    }

    /// Passes no more wishes on, and returns when the one under way has ended, or after `max`: then it is cut off. What
    /// was wished and not done is done by the first tick of the next start.
    pub(super) async fn stop(mut self, max: Duration) {
        self.stop.cancel();
        if tokio::time::timeout(max, &mut self.passing).await.is_err() {
            warn!("a requested reconcile did not end in time, and was cut off");
            self.passing.abort();
        }
    }
}

impl Drop for Rule {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn pass_on(mut events: Receiver<BusEvent>, invoker: Invoker, stop: CancellationToken) {
    let mut waiting = Waiting::default();
    while let Some(next) = stop.run_until_cancelled(events.recv()).await {
        match next {
            Ok(event) => waiting.take(&event),
            Err(RecvError::Lagged(missed)) => waiting.missed(missed),
            Err(RecvError::Closed) => return,
        }
        waiting.drain(&mut events);
        while let Some(wish) = waiting.wishes.pop_front() {
            if stop.is_cancelled() {
                return;
            }
            if let Some(Err(error)) = invoker.invoke(OncallPoller::NAME, wish.payload).await {
                warn!(%error, "a requested reconcile failed");
            }
            waiting.drain(&mut events);
        }
    }
}

/// Wishes that wait for their turn, no two of them for the same groups.
#[derive(Debug, Default)]
struct Waiting {
    wishes: VecDeque<Wish>,
}

#[derive(Debug)]
struct Wish {
    /// As the event says it; nobody else's business but the poller's.
    groups: Value,
    payload: Value,
}

impl Waiting {
    fn drain(&mut self, events: &mut Receiver<BusEvent>) {
        loop {
            match events.try_recv() {
                Ok(event) => self.take(&event),
                Err(TryRecvError::Lagged(missed)) => self.missed(missed),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn take(&mut self, event: &BusEvent) {
        if event.detail_type == RECONCILE_REQUESTED {
            self.want(event.detail["groups"].clone(), json!(event));
        }
    }

    /// Nobody knows what was wished, so everything is; and not when, so that it is done in any case.
    fn missed(&mut self, events: u64) {
        warn!(
            events,
            "{events} events were missed: every group is reconciled"
        );
        let detail = json!({"groups": []});
        let payload = json!({"detail-type": RECONCILE_REQUESTED, "source": "rotakey.local", "detail": detail});
        self.want(detail["groups"].clone(), payload);
    }

    /// The later wish takes the place of the earlier: a reconcile that sees what the one is about has seen the other's.
    fn want(&mut self, groups: Value, payload: Value) {
        match self.wishes.iter_mut().find(|wish| wish.groups == groups) {
            Some(waiting) => waiting.payload = payload,
            None => self.wishes.push_back(Wish { groups, payload }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::functions::{Function, FunctionError, Functions};
    use crate::local::gateway::Gateway;
    use async_trait::async_trait;
    use std::sync::Arc;
    use tokio::sync::{Semaphore, broadcast, mpsc};

    /// More than any of the tests takes.
    const LONG: Duration = Duration::from_mins(1);

    /// A poller that ends an invocation when it is let.
    struct Slow {
        begun: mpsc::UnboundedSender<Value>,
        let_end: Arc<Semaphore>,
    }

    #[async_trait]
    impl Function for Slow {
        async fn invoke(&self, payload: Value) -> Result<Value, FunctionError> {
            self.begun.send(payload).unwrap();
            self.let_end.acquire().await.unwrap().forget();
            Ok(Value::Null)
        }
    }

    /// A rule between a bus of `kept` events and a slow poller.
    struct Scene {
        bus: broadcast::Sender<BusEvent>,
        rule: Rule,
        begun: mpsc::UnboundedReceiver<Value>,
        let_end: Arc<Semaphore>,
        _gateway: Gateway,
    }

    impl Scene {
        async fn start(kept: usize) -> Self {
            let (sender, begun) = mpsc::unbounded_channel();
            let let_end = Arc::new(Semaphore::new(0));
            let poller = Slow {
                begun: sender,
                let_end: Arc::clone(&let_end),
            };
            let functions = Functions::new().with(OncallPoller::NAME, Arc::new(poller));
            let (gateway, invoker) = Gateway::start(([127, 0, 0, 1], 0).into(), functions)
                .await
                .unwrap();
            let (bus, events) = broadcast::channel(kept);
            Self {
                bus,
                rule: Rule::start(events, invoker),
                begun,
                let_end,
                _gateway: gateway,
            }
        }

        fn send(&self, detail_type: &str, detail: Value) {
            let event = BusEvent {
                id: "local-1".to_owned(),
                detail_type: detail_type.to_owned(),
                source: "rotakey".to_owned(),
                time: "2026-11-23T08:00:00Z".parse().unwrap(),
                detail,
            };
            self.bus.send(event).unwrap();
        }

        fn wish(&self, group: &str, number: u32) {
            let detail = json!({"groups": [group], "number": number});
            self.send(RECONCILE_REQUESTED, detail);
        }

        /// What the next invocation is told.
        async fn next(&mut self) -> Value {
            self.begun.recv().await.unwrap()["detail"].clone()
        }
    }

    #[tokio::test]
    async fn of_wishes_that_wait_only_the_last_for_the_same_groups_is_passed_on() {
        let mut scene = Scene::start(1024).await;
        scene.wish("a", 0);
        assert_eq!(scene.next().await["number"], 0);
        for number in 1..=200 {
            scene.wish("a", number);
            scene.wish("b", number);
            scene.send("Membership Changed", json!({"groups": ["c"]}));
        }
        scene.let_end.add_permits(3);
        for group in ["a", "b"] {
            let expected = json!({"groups": [group], "number": 200});
            assert_eq!(scene.next().await, expected);
        }
        scene.rule.stop(LONG).await;
        assert!(scene.begun.try_recv().is_err(), "nothing else is wished");
    }

    #[tokio::test]
    async fn whoever_missed_wishes_reconciles_every_group() {
        let mut scene = Scene::start(4).await;
        scene.wish("a", 0);
        scene.next().await;
        for number in 1..=10 {
            scene.wish("a", number);
        }
        scene.let_end.add_permits(3);
        let all = scene.begun.recv().await.unwrap();
        assert_eq!(all["detail"], json!({"groups": []}));
        assert_eq!(all["time"], Value::Null, "it is done in any case");
        let expected = json!({"groups": ["a"], "number": 10});
        assert_eq!(scene.next().await, expected);
        scene.rule.stop(LONG).await;
    }

    #[tokio::test]
    async fn stopping_waits_for_the_reconcile_under_way_and_begins_no_other() {
        let mut scene = Scene::start(16).await;
        scene.wish("a", 0);
        scene.next().await;
        scene.wish("b", 1);
        let stopping = tokio::spawn(scene.rule.stop(LONG));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(!stopping.is_finished());
        scene.let_end.add_permits(2);
        stopping.await.unwrap();
        assert!(scene.begun.try_recv().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_does_not_wait_for_ever() {
        let mut scene = Scene::start(16).await;
        scene.wish("a", 0);
        scene.next().await;
        scene.rule.stop(LONG).await;
        assert_eq!(scene.let_end.available_permits(), 0, "nobody let it end");
    }
}
