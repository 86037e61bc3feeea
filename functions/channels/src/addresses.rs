//! The addresses of a project.

use axum::{
    Extension, Json as Body,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    Timestamp,
    mail::{AddressKind, BadMailbox, FROM_NAME, MailAddress, Mailbox},
    permission::WriteProjects,
};
use lambdesk_http::{
    Agent, Answer, Authenticated, Context, Idempotency, Json, Problem,
    body::nullable,
    input::{bounded, id_of_path, not_blank},
    paging::{Listing, Page},
};
use lambdesk_mail::address::recipient::may_be_chosen;
use lambdesk_store::MailboxError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    MailDomain,
    forwarded::{DnsRecord, elsewhere, forget, records},
    ses::MailService,
};

/// An address of a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AddressBody {
    id: Uuid,
    kind: AddressKind,
    address: String,
    /// Where mail for it arrives: at the address itself, or where its owner has to forward it.
    inbound_address: String,
    /// The name beside the address; null for the project's own.
    from_name: Option<String>,
    /// Whether it is the one that stands for the project where a mail named none.
    is_default: bool,
    /// Whether the desk may send from it. From an address of the desk's own domain it always may.
    verified: bool,
    /// The records that the address's domain needs for that.
    dns_records: Vec<DnsRecord>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

impl AddressBody {
    pub(crate) fn new(address: &MailAddress, mailbox: &Mailbox, domain: &str) -> Self {
        let MailAddress { id, local: _, forwards, from_name, created_at } = address.clone();
        Self {
            id,
            kind: address.kind(),
            address: address.shown(domain),
            inbound_address: address.inbound(domain),
            from_name,
            is_default: mailbox.addresses.first().is_some_and(|first| first.id == id),
            verified: forwards.as_ref().is_none_or(|forwards| forwards.verified),
            dns_records: forwards.as_ref().map(records).unwrap_or_default(),
            created_at,
        }
    }
}

/// An administrator of the project, and the address in the path. The address is not looked up yet.
pub(crate) struct OnAddress {
    pub(crate) agent: Agent<WriteProjects>,
    pub(crate) id: Uuid,
}

impl Authenticated for OnAddress {
    type Permission = WriteProjects;
}

impl FromRequestParts<Context> for OnAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::from_request_parts(parts, context).await?;
        Ok(Self { agent, id: id_of_path(parts, context, "id").await? })
    }
}

/// Lists the addresses of a project, the default first. Mail to an address opens tickets, and what agents answer leaves by mail.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/email/addresses", tag = "email", operation_id = "email_addresses_list",
    params(
        ("project_id" = u32, Path),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<AddressBody>))
)]
pub(crate) async fn list(
    agent: Agent<WriteProjects>,
    Extension(domain): Extension<MailDomain>,
    listing: Listing,
) -> Result<Body<Page<AddressBody>>, Problem> {
    let domain = domain.name()?;
    let mailbox = agent.desk.mail_addresses().await?;
    Ok(Body(listing.page(&mailbox.addresses, |address| AddressBody::new(address, &mailbox, domain))))
}

/// A new address.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewAddress {
    kind: AddressKind,
    /// Of the desk's own domain, what stands before the at sign: 3 to 40 of a-z, 0-9 and the hyphen. With the domain behind it, it
    /// means the same. Of an address that is forwarded, the whole address.
    address: String,
    /// Up to 200 characters.
    from_name: Option<String>,
}

/// Adds an address. An address of the desk's own domain takes in mail from then on. Mail to an address elsewhere comes in once its
/// owner forwards it to `inbound_address`; `dns_records` are what its domain needs for answers to be sent from it. An address that
/// any project has is 409.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/addresses", tag = "email", operation_id = "email_addresses_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewAddress,
    responses((status = 201, body = AddressBody), (status = 409, description = "`taken`: a project has the address."))
)]
pub(crate) async fn add(
    agent: Agent<WriteProjects>,
    desk: (Extension<MailDomain>, Extension<MailService>),
    once: Idempotency,
    Json(new): Json<NewAddress>,
) -> Result<Answer, Problem> {
    let (Extension(domain), Extension(ses)) = desk;
    let domain = domain.name()?;
    let NewAddress { kind, address, from_name } = new;
    let from_name = from_name.as_deref().map(name).transpose()?;
    agent.confirm().await?;
    let (local, forwards) = match kind {
        AddressKind::Desk => (local_part(&address, domain)?, None),
        AddressKind::Forwarded => elsewhere(&address, domain, &ses).await?,
    };
    let address = MailAddress { id: agent.desk.new_id(), local, forwards, from_name, created_at: agent.desk.now() };
    let answer = |(mailbox, address): &(Mailbox, MailAddress)| Answer::created(&AddressBody::new(address, mailbox, domain));
    let kept = |added: &_| answer(added).encode();
    let added = agent.desk.add_mail_address(&agent.by(), &address, once.receipt(&kept)).await.map_err(problem)?;
    Ok(answer(&added))
}

