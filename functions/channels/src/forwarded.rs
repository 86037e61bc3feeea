//! Addresses elsewhere whose mail is forwarded to the desk, and what their domains need for the desk to send from them.

use axum::{Extension, Json as Body};
use lambdesk_domain::{
    mail::{Forwards, MailAddress},
    permission::WriteProjects,
};
use lambdesk_http::{Agent, Problem};
use lambdesk_mail::address::{Address, recipient::forwarded};
use lambdesk_runtime::crypto::secret;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    MailDomain,
    addresses::{AddressBody, OnAddress, problem},
    ses::MailService,
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
pub(crate) async fn elsewhere(given: &str, domain: &str, ses: &MailService) -> Result<(String, Option<Forwards>), Problem> {
    let address = Address::read(given).filter(Address::is_sendable);
    let address = address.ok_or_else(|| Problem::invalid("address", "Must be an e-mail address."))?;
    if address.domain() == domain {
        return Err(Problem::invalid("address", "An address of the desk's own domain is of the kind desk."));
    }
    let known = ses.identity(address.domain(), domain).await?;
    let mut entropy = [0; 16];
    entropy.copy_from_slice(&secret()[..16]);
    let forwards = Forwards { address: address.to_string(), verified: known.verified, dkim: known.dkim };
    Ok((forwarded(entropy), Some(forwards)))
}

const OF_OTHERS: Problem = Problem::Conflict {
    code: "domain_of_others",
    detail: "The domain is verified for other mail of this AWS account. Whoever runs the desk can let it send from the domain too.",
};

/// Looks whether the domain of an address has the records by now. From a verified address answers are sent; until then they are
/// sent from an address of the desk. An address of the desk's own domain is always verified.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/addresses/{id}/verify", tag = "email",
    operation_id = "email_addresses_verify",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = AddressBody),
        (status = 409, description = "`domain_of_others`: the domain is verified, but for other mail of the AWS account.")
    )
)]
pub(crate) async fn verify(
    on: OnAddress,
    Extension(domain): Extension<MailDomain>,
    Extension(ses): Extension<MailService>,
) -> Result<Body<AddressBody>, Problem> {
    let OnAddress { agent, id } = on;
    let domain = domain.name()?;
    let mailbox = agent.desk.mail_addresses().await?;
    let address = mailbox.address(id).map_err(|error| problem(error.into()))?;
    let Some(before) = &address.forwards else { return Ok(Body(AddressBody::new(address, &mailbox, domain))) };
    let known = ses.identity(domain_of(&before.address), domain).await?;
    if known.of_others && !before.verified {
        return Err(OF_OTHERS);
    }
    let after = Forwards { verified: known.verified, dkim: known.dkim, ..before.clone() };
    if after == *before {
        return Ok(Body(AddressBody::new(address, &mailbox, domain)));
    }
    agent.confirm().await?;
    let change = |address: &mut MailAddress| address.forwards = Some(after.clone());
    let (mailbox, address) = agent.desk.change_mail_address(&agent.by(), id, change).await.map_err(problem)?;
    Ok(Body(AddressBody::new(&address, &mailbox, domain)))
}

/// Has SES forget the domain of an address that is about to go, if this desk made it known there and no other address needs it. If
/// that fails, the address is still there, and its removal can be asked for again.
pub(crate) async fn forget(agent: &Agent<WriteProjects>, id: Uuid, desk: &str, ses: &MailService) -> Result<(), Problem> {
    let mailbox = agent.desk.mail_addresses().await?;
    let address = mailbox.address(id).map_err(|error| problem(error.into()))?;
    let Some(Forwards { address, verified, .. }) = &address.forwards else { return Ok(()) };
    let domain = domain_of(address);
    if agent.desk.has_other_address_of(domain, address).await? || !ses.has_made(domain, desk).await? {
        return Ok(());
    }
    if *verified {
        // From then on SES refuses what is sent from it, so answers leave from an address of the desk.
        let change = |address: &mut MailAddress| address.forwards.iter_mut().for_each(|forwards| forwards.verified = false);
        agent.desk.change_mail_address(&agent.by(), id, change).await.map_err(problem)?;
    }
    ses.forget(domain).await
}
