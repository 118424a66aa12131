//! A loopback HTTP server that can also close a connection in the caller's face.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Put on a response to have its connection closed instead of answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut;

/// A running server on a free loopback port. Dropping it stops it: no connection is taken any
/// more, idle ones close, and answers under way are finished.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    url: String,
    // Never sent on: dropping it is the signal.
    _running: watch::Sender<()>,
}

impl Server {
    /// Serves `router` on the current tokio runtime, on 127.0.0.1 and a free port.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub async fn start(router: Router) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (running, stopped) = watch::channel(());
        tokio::spawn(accept(listener, router, stopped));
        Ok(Self {
            address,
            url: format!("http://{address}"),
            _running: running,
        })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, router: Router, mut stopped: watch::Receiver<()>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tokio::spawn(connection(stream, router.clone(), stopped.clone()));
                }
                Err(error) => tracing::debug!(%error, "could not accept a connection"),
            },
            _ = stopped.changed() => return,
        }
    }
}

async fn connection(stream: TcpStream, router: Router, mut stopped: watch::Receiver<()>) {
    let service = TowerToHyperService::new(router);
    let handle = service_fn(move |request: Request<Incoming>| {
        let answer = service.call(request);
        async move { keep_or_cut(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), handle);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection ended early");
    }
}

/// An error here makes hyper close the connection without an answer.
fn keep_or_cut(answer: Result<Response, Infallible>) -> io::Result<Response> {
    match answer {
        Ok(response) if response.extensions().get::<Cut>().is_some() => {
            Err(io::Error::other("scripted cut"))
        }
        Ok(response) => Ok(response),
        Err(never) => match never {},
    }
}
