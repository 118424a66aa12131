//! A subscription is made together with the place of its secret, or not at all: PagerDuty tells the secret once.

use super::desk::{Desk, refused};
use crate::show::during;
use crate::stop::Stop;
use pagerduty_client::webhook::EventType;
use pagerduty_client::{
    CreatedWebhookSubscription, Error, NewWebhookSubscription, WebhookFilter, WebhookSubscription,
};
use url::Url;

/// What PagerDuty shows of our subscriptions.
const DESCRIPTION: &str = "Rotakey: who works on incidents has access";

/// A subscription to what the receiver reads.
pub(super) fn wanted(url: Url, filter: WebhookFilter) -> NewWebhookSubscription {
    NewWebhookSubscription {
        url,
        events: EventType::INCIDENTS.into(),
        filter,
        description: DESCRIPTION.to_owned(),
    }
}

/// Creates a subscription and puts its secret into `place` under its id. If that fails, the subscription is deleted again.
///
/// A secret that stands alone in `place` is kept there under `former`. `before` are the subscriptions there were.
pub(super) async fn make(
    desk: &Desk,
    new: &NewWebhookSubscription,
    place: &str,
    former: &str,
    before: &[WebhookSubscription],
) -> Result<WebhookSubscription, Stop> {
    let create = desk.client.create_webhook_subscription(new);
    let created = during("Creating the subscription", create).await;
    let CreatedWebhookSubscription {
        subscription,
        secret,
    } = match created {
        Ok(created) => created,
        Err(error) => return Err(undo(desk, new, before, &error).await),
    };
    let id = &subscription.id;
    let put = desk.secrets.put_text(place, id.as_str(), &secret, former);
    let put = put.await;
    match put {
        Ok(()) => Ok(subscription),
        Err(error) => {
            let undone = delete(desk, &subscription).await;
            Err(Stop::failed(format!("{error}; {undone}")))
        }
    }
}

/// After a creation that failed: one whose outcome is not known may have left a subscription whose secret nobody knows.
async fn undo(
    desk: &Desk,
    new: &NewWebhookSubscription,
    before: &[WebhookSubscription],
    error: &Error,
) -> Stop {
    let is_open = matches!(
        error,
        Error::Unreachable { .. } | Error::Malformed { .. } | Error::DeadlinePassed { .. }
    );
    if !is_open {
        return refused(error);
    }
    let Ok(now) = desk.client.webhook_subscriptions().await else {
        let name = &desk.name;
        return Stop::failed(format!(
            "{error}; there may be a subscription now whose secret nobody knows: run `rotakey webhooks list {name}`, and delete what is new"
        ));
    };
    let is_new = |one: &&WebhookSubscription| {
        let is_known = before.iter().any(|known| known.id == one.id);
        one.delivery.url.as_ref() == Some(&new.url) && !is_known
    };
    let mut said = vec![error.to_string()];
    for one in now.iter().filter(is_new) {
        said.push(delete(desk, one).await);
    }
    Stop::failed(said.join("; "))
}

/// Deletes a subscription that is of no use, and says so.
async fn delete(desk: &Desk, one: &WebhookSubscription) -> String {
    let (name, id) = (&desk.name, &one.id);
    match desk.client.delete_webhook_subscription(id).await {
        Ok(_) => format!("subscription {id} was deleted again"),
        Err(error) => format!(
            "subscription {id} could not be deleted again ({error}), and its secret is lost: run `rotakey webhooks delete {name} {id}`"
        ),
    }
}
