//! Real adapters for the receiver's ports: the only place that knows which library stands behind which port.

use crate::deps::{Deps, Wake, WebhookSecrets};
use access_core::config::SecretRef;
use access_core::id::GroupName;
use access_store::DynamoStore;
use async_trait::async_trait;
use aws_config::SdkConfig;
use function_kit::{BusEntry, Environment, EventBus, Freshness, SecretError, Secrets};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What the bus may take of the 5 seconds that PagerDuty waits: the event is stored by then.
const WAKE_WITHIN: Duration = Duration::from_secs(2);

impl Deps {
    /// Wires the receiver to AWS as `config` and `environment` say; sends nothing yet.
    #[must_use]
    pub fn wire(config: &SdkConfig, environment: &Environment) -> Self {
        let store = DynamoStore::new(
            aws_sdk_dynamodb::Client::new(config),
            environment.table.clone(),
        );
        let bus = EventBus::new(config, environment.bus.clone(), "rotakey");
        Self::new(
            Arc::new(store),
            Arc::new(RealSecrets(Arc::new(Secrets::new(config)))),
            Arc::new(EventBridge(bus)),
        )
    }
}

/// Signing secrets by reference. Behind one without `#KEY` there may be a JSON object of subscription ids and their
/// secrets, as `rotakey webhooks create` writes it.
pub struct RealSecrets(pub Arc<Secrets>);

#[async_trait]
impl WebhookSecrets for RealSecrets {
    async fn secrets(
        &self,
        reference: &SecretRef,
        subscription: Option<&str>,
        freshness: Freshness,
    ) -> Result<Vec<SecretString>, SecretError> {
        let whole = self.0.get(&reference.reference, freshness).await?;
        if reference.reference.contains('#') {
            return Ok(vec![whole]);
        }
        Ok(of_subscription(whole, subscription))
    }
}

/// Of a JSON object the secret of that subscription, or those of all if it is not in there; any other text is one secret.
///
/// Only what stands under a subscription's id is one: the same object may hold a client id, which is no secret at all.
fn of_subscription(whole: SecretString, subscription: Option<&str>) -> Vec<SecretString> {
    let Ok(object) = serde_json::from_str::<BTreeMap<String, Value>>(whole.expose_secret()) else {
        return vec![whole];
    };
    let secret = |value: &Value| value.as_str().map(SecretString::from);
    let named = subscription.filter(|subscription| is_subscription(subscription));
    if let Some(one) = named.and_then(|subscription| secret(object.get(subscription)?)) {
        return vec![one];
    }
    let all = object.iter().filter(|(key, _)| is_subscription(key));
    all.filter_map(|(_, value)| secret(value)).collect()
}

/// Whether a text looks like PagerDuty's ids.
fn is_subscription(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// "Reconcile Requested" on the owner's bus, which wakes the poller.
pub struct EventBridge(pub EventBus);

#[async_trait]
impl Wake for EventBridge {
    async fn reconcile(&self, now: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String> {
        let entry = BusEntry {
            detail_type: "Reconcile Requested".to_owned(),
            detail: json!({ "groups": groups }).to_string(),
            at: now,
        };
        let put = self.0.put(std::slice::from_ref(&entry));
        match tokio::time::timeout(WAKE_WITHIN, put).await {
            Ok(Ok(taken)) if taken.iter().all(|taken| *taken) => Ok(()),
            Ok(Ok(_)) => Err("the event bus refused the event".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the event bus did not answer in time".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, subscription: Option<&str>) -> Vec<String> {
        let secrets = of_subscription(SecretString::from(text), subscription);
        let texts = secrets
            .iter()
            .map(|secret| secret.expose_secret().to_owned());
        texts.collect()
    }

    #[test]
    fn a_secret_is_chosen_by_subscription_where_it_is_known() {
        let object = r#"{"PSUB1": "one", "PSUB2": "two"}"#;
        for (case, text, subscription, expected) in [
            ("known", object, Some("PSUB2"), &["two"][..]),
            ("unknown", object, Some("PSUB3"), &["one", "two"]),
            ("not said", object, None, &["one", "two"]),
            ("plain", "one", Some("PSUB1"), &["one"]),
            ("plain, and odd", r#"["one"]"#, None, &[r#"["one"]"#]),
            (
                "no text",
                r#"{"PSUB1": 1, "PSUB2": "two"}"#,
                Some("PSUB1"),
                &["two"],
            ),
            ("nothing", "{}", Some("PSUB1"), &[]),
            (
                "no subscription's",
                r#"{"client_id": "known to all", "PSUB1": "one"}"#,
                Some("client_id"),
                &["one"],
            ),
        ] {
            assert_eq!(read(text, subscription), expected, "{case}");
        }
    }
}
