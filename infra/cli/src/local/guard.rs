//! Who may use the gateway's own address: this machine, and nobody through it.
//!
//! The functions there ask nobody who they are. A loopback address keeps other machines away, but neither a tunnel that was
//! led to it nor a web page: pages may send to any address, and a name of their choice may come to mean this one.

use super::gateway::problem;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use std::io;
use std::net::{IpAddr, SocketAddr};
use tracing::warn;

/// What proxies and tunnels add to a request that they pass on.
const FORWARDING: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Refuses an address that other machines may reach.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`], with what to do instead.
pub(crate) fn require_loopback(listen: SocketAddr) -> io::Result<()> {
    if is_loopback(listen.ip()) {
        return Ok(());
    }
    let why = "whoever reaches this address may ask for a sync and release what is held, so it stays on this machine: keep it at 127.0.0.1 or [::1], and open `--public ADDRESS` to PagerDuty and Slack";
    Err(io::Error::new(io::ErrorKind::InvalidInput, why))
}

/// Answers 403 to a request that was not made on this machine, or that a web page made.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let refused = refusal(request.uri(), request.headers());
    let Some(refused) = refused else {
        return next.run(request).await;
    };
    warn!("the gateway refused a request: {refused}");
    problem(StatusCode::FORBIDDEN, &refused.to_string())
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error(
        "this address is for this machine alone, and the request was passed on: lead tunnels and proxies to the address of `--public`"
    )]
    PassedOn,
    #[error(
        "this address is for this machine alone, and the request is for another host: lead tunnels and proxies to the address of `--public`"
    )]
    OtherHost,
    #[error("this address is for commands on this machine, and a web page made the request")]
    WebPage,
}

fn refusal(uri: &Uri, headers: &HeaderMap) -> Option<Refused> {
    if FORWARDING.iter().any(|name| headers.contains_key(*name)) {
        return Some(Refused::PassedOn);
    }
    if !is_for_here(uri, headers) {
        return Some(Refused::OtherHost);
    }
    // Browsers say where a page came from; nothing else does.
    headers
        .contains_key(header::ORIGIN)
        .then_some(Refused::WebPage)
}

/// Whether the request names a host, and none but this machine.
fn is_for_here(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    headers.contains_key(header::HOST)
        && hosts.all(|host| host.to_str().is_ok_and(is_here))
        && uri.authority().is_none_or(|named| is_here(named.as_str()))
}

/// Whether a host, with or without a port, is this machine.
fn is_here(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => is_loopback(address),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(named: &[(&str, &str)]) -> HeaderMap {
        let named = named.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, HeaderValue::from_str(value).unwrap())
        });
        // Of a name that comes twice, both stay.
        let mut headers = HeaderMap::new();
        for (name, value) in named {
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn only_loopback_addresses_are_for_this_machine_alone() {
        for (address, expected) in [
            ("127.0.0.1:9000", true),
            ("127.8.9.10:0", true),
            ("[::1]:9000", true),
            ("[::ffff:127.0.0.1]:9000", true),
            ("0.0.0.0:9000", false),
            ("[::]:9000", false),
            ("10.0.0.7:9000", false),
            ("169.254.1.1:9000", false),
            ("[fe80::1]:9000", false),
            ("[::ffff:10.0.0.7]:9000", false),
        ] {
            let required = require_loopback(address.parse().unwrap());
            assert_eq!(required.is_ok(), expected, "{address}");
            let Err(error) = required else { continue };
            assert!(error.to_string().contains("`--public ADDRESS`"), "{error}");
        }
    }

    #[test]
    fn a_request_has_to_be_for_this_machine() {
        let other = Some(Refused::OtherHost);
        for (host, expected) in [
            ("127.0.0.1:9000", None),
            ("127.0.0.1", None),
            ("127.1.2.3:80", None),
            ("localhost:9000", None),
            ("LocalHost", None),
            ("[::1]:9000", None),
            ("[::1]", None),
            ("", other),
            ("::1", other),
            ("rotakey.example", other),
            ("rebound.example:9000", other),
            ("localhost.evil.example:9000", other),
            ("127.0.0.1.evil.example", other),
            ("10.0.0.7:9000", other),
            ("0.0.0.0:9000", other),
            ("[::]:9000", other),
            ("two words", other),
        ] {
            let found = refusal(&Uri::from_static("/x"), &headers(&[("host", host)]));
            assert_eq!(found, expected, "{host}");
        }
    }

    #[test]
    fn whoever_names_several_hosts_has_to_name_this_machine_each_time() {
        type Hosts<'a> = &'a [(&'a str, &'a str)];
        let here = ("host", "127.0.0.1:9000");
        let other = Some(Refused::OtherHost);
        let cases: [(&str, Hosts<'_>, Option<Refused>); 5] = [
            ("/x", &[], other),
            ("/x", &[here, ("host", "evil.example")], other),
            ("/x", &[("host", "evil.example"), here], other),
            ("http://evil.example/x", &[here], other),
            ("http://localhost:9000/x", &[here], None),
        ];
        for (uri, named, expected) in cases {
            let found = refusal(&uri.parse().unwrap(), &headers(named));
            assert_eq!(found, expected, "{uri} {named:?}");
        }
    }

    #[test]
    fn nothing_that_was_passed_on_or_that_a_page_made_is_taken() {
        for (name, value, expected) in [
            ("X-Forwarded-For", "203.0.113.9", Refused::PassedOn),
            ("x-forwarded-for", "127.0.0.1", Refused::PassedOn),
            ("X-Forwarded-For", "", Refused::PassedOn),
            ("X-Forwarded-Host", "localhost", Refused::PassedOn),
            ("X-Forwarded-Proto", "https", Refused::PassedOn),
            ("Forwarded", "for=203.0.113.9", Refused::PassedOn),
            ("Via", "1.1 proxy", Refused::PassedOn),
            ("X-Real-IP", "203.0.113.9", Refused::PassedOn),
            ("Origin", "https://evil.example", Refused::WebPage),
            ("Origin", "null", Refused::WebPage),
        ] {
            let headers = headers(&[("host", "localhost:9000"), (name, value)]);
            let found = refusal(&Uri::from_static("/x"), &headers);
            assert_eq!(found, Some(expected), "{name}: {value}");
        }
    }
}
