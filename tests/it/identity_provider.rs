//! An identity provider of the tests' own. Unlike a well-kept one it can be told to forge, to err and to lie.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lambdesk_local::{Options, Registration};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Desk, Http, Reply, desk_with};

/// The desk's id at the provider.
pub(crate) const CLIENT: &str = "desk";

/// How the provider signs a token.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Signing {
    /// With its key.
    Good,
    /// With a key that it does not publish.
    OtherKey,
    /// Not at all.
    None,
    /// With its public key as a shared secret.
    PublicKeyAsSecret,
    /// With the desk's secret as a shared secret.
    ClientSecret,
}

/// What the provider does next.
#[derive(Clone)]
pub(crate) struct Plan {
    /// The claims of the ID token that differ from those of a good one; null leaves one out.
    pub(crate) claims: Value,
    pub(crate) signing: Signing,
    /// What the provider tells of whoever holds an access token.
    pub(crate) userinfo: Value,
    /// The status of the answer to a code.
    pub(crate) status: StatusCode,
}

impl Default for Plan {
    fn default() -> Self {
        Self { claims: json!({}), signing: Signing::Good, userinfo: json!({}), status: StatusCode::OK }
    }
}

struct Inner {
    issuer: String,
    key: EcdsaKeyPair,
    other: EcdsaKeyPair,
    plan: Mutex<Plan>,
    says_iss: bool,
    /// What came to the token endpoint.
    asked: Mutex<Vec<(String, HashMap<String, String>)>>,
    nonce: Mutex<String>,
}

/// A provider that runs.
#[derive(Clone)]
pub(crate) struct Idp(Arc<Inner>);

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap()
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

impl Idp {
    /// Starts a provider; `says_iss` is whether it promises to name itself in its answers.
    pub(crate) async fn start(says_iss: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Inner {
            issuer,
            key: key(),
            other: key(),
            plan: Mutex::default(),
            says_iss,
            asked: Mutex::default(),
            nonce: Mutex::default(),
        };
        let idp = Self(Arc::new(inner));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", routing::get(metadata))
            .route("/jwks", routing::get(jwks))
            .route("/token", routing::post(token))
            .route("/userinfo", routing::get(userinfo))
            .with_state(idp.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        idp
    }

    /// A desk whose agents sign in by this provider.
    pub(crate) async fn desk(&self) -> Desk {
        let client_secret = Some("the-desk's-secret".to_owned());
        let provider = Registration { issuer: self.0.issuer.clone(), client_id: CLIENT.to_owned(), client_secret };
        desk_with(Options { sign_in: true, provider: Some(provider), ..Options::default() }).await
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    pub(crate) fn plan(&self, plan: Plan) {
        *self.0.plan.lock().unwrap() = plan;
    }

    pub(crate) fn claims(&self, claims: Value) {
        self.plan(Plan { claims, ..Plan::default() });
    }

    /// The forms that came to the token endpoint, each with the `Authorization` beside it.
    pub(crate) fn asked(&self) -> Vec<(String, HashMap<String, String>)> {
        self.0.asked.lock().unwrap().clone()
    }

    fn token(&self) -> String {
        let Plan { claims: given, signing, .. } = self.0.plan.lock().unwrap().clone();
        let mut claims = json!({
            "iss": self.0.issuer, "sub": "agent", "aud": CLIENT, "exp": now() + 300, "iat": now(),
            "nonce": *self.0.nonce.lock().unwrap(), "email": "agent@example.com", "email_verified": true,
        });
        for (name, value) in given.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let header = match signing {
            Signing::None => json!({"alg": "none"}),
            Signing::PublicKeyAsSecret | Signing::ClientSecret => json!({"alg": "HS256", "kid": "1"}),
            Signing::Good | Signing::OtherKey => json!({"alg": "ES256", "kid": "1"}),
        };
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encoded(&header), encoded(&claims));
        let by = |key: &EcdsaKeyPair| key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec();
        let mac = |secret: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes()).as_ref().to_vec();
        let signature = match signing {
            Signing::Good => by(&self.0.key),
            Signing::OtherKey => by(&self.0.other),
            Signing::None => Vec::new(),
            Signing::PublicKeyAsSecret => mac(self.0.key.public_key().as_ref()),
            Signing::ClientSecret => mac(b"the-desk's-secret"),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn metadata(State(idp): State<Idp>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", idp.0.issuer);
    Json(json!({
        "issuer": idp.0.issuer, "authorization_endpoint": at("/authorize?tenant=1"), "token_endpoint": at("/token"),
        "jwks_uri": at("/jwks"), "userinfo_endpoint": at("/userinfo"), "end_session_endpoint": at("/end"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": idp.0.says_iss,
    }))
}

async fn jwks(State(idp): State<Idp>) -> Json<Value> {
    let point = idp.0.key.public_key().as_ref();
    let coordinate = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let key = json!({
        "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256",
        "x": coordinate(&point[1..33]), "y": coordinate(&point[33..65]),
    });
    Json(json!({"keys": [key]}))
}

async fn token(State(idp): State<Idp>, headers: axum::http::HeaderMap, body: String) -> Response {
    let form = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let credential = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    idp.0.asked.lock().unwrap().push((credential, form));
    let status = idp.0.plan.lock().unwrap().status;
    if status != StatusCode::OK {
        return (status, Json(json!({"error": "invalid_grant"}))).into_response();
    }
    Json(json!({"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": idp.token()})).into_response()
}

async fn userinfo(State(idp): State<Idp>) -> Json<Value> {
    Json(idp.0.plan.lock().unwrap().userinfo.clone())
}

/// A browser on its way through a sign-in.
pub(crate) struct Browser {
    pub(crate) http: Http,
    /// The cookie of the attempt.
    pub(crate) cookie: String,
    /// What the desk said to the provider, by name.
    pub(crate) said: HashMap<String, String>,
}

impl Browser {
    /// Begins a sign-in: as far as the provider, which takes note of the nonce.
    pub(crate) async fn begin(desk: &Desk, idp: &Idp, query: &str) -> Self {
        let answer = get(&desk.http, &format!("/auth/sign-in{query}"), &[]).await.expect(303);
        let place = answer.header("location").unwrap();
        let (at, said) = place.split_once('?').unwrap();
        assert_eq!(at, format!("{}/authorize", idp.issuer()));
        let said: HashMap<String, String> = form_urlencoded::parse(said.as_bytes()).into_owned().collect();
        idp.0.nonce.lock().unwrap().clone_from(&said["nonce"]);
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { http: desk.http.clone(), cookie, said }
    }

    /// Comes back from the provider with this query.
    pub(crate) async fn back_with(&self, query: &str) -> Reply {
        get(&self.http, &format!("/auth/callback?{query}"), &[("cookie", &self.cookie)]).await
    }

    /// Comes back from the provider as a well-kept one sends it.
    pub(crate) async fn back(&self) -> Reply {
        self.back_with(&format!("code=good&state={}", self.said["state"])).await
    }
}

/// Gets a page without following where it leads.
pub(crate) async fn get(http: &Http, path: &str, headers: &[(&str, &str)]) -> Reply {
    http.without_redirects().call(reqwest::Method::GET, path, headers, Value::Null).await
}

/// Signs in from the beginning to the end.
pub(crate) async fn sign_in(desk: &Desk, idp: &Idp) -> Reply {
    Browser::begin(desk, idp, "").await.back().await
}
