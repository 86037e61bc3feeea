//! Addresses elsewhere whose mail is forwarded to the desk, and what their domains need for the desk to send from them.

use axum::{Extension, Json as Body};
use lambdesk_domain::mail::{Forwards, MailAddress};
use lambdesk_http::Problem;
use lambdesk_mail::address::{Address, recipient::forwarded};
use lambdesk_runtime::crypto::secret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    MailDomain,
    addresses::{AddressBody, OnAddress, problem},
    outside::Identities,
};

/// A DNS record that the domain of an address needs, for the desk to send from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct DnsRecord {
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    kind: &'static str,
    name: String,
    value: String,
}

/// The records by which SES signs mail of a domain.
pub(crate) fn records(forwards: &Forwards) -> Vec<DnsRecord> {
    let domain = domain_of(&forwards.address);
    let record = |token: &String| DnsRecord {
        kind: "CNAME",
        name: format!("{token}._domainkey.{domain}"),
        value: format!("{token}.dkim.amazonses.com"),
    };
    forwards.dkim.iter().map(record).collect()
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// An address elsewhere as it is added: where its mail arrives, and what is known of its domain.
pub(crate) async fn elsewhere(given: &str, domain: &str, identities: &Identities) -> Result<(String, Option<Forwards>), Problem> {
    let address = Address::read(given).filter(Address::is_sendable);
    let address = address.ok_or_else(|| Problem::invalid("address", "Must be an e-mail address."))?;
    if address.domain() == domain {
        return Err(Problem::invalid("address", "An address of the desk's own domain is of the kind desk."));
    }
    let known = identities.of(address.domain()).await?;
    let mut entropy = [0; 16];
    entropy.copy_from_slice(&secret()[..16]);
    let forwards = Forwards { address: address.to_string(), verified: known.verified, dkim: known.dkim };
    Ok((forwarded(entropy), Some(forwards)))
}

/// Looks whether the domain of an address has the records by now. From a verified address answers are sent; until then they are
/// sent from an address of the desk. An address of the desk's own domain is always verified.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/addresses/{id}/verify", tag = "email",
    operation_id = "email_addresses_verify",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AddressBody))
)]
pub(crate) async fn verify(
    on: OnAddress,
    Extension(domain): Extension<MailDomain>,
    Extension(identities): Extension<Identities>,
) -> Result<Body<AddressBody>, Problem> {
    let OnAddress { agent, id } = on;
    let domain = domain.name()?;
    let mailbox = agent.desk.mail_addresses().await?;
    let address = mailbox.address(id).map_err(|error| problem(error.into()))?;
    let Some(before) = &address.forwards else { return Ok(Body(AddressBody::new(address, &mailbox, domain))) };
    let known = identities.of(domain_of(&before.address)).await?;
    let after = Forwards { verified: known.verified, dkim: known.dkim, ..before.clone() };
    if after == *before {
        return Ok(Body(AddressBody::new(address, &mailbox, domain)));
    }
    agent.confirm().await?;
    let change = |address: &mut MailAddress| address.forwards = Some(after.clone());
    let (mailbox, address) = agent.desk.change_mail_address(&agent.by(), id, change).await.map_err(problem)?;
    Ok(Body(AddressBody::new(&address, &mailbox, domain)))
}
