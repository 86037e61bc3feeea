//! Who is calling.

use axum::{Extension, Json as Body, extract::FromRequestParts, http::request::Parts};
use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    permission::Oneself,
    project::Project,
    scope::{Access, Scope},
    session::Session,
};
use lambdesk_http::{Authenticated, Caller, Context, Problem, session::SignIn};
use serde::Serialize;
use utoipa::ToSchema;

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
}

/// Tells who the caller is: the user of a personal API key, or of a session.
#[utoipa::path(get, path = "/api/me", tag = "me", operation_id = "me_retrieve", responses((status = 200, body = Me)))]
pub(crate) async fn retrieve(caller: Caller<Oneself>, Extension(sign_in): Extension<SignIn>) -> Result<Body<Me>, Problem> {
    let account = &caller.account;
    let user = account.oneself().await?.ok_or(Problem::Unauthenticated("The user of this credential does not exist."))?;
    let project = |(Project { id, name, .. }, access): (Project, Access)| {
        let scopes = account.key.scopes.within(access).iter().map(Scope::name).collect();
        MeProject { id, name, access, scopes }
    };
    Ok(Body(Me {
        user: MeUser { id: user.id, email: user.email, first_name: user.first_name },
        projects: account.own_projects().await?.into_iter().map(project).collect(),
        sign_in,
        expires_at: account.session.as_ref().map(Session::expires_at),
    }))
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
