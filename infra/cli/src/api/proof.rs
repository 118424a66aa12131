//! Proof of who calls: a token, or the signature of the machine's own AWS session.

use crate::show::during;
use crate::stop::Stop;
use aws_sdk_eventbridge::config::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningError, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
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
        if let Some(token) = std::env::var(TOKEN).ok().filter(|token| !token.is_empty()) {
            return Ok(Self::Token(SecretString::from(token)));
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
                let credentials = credentials.map_err(|error| no_proof(&error.to_string()))?;
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
