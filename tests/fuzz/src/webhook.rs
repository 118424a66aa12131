//! The webhook receiver under deliveries that nobody chose: each gets its documented answer, and leaves a trace only
//! where it may.

mod delivery;
mod expected;
mod ports;
mod send;
mod signature;
#[cfg(test)]
mod tests;

use delivery::{Delivery, NOON, deliveries};
use expected::expected;
use lambda_http::http::{HeaderMap, Method, Response, StatusCode, header};
use ports::{Ports, Trouble};
use send::Sending;
use serde_json::Value;
use std::cell::RefCell;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use webhook_receiver::{Deps, Received, receive};

/// Accounts with all secrets, with one that cannot be read, with an empty one and with none; only incidents of `acme`
/// are used.
const CONFIG: &str = include_str!("webhook/config.toml");

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

/// Sends the deliveries that an input describes to a receiver without a past. The same input does the same every time.
///
/// # Panics
/// When the receiver does what its README does not say: another answer, a trace of what was refused, or more than one
/// trace of what came twice.
pub fn webhook(data: &[u8]) {
    BENCH.with_borrow_mut(|bench| {
        bench.run(data);
    });
}

/// A receiver that serves one input after the other.
struct Bench {
    runtime: Runtime,
    ports: Arc<Ports>,
    deps: Deps,
}

impl Bench {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime of one thread starts");
        let ports = Arc::new(Ports::configured(NOON, CONFIG));
        let deps = started(&ports);
        runtime.block_on(warm(&deps));
        Self {
            runtime,
            ports,
            deps,
        }
    }

    /// Answers the status of each delivery.
    ///
    /// The receiver is kept for the next input, since reading the configuration takes longer than most deliveries. One
    /// that has learnt when secrets were last read again is not: the next input would find another one than it would
    /// alone.
    fn run(&mut self, data: &[u8]) -> Vec<u16> {
        self.ports.clear();
        let statuses = self
            .runtime
            .block_on(check_all(&self.ports, &self.deps, data));
        if self.ports.was_reread() {
            self.deps = started(&self.ports);
        }
        self.runtime.block_on(warm(&self.deps));
        statuses
    }
}

fn started(ports: &Arc<Ports>) -> Deps {
    Deps::new(
        Arc::<Ports>::clone(ports),
        Arc::<Ports>::clone(ports),
        Arc::<Ports>::clone(ports),
    )
}

/// An unknown account makes the receiver look at the configuration: it then knows it as of noon, whatever came before.
async fn warm(deps: &Deps) {
    let headers = HeaderMap::new();
    let nobody = Received {
        method: &Method::POST,
        path: "/nobody",
        headers: &headers,
        body: &[],
    };
    let reply = receive(deps, NOON, nobody).await;
    assert_eq!(
        reply.status,
        StatusCode::NOT_FOUND,
        "the configuration is read"
    );
}

async fn check_all(ports: &Arc<Ports>, deps: &Deps, data: &[u8]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for delivery in deliveries(data) {
        statuses.push(check(ports, deps, &delivery).await);
    }
    statuses
}

/// Sends a delivery: under its trouble if it has any, then without, and again. Answers the status without.
async fn check(ports: &Arc<Ports>, deps: &Deps, delivery: &Delivery) -> u16 {
    let sending = Sending::new(delivery);
    if let Some(trouble) = delivery.trouble {
        // That a secret cannot be read is remembered for a minute: another receiver may.
        let other = (trouble == Trouble::Secrets).then(|| started(ports));
        let deps = other.as_ref().unwrap_or(deps);
        check_once(ports, deps, &sending, delivery.trouble).await;
    }
    let status = check_once(ports, deps, &sending, None).await;
    let before = ports.traces();
    let again = check_once(ports, deps, &sending, None).await;
    assert_eq!(again, status, "the same delivery has the same answer");
    assert_eq!(
        ports.traces(),
        before,
        "a delivery that comes again leaves no trace"
    );
    status
}

async fn check_once(
    ports: &Ports,
    deps: &Deps,
    sending: &Sending<'_>,
    trouble: Option<Trouble>,
) -> u16 {
    ports.suffer(trouble);
    let before = ports.traces();
    let answer = sending.send(deps).await;
    let status = answer.status().as_u16();
    let expected = expected(sending.delivery, trouble);
    assert!(
        expected.contains(&status),
        "answer {status} instead of {expected:?}, under {trouble:?}"
    );
    if status != 202 {
        assert_eq!(
            ports.traces(),
            before,
            "a refusal ({status}) leaves no trace"
        );
    }
    check_form(&answer);
    status
}

/// Nothing but 202 where it was accepted, a problem in JSON where it was not.
fn check_form(answer: &Response<Vec<u8>>) {
    let status = answer.status().as_u16();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    if status == 202 {
        assert!(
            answer.body().is_empty() && kind.is_none(),
            "202 says no more"
        );
        return;
    }
    let problem: Value = serde_json::from_slice(answer.body()).expect("a problem is JSON");
    let code = match status {
        401 => "bad-signature",
        404 => "not-found",
        405 => "method-not-allowed",
        413 => "too-large",
        503 => "unavailable",
        other => panic!("answer {other} is not documented"),
    };
    assert_eq!(problem["code"], code);
    assert_eq!(problem["status"], status);
    assert!(
        kind.is_some_and(|kind| kind == "application/problem+json"),
        "a problem says that it is one"
    );
    let allow = answer.headers().get(header::ALLOW);
    assert_eq!(allow.is_some(), status == 405, "405 says what is allowed");
}
