//! Why the interface did not do what it was asked, in words that say what to do about it.

use crate::stop::Stop;
use access_approver::api::ProblemView;
use function_kit::causes;

/// Why there is no answer to go on with.
pub(super) enum Trouble {
    /// It may have happened.
    Unreachable {
        /// Where nobody answered, without anything secret.
        place: String,
        /// Why not.
        error: reqwest::Error,
    },
    /// It has not, and this says why.
    Refused(Stop),
}

impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        Self::Refused(stop)
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            // The address of the request may hold what is nobody's business.
            Trouble::Unreachable { place, error } => Self::failed(format!(
                "no answer from the approver at {place}: {}\n  help: see that --api or ROTAKEY_API is right, and that the stack is there, or `rotakey serve` runs",
                causes(&error.without_url())
            )),
            Trouble::Refused(stop) => stop,
        }
    }
}

/// What a refusal says.
pub(super) fn refused(status: u16, body: &[u8]) -> Stop {
    let Ok(problem) = serde_json::from_slice::<ProblemView>(body) else {
        return foreign(status);
    };
    let ProblemView {
        r#type: _,
        title: _,
        status: _,
        detail,
        code,
        policies,
    } = problem;
    let mut said = detail;
    if let Some(policies) = policies.filter(|policies| !policies.is_empty()) {
        let policies: Vec<String> = policies.into_iter().collect();
        said = format!("{said} (decided by {})", policies.join(", "));
    }
    if let Some(remedy) = remedy(&code) {
        said = format!("{said}\n  help: {remedy}");
    }
    match status {
        400 | 401 | 404 | 405 | 413 | 415 | 422 => Stop::usage(said),
        _ => Stop::failed(said),
    }
}

/// The answer of somebody else on the way: AWS, or another server.
fn foreign(status: u16) -> Stop {
    match status {
        403 => Stop::failed(
            "AWS did not let the request through\n  help: sign in again (`aws sso login`), with a permission set that \
             allows lambda:InvokeFunctionUrl and lambda:InvokeFunction on the approver",
        ),
        429 | 500..=599 => Stop::failed(format!(
            "the approver cannot answer now (HTTP {status}): it may have done it; look, then try again"
        )),
        _ => Stop::usage(format!(
            "what answers there is not the approver (HTTP {status})\n  help: is --api right?"
        )),
    }
}

fn remedy(code: &str) -> Option<&'static str> {
    let remedy = match code {
        "unauthenticated" => "sign in to AWS (`aws sso login`), or set ROTAKEY_TOKEN",
        "no-such-path" => "is --api right, and is the approver of this version?",
        "not-found" => "`rotakey requests` and `rotakey grants --all` show the ids",
        "own-request" => "ask another approver",
        "already-resolved" | "timed-out" => "`rotakey requests` shows what became of it",
        "already-approved" => "others have to approve it too",
        "not-live" => "`rotakey grants` shows what you hold",
        "unavailable" | "unknown-on-call" => "nothing was decided: try again in a minute",
        _ => return None,
    };
    Some(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::Exit;
    use serde_json::json;

    #[test]
    fn refusals_say_what_to_do_and_whose_fault_it_is() {
        for (status, code, exit) in [
            (401, "unauthenticated", Exit::Usage),
            (403, "policy", Exit::Failed),
            (404, "not-found", Exit::Usage),
            (409, "already-resolved", Exit::Failed),
            (422, "invalid", Exit::Usage),
            (503, "unavailable", Exit::Failed),
        ] {
            let body = json!({
                "type": "about:blank",
                "title": "a title",
                "status": status,
                "detail": "in words",
                "code": code,
            });
            assert_eq!(
                refused(status, body.to_string().as_bytes()).exit,
                exit,
                "{code}"
            );
        }
        for (status, exit) in [(403, Exit::Failed), (502, Exit::Failed), (200, Exit::Usage)] {
            let answer = refused(status, b"{\"Message\": \"Forbidden\"}");
            assert_eq!(answer.exit, exit, "{status}");
        }
    }
}
