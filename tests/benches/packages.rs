//! What is shipped, from outside: how large the packages are, and how soon each process works.
//!
//! Process start is the time from `spawn` to the first `GET next` and to the first answer, in a clean environment. It
//! leaves out what Lambda adds (micro-VM, download, CPU share, TLS): it is no Lambda cold start.

use acceptance::big_company::Size;
use acceptance::function_url::request;
use acceptance::outside::World;
use acceptance::runtime_api::{Binary, RuntimeApi};
use acceptance::table::{Table, median, ms, percentile};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Of each function.
const STARTS: usize = 60;
/// A process whose median is beyond this makes the benchmark fail.
const START_MAX: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() {
    let packages = std::env::var("ROTAKEY_PACKAGES");
    let packages = PathBuf::from(packages.expect("tests/bench says where the packages are"));
    let size = Size {
        schedules: 4,
        people: 12,
        unassigned: 0,
    };
    let world = World::of(&size, "").await;
    let mut table = Table::new(&[
        "function",
        "zip (bytes)",
        "binary (bytes)",
        "start, median (ms)",
        "p95 (ms)",
        "max (ms)",
        "first answer, median (ms)",
        "p95 (ms)",
        "max (ms)",
    ]);
    let mut slow = Vec::new();
    for binary in [Binary::Poller, Binary::Receiver, Binary::Approver] {
        let function = binary.function();
        let (mut ready, mut answered) = starts(&world, binary).await;
        let mut row = vec![
            function.to_owned(),
            bytes(&packages.join(function).with_extension("zip")),
            bytes(&packages.join(function).join("bootstrap")),
        ];
        for times in [&mut ready, &mut answered] {
            row.push(ms(median(times), 1));
            row.push(ms(percentile(times, 95), 1));
            row.push(ms(percentile(times, 100), 1));
        }
        table.row(&row);
        if median(&mut ready) > START_MAX {
            slow.push(function);
        }
    }
    table.print(&format!(
        "Packages as they are shipped, for {}, and process start, {STARTS} starts each",
        std::env::consts::ARCH
    ));
    assert!(slow.is_empty(), "slower than {START_MAX:?}: {slow:?}");
}

/// How long each start took, to the first request for work and to the first answer.
async fn starts(world: &World, binary: Binary) -> (Vec<Duration>, Vec<Duration>) {
    let (payload, says) = probe(binary);
    let (mut ready, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let mut api = RuntimeApi::start().await;
        let process = api.spawn(binary, &world.variables());
        ready.push(api.ready().await - process.started);
        let (_, answer, at) = api.invoke(&payload).await;
        answered.push(at - process.started);
        assert!(answer.contains(says), "{}: {answer}", binary.function());
    }
    (ready, answered)
}

/// Something that needs the store and no other system, and what its answer says.
fn probe(binary: Binary) -> (String, &'static str) {
    match binary {
        // There is no such plan.
        Binary::Poller => {
            let release = "00000000-0000-4000-8000-000000000000";
            let payload = json!({"sync": {"release": release}});
            (payload.to_string(), "errorMessage")
        }
        // There is no such account.
        Binary::Receiver => {
            let payload = request("POST", "/nobody", &[], b"{}");
            (payload.to_string(), r#""statusCode":404"#)
        }
        // Nobody may use the interface.
        Binary::Approver => {
            let token = ("authorization".to_owned(), "Bearer nobody's".to_owned());
            let payload = request("GET", "/requests", &[token], b"");
            (payload.to_string(), r#""statusCode":403"#)
        }
    }
}

fn bytes(path: &Path) -> String {
    let file = std::fs::metadata(path);
    let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.len().to_string()
}
