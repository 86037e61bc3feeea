//! The cookie of a session, and what a request with it must say of where it comes from.
//!
//! A browser sends the cookie along with requests that other pages make it send. So a request that counts on the cookie carries
//! `X-Lambdesk: 1` too. The agents' API allows no other origin, so no page of another origin can set that header, not even one
//! of another port or subdomain, for which `SameSite` does nothing.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use lambda_http::request::RequestContext;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{problem::Problem, public_url::LinkBase};

/// How agents sign in to a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// They can't: nobody has set it up.
    #[default]
    None,
    /// Whoever sits at the machine of a local desk is its first agent.
    Local,
    /// By the user pool of the stack.
    Cognito,
    /// By another provider of `OpenID` Connect.
    Oidc,
}

impl SignIn {
    /// As the environment variable `SIGN_IN` says; absent, it is `none`. `local` is for local desks, which have no such variable.
    pub fn from_env() -> Result<Self, NoSignIn> {
        match std::env::var("SIGN_IN").as_deref() {
            Err(_) | Ok("none" | "") => Ok(Self::None),
            Ok("cognito") => Ok(Self::Cognito),
            Ok("oidc") => Ok(Self::Oidc),
            Ok(_) => Err(NoSignIn),
        }
    }
}

/// `SIGN_IN` is no way to sign in.
#[derive(Debug, thiserror::Error)]
#[error("SIGN_IN must be cognito, oidc or none")]
pub struct NoSignIn;

/// The header that a request with a session's cookie must have, with the value `1`.
pub const OWN: HeaderName = HeaderName::from_static("x-lambdesk");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What browsers know a cookie by, and how they keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookie {
    name: &'static str,
    attributes: &'static str,
}

/// A session's cookie. No other host can set a cookie of this name, and no page can read it.
const SESSION: Cookie = Cookie { name: "__Host-lambdesk", attributes: "Path=/; Secure; HttpOnly; SameSite=Strict" };
/// A session's cookie on a local desk over plain HTTP, where browsers refuse a `__Host-` cookie.
const LOCAL_SESSION: Cookie = Cookie { name: "lambdesk_local", attributes: "Path=/; HttpOnly; SameSite=Strict" };
/// The cookie of a sign-in that was begun. The identity provider leads back here, from another site.
const SIGN_IN: Cookie = Cookie { name: "__Host-lambdesk-sign-in", attributes: "Path=/; Secure; HttpOnly; SameSite=Lax" };
/// The same on a local desk over plain HTTP.
const LOCAL_SIGN_IN: Cookie = Cookie { name: "lambdesk_local_sign_in", attributes: "Path=/; HttpOnly; SameSite=Lax" };

impl Cookie {
    /// A session's cookie, for requests like this one.
    pub fn of_session(request: &Extensions) -> Self {
        if is_plain(request) { LOCAL_SESSION } else { SESSION }
    }

    /// The cookie of a sign-in that was begun, for requests like this one.
    pub fn of_sign_in(request: &Extensions) -> Self {
        if is_plain(request) { LOCAL_SIGN_IN } else { SIGN_IN }
    }

    /// The value of this cookie, if the request has it exactly once. Of two, one was set by somebody else.
    pub fn value(self, headers: &HeaderMap) -> Option<&str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == self.name).map(|(_, value)| value);
        let value = values.next().filter(|value| !value.is_empty())?;
        values.next().is_none().then_some(value)
    }

    /// The header that has a browser keep a value for so many seconds.
    pub fn set(self, value: &str, seconds: i64) -> Option<HeaderValue> {
        let Self { name, attributes } = self;
        HeaderValue::from_str(&format!("{name}={value}; Max-Age={seconds}; {attributes}")).ok()
    }

    /// The header that has a browser forget the value.
    pub fn forget(self) -> Option<HeaderValue> {
        self.set("", 0)
    }
}

/// Whether the desk is a local one that is reached over plain HTTP. Behind API Gateway no desk is.
fn is_plain(request: &Extensions) -> bool {
    request.get::<RequestContext>().is_none() && LinkBase::of(request).0.starts_with("http://")
}

/// The token of a session's cookie; `None` without one.
pub fn cookie(parts: &Parts) -> Option<&str> {
    Cookie::of_session(&parts.extensions).value(&parts.headers)
}

/// Refuses a request that a page of another origin may have had a browser make.
pub fn require_same_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let no_other = |name: &HeaderName, value: &str| headers.get_all(name).iter().all(|given| given == value);
    if headers.contains_key(&OWN) && no_other(&OWN, "1") && no_other(&FETCH_SITE, "same-origin") {
        Ok(())
    } else {
        Err(Problem::Forbidden("A request with a session's cookie must come from the desk's own page, with X-Lambdesk: 1."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair =
            |(name, value): &(&'static str, &'static str)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        let mut headers = HeaderMap::new();
        pairs.iter().map(pair).for_each(|(name, value)| {
            headers.append(name, value);
        });
        headers
    }

    #[test]
    fn a_cookie_counts_if_it_is_there_once() {
        let value = |pairs: &[(&'static str, &'static str)]| SESSION.value(&headers(pairs)).map(str::to_owned);
        assert_eq!(value(&[("cookie", "a=b; __Host-lambdesk=x;c=d")]).as_deref(), Some("x"));
        assert_eq!(value(&[("cookie", "a=b"), ("cookie", "__Host-lambdesk=x")]).as_deref(), Some("x"));
        for not in ["", "a=b", "__Host-lambdesk=", "lambdesk=x", "lambdesk_local=x", "__host-lambdesk=x"] {
            assert_eq!(value(&[("cookie", not)]), None, "{not}");
        }
        assert_eq!(value(&[("cookie", "__Host-lambdesk=x; __Host-lambdesk=y")]), None);
        assert_eq!(value(&[("cookie", "__Host-lambdesk=x"), ("cookie", "__Host-lambdesk=y")]), None);
    }

    #[test]
    fn only_the_desks_own_page_sets_the_header() {
        let own = |pairs: &[(&'static str, &'static str)]| require_same_origin(&headers(pairs)).is_ok();
        assert!(own(&[("x-lambdesk", "1")]), "old browsers and programs name no site");
        assert!(own(&[("x-lambdesk", "1"), ("sec-fetch-site", "same-origin")]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!own(&[("x-lambdesk", "1"), ("sec-fetch-site", site)]), "{site}");
        }
        assert!(!own(&[]) && !own(&[("x-lambdesk", "true")]) && !own(&[("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn plain_http_is_of_local_desks_only() {
        let mut local = Extensions::new();
        local.insert("http://127.0.0.1:8000".parse::<crate::public_url::PublicUrl>().unwrap());
        assert_eq!(Cookie::of_session(&local), LOCAL_SESSION);
        let mut behind = Extensions::new();
        behind.insert("https://desk.example.com".parse::<crate::public_url::PublicUrl>().unwrap());
        assert_eq!(Cookie::of_session(&behind), SESSION);
        local.insert(RequestContext::ApiGatewayV2(
            lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext::default(),
        ));
        assert_eq!(Cookie::of_session(&local), SESSION);
        assert!(SESSION.set("x", 5).unwrap().to_str().unwrap().contains("Max-Age=5; Path=/; Secure; HttpOnly; SameSite=Strict"));
    }
}
