//! Who is calling.

use std::collections::HashMap;

use axum::{Extension, Json as Body, extract::FromRequestParts, http::request::Parts};
use futures_util::try_join;
use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    mail::MailAddress,
    permission::Oneself,
    project::Project,
    scope::{Access, Scope},
    session::Session,
};
use lambdesk_http::{Authenticated, Caller, Context, Problem, mail_domain::MailDomain, session::SignIn};
use lambdesk_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who is calling, and what they reach.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    user: MeUser,
    /// The projects that the credential reaches, in order of id.
    projects: Vec<MeProject>,
    /// How agents sign in to this desk.
    sign_in: SignIn,
    /// When the session ends, unless it is used before; null for a key.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MeUser {
    #[schema(value_type = u32)]
    id: UserId,
    email: String,
    /// As it was given when the user was first added to a project.
    first_name: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct MeProject {
    #[schema(value_type = u32)]
    id: ProjectId,
    name: String,
    /// The most that the credential may do in the project.
    access: Access,
    /// What it may do there now.
    scopes: Vec<&'static str>,
    /// The addresses that mail of the project is sent from. Empty if it can send none, and for whoever may not read tickets.
    email_senders: Vec<MailSender>,
}

/// An address that mail is sent from.
#[derive(Debug, Serialize, ToSchema)]
struct MailSender {
    /// The `email_config_id` of a mail that begins a ticket.
    id: Uuid,
    address: String,
    /// The name beside the address; null for the project's own.
    #[schema(required)]
    from_name: Option<String>,
    /// Whether a mail that names no address is sent from this one.
    is_default: bool,
}

impl MailSender {
    /// All of a project, the default first.
    fn all(addresses: Vec<MailAddress>, domain: &str) -> Vec<Self> {
        let sender = |(place, address): (usize, MailAddress)| Self {
            id: address.id,
            address: address.shown(domain),
            from_name: address.from_name,
            is_default: place == 0,
        };
        addresses.into_iter().enumerate().map(sender).collect()
    }
}

/// Tells who the caller is: the user of a personal API key, or of a session.
#[utoipa::path(get, path = "/api/me", tag = "me", operation_id = "me_retrieve", responses((status = 200, body = Me)))]
pub(crate) async fn retrieve(
    caller: Caller<Oneself>,
    Extension(sign_in): Extension<SignIn>,
    Extension(domain): Extension<MailDomain>,
) -> Result<Body<Me>, Problem> {
    let account = &caller.account;
    let user = account.oneself().await?.ok_or(Problem::Unauthenticated("The user of this credential does not exist."))?;
    let (projects, mut senders) = try_join!(account.own_projects(), senders(&caller, domain.known()))?;
    let project = |(Project { id, name, .. }, access): (Project, Access)| {
        let scopes = account.key.scopes.within(access).iter().map(Scope::name).collect();
        MeProject { id, name, access, scopes, email_senders: senders.remove(&id).unwrap_or_default() }
    };
    Ok(Body(Me {
        user: MeUser { id: user.id, email: user.email, first_name: user.first_name },
        projects: projects.into_iter().map(project).collect(),
        sign_in,
        expires_at: account.session.as_ref().map(Session::expires_at),
    }))
}

/// From which addresses mail of the caller's projects is sent. A desk without e-mail reads nothing for it.
async fn senders(caller: &Caller<Oneself>, domain: Option<&str>) -> Result<HashMap<ProjectId, Vec<MailSender>>, StoreError> {
    let Some(domain) = domain else { return Ok(HashMap::new()) };
    let account = &caller.account;
    let may_read = |access| account.key.scopes.within(access).allow(Scope::TicketRead);
    let projects = account.reach.iter().filter(|(_, access)| may_read(*access)).map(|(id, _)| *id);
    let senders = account.mail_senders(&projects.collect::<Vec<_>>()).await?;
    Ok(senders.into_iter().map(|(id, addresses)| (id, MailSender::all(addresses, domain))).collect())
}

/// The caller, by a credential that nobody but its user may know. Other holders of a key have no part in the user's sessions and
/// preferences.
pub(crate) struct Alone(pub(crate) Caller<Oneself>);

impl Authenticated for Alone {
    type Permission = Oneself;
}

impl FromRequestParts<Context> for Alone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, context).await?;
        if caller.account.is_ones_own() {
            Ok(Self(caller))
        } else {
            Err(Problem::Forbidden("This API key may be known to somebody else than its user, or is limited to some projects."))
        }
    }
}
