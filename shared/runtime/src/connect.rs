//! Access to AWS: credentials and region from the environment, read once, without the SDK's provider chain, and Amazon's root
//! certificates only. Both keep a cold start short. The chain asks the network, and the system's certificate bundle is a
//! hundred times larger than what a few services need.

use std::time::Duration;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{behavior_version::BehaviorVersion, http::SharedHttpClient};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};

/// Why a start can't be made in this environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEnvironment {
    /// A variable that is needed is not set, or is empty and must not be.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable that names an endpoint is none that can be called.
    #[error("the environment variable {0} is no address: it begins with http:// or https://, and names a host")]
    NoAddress(&'static str),
}

/// The value of an environment variable, which may be empty.
///
/// # Errors
///
/// [`BadEnvironment::Missing`] if it is not set.
pub fn required(name: &'static str) -> Result<String, BadEnvironment> {
    std::env::var(name).map_err(|_| BadEnvironment::Missing(name))
}

/// The value of an environment variable that makes no sense empty.
///
/// # Errors
///
/// [`BadEnvironment::Missing`] if it is not set, or is empty.
pub fn filled(name: &'static str) -> Result<String, BadEnvironment> {
    optional(name).ok_or(BadEnvironment::Missing(name))
}

/// The value of an environment variable, if it is set and not empty.
pub fn optional(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Another endpoint of a service than the region's own, if an environment variable names one.
///
/// # Errors
///
/// [`BadEnvironment::NoAddress`] if it names none that can be called.
pub fn endpoint(name: &'static str) -> Result<Option<String>, BadEnvironment> {
    let Some(address) = optional(name) else { return Ok(None) };
    let is_address = address.parse::<http::Uri>().is_ok_and(|uri| {
        uri.host().is_some_and(|host| !host.is_empty())
            && uri.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme))
    });
    if is_address { Ok(Some(address)) } else { Err(BadEnvironment::NoAddress(name)) }
}

/// Who asks AWS, and in which region.
#[derive(Clone)]
pub struct Access {
    /// The region that requests are signed for.
    pub region: String,
    /// Access key id, secret access key, and the session token that Lambda's role credentials carry.
    pub credentials: (String, String, Option<String>),
}

impl Access {
    /// From the environment:
    ///
    /// | variable | meaning | default |
    /// | --- | --- | --- |
    /// | `AWS_REGION` | set by Lambda | none: required |
    /// | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` | set by Lambda | none: required |
    /// | `AWS_SESSION_TOKEN` | set by Lambda | none |
    pub fn from_env() -> Result<Self, BadEnvironment> {
        let credentials = (filled("AWS_ACCESS_KEY_ID")?, filled("AWS_SECRET_ACCESS_KEY")?, optional("AWS_SESSION_TOKEN"));
        Ok(Self { region: filled("AWS_REGION")?, credentials })
    }

    /// For services on this machine, which take any credentials.
    pub fn local() -> Self {
        Self { region: "us-east-1".to_owned(), credentials: ("local".to_owned(), "local".to_owned(), None) }
    }

    /// What the client of any service is made from. `endpoint` replaces the region's own, as the local stack's does.
    ///
    /// Throttles and lost answers are retried, four tries in all. Each try and the whole call have an end.
    pub fn aws_config(&self, endpoint: Option<String>) -> SdkConfig {
        let (id, secret, token) = self.credentials.clone();
        let credentials = Credentials::new(id, secret, token, None, "environment");
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(retries())
            .timeout_config(timeouts())
            .http_client(http_client(endpoint.as_deref()));
        config.set_endpoint_url(endpoint);
        config.build()
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(25))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build()
}

/// The transport of every AWS client: plain on an `http://` endpoint, else TLS that trusts Amazon's roots only.
pub fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|url| url.starts_with("http://")) {
        return Builder::new().build_http();
    }
    let roots = [
        include_bytes!("../roots/Amazon_Root_CA_1.crt").as_slice(),
        include_bytes!("../roots/Amazon_Root_CA_2.crt"),
        include_bytes!("../roots/Amazon_Root_CA_3.crt"),
        include_bytes!("../roots/Amazon_Root_CA_4.crt"),
        include_bytes!("../roots/Starfield_Services_Root_CA_G2.crt"),
    ];
    let trust = roots.into_iter().fold(TrustStore::empty(), TrustStore::with_pem_certificate);
    let provider = Provider::Rustls(CryptoMode::Ring);
    match TlsContext::builder().with_trust_store(trust).build() {
        Ok(context) => Builder::new().tls_provider(provider).tls_context(context).build_https(),
        // The certificates are part of the binary. If one were unreadable, the system's bundle would still be there.
        Err(_) => Builder::new().tls_provider(provider).build_https(),
    }
}
