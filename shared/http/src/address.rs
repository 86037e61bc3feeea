//! The caller's address. Limits count it where a request has no session and no proven identity (docs/decisions.md, 31).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions};
use lambda_http::request::RequestContext;

/// The caller's IP address: on AWS the one that API Gateway saw, on the local stack the connection's. Empty if neither is
/// known. Headers are not read, because a caller can write anything there.
pub fn client_address(extensions: &Extensions) -> String {
    if let Some(RequestContext::ApiGatewayV2(context)) = extensions.get::<RequestContext>() {
        return context.http.source_ip.clone().unwrap_or_default();
    }
    extensions.get::<ConnectInfo<SocketAddr>>().map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string())
}

/// The address that limits count. For IPv6 it is the /64 network, because a caller has all of a /64.
pub fn counted_address(extensions: &Extensions) -> String {
    let told = client_address(extensions);
    told.parse().map_or(told, network)
}

fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_has_one_address_or_all_of_a_network() {
        let named = |address: &str| network(address.parse().unwrap());
        assert_eq!(named("192.0.2.7"), "192.0.2.7");
        assert_eq!(named("::ffff:192.0.2.7"), "192.0.2.7", "the same caller, through a socket for both");
        assert_eq!(named("2001:db8:1:2:a:b:c:d"), "2001:db8:1:2::/64");
        assert_eq!(named("2001:db8:1:2::1"), named("2001:db8:1:2:ffff::"));
        assert_ne!(named("2001:db8:1:2::1"), named("2001:db8:1:3::1"));
    }
}
