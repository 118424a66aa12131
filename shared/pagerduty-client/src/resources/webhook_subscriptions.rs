//! Webhook subscriptions: where PagerDuty reports what happens, about what, and whether it still does.

use std::{collections::BTreeSet, fmt};

use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::overrides::Deletion;
use crate::{
    answer,
    call::Call,
    client::Client,
    error::{Error, Operation},
    ids::{ServiceId, TeamId, WebhookSubscriptionId},
    paging::PAGE_ROWS,
    webhook::EventType,
};

const READ: &str = "webhook_subscriptions.read";
const WRITE: &str = "webhook_subscriptions.write";
/// The key that answers have their resource under.
const KEY: &str = "webhook_subscription";

/// Whose incidents a subscription is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "FilterWire")]
pub enum WebhookFilter {
    /// All of the account.
    Account,
    /// Those of one service.
    Service(ServiceId),
    /// Those of one team.
    Team(TeamId),
    /// A kind that this crate does not know yet; its `type` as PagerDuty writes it.
    Other(String),
}

/// How a subscription's events are delivered, and whether they are.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct WebhookDelivery {
    /// Where they are sent; `None` where that is no URL. Others' addresses may hold their secrets, so `Debug` shows
    /// the host only.
    #[serde(default, deserialize_with = "url_if_any")]
    pub url: Option<Url>,
    /// PagerDuty has stopped for a day, as three deliveries in a row were refused. What happens until then is never
    /// delivered. Not said is read as no.
    #[serde(
        default,
        rename = "temporarily_disabled",
        deserialize_with = "or_false"
    )]
    pub is_temporarily_disabled: bool,
}

impl fmt::Debug for WebhookDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookDelivery")
            .field("host", &self.url.as_ref().and_then(Url::host_str))
            .field("is_temporarily_disabled", &self.is_temporarily_disabled)
            .finish()
    }
}

/// A webhook subscription. Its secret is in the answer to its creation only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WebhookSubscription {
    /// Which one; each delivery names it in `X-Webhook-Subscription`.
    pub id: WebhookSubscriptionId,
    /// Whether its owner has it switched on.
    #[serde(rename = "active", default = "yes", deserialize_with = "or_true")]
    pub is_active: bool,
    /// How it delivers.
    #[serde(rename = "delivery_method")]
    pub delivery: WebhookDelivery,
    /// What it reports.
    pub events: BTreeSet<EventType>,
    /// About whose incidents.
    pub filter: WebhookFilter,
    /// What it is for.
    pub description: Option<String>,
}

/// A webhook subscription to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhookSubscription {
    /// Where to deliver. It cannot be changed later.
    pub url: Url,
    /// What to report, at least one; [`EventType::INCIDENTS`] is what this crate can read.
    pub events: BTreeSet<EventType>,
    /// About whose incidents.
    pub filter: WebhookFilter,
    /// What it is for.
    pub description: String,
}

/// A subscription that was just created, and what signs its deliveries.
#[derive(Debug)]
pub struct CreatedWebhookSubscription {
    /// The subscription.
    pub subscription: WebhookSubscription,
    /// The secret, for [`webhook::verify`](crate::webhook::verify). PagerDuty never tells it again.
    pub secret: SecretString,
}

