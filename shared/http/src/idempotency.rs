//! The `Idempotency-Key` header (docs/decisions.md, 17 and 33). [`Once`] says how a request is carried out only once.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
};
use lambdesk_store::{Earlier, Once, Receipt};

use crate::{Context, answer::Answer, auth::token, body::Raw, problem::Problem};

/// The header's name in lower case; HTTP ignores the case.
pub const HEADER: &str = "idempotency-key";
/// The most characters of a key.
pub(crate) const LONGEST: usize = 255;

/// A request that may carry an `Idempotency-Key`. As an extractor it must stand after the one that authenticates. It answers a
/// request that was carried out before with the first answer, and the handler does not run.
pub struct Idempotency(Option<Once>);

impl Idempotency {
    /// Looks up whether a request was carried out before, for handlers that find out the credential themselves. Fails with
    /// [`Repeated`] if the handler must not run.
    pub async fn look_up(
        context: &Context,
        headers: &HeaderMap,
        credential: &[u8],
        route: &str,
        body: &[u8],
    ) -> Result<Self, Repeated> {
        let Some(key) = headers.get(HEADER) else { return Ok(Self(None)) };
        let key = key.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len()));
        let key = key.ok_or_else(|| Problem::refused("Idempotency-Key must be 1 to 255 printable ASCII characters."))?;
        let once = Once::new(credential, route, key, body);
        match context.store.earlier(&once).await.map_err(Problem::from)? {
            Earlier::No => Ok(Self(Some(once))),
            Earlier::Answered(answer) => Err(Repeated::Answered(Answer::decode(&answer)?)),
            Earlier::OtherBody => Err(Problem::KeyReused.into()),
        }
    }

    /// Whether the request carries a key. A request with a key says itself whether it is a retry.
    pub const fn is_keyed(&self) -> bool {
        self.0.is_some()
    }

    /// The receipt by which the store writes the answer in the same transaction as the effect; `None` without a key.
    pub fn receipt<'a, T>(&'a self, answer: &'a (dyn Fn(&T) -> Vec<u8> + Send + Sync)) -> Option<Receipt<'a, T>> {
        self.0.as_ref().map(|once| Receipt::new(once, answer))
    }
}

/// Why the handler does not run.
pub enum Repeated {
    /// It ran before, and this was its answer.
    Answered(Answer),
    /// The key is not valid or was used with another body, or the store can't say whether the request was carried out.
    Problem(Problem),
}

impl From<Problem> for Repeated {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Repeated {
    fn into_response(self) -> Response {
        match self {
            Self::Answered(answer) => answer.replayed(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

impl<S> FromRequestParts<S> for Idempotency
where
    S: Send + Sync,
    Context: FromRef<S>,
{
    type Rejection = Repeated;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Repeated> {
        let credential = token(parts).unwrap_or_default();
        let route = format!("{} {}", parts.method, parts.uri.path());
        let body = parts.extensions.get::<Raw>().map(|Raw(bytes)| bytes.clone()).unwrap_or_default();
        Self::look_up(&Context::from_ref(state), &parts.headers, credential.as_bytes(), &route, &body).await
    }
}
