//! PagerDuty accounts: whether the credential works, belongs to the account that is configured, and has its scopes.

use super::code::Code;
use super::finding::{Finding, account as place, said};
use super::site::Site;
use crate::probe::{self, Missing, Need};
use access_core::config::{PagerDutyAccount, PagerDutyAuth};
use access_core::id::PagerDutyName;
use futures::future::join_all;
use pagerduty_client::{Error, Instance};
use std::collections::{BTreeMap, BTreeSet};

/// What one account answered.
pub(super) struct Seen {
    pub(super) auth: PagerDutyAuth,
    pub(super) needs: BTreeSet<Need>,
    /// As the configuration names it.
    pub(super) wanted: Instance,
    pub(super) answer: Result<Answer, Error>,
}

/// What an account that answers says of the credential.
pub(super) struct Answer {
    pub(super) missing: BTreeSet<Missing>,
    pub(super) owner: Owner,
}

/// Whose a credential is.
pub(super) enum Owner {
    /// PagerDuty told.
    Told(Box<Instance>),
    /// PagerDuty was asked, and did not tell.
    Untold,
    /// Nobody asked: it is an app's, which is for one account anyway, or may not see what tells it.
    Unasked,
}

/// Asks every account; one whose secret cannot be read is left out, which is found already.
pub(super) async fn gather(site: &Site<'_>) -> BTreeMap<PagerDutyName, Seen> {
    let accounts = site.config().pagerduty.iter();
    let looks = accounts.map(|(name, account)| async move {
        let seen = look(site, name, account).await?;
        Some((name.clone(), seen))
    });
    join_all(looks).await.into_iter().flatten().collect()
}

async fn look(site: &Site<'_>, name: &PagerDutyName, account: &PagerDutyAccount) -> Option<Seen> {
    let credential = site.credential(account).await.ok()?;
    let needs = probe::needs(site.config(), name);
    // A checked configuration has URLs that make a client.
    let client = probe::client(account, &needs, credential).ok()?;
    let missing = probe::pagerduty(&client, &needs).await;
    let answer = match missing {
        Ok(missing) => {
            let sees_users = !missing.iter().any(|missing| missing.scope == "users.read");
            // An app's token is for one account anyway.
            let is_asked = account.auth == PagerDutyAuth::ApiKey && sees_users;
            let owner = if is_asked {
                let seen = client.instance_seen().await;
                seen.map(|seen| seen.map_or(Owner::Untold, |owner| Owner::Told(Box::new(owner))))
            } else {
                Ok(Owner::Unasked)
            };
            owner.map(|owner| Answer { missing, owner })
        }
        Err(error) => Err(error),
    };
    Some(Seen {
        auth: account.auth,
        needs,
        wanted: client.instance().clone(),
        answer,
    })
}

/// What is the matter with each account.
pub(super) fn judge(seen: &BTreeMap<PagerDutyName, Seen>) -> Vec<Finding> {
    let of_each = seen.iter().map(|(name, seen)| of_account(name, seen));
    of_each.flatten().collect()
}

fn of_account(name: &PagerDutyName, seen: &Seen) -> Vec<Finding> {
    let found = |code, what: String| Finding::new(code, place(name), what);
    let answer = match &seen.answer {
        Ok(answer) => answer,
        Err(error) => return vec![found(code(error), said(error))],
    };
    let mut findings: Vec<Finding> = answer.missing.iter().map(|it| lacking(name, *it)).collect();
    let wanted = seen.wanted.to_string();
    match &answer.owner {
        Owner::Told(owner) if owner.to_string() != wanted => {
            let what = format!("the credential is of {owner}, and `url` says {wanted}");
            findings.push(found(Code::PagerDutyElsewhere, what));
        }
        Owner::Untold => {
            let what = format!("PagerDuty does not tell whether the credential is of {wanted}");
            findings.push(found(Code::PagerDutyElsewhereUnproven, what));
        }
        Owner::Told(_) | Owner::Unasked => {}
    }
    if seen.auth == PagerDutyAuth::ApiKey && seen.needs.contains(&Need::Notes) {
        let what = "whether the API key may write notes on incidents cannot be tried without one";
        findings.push(found(Code::PagerDutyNotes, what.to_owned()));
    }
    findings
}

