//! Serving HTTP on this machine.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use axum_server::{Handle, Server};
use tokio::{net::TcpListener, sync::watch};

/// How long a request's headers may take, and how long a connection may stay idle between two requests. A body has a deadline
/// of its own ([`lambdesk_http::edge`]).
const HEADERS: Duration = Duration::from_secs(20);

/// Serves until `stopped` is signalled, then finishes the requests in flight. A client that sends its headers too slowly loses
/// the connection after `patience`, or [`HEADERS`].
pub(crate) async fn serve(listener: TcpListener, routes: Router, patience: Option<Duration>, mut stopped: watch::Receiver<bool>) {
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let mut server = Server::<SocketAddr>::from_listener(listener).http1_only().handle(handle.clone());
    server.http_builder().http1().header_read_timeout(patience.unwrap_or(HEADERS));
    tokio::spawn(async move {
        let _ = stopped.wait_for(|stop| *stop).await;
        handle.graceful_shutdown(None);
    });
    if let Err(error) = server.serve(service).await {
        tracing::error!(%error, "a server ended");
    }
}
