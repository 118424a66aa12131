//! The approver's HTTP interface, as the commands use it.

mod pages;
mod proof;
mod tell;
mod trouble;

pub(crate) use pages::OlderArg;
pub(crate) use tell::{tell_grant, tell_grants, tell_request, tell_requests};

use crate::show::{Look, during, print, print_json};
use crate::stop::Stop;
use access_approver::api::Span;
use access_core::config::parse_duration;
use proof::Proof;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use trouble::{Trouble, refused};
use url::{Host, Url};

/// One request: a cold start, a decision, and the network.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// How often a request with a key is sent before it is given up: a repeat is the same request.
const TRIES_MAX: usize = 3;

/// `--api` and `--json`
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ApiArgs {
    /// Where the approver answers: its function URL, or `http://127.0.0.1:9000/lambda-url/access-approver` of `serve`
    #[arg(long, value_name = "URL", env = "ROTAKEY_API")]
    api: Option<Url>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The interface, and proof of who calls.
pub(crate) struct Api {
    http: reqwest::Client,
    base: Url,
    proof: Proof,
}

impl ApiArgs {
    /// Makes ready to call; sends nothing yet.
    pub(crate) async fn open(&self) -> Result<Api, Stop> {
        let base = self.api.clone().ok_or_else(|| {
            Stop::usage(
                "nothing says where the approver answers: set ROTAKEY_API, or write --api URL\n  help: on the machine of `rotakey serve` it is http://127.0.0.1:9000/lambda-url/access-approver, of a stack the function URL in its outputs",
            )
        })?;
        if !is_safe(&base) {
            return Err(Stop::usage(format!(
                "`{base}` would show the proof of who you are to everybody on the way: write https"
            )));
        }
        let proof = Proof::find(&base).await?;
        // Losing a race to another client is fine: then a provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            // Following a redirect would show the proof to another host.
            .redirect(redirect::Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .user_agent(concat!("rotakey/", env!("CARGO_PKG_VERSION")));
        if base.scheme() == "http" {
            // Reading the machine's root certificates takes longer than all else together, and nobody here shows one.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| Stop::from_error(&error))?;
        Ok(Api { http, base, proof })
    }

    /// Prints an answer: as it is for programs, in `words` for people.
    pub(crate) fn tell<T: Serialize>(
        &self,
        answer: &T,
        look: Look,
        words: impl FnOnce(&T, Look) -> String,
    ) {
        if self.json {
            print_json(answer);
        } else {
            print(words(answer, look));
        }
    }
}

/// Whether nobody can listen: it is encrypted, or stays on this machine.
fn is_safe(url: &Url) -> bool {
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_here)
}

impl Api {
    /// Looks at something.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, Stop> {
        let url = self.url(path, query);
        read(&self.send(Method::GET, &url, None, None).await?)
    }

    /// Does something, once.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Stop> {
        let (url, body) = (self.url(path, &[]), text(body));
        let sent = self.send(Method::POST, &url, Some(&body), None);
        read(&during("Asking the approver", sent).await?)
    }

    /// Asks for something, again while nobody answers: it carries a key.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Stop> {
        let (url, body) = (self.url(path, &[]), text(body));
        let key = uuid::Uuid::now_v7().to_string();
        let sent = async {
            let mut tries = 1;
            loop {
                let sent = self.send(Method::POST, &url, Some(&body), Some(&key)).await;
                match sent {
                    Err(Trouble::Unreachable { .. }) if tries < TRIES_MAX => tries += 1,
                    sent => return sent,
                }
            }
        };
        read(&during("Asking the approver", sent).await?)
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        let before = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{before}{path}"));
        url.set_query(None);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn send(
        &self,
        method: Method,
        url: &Url,
        body: Option<&str>,
        key: Option<&str>,
    ) -> Result<Vec<u8>, Trouble> {
        let bytes = body.unwrap_or_default().as_bytes();
        let now = function_kit::now();
        let proof = self.proof.headers(now, method.as_str(), url, bytes).await?;
        let mut request = self.http.request(method, url.clone());
        for (name, value) in proof {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json");
            request = request.body(body.to_owned());
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let unreachable = |error| Trouble::Unreachable {
            place: place(&self.base),
            error,
        };
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(unreachable)?;
        if status.is_success() {
            Ok(bytes.to_vec())
        } else {
            Err(Trouble::Refused(refused(status.as_u16(), &bytes)))
        }
    }
}

/// An address to be shown: a name and a password in it are not.
fn place(base: &Url) -> String {
    format!("{}{}", base.origin().ascii_serialization(), base.path())
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("what goes over the wire holds only texts and truths")
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Stop> {
    serde_json::from_slice(bytes).map_err(|error| {
        Stop::failed(format!(
            "the answer is not of the form that this version of rotakey knows: {error}"
        ))
    })
}

/// Reads a duration as the configuration has them.
///
/// # Errors
/// In words.
pub(crate) fn span(text: &str) -> Result<Span, String> {
    let found = parse_duration(text).map(Span);
    found.ok_or_else(|| "write numbers with units, such as 2h or \"1h 30m\"".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_is_secret_in_it() {
        let url = "https://ada:hush@access.acme.example:8443/api?token=hush#hush";
        let shown = place(&url.parse().unwrap());
        assert_eq!(shown, "https://access.acme.example:8443/api");
    }

    #[test]
    fn the_proof_is_shown_to_nobody_on_the_way() {
        for (url, expected) in [
            ("https://abc.lambda-url.eu-west-1.on.aws/", true),
            ("http://127.0.0.1:9000/lambda-url/access-approver", true),
            ("http://localhost:9000", true),
            ("http://[::1]:9000", true),
            ("http://10.0.0.7:9000", false),
            ("http://localhost.evil.example", false),
            ("ftp://127.0.0.1", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_safe(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
