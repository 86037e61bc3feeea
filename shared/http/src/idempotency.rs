//! The `Idempotency-Key` header (decisions 17 and 33). See `lambdesk_store::Once` for how a request is carried out once.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Response},
};
use lambdesk_store::{Earlier, Once, Receipt, Store};

use crate::{Context, answer::Answer, auth::bearer, body::Raw, problem::Problem};

/// The header's name.
pub const HEADER: &str = "idempotency-key";
/// The longest key.
pub(crate) const LONGEST: usize = 255;

/// A request that may carry an `Idempotency-Key`. As an extractor it stands behind the one that authenticates: a request
/// that was carried out before is answered by it, and the handler does not run.
pub struct Idempotency(Option<Once>);

impl Idempotency {
    /// Checks a request whose credential the handler itself found out.
    pub async fn check(
        store: &Store,
        headers: &HeaderMap,
        credential: &[u8],
        route: &str,
        body: &[u8],
    ) -> Result<Self, Repeated> {
        let Some(key) = headers.get(HEADER) else { return Ok(Self(None)) };
        let key = key.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len()));
        let key = key.ok_or_else(|| Problem::refused("Idempotency-Key must be 1 to 255 printable ASCII characters."))?;
        let once = Once::new(credential, route, key, body);
        match store.earlier(&once).await.map_err(Problem::from)? {
            Earlier::No => Ok(Self(Some(once))),
            Earlier::Answered(answer) => Err(Repeated::Answered(Answer::decode(&answer)?)),
            Earlier::OtherBody => Err(Problem::KeyReused.into()),
        }
    }

    /// Whether the request carries a key, and so says by itself what is a retry and what is not.
    pub const fn is_keyed(&self) -> bool {
        self.0.is_some()
    }

    /// What keeps the answer with the effect.
    pub fn receipt<'a, T>(&'a self, answer: &'a (dyn Fn(&T) -> Vec<u8> + Send + Sync)) -> Option<Receipt<'a, T>> {
        self.0.as_ref().map(|once| Receipt { once, answer })
    }
}

/// Why the handler need not run.
pub enum Repeated {
    /// It ran before, and this was its answer.
    Answered(Answer),
    /// The key can't be used, or nothing can be known of it.
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
        let store = Context::from_ref(state).store;
        let credential = bearer(parts).unwrap_or_default();
        let route = format!("{} {}", parts.method, parts.uri.path());
        let body = parts.extensions.get::<Raw>().map(|Raw(bytes)| bytes.clone()).unwrap_or_default();
        Self::check(&store, &parts.headers, credential.as_bytes(), &route, &body).await
    }
}