fn lacking(name: &PagerDutyName, missing: Missing) -> Finding {
    let code = if missing.need.is_vital() {
        Code::PagerDutyScope
    } else {
        Code::PagerDutyScopeWanted
    };
    Finding::new(code, place(name), format!("the credential lacks {missing}"))
}

fn code(error: &Error) -> Code {
    match error {
        Error::Unauthorized { .. }
        | Error::Credential { .. }
        | Error::MissingScopes { .. }
        | Error::Forbidden { .. } => Code::PagerDutyRefused,
        Error::PlanLacksAbility { .. } => Code::PagerDutyPlan,
        Error::NotFound { .. }
        | Error::Refused { .. }
        | Error::RateLimited { .. }
        | Error::TooManyRows { .. }
        | Error::Unreachable { .. }
        | Error::Malformed { .. }
        | Error::DeadlinePassed { .. }
        | Error::Ambiguous { .. } => Code::PagerDutyUnread,
    }
}

/// Accounts that answer, and lack nothing that one of these takes: of the others everything is said.
pub(super) fn open<'a>(
    seen: &'a BTreeMap<PagerDutyName, Seen>,
    needs: &[Need],
) -> BTreeSet<&'a PagerDutyName> {
    let is_open = |seen: &Seen| match &seen.answer {
        Ok(answer) => !answer.missing.iter().any(|it| needs.contains(&it.need)),
        Err(_) => false,
    };
    let open = seen.iter().filter(|(_, seen)| is_open(seen));
    open.map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(auth: PagerDutyAuth, needs: &[Need], answer: Answer) -> Seen {
        Seen {
            auth,
            needs: needs.iter().copied().collect(),
            wanted: Instance::parse("https://acme.pagerduty.com").unwrap(),
            answer: Ok(answer),
        }
    }

    fn codes(seen: Seen) -> Vec<Code> {
        let name = PagerDutyName::new("acme").unwrap();
        let found = judge(&BTreeMap::from([(name, seen)]));
        found.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_lacking_scope_is_as_bad_as_what_it_is_for() {
        for (need, scope, expected) in [
            (Need::OnCall, "oncalls.read", Code::PagerDutyScope),
            (Need::Incidents, "incidents.read", Code::PagerDutyScope),
            (
                Need::Webhooks,
                "webhook_subscriptions.read",
                Code::PagerDutyScopeWanted,
            ),
            (Need::Notes, "incidents.write", Code::PagerDutyScopeWanted),
        ] {
            let answer = Answer {
                missing: BTreeSet::from([Missing { need, scope }]),
                owner: Owner::Unasked,
            };
            let found = codes(seen(PagerDutyAuth::ScopedOauth, &[need], answer));
            assert_eq!(found, [expected], "{scope}");
        }
    }

    #[test]
    fn a_key_of_another_account_or_region_is_told() {
        for (url, expected) in [
            (None, &[Code::PagerDutyElsewhereUnproven][..]),
            (Some("https://acme.pagerduty.com"), &[]),
            (
                Some("https://acme.eu.pagerduty.com"),
                &[Code::PagerDutyElsewhere],
            ),
            (
                Some("https://sandbox.pagerduty.com"),
                &[Code::PagerDutyElsewhere],
            ),
        ] {
            let answer = Answer {
                missing: BTreeSet::new(),
                owner: url.map_or(Owner::Untold, |url| {
                    Owner::Told(Box::new(Instance::parse(url).unwrap()))
                }),
            };
            let found = codes(seen(PagerDutyAuth::ApiKey, &[Need::OnCall], answer));
            assert_eq!(found, expected, "{url:?}");
        }
    }

    #[test]
    fn what_a_key_may_write_is_not_known() {
        let answer = || Answer {
            missing: BTreeSet::new(),
            owner: Owner::Unasked,
        };
        let needs = [Need::OnCall, Need::Notes];
        let of_key = codes(seen(PagerDutyAuth::ApiKey, &needs, answer()));
        assert_eq!(of_key, [Code::PagerDutyNotes]);
        let of_app = codes(seen(PagerDutyAuth::ScopedOauth, &needs, answer()));
        assert!(of_app.is_empty(), "{of_app:?}");
    }
}
