//! The DynamoDB client: credentials, region and endpoint from the environment, read once, without the SDK's provider
//! chain, and with Amazon's root certificates only. Both keep a cold start short: the chain asks the network, and the
//! system's certificate bundle is a hundred times larger than what one service needs.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig, timeout::TimeoutConfig},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// Where the table is, and who asks.
#[derive(Clone)]
pub struct Connection {
    /// The table's name.
    pub table: String,
    /// The region requests are signed for.
    pub region: String,
    /// Another endpoint than the region's own: the local stack's.
    pub endpoint: Option<String>,
    /// Access key id, secret access key, and the session token that Lambda's role credentials carry.
    pub credentials: (String, String, Option<String>),
}

/// A variable that the start needs is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct MissingVariable(pub &'static str);

impl Connection {
    /// From the environment:
    ///
    /// | variable | meaning | default |
    /// | --- | --- | --- |
    /// | `TABLE_NAME` | the desk's table | none: required |
    /// | `AWS_REGION` | set by Lambda | none: required |
    /// | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` | set by Lambda | none: required |
    /// | `AWS_SESSION_TOKEN` | set by Lambda | none |
    /// | `AWS_ENDPOINT_URL_DYNAMODB` | another endpoint, for the local stack | the region's |
    pub fn from_env() -> Result<Self, MissingVariable> {
        let required = |name: &'static str| std::env::var(name).map_err(|_| MissingVariable(name));
        Ok(Self {
            table: required("TABLE_NAME")?,
            region: required("AWS_REGION")?,
            endpoint: std::env::var("AWS_ENDPOINT_URL_DYNAMODB").ok(),
            credentials: (
                required("AWS_ACCESS_KEY_ID")?,
                required("AWS_SECRET_ACCESS_KEY")?,
                std::env::var("AWS_SESSION_TOKEN").ok(),
            ),
        })
    }

    /// The client. Throttles and lost answers are retried by the SDK (a transaction carries a client token, so that a
    /// retry can't write twice); each attempt and the whole call have an end.
    pub fn client(&self) -> Client {
        let (id, secret, token) = self.credentials.clone();
        let mut config = Config::builder();
        config.set_endpoint_url(self.endpoint.clone());
        let config = config
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(Credentials::new(id, secret, token, None, "environment"))
            .retry_config(retries())
            .timeout_config(timeouts())
            .http_client(http_client(self.endpoint.as_deref()))
            .build();
        Client::from_conf(config)
    }
}

/// Four tries, so that a throttle or a lost answer is not the caller's to notice.
pub fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(25))
}

/// The ends of a connection attempt, of one try, and of a whole call.
pub fn timeouts() -> TimeoutConfig {
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
        // The certificates are part of the binary; were one unreadable, the system's bundle still is there.
        Err(_) => Builder::new().tls_provider(provider).build_https(),
    }
}
