//! Wires the approver and hands it to the Lambda runtime.

use access_approver::{Deps, lambda};
use function_kit::{Environment, LogFormat, aws_config, init_logging, now};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging(LogFormat::Json, "info");
    let environment = Environment::read()?;
    let deps = &Deps::wire(&aws_config(None).await, &environment);
    run(service_fn(|event: LambdaEvent<serde_json::Value>| {
        lambda::invoke(deps, now(), event.payload)
    }))
    .await
}
