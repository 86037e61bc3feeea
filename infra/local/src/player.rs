//! Where the player of recordings is on this machine: a port of its own, and a host name that is not the one of the inbox. Ports
//! alone do not part cookies, so the inbox at 127.0.0.1 shows the player at localhost, and the other way round.

use std::io;

use lambdesk_http::public_url::PublicUrl;
use lambdesk_inbox::Origins;
use tokio::net::TcpListener;

use crate::about;

/// Listens on the port that was asked for, or else next to the desk's, or else on any. It fails only if a port was asked for.
pub(crate) async fn listen(asked: Option<u16>, desk: u16) -> io::Result<TcpListener> {
    let listen = |port| TcpListener::bind(("127.0.0.1", port));
    if let Some(port) = asked {
        return listen(port).await.map_err(|error| about(&format!("port {port} for recordings"), error));
    }
    match desk.checked_add(1).filter(|_| desk != 0) {
        Some(next) => match listen(next).await {
            Ok(listener) => Ok(listener),
            Err(_) => listen(0).await,
        },
        None => listen(0).await,
    }
}

/// Where the inbox finds the player.
pub(crate) fn origins(port: u16) -> io::Result<Origins> {
    format!("http://localhost:{port} http://127.0.0.1:{port}").parse().map_err(io::Error::other)
}

/// Where the inbox is, which alone may frame the player.
pub(crate) fn inbox_origins(port: u16, public: Option<&PublicUrl>) -> io::Result<Origins> {
    let public = public.map_or("", PublicUrl::as_str);
    format!("http://127.0.0.1:{port} http://localhost:{port} {public}").parse().map_err(io::Error::other)
}
