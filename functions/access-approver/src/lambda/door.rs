//! By which way an invocation came, as AWS says: each alias of the function lets in what its URL is for, and no more.
//!
//! The open URL and the signed one stand on an alias each (infra/template.yaml), and the bus invokes the function itself. So
//! whoever may invoke the function, or one alias of it, is nobody else by what they write into the payload.

use super::{InvocationError, SLACK, invoke};
use crate::deps::Deps;
use crate::http::HttpReply;
use jiff::Timestamp;
use lambda_runtime::LambdaEvent;
use serde_json::Value;

/// The alias of the signed URL.
const API: &str = "api";
/// The alias of the open one.
const OPEN: &str = "slack";

/// Handles one Lambda event as [`invoke`] does, as far as whoever brings it by this way is believed.
///
/// # Errors
/// [`InvocationError`]; an event of the bus is then delivered again.
pub async fn enter(
    deps: &Deps,
    now: Timestamp,
    event: LambdaEvent<Value>,
) -> Result<Value, InvocationError> {
    let LambdaEvent { payload, context } = event;
    match Door::of(&context.invoked_function_arn).admit(payload) {
        Ok(payload) => invoke(deps, now, payload).await,
        Err(Strange::Path) => Ok(HttpReply::empty(404).into_payload()),
        Err(Strange::Payload) => Err(InvocationError::Payload),
    }
}

/// One way into the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// The signed URL: AWS proved who it is.
    Api,
    /// The open URL: anybody.
    Open,
    /// The function itself: the bus, and what stands in for AWS on one machine.
    Itself,
}

/// What never comes by a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strange {
    /// A request for what is not there by this way.
    Path,
    /// Anything but a request.
    Payload,
}

impl Door {
    /// By the ARN that was invoked: an alias stands at its end, as its eighth part.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html>
    fn of(arn: &str) -> Self {
        match arn.split(':').nth(7) {
            Some(API) => Self::Api,
            Some(OPEN) => Self::Open,
            Some(_) | None => Self::Itself,
        }
    }

    /// The payload without what is not believed of whoever comes this way.
    fn admit(self, mut payload: Value) -> Result<Value, Strange> {
        let is_event = payload.get("detail-type").is_some();
        if self != Self::Itself && (is_event || payload.get("requestContext").is_none()) {
            return Err(Strange::Payload);
        }
        let path = payload["rawPath"].as_str().unwrap_or_default();
        if self == Self::Api && path.starts_with(SLACK) {
            return Err(Strange::Path);
        }
        let context = payload.get_mut("requestContext");
        let context = context.and_then(Value::as_object_mut);
        if let Some(context) = context.filter(|_| self != Self::Api) {
            context.remove("authorizer");
        }
        Ok(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:rotakey-AccessApprover";

    fn http(path: &str) -> Value {
        json!({
            "rawPath": path,
            "requestContext": {"http": {"method": "POST"}, "authorizer": {"iam": {"userArn": "arn"}}},
        })
    }

    #[test]
    fn an_alias_tells_by_which_way_somebody_came() {
        for (arn, expected) in [
            (format!("{FUNCTION}:api"), Door::Api),
            (format!("{FUNCTION}:slack"), Door::Open),
            (FUNCTION.to_owned(), Door::Itself),
            (format!("{FUNCTION}:$LATEST"), Door::Itself),
            (String::new(), Door::Itself),
        ] {
            assert_eq!(Door::of(&arn), expected, "{arn}");
        }
    }

    #[test]
    fn only_the_signed_url_says_who_somebody_is() {
        for (door, expected) in [
            (Door::Api, true),
            (Door::Open, false),
            (Door::Itself, false),
        ] {
            let admitted = door.admit(http("/requests")).unwrap();
            let context = &admitted["requestContext"];
            let is_believed = context.get("authorizer").is_some();
            assert_eq!(is_believed, expected, "{door:?}");
            assert_eq!(context["http"]["method"], "POST", "{door:?}");
        }
    }

    #[test]
    fn what_never_comes_by_a_way_is_refused_there() {
        let event = || json!({"detail-type": "Slack Work Requested", "detail": {}});
        let mut both = http("/requests");
        both["detail-type"] = json!("Slack Work Requested");
        for (door, payload, expected) in [
            (Door::Api, http("/slack/command"), Some(Strange::Path)),
            (Door::Api, http("/requests"), None),
            (Door::Api, event(), Some(Strange::Payload)),
            (Door::Api, both.clone(), Some(Strange::Payload)),
            (Door::Open, http("/slack/command"), None),
            (Door::Open, http("/requests"), None),
            (Door::Open, event(), Some(Strange::Payload)),
            (Door::Open, both, Some(Strange::Payload)),
            (Door::Itself, http("/slack/command"), None),
            (Door::Itself, event(), None),
            (Door::Itself, Value::Null, None),
        ] {
            let case = format!("{door:?}: {payload}");
            assert_eq!(door.admit(payload).err(), expected, "{case}");
        }
    }
}
