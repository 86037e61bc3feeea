//! What the function asks of SES: which domains may be sent from, and to send a test mail.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Method, StatusCode};
use lambdesk_domain::text::cut;
use lambdesk_http::Problem;
use lambdesk_mail::compose::Ready;
use lambdesk_runtime::{connect::Access, signed::Call};
use serde_json::{Value, json};

use crate::outside::away;

/// The most bytes of an answer.
const LARGEST: usize = 100_000;
/// The tag of the domains that a desk has made known to SES. Its value is the desk's own domain for mail.
const TAG: &str = "lambdesk";
/// The tag of a domain that somebody else has made known, and that the desk may send from. Its value is the same.
const SENDS: &str = "lambdesk-sends";
/// The most characters of a reason.
const REASON: usize = 300;

/// The service that knows which domains may be sent from, and sends: SES.
#[derive(Clone)]
pub struct MailService {
    access: Access,
    endpoint: String,
}

/// What is known of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Identity {
    /// Whether the desk may send from it.
    pub(crate) verified: bool,
    /// Whether the service would send from it, and only others may. An account has more mail than its desk's, and whoever
    /// administers a project speaks for their addresses only.
    pub(crate) of_others: bool,
    /// The names of the DNS records that it needs for that.
    pub(crate) dkim: Vec<String>,
}

impl MailService {
    /// SES of this region; `endpoint` replaces its own.
    pub fn new(access: Access, endpoint: Option<String>) -> Self {
        let endpoint = endpoint.unwrap_or_else(|| format!("https://email.{}.amazonaws.com", access.region));
        Self { access, endpoint }
    }

    /// What is known of a domain. A domain that the service does not know yet is made known to it, with a tag that says so.
    pub(crate) async fn identity(&self, domain: &str, desk: &str) -> Result<Identity, Problem> {
        let new = || json!({"EmailIdentity": domain, "Tags": [{"Key": TAG, "Value": desk}]});
        let found = match self.call(Method::GET, &identity(domain), None).await? {
            (StatusCode::NOT_FOUND, _) => self.call(Method::POST, "identities", Some(new())).await?,
            found => found,
        };
        let (status, known) = found;
        if !status.is_success() {
            return Err(away(format!("SES answers {status} of {domain}")));
        }
        let tokens = known["DkimAttributes"]["Tokens"].as_array().into_iter().flatten();
        let is_known = known["VerifiedForSendingStatus"] == true;
        let is_for_desk = [TAG, SENDS].iter().any(|key| has_tag(&known, key, desk));
        Ok(Identity {
            verified: is_known && is_for_desk,
            of_others: is_known && !is_for_desk,
            dkim: tokens.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    /// Whether this desk has made a domain known to the service, and not somebody else.
    pub(crate) async fn has_made(&self, domain: &str, desk: &str) -> Result<bool, Problem> {
        let (status, known) = self.call(Method::GET, &identity(domain), None).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(false),
            _ if status.is_success() => Ok(has_tag(&known, TAG, desk)),
            _ => Err(away(format!("SES answers {status} of {domain}"))),
        }
    }

    /// Has the service forget a domain. One that it does not know is forgotten.
    pub(crate) async fn forget(&self, domain: &str) -> Result<(), Problem> {
        let (status, _) = self.call(Method::DELETE, &identity(domain), None).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(()),
            _ if status.is_success() => Ok(()),
            // The role goes by the tag too. Trying again would change nothing, and the address has to go.
            StatusCode::FORBIDDEN => {
                tracing::error!(domain, "the role does not allow to have SES forget a domain");
                Ok(())
            }
            _ => Err(away(format!("SES answers {status} of {domain}, which is to be forgotten"))),
        }
    }

    /// Sends a mail once. It has no configuration set, so nothing is told of it later. If the answer is lost, it may have left.
    pub(crate) async fn send(&self, from: &str, ready: &Ready) -> Result<(), Problem> {
        let to: Vec<_> = ready.recipients.iter().map(ToString::to_string).collect();
        let mail = json!({
            "FromEmailAddress": from, "Destination": {"ToAddresses": to}, "Content": {"Raw": {"Data": STANDARD.encode(&ready.raw)}},
        });
        let (status, said) = self.call(Method::POST, "outbound-emails", Some(mail)).await?;
        // What the role lacks is the desk's own affair, and the rate may be another in a moment.
        let may_pass = [StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        if status.is_success() {
            Ok(())
        } else if status.is_client_error() && !may_pass {
            Err(Problem::MailRefused { reason: reason(&said) })
        } else {
            Err(away(format!("SES answers {status} of a test mail")))
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<(StatusCode, Value), Problem> {
        let url = format!("{}/v2/email/{path}", self.endpoint);
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let fields = &[("content-type", "application/json")];
        let call = Call { service: "ses", method, url, fields, body, largest: LARGEST };
        let answer = call.answer(&self.access).await.map_err(|error| away(error.to_string()))?;
        Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
    }
}

fn has_tag(known: &Value, key: &str, value: &str) -> bool {
    known["Tags"].as_array().into_iter().flatten().any(|tag| tag["Key"] == key && tag["Value"] == value)
}

fn identity(domain: &str) -> String {
    format!("identities/{domain}")
}

/// Why a mail is refused. The service writes the field in either case.
fn reason(said: &Value) -> String {
    let said = said["message"].as_str().or(said["Message"].as_str()).unwrap_or("it gives no reason.");
    cut(said.trim(), REASON).to_owned()
}
