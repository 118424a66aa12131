//! Real adapters for the receiver's ports: the only place that knows which library stands behind which port.

use crate::deps::{Deps, WebhookSecrets};
use access_core::config::SecretRef;
use access_core::id::GroupName;
use access_core::ports::Wake;
use access_store::DynamoStore;
use async_trait::async_trait;
use aws_config::SdkConfig;
use function_kit::{Environment, EventBus, Freshness, SecretError, Secrets, Wishes, metrics};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
            Arc::new(EventBridge::new(bus, function_kit::now)),
        )
    }
}

/// Signing secrets by reference. Behind one there is a secret, or a JSON object of subscription ids and their secrets, as
/// `rotakey webhooks create` writes it: under `NAME#KEY` that object is itself the text.
pub struct RealSecrets(pub Arc<Secrets>);

#[async_trait]
impl WebhookSecrets for RealSecrets {
    async fn secrets(
        &self,
        reference: &SecretRef,
        subscription: Option<&str>,
        freshness: Freshness,
    ) -> Result<Vec<SecretString>, SecretError> {
        let read = self.0.get(&reference.reference, freshness).await;
        // It is read again for whoever signs by another one, a forger too: that says nothing against it.
        metrics::secret(&read, false);
        Ok(of_subscription(read?, subscription))
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
pub struct EventBridge(Wishes);

impl EventBridge {
    /// Puts wishes on `bus`, and says by `clock` when each was made.
    #[must_use]
    pub fn new(bus: EventBus, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Wishes::new(bus, clock))
    }
}

#[async_trait]
impl Wake for EventBridge {
    async fn reconcile(&self, now: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String> {
        let names: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
        self.0.reconcile(now, &names).await
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