/// A change of an address.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AddressChange {
    /// Up to 200 characters; null for the project's own name. Absent, it stays.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    from_name: Option<Option<String>>,
}

/// Changes the name beside an address.
#[utoipa::path(
    patch, path = "/api/projects/{project_id}/conversations/email/addresses/{id}", tag = "email",
    operation_id = "email_addresses_update",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    request_body = AddressChange,
    responses((status = 200, body = AddressBody))
)]
pub(crate) async fn update(
    on: OnAddress,
    Extension(domain): Extension<MailDomain>,
    Json(change): Json<AddressChange>,
) -> Result<Body<AddressBody>, Problem> {
    let OnAddress { agent, id } = on;
    let domain = domain.name()?;
    let AddressChange { from_name } = change;
    let from_name = from_name.map(|given| given.as_deref().map(name).transpose()).transpose()?;
    agent.confirm().await?;
    let mailbox = agent.desk.mail_addresses().await?;
    let before = mailbox.address(id).map_err(|error| problem(error.into()))?;
    let Some(after) = from_name.filter(|after| *after != before.from_name) else {
        return Ok(Body(AddressBody::new(before, &mailbox, domain)));
    };
    let change = |address: &mut MailAddress| address.from_name.clone_from(&after);
    let (mailbox, address) = agent.desk.change_mail_address(&agent.by(), id, change).await.map_err(problem)?;
    Ok(Body(AddressBody::new(&address, &mailbox, domain)))
}

/// Removes an address: mail to it opens no ticket any more. Answers to mails of the project still find their tickets, as long as
/// the project has another address. SES forgets the domain of an address elsewhere with its last address, if the desk made it known
/// there; if SES does not answer, nothing is removed.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/email/addresses/{id}", tag = "email",
    operation_id = "email_addresses_delete",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
pub(crate) async fn remove(
    on: OnAddress,
    Extension(domain): Extension<MailDomain>,
    Extension(ses): Extension<MailService>,
) -> Result<StatusCode, Problem> {
    let OnAddress { agent, id } = on;
    agent.confirm().await?;
    // A desk whose domain was taken away has addresses left, which can go.
    if let Ok(domain) = domain.name() {
        forget(&agent, id, domain, &ses).await?;
    }
    agent.desk.remove_mail_address(&agent.by(), id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes an address the default one.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/addresses/{id}/set_default", tag = "email",
    operation_id = "email_addresses_set_default",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 200, body = AddressBody))
)]
pub(crate) async fn set_default(on: OnAddress, Extension(domain): Extension<MailDomain>) -> Result<Body<AddressBody>, Problem> {
    let OnAddress { agent, id } = on;
    let domain = domain.name()?;
    agent.confirm().await?;
    let (mailbox, address) = agent.desk.set_default_mail_address(&agent.by(), id).await.map_err(problem)?;
    Ok(Body(AddressBody::new(&address, &mailbox, domain)))
}

fn name(given: &str) -> Result<String, Problem> {
    not_blank("from_name", given)?;
    bounded("from_name", given.trim(), FROM_NAME)
}

/// What stands before the at sign of an address that a project may choose.
fn local_part(given: &str, domain: &str) -> Result<String, Problem> {
    let given = given.trim().to_ascii_lowercase();
    let local = match given.split_once('@') {
        Some((local, of)) if of == domain => local,
        Some(_) => return Err(Problem::invalid("address", format!("Must be an address at {domain}."))),
        None => &given,
    };
    if may_be_chosen(local) {
        Ok(local.to_owned())
    } else {
        Err(Problem::invalid("address", "Must be 3 to 40 of a-z, 0-9 and the hyphen, and no name that is kept for the desk."))
    }
}

pub(crate) fn problem(error: MailboxError) -> Problem {
    match error {
        MailboxError::Store(error) => error.into(),
        MailboxError::Bad(BadMailbox::NoSuchAddress) => Problem::NotFound("Not found."),
        MailboxError::Bad(BadMailbox::TooMany) => Problem::invalid("address", BadMailbox::TooMany.to_string()),
        MailboxError::Bad(BadMailbox::Taken) => TAKEN,
    }
}

/// A project has the address.
const TAKEN: Problem = Problem::Conflict { code: "taken", detail: "This address is taken." };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_named_with_or_without_its_domain() {
        for given in ["demo", " Demo@desk.test ", "demo@DESK.test"] {
            assert_eq!(local_part(given, "desk.test").unwrap(), "demo", "{given}");
        }
        for given in ["", "de", "demo@example.com", "in-touch", "reply", "a b", "demo@", &"x".repeat(41)] {
            assert!(local_part(given, "desk.test").is_err(), "{given}");
        }
    }
}
