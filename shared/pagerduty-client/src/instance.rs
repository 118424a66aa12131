//! Where an account lives: subdomain, region and hosts, read from its instance URL.

use std::{fmt, str::FromStr};

use url::{Host, Url};

/// First labels of `pagerduty.com` that belong to PagerDuty itself, so are nobody's account.
const RESERVED: [&str; 8] = [
    "api",
    "app",
    "developer",
    "eu",
    "events",
    "identity",
    "support",
    "www",
];

/// The service region that holds an account; fixed when the account is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// `acme.pagerduty.com`, served by `api.pagerduty.com`.
    Us,
    /// `acme.eu.pagerduty.com`, served by `api.eu.pagerduty.com`.
    Eu,
}

impl Region {
    /// The region as PagerDuty writes it in scopes: `us` or `eu`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
        }
    }

    fn api_url(self) -> &'static str {
        match self {
            Self::Us => "https://api.pagerduty.com/",
            Self::Eu => "https://api.eu.pagerduty.com/",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Tokens of both regions come from one host; the region is part of the asked scope.
const IDENTITY_URL: &str = "https://identity.pagerduty.com/";

/// Why a text is not an instance URL or not a usable host override.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstanceError {
    /// Not a URL at all.
    #[error("`{url}` is not a URL: {reason}")]
    NotAUrl {
        /// What was given.
        url: String,
        /// What the parser says.
        reason: String,
    },
    /// A URL, but of nobody's account.
    #[error(
        "`{url}` is not an instance URL such as `https://acme.pagerduty.com` or `https://acme.eu.pagerduty.com`"
    )]
    NotAnInstance {
        /// What was given.
        url: String,
    },
    /// An override that would send credentials in the clear, or that is no plain base URL.
    #[error("`{url}` cannot replace a host: {reason}")]
    BadOverride {
        /// What was given, without its user and password.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// One PagerDuty account as seen from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    subdomain: String,
    region: Region,
    api_url: Url,
    identity_url: Url,
}

impl Instance {
    /// Reads an instance URL, as shown in the browser when signed in. A path behind the host is ignored.
    ///
    /// # Errors
    /// [`InstanceError`] when it is no URL, not `https`, or not the host of an account.
    pub fn parse(text: &str) -> Result<Self, InstanceError> {
        let text = text.trim();
        let url = parse_url(text)?;
        let refuse = || InstanceError::NotAnInstance { url: text.into() };
        let is_plain = url.scheme() == "https"
            && url.port().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let name = match url.host() {
            Some(Host::Domain(host)) if is_plain => host.strip_suffix(".pagerduty.com"),
            _ => None,
        };
        let name = name.ok_or_else(refuse)?;
        let (subdomain, region) = match name.strip_suffix(".eu") {
            Some(subdomain) => (subdomain, Region::Eu),
            None => (name, Region::Us),
        };
        if !is_subdomain(subdomain) {
            return Err(refuse());
        }
        Ok(Self {
            subdomain: subdomain.to_owned(),
            region,
            api_url: parse_url(region.api_url())?,
            identity_url: parse_url(IDENTITY_URL)?,
        })
    }

    /// Sends API calls to another base URL: a private proxy, or a stand-in under test. A path is kept as prefix.
    ///
    /// # Errors
    /// [`InstanceError::BadOverride`] for anything but `https` (or `http` on a loopback address), for user,
    /// password, query or fragment.
    pub fn with_api_url(mut self, url: &str) -> Result<Self, InstanceError> {
        self.api_url = parse_override(url)?;
        Ok(self)
    }

    /// Asks another base URL for tokens, in place of `https://identity.pagerduty.com`.
    ///
    /// # Errors
    /// As [`Instance::with_api_url`].
    pub fn with_identity_url(mut self, url: &str) -> Result<Self, InstanceError> {
        self.identity_url = parse_override(url)?;
        Ok(self)
    }

    /// The account's name in its URL, in lower case.
    #[must_use]
    pub fn subdomain(&self) -> &str {
        &self.subdomain
    }

    /// The service region.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region
    }

    /// The base URL of API calls; ends in `/`.
    #[must_use]
    pub fn api_url(&self) -> &Url {
        &self.api_url
    }

    /// The base URL of the token host; ends in `/`.
    #[must_use]
    pub fn identity_url(&self) -> &Url {
        &self.identity_url
    }

    /// The scope that ties an app token to this account, such as `as_account-eu.acme`.
    #[must_use]
    pub fn account_scope(&self) -> String {
        format!("as_account-{}.{}", self.region, self.subdomain)
    }
}

