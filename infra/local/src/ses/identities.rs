//! As much of SES as the desk asks about domains: which may be sent from. Here a domain that is for examples and tests may be from
//! the second question on, as if its owner had made the records meanwhile; any other waits for ever.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
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

/// The domains that are known, and how often each was asked about.
#[derive(Clone, Default)]
struct Domains(Arc<Mutex<BTreeMap<String, u32>>>);

/// The calls about domains.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/v2/email/identities", post(create))
        .route("/v2/email/identities/{domain}", get(found))
        .with_state(Domains::default())
}

async fn create(State(domains): State<Domains>, Json(asked): Json<Value>) -> Response {
    let Some(domain) = asked["EmailIdentity"].as_str() else { return StatusCode::BAD_REQUEST.into_response() };
    domains.asked(domain, true).map_or_else(|| StatusCode::BAD_REQUEST.into_response(), |known| Json(known).into_response())
}

async fn found(State(domains): State<Domains>, Path(domain): Path<String>) -> Response {
    let none = || (StatusCode::NOT_FOUND, Json(json!({"message": "There is no such identity."}))).into_response();
    domains.asked(&domain, false).map_or_else(none, |known| Json(known).into_response())
}

impl Domains {
    /// What is known of a domain; `None` if it is new and not to be made known.
    fn asked(&self, domain: &str, is_made: bool) -> Option<Value> {
        let mut domains = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_made {
            domains.entry(domain.to_owned()).or_default();
        }
        let asked = domains.get_mut(domain)?;
        *asked += 1;
        let verified = is_for_tests(domain) && *asked > 1;
        let tokens: Vec<_> = (1..=3).map(|place| format!("local{place}")).collect();
        Some(json!({
            "IdentityType": "DOMAIN", "VerifiedForSendingStatus": verified,
            "DkimAttributes": {"SigningEnabled": true, "Status": if verified { "SUCCESS" } else { "PENDING" }, "Tokens": tokens},
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_verified_once_its_records_may_be_there() {
        let domains = Domains::default();
        let verified = |domain, is_made| domains.asked(domain, is_made).map(|known| known["VerifiedForSendingStatus"] == true);
        assert_eq!(verified("acme.test", false), None);
        assert_eq!([verified("acme.test", true), verified("acme.test", false)], [Some(false), Some(true)]);
        assert_eq!([verified("acme.com", true), verified("acme.com", false)], [Some(false), Some(false)]);
    }
}
