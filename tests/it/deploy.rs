//! The way into AWS as the top README has it, and what stands there at its end: `tests/deploy` deploys and drives, against
//! the vendors that are played here.

mod vendors;

use std::process::{Command, Stdio};
use vendors::Vendors;

#[tokio::test]
async fn a_new_owner_deploys_connects_and_applies_and_access_follows() {
    let vendors = Vendors::start().await;
    let mut command = Command::new(format!("{}/deploy", env!("CARGO_MANIFEST_DIR")));
    command
        .env("ROTAKEY_VENDORS", vendors.url())
        .stdin(Stdio::null());
    // The vendors answer on this runtime: waiting for the script must not stop it.
    let ended = tokio::task::spawn_blocking(move || command.status());
    let ended = ended
        .await
        .expect("waiting does not panic")
        .expect("the script starts");
    assert!(ended.success(), "tests/deploy: {ended}");
}
