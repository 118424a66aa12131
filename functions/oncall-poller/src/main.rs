//! Wires the poller and hands it to the Lambda runtime.

use function_kit::{Environment, LogFormat, aws_config, init_logging, metrics, now};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use oncall_poller::{Deps, lambda};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging(LogFormat::Json, "info");
    metrics::install_embedded("oncall-poller");
    let environment = Environment::read()?;
    let deps = &Deps::wire(&aws_config(None).await, &environment);
    run(service_fn(|event: LambdaEvent<serde_json::Value>| {
        lambda::invoke(deps, now(), event)
    }))
    .await
}
