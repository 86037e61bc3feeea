//! Where a request comes from, for limits on callers that nothing else tells apart (decision 31).

use std::net::SocketAddr;

use axum::{extract::ConnectInfo, http::Extensions};
use lambda_http::request::RequestContext;

/// The caller's address: the one API Gateway saw on AWS, the connection's on the local stack. Headers are not asked: a
/// caller could write anything there.
pub fn client_address(extensions: &Extensions) -> String {
    if let Some(RequestContext::ApiGatewayV2(context)) = extensions.get::<RequestContext>() {
        return context.http.source_ip.clone().unwrap_or_default();
    }
    extensions.get::<ConnectInfo<SocketAddr>>().map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string())
}
