//! Where signing secrets are kept: found before anything is created, and cleared of what is no longer used.

use super::desk::Desk;
use crate::stop::Stop;
use function_kit::{SecretError, SecretWriteError};
use pagerduty_client::{WebhookSubscription, WebhookSubscriptionId};

/// The key of a secret that stood alone, once there are several: written as ids of subscriptions are, so that the receiver
/// goes on trying it.
pub(super) const FORMER: &str = "FORMER";

const HELP: &str = "name a place in `webhook_secrets`, such as \"file:webhook-secrets.json\" on one machine or a secret that exists in Secrets Manager";

/// The place for a new secret: the one asked for, or the first of the configuration that can be written.
pub(super) async fn find(desk: &Desk, asked: Option<&str>) -> Result<String, Stop> {
    let (name, mut places) = (&desk.name, desk.references());
    if places.is_empty() {
        return Err(Stop::usage(format!(
            "PagerDuty account `{name}` has no `webhook_secrets`, so the receiver would know no secret; {HELP}"
        )));
    }
    if let Some(asked) = asked {
        places.retain(|place| *place == asked);
        if places.is_empty() {
            // What was asked for is not repeated: it may be a secret itself.
            return Err(Stop::usage(format!(
                "--secret names none of the `webhook_secrets` of PagerDuty account `{name}`, so the receiver would not look there"
            )));
        }
    }
    let (mut refusals, mut may_pass) = (Vec::new(), false);
    for place in places {
        match desk.secrets.try_writing(place).await {
            Ok(()) => return Ok(place.to_owned()),
            Err(error) => {
                may_pass |= error.may_pass();
                refusals.push(error.to_string());
            }
        }
    }
    let said = format!(
        "no place can take the secret, so nothing was created\n{}\n{HELP}",
        refusals.join("\n")
    );
    Err(if may_pass {
        Stop::failed(said)
    } else {
        Stop::usage(said)
    })
}

/// The key for a secret that stands alone where the secret of `old`'s successor goes.
///
/// The id of `old`, so that it goes when `old` does, only where it can be nobody else's: with several places or subscriptions,
/// nothing says whose it is, and it stays as [`FORMER`].
pub(super) fn former<'a>(
    desk: &Desk,
    all: &[WebhookSubscription],
    old: &'a WebhookSubscription,
) -> &'a str {
    if desk.references().len() == 1 && desk.ours(all).len() == 1 {
        old.id.as_str()
    } else {
        FORMER
    }
}

/// What became of the secret of a subscription that is no more.
pub(super) struct Forgotten {
    /// It was found under the subscription's id, and is gone.
    pub(super) is_gone: bool,
    /// Where it may still be.
    pub(super) failures: Vec<String>,
}

/// Takes the secret of a subscription out of every place that can be written.
pub(super) async fn forget(desk: &Desk, id: &WebhookSubscriptionId) -> Forgotten {
    let mut forgotten = Forgotten {
        is_gone: false,
        failures: Vec::new(),
    };
    for place in desk.references() {
        match desk.secrets.remove_text(place, id.as_str()).await {
            Ok(was_there) => forgotten.is_gone |= was_there,
            // There it cannot be.
            Err(
                SecretWriteError::Environment { .. }
                | SecretWriteError::Misfit { .. }
                | SecretWriteError::Read(SecretError::NotFound { .. }),
            ) => {}
            Err(error) => forgotten.failures.push(error.to_string()),
        }
    }
    forgotten
}

impl Forgotten {
    /// In words, for whoever deleted subscription `id`.
    pub(super) fn say(&self, id: &WebhookSubscriptionId) -> String {
        match (self.is_gone, self.failures.as_slice()) {
            (true, []) => "its secret is forgotten".to_owned(),
            (false, []) => format!(
                "its secret does not stand under {id} in any place that can be written: one that stands alone there or under {FORMER} may be it, or another subscription's; take it out by hand once no subscription signs with it"
            ),
            (_, failures) => format!("its secret may still be there: {}", failures.join("; ")),
        }
    }
}
