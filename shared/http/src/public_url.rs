//! The desk's own address, for links. The headers `Host` and `X-Forwarded-Proto` are not read: whoever writes them could make a
//! link lead anywhere.

use std::{convert::Infallible, str::FromStr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{Extensions, Uri, request::Parts},
};
use lambda_http::request::RequestContext;

/// The configured address of the desk, such as `https://desk.example.com`. It may have a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Arc<str>);

/// An address that links can't be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https address without a query, such as https://desk.example.com")]
pub struct NoAddress;

impl FromStr for PublicUrl {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let uri: Uri = text.parse().map_err(|_| NoAddress)?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        let bare = uri.query().is_none() && !text.contains(['@', '#']);
        if web && bare && uri.host().is_some_and(|host| !host.is_empty()) {
            Ok(Self(text.trim_end_matches('/').into()))
        } else {
            Err(NoAddress)
        }
    }
}

impl PublicUrl {
    /// Without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address that links begin with, without a slash at its end: as configured, or as API Gateway reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkBase(pub String);

impl LinkBase {
    pub(crate) fn of(extensions: &Extensions) -> Self {
        if let Some(PublicUrl(configured)) = extensions.get() {
            return Self(configured.to_string());
        }
        let Some(RequestContext::ApiGatewayV2(context)) = extensions.get::<RequestContext>() else {
            return Self("http://localhost".to_owned());
        };
        // This is a domain name of this API: API Gateway refuses requests for any other.
        let domain = context.domain_name.as_deref().unwrap_or("localhost");
        let stage = context.stage.as_deref().filter(|stage| *stage != "$default");
        Self(format!("https://{domain}{}", stage.map(|stage| format!("/{stage}")).unwrap_or_default()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LinkBase {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

#[cfg(test)]
mod tests {
    use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;

    use super::*;

    #[test]
    fn links_begin_with_what_is_configured_or_reported() {
        let mut extensions = Extensions::new();
        let mut context = ApiGatewayV2httpRequestContext::default();
        context.domain_name = Some("a.execute-api.eu-west-1.amazonaws.com".into());
        context.stage = Some("$default".into());
        extensions.insert(RequestContext::ApiGatewayV2(context.clone()));
        assert_eq!(LinkBase::of(&extensions).0, "https://a.execute-api.eu-west-1.amazonaws.com");
        context.stage = Some("test".into());
        extensions.insert(RequestContext::ApiGatewayV2(context));
        assert_eq!(LinkBase::of(&extensions).0, "https://a.execute-api.eu-west-1.amazonaws.com/test");
        extensions.insert("https://desk.example.com/support/".parse::<PublicUrl>().unwrap());
        assert_eq!(LinkBase::of(&extensions).0, "https://desk.example.com/support");
    }

    #[test]
    fn an_address_is_whole() {
        for bad in
            ["", "desk.example.com", "/desk", "ftp://desk.example.com", "https://", "https://a?b", "https://u@a", "https://a b"]
        {
            assert_eq!(bad.parse::<PublicUrl>(), Err(NoAddress), "{bad}");
        }
    }
}