impl FromStr for Instance {
    type Err = InstanceError;

    fn from_str(text: &str) -> Result<Self, InstanceError> {
        Self::parse(text)
    }
}

impl fmt::Display for Instance {
    /// The instance URL in its shortest form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.region {
            Region::Us => write!(f, "https://{}.pagerduty.com", self.subdomain),
            Region::Eu => write!(f, "https://{}.eu.pagerduty.com", self.subdomain),
        }
    }
}

fn is_subdomain(text: &str) -> bool {
    !text.is_empty()
        && !RESERVED.contains(&text)
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn parse_url(text: &str) -> Result<Url, InstanceError> {
    Url::parse(text).map_err(|error| InstanceError::NotAUrl {
        url: text.into(),
        reason: error.to_string(),
    })
}

fn parse_override(text: &str) -> Result<Url, InstanceError> {
    let mut url = parse_url(text.trim())?;
    let reason = if !url.username().is_empty() || url.password().is_some() {
        Some("it holds a user or password")
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("it holds a query or fragment")
    } else if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) {
        None
    } else {
        Some("only https is allowed, and http on a loopback address")
    };
    if let Some(reason) = reason {
        // Whatever was pasted before the host may be a secret.
        let shown = url.host_str().unwrap_or_default().to_owned();
        return Err(InstanceError::BadOverride { url: shown, reason });
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_urls_give_subdomain_region_and_host() {
        let cases = [
            (
                "https://acme.pagerduty.com",
                "acme",
                Region::Us,
                "api.pagerduty.com",
            ),
            (
                "https://acme.eu.pagerduty.com/",
                "acme",
                Region::Eu,
                "api.eu.pagerduty.com",
            ),
            (
                "https://ACME-2.pagerduty.com/schedules",
                "acme-2",
                Region::Us,
                "api.pagerduty.com",
            ),
            (
                " https://eu-ops.pagerduty.com ",
                "eu-ops",
                Region::Us,
                "api.pagerduty.com",
            ),
        ];
        for (text, subdomain, region, host) in cases {
            let instance = Instance::parse(text).expect(text);
            assert_eq!(instance.subdomain(), subdomain, "{text}");
            assert_eq!(instance.region(), region, "{text}");
            assert_eq!(instance.api_url().host_str(), Some(host), "{text}");
            assert_eq!(instance.identity_url().as_str(), IDENTITY_URL, "{text}");
        }
        let eu = Instance::parse("https://acme.eu.pagerduty.com").unwrap();
        assert_eq!(eu.account_scope(), "as_account-eu.acme");
        assert_eq!(eu.to_string(), "https://acme.eu.pagerduty.com");
        let us = Instance::parse("https://acme.pagerduty.com").unwrap();
        assert_eq!(us.account_scope(), "as_account-us.acme");
        assert_eq!(us.to_string(), "https://acme.pagerduty.com");
    }

    #[test]
    fn other_urls_are_refused() {
        let cases = [
            "",
            "acme",
            "acme.pagerduty.com",
            "http://acme.pagerduty.com",
            "https://pagerduty.com",
            "https://www.pagerduty.com",
            "https://api.pagerduty.com",
            "https://api.eu.pagerduty.com",
            "https://eu.pagerduty.com",
            "https://eu.eu.pagerduty.com",
            "https://a.b.pagerduty.com",
            "https://acme.pagerduty.com.evil.example",
            "https://acme.pagerduty.com:8443",
            "https://me:secret@acme.pagerduty.com",
            "https://127.0.0.1",
        ];
        for text in cases {
            assert!(Instance::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hosts_can_be_replaced_but_never_in_the_clear() {
        let acme = Instance::parse("https://acme.pagerduty.com").unwrap();
        let good = [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://[::1]:1", "http://[::1]:1/"),
            ("http://localhost:9/pd", "http://localhost:9/pd/"),
            ("https://proxy.example/pd/", "https://proxy.example/pd/"),
        ];
        for (text, url) in good {
            let instance = acme.clone().with_api_url(text).expect(text);
            assert_eq!(instance.api_url().as_str(), url);
            let instance = acme.clone().with_identity_url(text).expect(text);
            assert_eq!(instance.identity_url().as_str(), url);
        }
        for text in [
            "http://proxy.example",
            "ftp://127.0.0.1",
            "https://u:hunter2@proxy.example",
            "https://proxy.example/?a=b",
        ] {
            let error = acme.clone().with_api_url(text).expect_err(text);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
