//! Every way a sign-in is refused: its status, and a plain page that says what to do. The page runs no script, loads nothing,
//! can't be framed, and shows nothing of what the request said except the address that the provider vouched for.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use lambdesk_http::Problem;

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("sign-in is not set up")]
    NotSetUp,
    #[error("too many failures from this address")]
    TooMany(u32),
    #[error("the callback is not of a sign-in that this browser began")]
    NoAttempt,
    #[error("the answer is of another provider")]
    OtherProvider,
    #[error("the provider refused")]
    ProviderRefused,
    #[error("the provider does not answer: {0}")]
    ProviderAway(String),
    #[error("the provider did not take the code: {0}")]
    Code(String),
    #[error("the token can't be trusted: {0}")]
    Token(String),
    #[error("the address is not verified")]
    Unverified,
    #[error("the address is nobody's")]
    Nobody(String),
    #[error("the address is bound to another subject")]
    OtherSubject(String),
    #[error("the desk has a problem")]
    Desk(Problem),
}

impl From<lambdesk_store::StoreError> for Refusal {
    fn from(error: lambdesk_store::StoreError) -> Self {
        Self::Desk(error.into())
    }
}

const AGAIN: &str = "<p><a href=\"/auth/sign-in\">Sign in again</a></p>";

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::NotSetUp => StatusCode::NOT_FOUND,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NoAttempt | Self::OtherProvider | Self::Code(_) => StatusCode::BAD_REQUEST,
            Self::ProviderAway(_) => StatusCode::BAD_GATEWAY,
            Self::ProviderRefused | Self::Token(_) | Self::Unverified | Self::Nobody(_) => StatusCode::FORBIDDEN,
            Self::OtherSubject(_) => StatusCode::CONFLICT,
            Self::Desk(problem) => problem.status(),
        }
    }

    /// Whether somebody may have tried something, so that the failure counts against their address.
    pub(crate) const fn counts(&self) -> bool {
        !matches!(self, Self::NotSetUp | Self::TooMany(_) | Self::ProviderAway(_) | Self::Desk(_))
    }

    /// What happened and what to do, as HTML.
    fn text(&self) -> String {
        let again = |text: &str| format!("<p>{text}</p>{AGAIN}");
        match self {
            Self::NotSetUp => {
                "<p>Nobody can sign in to this desk yet. Its README says how to set sign-in up: the parameter SignIn of \
                the stack on AWS, and the flag --oidc-issuer on a local desk.</p>"
                    .to_owned()
            }
            Self::TooMany(_) => again("Too many sign-ins from your network have failed. Wait a minute."),
            Self::NoAttempt => again(
                "This sign-in was begun in another browser or window, was used already, or took more than ten minutes. Begin \
                 again, and stay in this window.",
            ),
            Self::OtherProvider => again("The answer came from another identity provider than yours. Begin again."),
            Self::ProviderRefused => again("Your identity provider did not sign you in."),
            Self::ProviderAway(_) => again("Your identity provider does not answer. Wait a little."),
            Self::Code(_) => again("Your identity provider did not accept the sign-in. Begin again."),
            Self::Token(_) => again(
                "What your identity provider answered can't be trusted. Begin again. If this stays so, tell whoever set up \
                 sign-in; the desk's log has the reason.",
            ),
            Self::Unverified => again(
                "Your identity provider has not verified your e-mail address. Verify it there, or ask whoever administers the \
                 provider to.",
            ),
            Self::Nobody(email) => again(&format!(
                "You are signed in as {}, which is a member of nothing here. Ask an administrator of your team to add this \
                 address as a member.",
                escaped(email)
            )),
            Self::OtherSubject(email) => again(&format!(
                "{} belongs to another account of your identity provider. If the address was given to you, or your account was \
                 made anew, ask an administrator of your team to remove the old identity.",
                escaped(email)
            )),
            Self::Desk(_) => again("The desk is briefly unavailable. Wait a little."),
        }
    }
}

fn escaped(text: &str) -> String {
    let letter = |letter: char| match letter {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(letter).collect()
}

/// Headers of every page and redirect here: the address holds a code and a state, which are nobody else's.
pub(crate) const SEALED: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    ),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
];

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // The reason is for the log. It holds no token, code or state.
        tracing::warn!(reason = %self, "nobody was signed in");
        let page = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>Sign in</title><h1>You are not signed in</h1>{}</html>",
            self.text()
        );
        let mut response = (self.status(), SEALED, Html(page)).into_response();
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_as_text() {
        let page = Refusal::Nobody("<script>alert('x')</script>&\"@example.com".to_owned()).text();
        assert!(
            page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;@example.com") && !page.contains("<script")
        );
    }
}
