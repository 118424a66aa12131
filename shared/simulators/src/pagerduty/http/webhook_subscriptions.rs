//! `/webhook_subscriptions`: created with a secret that is told once, tried, switched on again.

use axum::http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::view::{View, found, with};
use crate::pagerduty::webhooks::{WEBHOOK_EVENTS, WebhookFilter, WebhookSubscription};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let is_wanted = |one: &&WebhookSubscription| {
        let (kind, id) = one.filter.parts();
        call.query.one("filter_type").is_none_or(|wanted| {
            // The query says `service` where the resource says `service_reference`.
            kind.strip_suffix("_reference") == Some(wanted.trim_end_matches("_reference"))
        }) && call
            .query
            .one("filter_id")
            .is_none_or(|wanted| id == Some(wanted))
    };
    let subscriptions = call.account.webhook_subscriptions();
    let wanted: Vec<_> = subscriptions.values().filter(is_wanted).collect();
    page(call, CLASSIC, "webhook_subscriptions", &wanted, |one| {
        shown(call, one, None)
    })
    .map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let subscriptions = call.account.webhook_subscriptions();
    let one = found(subscriptions.get(call.id()))?;
    Ok(answer(StatusCode::OK, &shown(call, one, None)))
}

pub(super) fn create(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.json()?;
    let new = &body["webhook_subscription"];
    let method = &new["delivery_method"];
    if method["type"] != "http_delivery_method" {
        return Err(Problem::invalid(
            "delivery_method must be an http_delivery_method",
        ));
    }
    let url = method["url"].as_str().filter(|url| {
        Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host())
    });
    let url = url.ok_or_else(|| Problem::invalid("url must be a URL"))?;
    let mut subscription = WebhookSubscription::new(url, filter(call, &new["filter"])?);
    subscription.events = events(&new["events"])?;
    subscription.description = new["description"].as_str().map(str::to_owned);
    subscription.is_active = new["active"].as_bool().unwrap_or(true);
    let id = call.account.add_webhook_subscription(subscription);
    let subscriptions = call.account.webhook_subscriptions();
    let one = found(subscriptions.get(&id))?;
    let shown = shown(call, one, Some(&one.secret));
    Ok(answer(StatusCode::CREATED, &shown))
}

/// Changes all but the delivery method, which never changes.
pub(super) fn update(call: &Call<'_>) -> Result<Answer, Problem> {
    let body = call.json()?;
    let new = &body["webhook_subscription"];
    let events = new.get("events").map(events).transpose()?;
    let filter = new.get("filter").map(|new| filter(call, new)).transpose()?;
    call.account.change_webhook_subscription(call.id(), |one| {
        let one = found(one)?;
        if let Some(description) = new.get("description") {
            one.description = description.as_str().map(str::to_owned);
        }
        one.is_active = new["active"].as_bool().unwrap_or(one.is_active);
        one.events = events.unwrap_or_else(|| one.events.clone());
        one.filter = filter.unwrap_or_else(|| one.filter.clone());
        Ok(())
    })?;
    get(call)
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Problem> {
    let was_there = call.account.remove_webhook_subscription(call.id());
    found(was_there.then_some(()))?;
    Ok(Answer::no_content())
}

pub(super) fn enable(call: &Call<'_>) -> Result<Answer, Problem> {
    call.account.change_webhook_subscription(call.id(), |one| {
        found(one).map(WebhookSubscription::enable)
    })?;
    get(call)
}

pub(super) fn ping(call: &Call<'_>) -> Result<Answer, Problem> {
    get(call)?;
    call.account.ping_webhook_subscription(call.id());
    Ok(Answer(StatusCode::ACCEPTED, None))
}

fn answer(status: StatusCode, shown: &Value) -> Answer {
    Answer(status, Some(json!({ "webhook_subscription": shown })))
}

fn events(events: &Value) -> Result<Vec<String>, Problem> {
    let wrong = || Problem::invalid("events must name at least one type, and only known ones");
    let named = events.as_array().filter(|events| !events.is_empty());
    let known = |event: &Value| {
        let event = event.as_str().filter(|name| WEBHOOK_EVENTS.contains(name));
        event.map(str::to_owned).ok_or_else(wrong)
    };
    named.ok_or_else(wrong)?.iter().map(known).collect()
}

fn filter(call: &Call<'_>, filter: &Value) -> Result<WebhookFilter, Problem> {
    let world = call.account.world();
    let id = filter["id"].as_str().unwrap_or_default();
    match filter["type"].as_str() {
        Some("account_reference") => Ok(WebhookFilter::Account),
        Some("service_reference") if world.services.contains_key(id) => {
            Ok(WebhookFilter::Service(id.to_owned()))
        }
        Some("team_reference") if world.teams.contains_key(id) => {
            Ok(WebhookFilter::Team(id.to_owned()))
        }
        _ => Err(Problem::invalid(
            "filter must be the account, a service or a team",
        )),
    }
}

fn shown(call: &Call<'_>, one: &WebhookSubscription, secret: Option<&str>) -> Value {
    let world = call.account.world();
    let view = View::new(call, &world);
    let (kind, id) = one.filter.parts();
    let mut filter = json!({ "type": kind });
    if let Some(id) = id {
        filter["id"] = json!(id);
    }
    let place = "webhook_subscriptions";
    let mut identity = view.identity("webhook_subscription", "", place, place, &one.id);
    identity["summary"] = Value::Null;
    identity["html_url"] = Value::Null;
    with(
        identity,
        json!({
            "active": one.is_active,
            "delivery_method": {
                "id": format!("D{}", one.id),
                "type": "http_delivery_method",
                "url": one.url,
                "secret": secret,
                "temporarily_disabled": one.is_disabled_at(call.now),
                "custom_headers": [],
            },
            "description": one.description,
            "events": one.events,
            "filter": filter,
        }),
    )
}
