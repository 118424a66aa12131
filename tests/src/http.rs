//! A client of loopback servers.

/// A client that knows no proxy. Each one has connections of its own.
///
/// # Panics
/// Never: it asks nothing of the machine.
#[must_use]
pub fn client() -> reqwest::Client {
    // One that is there already is as good.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .expect("a plain client starts")
}
