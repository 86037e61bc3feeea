//! The identity provider, by the library `openidconnect`. Tokens are believed only if one of the provider's public keys signed
//! them: a secret that the desk knows could sign them too.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use lambdesk_domain::{
    Timestamp,
    identity::{Subject, Vouched},
};
use lambdesk_store::Attempt;
use openidconnect::{
    AccessToken, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EmptyAdditionalClaims, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError,
    TokenResponse, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGenderClaim,
        CoreGrantType, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{fetch::fetch, refusal::Refusal};

/// How long what the provider says of itself is believed.
const KNOWN_FOR: Duration = Duration::from_hours(1);
/// How soon its keys may be asked for again, if a token names one that is not known.
const AGAIN_AFTER: Duration = Duration::from_mins(1);
/// By how many seconds the provider's clock may be ahead.
const AHEAD: i64 = 60;

/// How the desk is known to the provider.
#[derive(Clone)]
pub struct Registration {
    /// The provider's address, exactly as it calls itself.
    pub issuer: String,
    /// The desk's id there.
    pub client_id: String,
    /// The desk's secret there, if it has one.
    pub client_secret: Option<String>,
}

/// Why a registration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadIssuer {
    /// It is no address.
    #[error("the issuer is no address")]
    NoAddress,
    /// Whoever is between could sign anyone in.
    #[error("the issuer must begin with https://, unless it is on this machine")]
    Plain,
    /// Such an issuer vouches for addresses of tenants that anyone can make.
    #[error("an issuer that all tenants of Entra share is refused: take https://login.microsoftonline.com/<tenant id>/v2.0")]
    Shared,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct More {
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// The provider, and what it said of itself.
pub struct Provider {
    registration: Registration,
    issuer: IssuerUrl,
    known: Mutex<Option<(Instant, Arc<Metadata>)>>,
}

/// Where a browser goes to sign in, and what is to be remembered of it.
pub(crate) struct Begun {
    pub(crate) url: String,
    pub(crate) attempt: Attempt,
}

impl Provider {
    /// A provider, which is not asked yet.
    pub fn new(registration: Registration) -> Result<Self, BadIssuer> {
        let issuer = IssuerUrl::new(registration.issuer.clone()).map_err(|_| BadIssuer::NoAddress)?;
        let url = issuer.url();
        let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && here) {
            return Err(BadIssuer::Plain);
        }
        let tenant = url.path_segments().and_then(|mut path| path.next().map(str::to_ascii_lowercase)).unwrap_or_default();
        let entra = url.host_str().is_some_and(|host| host.ends_with("login.microsoftonline.com"));
        if entra && ["common", "organizations", "consumers", ""].contains(&tenant.as_str()) {
            return Err(BadIssuer::Shared);
        }
        Ok(Self { registration, issuer, known: Mutex::new(None) })
    }

    fn client(&self, metadata: &Metadata, redirect: &str) -> Result<Client, Refusal> {
        let redirect = RedirectUrl::new(redirect.to_owned());
        let redirect = redirect.map_err(|error| Refusal::ProviderAway(format!("the desk's own address: {error}")))?;
        let id = ClientId::new(self.registration.client_id.clone());
        let secret = self.registration.client_secret.clone().map(ClientSecret::new);
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method: CoreClientAuthMethod| methods.is_some_and(|methods| methods.contains(&method));
        let in_body = takes(CoreClientAuthMethod::ClientSecretPost) && !takes(CoreClientAuthMethod::ClientSecretBasic);
        let way = if in_body { AuthType::RequestBody } else { AuthType::BasicAuth };
        Ok(CoreClient::from_provider_metadata(metadata.clone(), id, secret).set_redirect_uri(redirect).set_auth_type(way))
    }

    /// What the provider says of itself: asked for anew if it is older than `age`.
    async fn metadata(&self, age: Duration) -> Result<Arc<Metadata>, Refusal> {
        let mut known = self.known.lock().await;
        if let Some((since, metadata)) = known.as_ref()
            && since.elapsed() < age
        {
            return Ok(metadata.clone());
        }
        let asked = Metadata::discover_async(self.issuer.clone(), &fetch).await;
        let metadata = Arc::new(asked.map_err(|error| Refusal::ProviderAway(chain(&error)))?);
        *known = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    /// Begins a sign-in that comes back to `redirect` and goes on to `next`.
    pub(crate) async fn begin(&self, redirect: &str, next: &str) -> Result<Begun, Refusal> {
        let metadata = self.metadata(KNOWN_FOR).await?;
        let client = self.client(&metadata, redirect)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) = request.add_scope(Scope::new("email".to_owned())).set_pkce_challenge(challenge).url();
        let attempt = Attempt {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            next: next.to_owned(),
        };
        Ok(Begun { url: url.into(), attempt })
    }

    /// Refuses an answer that says that it is of another provider, or should say of which it is and does not.
    pub(crate) async fn check_issuer(&self, said: Option<&str>) -> Result<(), Refusal> {
        let metadata = self.metadata(KNOWN_FOR).await?;
        match said {
            Some(issuer) if issuer == self.registration.issuer => Ok(()),
            None if !metadata.additional_metadata().authorization_response_iss_parameter_supported => Ok(()),
            _ => Err(Refusal::OtherProvider),
        }
    }

    /// Whom the provider vouches for by this code.
    pub(crate) async fn redeem(&self, code: &str, attempt: &Attempt, redirect: &str, now: Timestamp) -> Result<Vouched, Refusal> {
        let metadata = self.metadata(KNOWN_FOR).await?;
        let client = self.client(&metadata, redirect)?;
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|error| Refusal::ProviderAway(error.to_string()))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()));
        let answer = request.request_async(&fetch).await.map_err(|error| match error {
            RequestTokenError::Request(error) => Refusal::ProviderAway(chain(&error)),
            RequestTokenError::ServerResponse(said) => Refusal::Code(said.error().to_string()),
            _ => Refusal::Code("its answer can't be read".to_owned()),
        })?;
        let token = answer.id_token().ok_or_else(|| Refusal::Token("there is no ID token".to_owned()))?;
        let claims = self.claims(token, attempt, now).await?;
        if claims.authorized_party().is_some_and(|party| **party != self.registration.client_id) {
            return Err(Refusal::Token("it was made for another client".to_owned()));
        }
        let issuer = self.registration.issuer.clone();
        let subject = Subject { issuer, subject: claims.subject().to_string() };
        let (email, verified) = match claims.email() {
            Some(email) => (email.to_string(), claims.email_verified()),
            None => self.told(&metadata, redirect, answer.access_token(), &claims).await?,
        };
        if verified == Some(true) { Ok(Vouched { subject, email }) } else { Err(Refusal::Unverified) }
    }

    /// The claims of a token. A key that is not known may be new: the keys are asked for once more.
    async fn claims(&self, token: &CoreIdToken, attempt: &Attempt, now: Timestamp) -> Result<CoreIdTokenClaims, Refusal> {
        let nonce = Nonce::new(attempt.nonce.clone());
        let metadata = self.metadata(KNOWN_FOR).await?;
        let unknown = ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey);
        let claims = match token.claims(&self.verifier(&metadata, now), &nonce) {
            Err(error) if error == unknown => {
                let metadata = self.metadata(AGAIN_AFTER).await?;
                token.claims(&self.verifier(&metadata, now), &nonce).cloned()
            }
            claims => claims.cloned(),
        };
        claims.map_err(|error| Refusal::Token(chain(&error)))
    }

    /// Accepts only what the provider's public keys signed, whether or not the desk has a secret there.
    fn verifier(&self, metadata: &Metadata, now: Timestamp) -> CoreIdTokenVerifier<'static> {
        use CoreJwsSigningAlgorithm as Signed;
        let id = ClientId::new(self.registration.client_id.clone());
        CoreIdTokenVerifier::new_public_client(id, self.issuer.clone(), metadata.jwks().clone())
            .set_allowed_algs([
                Signed::RsaSsaPkcs1V15Sha256,
                Signed::RsaSsaPkcs1V15Sha384,
                Signed::RsaSsaPkcs1V15Sha512,
                Signed::RsaSsaPssSha256,
                Signed::EcdsaP256Sha256,
                Signed::EcdsaP384Sha384,
                Signed::EdDsa,
            ])
            .set_time_fn(move || utc(now))
            .set_issue_time_verifier_fn(move |at| {
                if at <= utc(now.plus_seconds(AHEAD)) { Ok(()) } else { Err("it is of the future".to_owned()) }
            })
    }

    /// The address that the provider tells of the holder of an access token, for providers that leave it out of the ID token.
    async fn told(
        &self,
        metadata: &Metadata,
        redirect: &str,
        access: &AccessToken,
        claims: &CoreIdTokenClaims,
    ) -> Result<(String, Option<bool>), Refusal> {
        let client = self.client(metadata, redirect)?;
        // The library refuses what is told of another subject.
        let request = client.user_info(access.clone(), Some(claims.subject().clone())).map_err(|_| Refusal::Unverified)?;
        let told: Result<UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim>, _> = request.request_async(&fetch).await;
        let told = told.map_err(|error| Refusal::Token(chain(&error)))?;
        let email = told.email().ok_or(Refusal::Unverified)?;
        Ok((email.to_string(), told.email_verified()))
    }

    /// Where a browser goes to sign out at the provider too, and then comes back to `back`.
    pub(crate) async fn sign_out(&self, back: &str, is_cognito: bool) -> Option<String> {
        let metadata = self.metadata(KNOWN_FOR).await.ok()?;
        let mut url: openidconnect::url::Url = metadata.additional_metadata().end_session_endpoint.as_deref()?.parse().ok()?;
        // Cognito has words of its own for this.
        let name = if is_cognito { "logout_uri" } else { "post_logout_redirect_uri" };
        url.query_pairs_mut().append_pair("client_id", &self.registration.client_id).append_pair(name, back);
        Some(url.into())
    }
}

/// An error with what caused it. None of the errors here hold a token, a code or a secret.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn utc(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_micros(at.micros()).unwrap_or_default()
}