impl Client {
    /// All webhook subscriptions of the account, also those that others made.
    ///
    /// Needs `webhook_subscriptions.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn webhook_subscriptions(&self) -> Result<Vec<WebhookSubscription>, Error> {
        let operation = Operation::new("list webhook subscriptions");
        let call = Call::get(operation, &["webhook_subscriptions"]).scope(READ);
        self.all_by_offset(call, "webhook_subscriptions", PAGE_ROWS)
            .await
    }

    /// One webhook subscription.
    ///
    /// Needs `webhook_subscriptions.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn webhook_subscription(
        &self,
        id: &WebhookSubscriptionId,
    ) -> Result<WebhookSubscription, Error> {
        let operation = Operation::of("get webhook subscription", id.as_str());
        let call = Call::get(operation, &["webhook_subscriptions", id.as_str()]).scope(READ);
        self.one(call, KEY).await
    }

    /// Creates a webhook subscription.
    ///
    /// Never sent twice: after [`Error::Unreachable`], [`Error::Malformed`] or [`Error::DeadlinePassed`] there may be
    /// one whose secret nobody knows; find it by its URL with [`Client::webhook_subscriptions`] and delete it before
    /// trying again. Needs `webhook_subscriptions.write`.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Malformed`] also if the answer holds no secret.
    pub async fn create_webhook_subscription(
        &self,
        new: &NewWebhookSubscription,
    ) -> Result<CreatedWebhookSubscription, Error> {
        let operation = Operation::new("create webhook subscription");
        let call = Call::new(Method::POST, operation.clone(), &["webhook_subscriptions"])
            .scope(WRITE)
            .body(&NewWire::of(new));
        let body = self.send(&call).await?;
        let subscription = answer::read(&operation, KEY, &body)?.value;
        let SecretWire { delivery_method } = answer::read(&operation, KEY, &body)?.value;
        match delivery_method.secret {
            Some(secret) if !secret.is_empty() => Ok(CreatedWebhookSubscription {
                subscription,
                secret: secret.into(),
            }),
            _ => Err(Error::Malformed {
                operation,
                what: "the new subscription has no secret".to_owned(),
            }),
        }
    }

    /// Switches a temporarily disabled subscription on again, before its day is over. Does nothing to one that is
    /// not. Sent once. Needs `webhook_subscriptions.write`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn enable_webhook_subscription(
        &self,
        id: &WebhookSubscriptionId,
    ) -> Result<(), Error> {
        let operation = Operation::of("enable webhook subscription", id.as_str());
        self.send(&tell(operation, id, "enable")).await?;
        Ok(())
    }

    /// Has PagerDuty deliver a `pagey.ping` to a subscription, some moments later. Sent once. Needs
    /// `webhook_subscriptions.write`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn ping_webhook_subscription(&self, id: &WebhookSubscriptionId) -> Result<(), Error> {
        let operation = Operation::of("ping webhook subscription", id.as_str());
        self.send(&tell(operation, id, "ping")).await?;
        Ok(())
    }

    /// Deletes a webhook subscription, and what it has not delivered yet. Doing it again does no harm. Needs
    /// `webhook_subscriptions.write`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn delete_webhook_subscription(
        &self,
        id: &WebhookSubscriptionId,
    ) -> Result<Deletion, Error> {
        let operation = Operation::of("delete webhook subscription", id.as_str());
        let path = ["webhook_subscriptions", id.as_str()];
        let call = Call::new(Method::DELETE, operation, &path).scope(WRITE);
        match self.send(&call).await {
            Ok(_) => Ok(Deletion::Deleted),
            Err(Error::NotFound { .. }) => Ok(Deletion::AlreadyGone),
            Err(error) => Err(error),
        }
    }
}

/// A command to one subscription, without a body.
fn tell(operation: Operation, id: &WebhookSubscriptionId, what: &str) -> Call {
    let path = ["webhook_subscriptions", id.as_str(), what];
    Call::new(Method::POST, operation, &path).scope(WRITE)
}

/// One odd subscription of someone else must not hide all others.
fn url_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Url>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.and_then(|text| Url::parse(&text).ok()))
}

fn yes() -> bool {
    true
}

fn or_true<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(true))
}

fn or_false<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(false))
}

#[derive(Deserialize, Serialize)]
struct FilterWire {
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl TryFrom<FilterWire> for WebhookFilter {
    type Error = String;

    fn try_from(wire: FilterWire) -> Result<Self, String> {
        let FilterWire { kind, id } = wire;
        let id = id.unwrap_or_default();
        // The texts name no value: they end up in errors.
        match kind.as_str() {
            "account_reference" => Ok(Self::Account),
            "service_reference" => {
                let id = ServiceId::parse(&id);
                id.map(Self::Service).map_err(|error| error.to_string())
            }
            "team_reference" => {
                let id = TeamId::parse(&id);
                id.map(Self::Team).map_err(|error| error.to_string())
            }
            _ => Ok(Self::Other(kind)),
        }
    }
}

impl From<&WebhookFilter> for FilterWire {
    fn from(filter: &WebhookFilter) -> Self {
        let (kind, id) = match filter {
            WebhookFilter::Account => ("account_reference", None),
            WebhookFilter::Service(id) => ("service_reference", Some(id.to_string())),
            WebhookFilter::Team(id) => ("team_reference", Some(id.to_string())),
            WebhookFilter::Other(kind) => (kind.as_str(), None),
        };
        let kind = kind.to_owned();
        Self { kind, id }
    }
}

#[derive(Serialize)]
struct NewWire<'a> {
    webhook_subscription: SubscriptionWire<'a>,
}

#[derive(Serialize)]
struct SubscriptionWire<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    delivery_method: MethodWire<'a>,
    events: Vec<&'a str>,
    filter: FilterWire,
    description: &'a str,
}

#[derive(Serialize)]
struct MethodWire<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a Url,
}

impl<'a> NewWire<'a> {
    fn of(new: &'a NewWebhookSubscription) -> Self {
        let NewWebhookSubscription {
            url,
            events,
            filter,
            description,
        } = new;
        let kind = "http_delivery_method";
        Self {
            webhook_subscription: SubscriptionWire {
                kind: "webhook_subscription",
                delivery_method: MethodWire { kind, url },
                events: events.iter().map(EventType::as_str).collect(),
                filter: filter.into(),
                description,
            },
        }
    }
}

/// What the answer to a creation holds beyond the subscription.
#[derive(Deserialize)]
struct SecretWire {
    delivery_method: SecretMethodWire,
}

#[derive(Deserialize)]
struct SecretMethodWire {
    secret: Option<String>,
}
