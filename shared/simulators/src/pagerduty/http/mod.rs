//! The HTTP face of the account: one table of routes, one gate in front of all of them.

mod abilities;
mod auth;
mod gate;
mod incidents;
mod notes;
mod oncalls;
mod overrides;
mod page;
mod policies;
mod problem;
mod query;
mod rate;
mod rendered;
mod schedules;
mod schedules_v3;
mod services;
mod shifts_v3;
mod teams;
mod token;
mod users;
mod view;
mod webhook_events;
mod webhook_subscriptions;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, on, post};
use serde_json::Value;

use super::PagerDuty;
use crate::kit::Vendor;
use gate::{Handler, gate, no_such_route};
use problem::Problem;

pub(super) use auth::{Access, Credentials};
pub(super) use oncalls::RowCache;
pub(super) use rate::RateLimit;
pub(super) use webhook_events::{incident_data, note_data, responder_data, user_agent};

/// How the kit forges PagerDuty's errors and pages.
pub(super) const VENDOR: Vendor = Vendor {
    operation: |_| None,
    error_body: |status: StatusCode| Problem::of_status(status).body(false),
    more_follows: |members| {
        members.insert("more".to_owned(), Value::Bool(true));
    },
};

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PUT: MethodFilter = MethodFilter::PUT;
const DELETE: MethodFilter = MethodFilter::DELETE;

type Route = (MethodFilter, &'static str, &'static str, Handler);

/// Method, path, the scope an OAuth token needs, and who answers.
const ROUTES: &[Route] = &[
    (GET, "/abilities", "abilities.read", abilities::list),
    (GET, "/abilities/{id}", "abilities.read", abilities::test),
    (
        GET,
        "/escalation_policies",
        "escalation_policies.read",
        policies::list,
    ),
    (
        GET,
        "/escalation_policies/{id}",
        "escalation_policies.read",
        policies::get,
    ),
    (GET, "/incidents", "incidents.read", incidents::list),
    (GET, "/incidents/{id}", "incidents.read", incidents::get),
    (GET, "/incidents/{id}/notes", "incidents.read", notes::list),
    (
        POST,
        "/incidents/{id}/notes",
        "incidents.write",
        notes::create,
    ),
    (GET, "/oncalls", "oncalls.read", oncalls::list),
    (GET, "/schedules", "schedules.read", schedules::list),
    (GET, "/schedules/{id}", "schedules.read", schedules::get),
    (
        DELETE,
        "/schedules/{id}",
        "schedules.write",
        schedules::delete,
    ),
    (
        GET,
        "/schedules/{id}/overrides",
        "schedules.read",
        overrides::list,
    ),
    (
        POST,
        "/schedules/{id}/overrides",
        "schedules.write",
        overrides::create,
    ),
    (
        DELETE,
        "/schedules/{id}/overrides/{override_id}",
        "schedules.write",
        overrides::delete,
    ),
    (GET, "/schedules/{id}/users", "users.read", schedules::users),
    (GET, "/services", "services.read", services::list),
    (GET, "/services/{id}", "services.read", services::get),
    (GET, "/teams", "teams.read", teams::list),
    (GET, "/teams/{id}", "teams.read", teams::get),
    (GET, "/teams/{id}/members", "teams.read", teams::members),
    (
        PUT,
        "/teams/{id}/users/{user_id}",
        "teams.write",
        teams::set_member,
    ),
    (
        DELETE,
        "/teams/{id}/users/{user_id}",
        "teams.write",
        teams::remove_member,
    ),
    (GET, "/users", "users.read", users::list),
    (GET, "/users/{id}", "users.read", users::get),
    (PUT, "/users/{id}", "users.write", users::update),
    (DELETE, "/users/{id}", "users.write", users::delete),
    (GET, "/v3/schedules", "schedules.read", schedules_v3::list),
    (
        GET,
        "/v3/schedules/{id}",
        "schedules.read",
        schedules_v3::get,
    ),
    (
        DELETE,
        "/v3/schedules/{id}",
        "schedules.write",
        schedules_v3::delete,
    ),
    (
        GET,
        "/v3/schedules/{id}/overrides",
        "schedules.read",
        shifts_v3::overrides,
    ),
    (
        POST,
        "/v3/schedules/{id}/overrides",
        "schedules.write",
        shifts_v3::create_overrides,
    ),
    (
        DELETE,
        "/v3/schedules/{id}/overrides/{sub_id}",
        "schedules.write",
        shifts_v3::delete_override,
    ),
    (
        GET,
        "/v3/schedules/{id}/custom_shifts",
        "schedules.read",
        shifts_v3::custom_shifts,
    ),
    (
        POST,
        "/v3/schedules/{id}/custom_shifts",
        "schedules.write",
        shifts_v3::create_custom_shifts,
    ),
    (
        DELETE,
        "/v3/schedules/{id}/custom_shifts/{sub_id}",
        "schedules.write",
        shifts_v3::delete_custom_shift,
    ),
    (
        GET,
        "/webhook_subscriptions",
        "webhook_subscriptions.read",
        webhook_subscriptions::list,
    ),
    (
        POST,
        "/webhook_subscriptions",
        "webhook_subscriptions.write",
        webhook_subscriptions::create,
    ),
    (
        GET,
        "/webhook_subscriptions/{id}",
        "webhook_subscriptions.read",
        webhook_subscriptions::get,
    ),
    (
        PUT,
        "/webhook_subscriptions/{id}",
        "webhook_subscriptions.write",
        webhook_subscriptions::update,
    ),
    (
        DELETE,
        "/webhook_subscriptions/{id}",
        "webhook_subscriptions.write",
        webhook_subscriptions::delete,
    ),
    (
        POST,
        "/webhook_subscriptions/{id}/enable",
        "webhook_subscriptions.write",
        webhook_subscriptions::enable,
    ),
    (
        POST,
        "/webhook_subscriptions/{id}/ping",
        "webhook_subscriptions.write",
        webhook_subscriptions::ping,
    ),
];

pub(super) fn router(account: PagerDuty) -> Router {
    let router = Router::new().route("/oauth/token", post(token::issue));
    let add = |router: Router<PagerDuty>, (method, path, scope, handler): &Route| {
        router.route(path, on(*method, gate(scope, *handler)))
    };
    ROUTES
        .iter()
        .fold(router, add)
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_route)
        .with_state(account)
}
