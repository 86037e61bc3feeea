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
    input::{bounded, id_of_path, not_blank},
    paging::{Listing, Page},
};
use lambdesk_mail::address::recipient::may_be_chosen;
use lambdesk_store::MailboxError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::MailDomain;

/// An address of a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AddressBody {
    id: Uuid,
    kind: AddressKind,
    address: String,
    /// Where mail for it arrives: at the address itself.
    inbound_address: String,
    /// The name beside the address; null for the project's own.
    from_name: Option<String>,
    /// Whether it is the one that stands for the project where a mail named none.
    is_default: bool,
    /// Whether it may be used. An address of the desk's own domain always may.
    verified: bool,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

impl AddressBody {
    fn new(address: &MailAddress, mailbox: &Mailbox, domain: &str) -> Self {
        let MailAddress { id, local, from_name, created_at } = address.clone();
        let address = format!("{local}@{domain}");
        let is_default = mailbox.addresses.first().is_some_and(|first| first.id == id);
        Self {
            id,
            kind: AddressKind::Desk,
            inbound_address: address.clone(),
            address,
            from_name,
            is_default,
            verified: true,
            created_at,
        }
    }
}

/// An administrator of the project, and the address in the path. The address is not looked up yet.
pub(crate) struct OnAddress {
    agent: Agent<WriteProjects>,
    id: Uuid,
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
    /// What stands before the at sign: 3 to 40 of a-z, 0-9 and the hyphen. With the desk's domain behind it, it means the same.
    address: String,
    /// Up to 200 characters.
    from_name: Option<String>,
}

/// Adds an address of the desk's domain. From then on the project takes in what is sent to it. An address that any project has is
/// 409.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/email/addresses", tag = "email", operation_id = "email_addresses_create",
    params(("project_id" = u32, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = NewAddress,
    responses((status = 201, body = AddressBody), (status = 409, description = "`taken`: a project has the address."))
)]
pub(crate) async fn add(
    agent: Agent<WriteProjects>,
    Extension(domain): Extension<MailDomain>,
    once: Idempotency,
    Json(new): Json<NewAddress>,
) -> Result<Answer, Problem> {
    let domain = domain.name()?;
    let NewAddress { kind: AddressKind::Desk, address, from_name } = new;
    let local = local_part(&address, domain)?;
    let name = |given: String| {
        not_blank("from_name", &given)?;
        bounded("from_name", given.trim(), FROM_NAME)
    };
    let from_name = from_name.map(name).transpose()?;
    agent.confirm().await?;
    let address = MailAddress { id: agent.desk.new_id(), local, from_name, created_at: agent.desk.now() };
    let answer = |(mailbox, address): &(Mailbox, MailAddress)| Answer::created(&AddressBody::new(address, mailbox, domain));
    let kept = |added: &_| answer(added).encode();
    let added = agent.desk.add_mail_address(&agent.by(), &address, once.receipt(&kept)).await.map_err(problem)?;
    Ok(answer(&added))
}

/// Removes an address: mail to it opens no ticket any more. Answers to mails of the project still find their tickets, as long as
/// the project has another address.
#[utoipa::path(
    delete, path = "/api/projects/{project_id}/conversations/email/addresses/{id}", tag = "email",
    operation_id = "email_addresses_delete",
    params(("project_id" = u32, Path), ("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
pub(crate) async fn remove(on: OnAddress) -> Result<StatusCode, Problem> {
    let OnAddress { agent, id } = on;
    agent.confirm().await?;
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

fn problem(error: MailboxError) -> Problem {
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
