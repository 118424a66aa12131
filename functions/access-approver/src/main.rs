//! Wires the approver and hands it to the Lambda runtime.

use access_approver::{Deps, lambda};
use function_kit::{Environment, LogFormat, aws_config, init_logging, metrics, now};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    init_logging(LogFormat::Json, "info");
    metrics::install_embedded("access-approver");
    let environment = Environment::read()?;
    let deps = Deps::wire(&aws_config(None).await, &environment);
    lambda::run(deps, now).await
}
