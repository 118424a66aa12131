//! URLs: the address of a PagerDuty account, and hosts that take a vendor's place.

use super::value::Value;
use url::Url;

/// Subdomains of pagerduty.com that belong to PagerDuty itself.
const NOT_ACCOUNTS: [&str; 8] = [
    "api",
    "app",
    "developer",
    "eu",
    "events",
    "identity",
    "support",
    "www",
];

/// Reads the address of a PagerDuty account: `https://SUBDOMAIN.pagerduty.com`, or `.eu.pagerduty.com`.
pub(super) fn account_url(value: &Value) -> Option<Url> {
    let text = value.text()?;
    let url = Url::parse(text).ok();
    if let Some(url) = url.filter(is_account) {
        return Some(url);
    }
    let help = match meant(text) {
        Some(meant) => format!("write \"{meant}\""),
        None => "write what your browser shows after signing in, up to .com: https://SUBDOMAIN.pagerduty.com or https://SUBDOMAIN.eu.pagerduty.com".to_owned(),
    };
    // An address with a user name may hold a password.
    let shown = if text.contains('@') {
        "this"
    } else {
        &format!("`{text}`")
    };
    value.wrong(
        format!("{shown} is not the address of a PagerDuty account"),
        help,
    );
    None
}

/// Reads the address of another host for a vendor's API.
pub(super) fn api_url(value: &Value) -> Option<Url> {
    let text = value.text()?;
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if url.is_none() {
        // Not repeated: somebody may have written a password into it.
        let help = "write http:// or https://, a host and perhaps a port and a path, such as \"http://127.0.0.1:8080\"";
        value.wrong(
            format!("`{}` is not the address of a host", value.key),
            help,
        );
    }
    url
}

fn is_account(url: &Url) -> bool {
    url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.host_str().is_some_and(|host| subdomain(host).is_some())
}

fn subdomain(host: &str) -> Option<&str> {
    let rest = host.strip_suffix(".pagerduty.com")?;
    let name = rest.strip_suffix(".eu").unwrap_or(rest);
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_name && !NOT_ACCOUNTS.contains(&name)).then_some(name)
}

/// The right address, if `text` holds it.
fn meant(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let is_word = !host.contains('.');
    let host = if is_word {
        format!("{host}.pagerduty.com")
    } else {
        host
    };
    subdomain(&host)?;
    Some(format!("https://{host}"))
}
