//! Wires the receiver and hands it to the Lambda runtime.

use function_kit::{Environment, LogFormat, aws_config, init_logging, metrics, now};
use lambda_http::{Error, Request, run, service_fn};
use std::convert::Infallible;
use webhook_receiver::{Deps, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    init_logging(LogFormat::Json, "info");
    metrics::install_embedded("webhook-receiver");
    let environment = Environment::read()?;
    let deps = &Deps::wire(&aws_config(None).await, &environment);
    run(service_fn(|request: Request| async move {
        Ok::<_, Infallible>(handle(deps, now(), request).await)
    }))
    .await
}
