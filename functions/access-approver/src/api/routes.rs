//! What there is to call: one table, from which requests are told apart and the OpenAPI document is made.

use super::problem::Problem;
use super::shape::{Schemas, Shape};
use super::wire::{
    Because, Finding, GrantView, Grants, Groups, MoreTime, NewRequest, Nothing, RequestView,
    Requests,
};
use serde_json::Value;

/// What a caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Ask,
    Requests,
    Request,
    Approve,
    Deny,
    Cancel,
    Grants,
    Extend,
    HandBack,
    Revoke,
    Review,
    Groups,
    Release,
    Document,
}

/// How a type describes itself.
pub(super) type Describe = fn(&mut Schemas) -> Value;

/// One operation as it is called.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Segments between slashes; one in braces stands for an id.
    pub(super) path: &'static str,
    pub(super) operation: Operation,
    /// What it does, in a few words.
    pub(super) summary: &'static str,
    /// The JSON that is sent; `None`: there is no body.
    pub(super) body: Option<Describe>,
    /// The status of success.
    pub(super) status: u16,
    /// The JSON that is answered then; `None`: there is none.
    pub(super) answer: Option<Describe>,
    /// What may follow the question mark.
    pub(super) query: &'static [Parameter],
    /// Whether `Idempotency-Key` makes a repeat the same request.
    pub(super) takes_key: bool,
}

/// One parameter of a query; none has to be there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// What it does, in a few words.
    pub(super) summary: &'static str,
}

const AFTER: Parameter = Parameter {
    name: "after",
    summary: "What `next` said on the page before",
};

const WHICH_REQUESTS: &[Parameter] = &[
    Parameter {
        name: "by",
        summary: "Those of this person: an e-mail address, or `me`",
    },
    Parameter {
        name: "group",
        summary: "Those for this group",
    },
    Parameter {
        name: "state",
        summary: "Those in this state. `pending` without `by` and `group` means everybody's; all else without them, one's own",
    },
    AFTER,
];

const WHICH_GRANTS: &[Parameter] = &[
    Parameter {
        name: "of",
        summary: "All that this person ever held: an e-mail address, or `me`. Without it, everybody's that are live or await a review",
    },
    AFTER,
];

/// All there is.
pub(super) const ROUTES: &[Route] = &[
    post("/requests", Operation::Ask, "Ask for access")
        .taking(NewRequest::shape)
        .by_key()
        .answering(201, RequestView::shape),
    get("/requests", Operation::Requests, "Look at requests")
        .with(WHICH_REQUESTS)
        .answering(200, Requests::shape),
    get("/requests/{id}", Operation::Request, "Look at a request")
        .answering(200, RequestView::shape),
    post(
        "/requests/{id}/approve",
        Operation::Approve,
        "Approve somebody's request",
    )
    .answering(200, RequestView::shape),
    post(
        "/requests/{id}/deny",
        Operation::Deny,
        "Deny somebody's request",
    )
    .taking(Because::shape)
    .answering(200, RequestView::shape),
    post(
        "/requests/{id}/cancel",
        Operation::Cancel,
        "Take one's own request back",
    )
    .answering(200, RequestView::shape),
    get("/grants", Operation::Grants, "Look at grants")
        .with(WHICH_GRANTS)
        .answering(200, Grants::shape),
    post(
        "/grants/{id}/extend",
        Operation::Extend,
        "Ask for more time for one's own grant",
    )
    .taking(MoreTime::shape)
    .by_key()
    .answering(201, RequestView::shape),
    post(
        "/grants/{id}/hand-back",
        Operation::HandBack,
        "Hand one's own grant back",
    )
    .answering(200, GrantView::shape),
    post(
        "/grants/{id}/revoke",
        Operation::Revoke,
        "Take a grant away",
    )
    .taking(Because::shape)
    .answering(200, GrantView::shape),
    post(
        "/grants/{id}/review",
        Operation::Review,
        "Say what the review of a break-glass found",
    )
    .taking(Finding::shape)
    .answering(200, GrantView::shape),
    get(
        "/groups",
        Operation::Groups,
        "Look at the groups that one may ask into",
    )
    .answering(200, Groups::shape),
    post(
        "/held/{id}/release",
        Operation::Release,
        "Let the held removals of a plan go",
    ),
    get("/openapi.json", Operation::Document, "This document").answering(200, document),
];

/// A route, and the id in the path if the path has one.
type Found<'a> = (&'static Route, Option<&'a str>);

/// What a request means.
///
/// # Errors
/// A problem when nothing is at the path, or not by this method.
pub(super) fn find<'a>(method: &str, path: &'a str) -> Result<Found<'a>, Problem> {
    let here = ROUTES.iter().filter_map(|route| at(route, path));
    let here: Vec<Found<'a>> = here.collect();
    if here.is_empty() {
        return Err(Problem::no_path());
    }
    let found = here.iter().find(|(route, _)| route.method == method);
    found.copied().ok_or_else(|| {
        let methods: Vec<&str> = here.iter().map(|(route, _)| route.method).collect();
        Problem::no_method(&methods)
    })
}

/// The route with the id, if it is the one of this path. No path has more than one.
fn at<'a>(route: &'static Route, path: &'a str) -> Option<Found<'a>> {
    let (mut wanted, mut given) = (route.path.split('/'), path.split('/'));
    let mut id = None;
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some((route, id)),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                id = Some(given);
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

const fn get(path: &'static str, operation: Operation, summary: &'static str) -> Route {
    Route {
        method: "GET",
        path,
        operation,
        summary,
        body: None,
        status: 204,
        answer: None,
        query: &[],
        takes_key: false,
    }
}

const fn post(path: &'static str, operation: Operation, summary: &'static str) -> Route {
    Route {
        method: "POST",
        body: Some(Nothing::shape),
        ..get(path, operation, summary)
    }
}

impl Route {
    /// The names of its parameters.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.query.iter().map(|parameter| parameter.name).collect()
    }

    const fn taking(self, body: Describe) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    const fn with(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    const fn by_key(self) -> Self {
        Self {
            takes_key: true,
            ..self
        }
    }

    const fn answering(self, status: u16, answer: Describe) -> Self {
        Self {
            status,
            answer: Some(answer),
            ..self
        }
    }
}

/// An OpenAPI document is not described any further.
fn document(_: &mut Schemas) -> Value {
    serde_json::json!({ "type": "object" })
}
