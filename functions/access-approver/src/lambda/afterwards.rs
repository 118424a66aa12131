//! What comes after an answer, while Lambda still lets the process run: telling of what was decided.
//!
//! Lambda hands an answer on when the runtime has posted it, and freezes the process when it asks for the next event:
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke>. A process that is
//! ended in between loses nothing: the next tick tells what is left.

use super::enter;
use crate::act::tell_rest;
use crate::deps::Deps;
use jiff::Timestamp;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::layer::layer_fn;
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation, Runtime, Service, service_fn};
use serde_json::Value;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Serves Lambda's events until the process is ended; `clock` says when each came.
///
/// # Errors
/// When Lambda's runtime interface cannot be reached any more.
pub async fn run(deps: Deps, clock: impl Fn() -> Timestamp) -> Result<(), Error> {
    let deps = &deps.telling_afterwards();
    let answer = service_fn(|event: LambdaEvent<Value>| enter(deps, clock(), event));
    let afterwards = layer_fn(|answered| Afterwards { answered, deps });
    Runtime::new(answer)
        .layer(TracingLayer::new())
        .layer(afterwards)
        .run()
        .await
}

/// Answers, then tells.
struct Afterwards<'d, S> {
    /// Done when the answer is posted.
    answered: S,
    deps: &'d Deps,
}

impl<'d, S> Service<LambdaInvocation> for Afterwards<'d, S>
where
    S: Service<LambdaInvocation, Response = (), Error = Error>,
    S::Future: 'd,
{
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + 'd>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.answered.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let answered = self.answered.call(invocation);
        let deps = self.deps;
        Box::pin(async move {
            let answered = answered.await;
            tell_rest(deps).await;
            answered
        })
    }
}
