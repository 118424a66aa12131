//! Proof of who calls: a token, or the signature of the machine's own AWS session.

use crate::show::during;
use crate::stop::Stop;
use aws_sdk_eventbridge::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningError, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use function_kit::causes;
use jiff::Timestamp;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use std::ffi::OsString;
use std::time::SystemTime;
use url::Url;

/// The variable that may hold a token.
const TOKEN: &str = "ROTAKEY_TOKEN";

/// What a function URL is signed for.
const SERVICE: &str = "lambda";

/// Proof of who calls.
pub(super) enum Proof {
    /// A token of `[[api.token]]`.
    Token(SecretString),
    /// AWS credentials, and the region of the function.
    Aws {
        credentials: SharedCredentialsProvider,
        region: String,
    },
}

impl Proof {
    /// The token, if the environment has one; else the machine's AWS credentials, which are asked for when they are needed.
    pub(super) async fn find(base: &Url) -> Result<Self, Stop> {
        if let Some(token) = token(std::env::var_os(TOKEN))? {
            return Ok(Self::Token(token));
        }
        let aws = during("Asking AWS for credentials", function_kit::aws_config(None)).await;
        let region = region_of(base).or_else(|| aws.region().map(ToString::to_string));
        let credentials = aws.credentials_provider().ok_or_else(|| no_proof("none"))?;
        let region = region.ok_or_else(|| {
            Stop::usage("no AWS region is known: set AWS_REGION to that of the function")
        })?;
        Ok(Self::Aws {
            credentials,
            region,
        })
    }

    /// The headers that prove it for one request.
    pub(super) async fn headers(
        &self,
        now: Timestamp,
        method: &str,
        url: &Url,
        body: &[u8],
    ) -> Result<Vec<(String, String)>, Stop> {
        match self {
            Self::Token(token) => {
                let value = format!("Bearer {}", token.expose_secret());
                Ok(vec![("authorization".to_owned(), value)])
            }
            Self::Aws {
                credentials,
                region,
            } => {
                let credentials = credentials.provide_credentials().await;
                let credentials = credentials.map_err(|error| no_proof(&causes(&error)))?;
                let identity = credentials.into();
                let params: SigningParams<'_> = v4::SigningParams::builder()
                    .identity(&identity)
                    .region(region)
                    .name(SERVICE)
                    .time(SystemTime::from(now))
                    .settings(SigningSettings::default())
                    .build()
                    .expect("all that it needs is given")
                    .into();
                signed(&params, method, url, body).map_err(|error| Stop::from_error(&error))
            }
        }
    }
}

/// A token as the environment has it; an empty one is none.
///
/// # Errors
/// For one that no request can carry: whoever set it does not mean to come as somebody else.
fn token(value: Option<OsString>) -> Result<Option<SecretString>, Stop> {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let unusable = |what| Stop::usage(format!("{TOKEN} {what}: set it to the token alone"));
    let text = value.into_string();
    let text = text.map_err(|_| unusable("holds bytes that are no text"))?;
    if HeaderValue::from_str(&text).is_err() {
        return Err(unusable("holds the end of a line, or what nobody can see"));
    }
    Ok(Some(SecretString::from(text)))
}

