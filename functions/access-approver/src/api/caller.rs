//! Who calls: whoever AWS says signed the request, or on a machine of one's own, whoever holds a token.

use super::identity::person;
use super::problem::Problem;
use crate::act::Actor;
use crate::configured::{configured, in_force};
use crate::deps::Deps;
use crate::http::HttpRequest;
use access_core::config::{ApiConfig, ApiToken, Config};
use access_core::principal::Principal;
use access_core::request::Channel;
use function_kit::Freshness;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tracing::warn;

/// A shorter token could be guessed, and speaks for nobody.
const TOKEN_CHARS_MIN: usize = 32;

const NOBODY: &str = "the configuration has no [api] table: nobody may use this interface";

/// The person behind a request.
///
/// An identity of AWS's counts for itself: whoever signed cannot become another by a token that they hold.
pub(super) async fn caller(
    deps: &Deps,
    now: Timestamp,
    request: &HttpRequest,
) -> Result<Actor, Problem> {
    let principal = match &request.identity {
        Some(identity) => {
            // It was AWS that let them in, so that they may cost us a read.
            let configured = in_force(deps, now).await?;
            let accounts = &api(&configured.config)?.aws_accounts;
            person(identity, accounts)
                .map(|person| configured.config.people.canonical(&person))
                .map_err(|stranger| Problem::forbidden(stranger.to_string()))
        }
        None => match bearer(request) {
            Some(token) => holder(deps, now, token).await,
            None => Err(Problem::unauthenticated(
                "sign the request with AWS credentials of IAM Identity Center, or send a token",
            )),
        },
    }?;
    Ok(Actor {
        principal,
        through: Channel::Api,
    })
}

fn api(config: &Config) -> Result<&ApiConfig, Problem> {
    let api = config.api.as_ref();
    api.ok_or_else(|| Problem::forbidden(NOBODY))
}

/// The token of `Authorization: Bearer`; the word in any case.
fn bearer(request: &HttpRequest) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// For whom a token speaks. One that fits nowhere is looked for once more among tokens read anew, at most once a minute.
async fn holder(deps: &Deps, now: Timestamp, token: &str) -> Result<Principal, Problem> {
    let look = configured(deps, now).await?;
    let tokens = &api(&look.configured.config)?.tokens;
    let mut found = fitting(deps, tokens, token, Freshness::Recent(now)).await;
    if matches!(found, Ok(None)) && !tokens.is_empty() && deps.may_reread_tokens(now) {
        found = fitting(deps, tokens, token, Freshness::Reread).await;
    }
    let Some(entry) = found? else {
        return Err(Problem::unauthenticated("the token is nobody's"));
    };
    // Until now nobody could make us read. A token that was taken out a moment ago is no longer believed.
    let current = look.in_force(deps, now).await?;
    // The line may be another; that changes nothing.
    let is_same = |token: &ApiToken| {
        token.person == entry.person && token.secret.reference == entry.secret.reference
    };
    if api(&current.config)?.tokens.iter().any(is_same) {
        Ok(entry.person.clone())
    } else {
        Err(Problem::unauthenticated("the token is nobody's"))
    }
}

/// The entry that a token fits. All are compared, and by their hashes: how long it takes tells nothing.
///
/// # Errors
/// When none fits, and not all could be read: nothing can then be said against the token.
async fn fitting<'a>(
    deps: &Deps,
    tokens: &'a [ApiToken],
    token: &str,
    freshness: Freshness,
) -> Result<Option<&'a ApiToken>, Problem> {
    let wanted = Sha256::digest(token.as_bytes());
    let (mut found, mut is_whole) = (None, true);
    for entry in tokens {
        let secret = deps.systems.signing_secret(&entry.secret, freshness).await;
        let secret = match secret {
            Ok(secret) => secret,
            Err(error) => {
                warn!(principal.id = %entry.person.id(), %error, "a token of the API cannot be read: {error}");
                is_whole = false;
                continue;
            }
        };
        let secret = secret.expose_secret();
        if secret.chars().count() < TOKEN_CHARS_MIN {
            warn!(principal.id = %entry.person.id(), "a token of the API has less than {TOKEN_CHARS_MIN} characters, and speaks for nobody");
            continue;
        }
        if Sha256::digest(secret.as_bytes()) == wanted {
            found = Some(entry);
        }
    }
    if found.is_none() && !is_whole {
        return Err(Problem::unavailable("not every token can be read now"));
    }
    Ok(found)
}
