//! The client. Every process has one, made at the first call: this machine's certificates take a while to read.

use std::sync::OnceLock;

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

pub(crate) type Web = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

pub(crate) fn web() -> Result<&'static Web, std::io::Error> {
    static WEB: OnceLock<Web> = OnceLock::new();
    if let Some(web) = WEB.get() {
        return Ok(web);
    }
    // What stands in for the service on this machine knows no TLS.
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .build();
    Ok(WEB.get_or_init(|| Client::builder(TokioExecutor::new()).build(connector)))
}
