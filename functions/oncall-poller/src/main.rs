//! Wires the poller and hands it to the Lambda runtime.
fn main() {}
