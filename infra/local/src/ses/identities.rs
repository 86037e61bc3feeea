//! As much of SES as the desk asks about domains: which may be sent from. Here a domain that is for examples and tests may be from
//! the second question on, as if its owner had made the records meanwhile; any other waits for ever.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::mail::is_for_tests;

/// The domains that are known.
#[derive(Clone, Default)]
pub(super) struct Domains(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    by_name: BTreeMap<String, Domain>,
    /// Whether nothing can be forgotten for now.
    is_stuck: bool,
}

#[derive(Default)]
struct Domain {
    /// How often it was asked about.
    asked: u32,
    /// The tags that it was made with.
    tags: Value,
}

/// The calls about domains.
pub(super) fn routes(domains: Domains) -> Router {
    Router::new()
        .route("/v2/email/identities", post(create))
        .route("/v2/email/identities/{domain}", get(found).delete(forget))
        .with_state(domains)
}

async fn create(State(domains): State<Domains>, Json(asked): Json<Value>) -> Response {
    let Some(domain) = asked["EmailIdentity"].as_str() else { return StatusCode::BAD_REQUEST.into_response() };
    domains.make(domain, asked["Tags"].clone());
    found(State(domains), Path(domain.to_owned())).await
}

async fn found(State(domains): State<Domains>, Path(domain): Path<String>) -> Response {
    domains.asked(&domain).map_or_else(none, |known| Json(known).into_response())
}

async fn forget(State(domains): State<Domains>, Path(domain): Path<String>) -> Response {
    match domains.forget(&domain) {
        Some(true) => Json(json!({})).into_response(),
        Some(false) => none(),
        None => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"message": "injected"}))).into_response(),
    }
}

fn none() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"message": "There is no such identity."}))).into_response()
}

impl Domains {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, domains can't be forgotten, or can again.
    pub(super) fn stick(&self, is_stuck: bool) {
        self.known().is_stuck = is_stuck;
    }

    /// Makes a domain known, with these tags.
    pub(super) fn make(&self, domain: &str, tags: Value) {
        self.known().by_name.entry(domain.to_owned()).or_insert(Domain { asked: 0, tags });
    }

    /// Whether a domain is known.
    pub(super) fn knows(&self, domain: &str) -> bool {
        self.known().by_name.contains_key(domain)
    }

    /// What is known of a domain; `None` for one that is not.
    fn asked(&self, domain: &str) -> Option<Value> {
        let mut known = self.known();
        let Domain { asked, tags } = known.by_name.get_mut(domain)?;
        *asked += 1;
        let verified = is_for_tests(domain) && *asked > 1;
        let tokens: Vec<_> = (1..=3).map(|place| format!("local{place}")).collect();
        Some(json!({
            "IdentityType": "DOMAIN", "VerifiedForSendingStatus": verified, "Tags": tags,
            "DkimAttributes": {"SigningEnabled": true, "Status": if verified { "SUCCESS" } else { "PENDING" }, "Tokens": tokens},
        }))
    }

    /// Forgets a domain, and says whether it was known; `None` if nothing can be forgotten.
    fn forget(&self, domain: &str) -> Option<bool> {
        let mut known = self.known();
        (!known.is_stuck).then(|| known.by_name.remove(domain).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_verified_once_its_records_may_be_there() {
        let domains = Domains::default();
        let verified = |domain| domains.asked(domain).map(|known| known["VerifiedForSendingStatus"] == true);
        assert_eq!(verified("acme.test"), None);
        for domain in ["acme.test", "acme.com"] {
            domains.make(domain, Value::Null);
        }
        assert_eq!([verified("acme.test"), verified("acme.test")], [Some(false), Some(true)]);
        assert_eq!([verified("acme.com"), verified("acme.com")], [Some(false), Some(false)]);
    }

    #[test]
    fn a_domain_is_forgotten_once() {
        let domains = Domains::default();
        domains.make("acme.test", json!([{"Key": "a", "Value": "b"}]));
        assert_eq!(domains.asked("acme.test").unwrap()["Tags"][0]["Value"], "b");
        domains.stick(true);
        assert_eq!((domains.forget("acme.test"), domains.knows("acme.test")), (None, true));
        domains.stick(false);
        assert_eq!([domains.forget("acme.test"), domains.forget("acme.test")], [Some(true), Some(false)]);
    }
}
