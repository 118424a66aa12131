//! One PagerDuty account as these commands work on it: its client, its subscriptions, the places of its secrets.

use crate::setup::{ConfigArg, Loaded};
use crate::show::during;
use crate::stop::Stop;
use access_core::config::PagerDutyAccount;
use access_core::id::PagerDutyName;
use access_sources::Reads;
use function_kit::Secrets;
use oncall_poller::wiring::RealSystems;
use pagerduty_client::{Client, Error, WebhookSubscription, WebhookSubscriptionId};
use url::Url;

/// Which subscription of which account.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct OneSubscription {
    /// The PagerDuty account, as the configuration names it
    pub(super) account: PagerDutyName,
    /// Which subscription [default: the only one that delivers to the receiver]
    pub(super) subscription: Option<WebhookSubscriptionId>,
}

/// A PagerDuty account with what may change it.
pub(super) struct Desk {
    pub(super) loaded: Loaded,
    pub(super) name: PagerDutyName,
    pub(super) client: Client,
    pub(super) secrets: Secrets,
    account: PagerDutyAccount,
}

impl Desk {
    pub(super) async fn open(config: &ConfigArg, name: &PagerDutyName) -> Result<Self, Stop> {
        let loaded = config.load()?;
        let account = known(&loaded, name)?.clone();
        let aws = loaded.aws().await?;
        loaded.require_secrets(&aws).await?;
        let source = RealSystems::new(&aws).pagerduty(&account, Reads::WebhookChanges);
        Ok(Self {
            loaded,
            name: name.clone(),
            client: source.map_err(Stop::usage)?.client().clone(),
            secrets: Secrets::new(&aws),
            account,
        })
    }

    /// Where the receiver looks for signing secrets.
    pub(super) fn references(&self) -> Vec<&str> {
        let secrets = self.account.webhook_secrets.iter();
        secrets.map(|secret| &*secret.reference).collect()
    }

    /// Every subscription of the account, also those of others.
    pub(super) async fn all(&self) -> Result<Vec<WebhookSubscription>, Stop> {
        let listed = self.client.webhook_subscriptions();
        let listed = during("Reading PagerDuty", listed).await;
        listed.map_err(|error| refused(&error))
    }

    /// Those of them that deliver to this account's receiver.
    pub(super) fn ours<'a>(&self, all: &'a [WebhookSubscription]) -> Vec<&'a WebhookSubscription> {
        let ours = |one: &&WebhookSubscription| is_ours(&self.name, one.delivery.url.as_ref());
        all.iter().filter(ours).collect()
    }

    /// The subscription that is meant: the one asked for, or the only one that delivers to this account's receiver.
    pub(super) fn pick(
        &self,
        all: &[WebhookSubscription],
        asked: Option<&WebhookSubscriptionId>,
    ) -> Result<WebhookSubscription, Stop> {
        let (name, ours) = (&self.name, self.ours(all));
        if let Some(asked) = asked {
            let found = ours.into_iter().find(|one| one.id == *asked);
            return found.cloned().ok_or_else(|| {
                Stop::usage(format!(
                    "PagerDuty account `{name}` has no webhook subscription {asked} to a URL that ends in `/{name}`"
                ))
            });
        }
        match ours.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(Stop::usage(format!(
                "PagerDuty account `{name}` has no webhook subscription to a URL that ends in `/{name}`: run `rotakey webhooks create {name} --url URL`"
            ))),
            several => {
                let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
                Err(Stop::usage(format!(
                    "PagerDuty account `{name}` has several webhook subscriptions: name one of {}",
                    ids.join(", ")
                )))
            }
        }
    }

    /// As [`Desk::pick`] of all there are.
    pub(super) async fn one(
        &self,
        asked: Option<&WebhookSubscriptionId>,
    ) -> Result<WebhookSubscription, Stop> {
        self.pick(&self.all().await?, asked)
    }
}

/// An account of the configuration.
pub(super) fn known<'a>(
    loaded: &'a Loaded,
    name: &PagerDutyName,
) -> Result<&'a PagerDutyAccount, Stop> {
    let accounts = &loaded.config.pagerduty;
    accounts.get(name).ok_or_else(|| {
        let names: Vec<&str> = accounts.keys().map(PagerDutyName::as_str).collect();
        let known = match names.as_slice() {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        Stop::usage(format!(
            "the configuration has no PagerDuty account `{name}`; it has {known}"
        ))
    })
}

/// Whether a subscription delivers to the receiver, which takes an account's webhooks at its name.
pub(crate) fn is_ours(name: &PagerDutyName, url: Option<&Url>) -> bool {
    let last = url.and_then(|url| url.path().rsplit('/').next());
    last == Some(name.as_str())
}

/// What PagerDuty did not do, with everything that led to it.
pub(super) fn refused(error: &Error) -> Stop {
    Stop::from_error(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receivers_url_ends_in_the_name_of_its_account() {
        let name = PagerDutyName::new("acme").unwrap();
        for (url, expected) in [
            ("https://x.lambda-url.eu-west-1.on.aws/acme", true),
            (
                "http://127.0.0.1:9000/lambda-url/webhook-receiver/acme",
                true,
            ),
            ("https://x.example/acme/", false),
            ("https://x.example/acme-2", false),
            ("https://acme", false),
            ("https://x.example/?to=/acme", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(is_ours(&name, Some(&url)), expected, "{url}");
        }
        assert!(!is_ours(&name, None));
    }
}