/// Signs the method, the address and the body. Other headers say nothing that matters.
fn signed(
    params: &SigningParams<'_>,
    method: &str,
    url: &Url,
    body: &[u8],
) -> Result<Vec<(String, String)>, SigningError> {
    let body = SignableBody::Bytes(body);
    let request = SignableRequest::new(method, url.as_str(), std::iter::empty(), body)?;
    let (instructions, _signature) = sign(request, params)?.into_parts();
    let headers = instructions.headers();
    Ok(headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// The region in the address of a function URL: `ID.lambda-url.REGION.on.aws`.
fn region_of(base: &Url) -> Option<String> {
    let parts: Vec<&str> = base.host_str()?.split('.').collect();
    match parts.as_slice() {
        [_, "lambda-url", region, "on", "aws"] => Some((*region).to_owned()),
        _ => None,
    }
}

fn no_proof(why: &str) -> Stop {
    Stop::usage(format!(
        "nothing proves who you are: no AWS credentials ({why}); sign in (`aws sso login`), or set {TOKEN}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_eventbridge::config::Credentials;

    fn proof(session: Option<&str>) -> Proof {
        let session = session.map(str::to_owned);
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", session, None, "a test");
        Proof::Aws {
            credentials: SharedCredentialsProvider::new(credentials),
            region: "eu-west-1".to_owned(),
        }
    }

    async fn headers(proof: &Proof, url: &str, body: &[u8]) -> Vec<(String, String)> {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let url: Url = url.parse().unwrap();
        proof.headers(now, "POST", &url, body).await.unwrap()
    }

    #[tokio::test]
    async fn a_request_is_signed_for_lambda_in_the_region() {
        let url = "https://abc.lambda-url.eu-west-1.on.aws/requests";
        let all = headers(&proof(Some("session")), url, b"{}").await;
        let find = |wanted: &str| {
            let found = all.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone()).unwrap()
        };
        let authorization = find("authorization");
        let scope = "Credential=AKIDEXAMPLE/20261122/eu-west-1/lambda/aws4_request";
        assert!(
            authorization.starts_with("AWS4-HMAC-SHA256 "),
            "{authorization}"
        );
        assert!(authorization.contains(scope), "{authorization}");
        assert_eq!(find("x-amz-date"), "20261122T120000Z");
        assert_eq!(find("x-amz-security-token"), "session");
    }

    #[tokio::test]
    async fn the_signature_covers_address_and_body() {
        let proof = proof(None);
        let url = "https://abc.lambda-url.eu-west-1.on.aws/requests";
        let first = headers(&proof, url, b"{}").await;
        assert_eq!(first, headers(&proof, url, b"{}").await);
        assert_ne!(first, headers(&proof, url, b"[]").await);
        assert_ne!(first, headers(&proof, &format!("{url}?by=me"), b"{}").await);
    }

    #[test]
    fn a_token_that_no_request_can_carry_is_refused_and_not_shown() {
        for (value, expected) in [
            (None, Ok(None)),
            (Some(""), Ok(None)),
            (Some("secret-0123"), Ok(Some("secret-0123"))),
            (Some("secret-0123\r"), Err("the end of a line")),
            (Some("secret-0123\nx"), Err("the end of a line")),
        ] {
            let read = token(value.map(OsString::from));
            let read = read.as_ref().map(|token| {
                let token = token.as_ref();
                token.map(ExposeSecret::expose_secret)
            });
            match (read, expected) {
                (Ok(read), Ok(expected)) => assert_eq!(read, expected),
                (Err(stop), Err(word)) => {
                    let said = stop.message();
                    assert!(said.contains(word) && said.contains(TOKEN), "{said}");
                    assert!(!said.contains("secret"), "{said}");
                }
                (read, expected) => panic!("{read:?}, not {expected:?}: {value:?}"),
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_token_that_is_no_text_is_not_taken_for_none() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(vec![b's', 0xff]);
        let refused = token(Some(value)).unwrap_err();
        assert!(refused.message().contains("no text"));
    }

    #[test]
    fn the_region_is_in_the_address() {
        for (url, expected) in [
            (
                "https://abc.lambda-url.eu-west-1.on.aws/",
                Some("eu-west-1"),
            ),
            (
                "https://abc.lambda-url.eu-west-1.on.aws.evil.example/",
                None,
            ),
            ("https://access.acme.example/", None),
            ("http://127.0.0.1:9000/", None),
        ] {
            let region = region_of(&url.parse().unwrap());
            assert_eq!(region.as_deref(), expected, "{url}");
        }
    }
}
