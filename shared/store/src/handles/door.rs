//! The one door: a request presents a credential, and gets the handles that the credential opens.
//!
//! A request's handler never sees the [`Store`]. It enters with a token or with a signed link. The handle that it gets has only
//! the methods of its permission.

use std::sync::Arc;

use lambdesk_domain::{
    Command, ProjectId, Ticket, TicketId,
    access::Visitor,
    actor::Actor,
    directory::Directory,
    permission::{Machine, Permission},
    project::{Member, PersonalKey, Project},
    satisfaction::Given,
    scope::{Access, Scopes},
    session::Session,
};
use lambdesk_runtime::crypto::sha256_hex;

use crate::{
    Account, Credential, Desk, Store, VisitorDesk,
    error::{ChangeError, StoreError},
    items::account::read_credential,
    room::Room,
    transport::keys,
};

/// Who holds a credential.
pub enum Principal {
    /// A user, by a personal API key.
    Key(KeyHolder),
    /// A user who signed in.
    Session(KeyHolder),
    /// A machine, by a project's secret.
    Secret(SecretHolder),
    /// A chat widget, by a project's widget token, which is public.
    Widget(WidgetHolder),
    /// A web page, by a project's token, which is public.
    Page(PageHolder),
}

/// Why a key opens no handle.
#[derive(Debug)]
pub enum Denied {
    /// The key has ended.
    Ended,
    /// The key lacks a scope of the permission.
    Scope,
    /// The key reaches no such project.
    Project,
    /// The key has the scope, and its holders lack the access.
    Access,
    /// The table could not be asked.
    Store(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Store {
    /// Who holds this token; `None` if nobody does. An answer is up to a minute old. That a token is unknown is not remembered.
    pub async fn enter(&self, token: &str) -> Result<Option<Principal>, StoreError> {
        let hash = sha256_hex(token.as_bytes());
        let Some(credential) = self.credential(&hash).await? else { return Ok(None) };
        let store = self.clone();
        Ok(Some(match &*credential {
            Credential::Personal(key) => Principal::Key(KeyHolder { store, key: key.clone(), session: None }),
            Credential::Session(session) if session.has_ended(self.now()) => return Ok(None),
            Credential::Session(session) => {
                let session = self.record_use(&hash, session).await;
                Principal::Session(KeyHolder { store, key: session.as_key(), session: Some(session) })
            }
            Credential::Secret(project) => Principal::Secret(SecretHolder { room: self.room(*project) }),
            Credential::WidgetToken(project) => Principal::Widget(WidgetHolder { room: self.room(*project) }),
            Credential::ProjectToken(project) => Principal::Page(PageHolder { store, project: *project }),
        }))
    }

    /// The handle of whoever follows the link to a ticket's question, if `signed` accepts the link for the ticket's project.
    pub async fn enter_by_link(
        &self,
        project: ProjectId,
        ticket: TicketId,
        signed: impl FnOnce(&Project) -> bool,
    ) -> Result<Option<RatingDesk>, StoreError> {
        let found = self.project(project).await?.filter(|project| signed(project));
        Ok(found.map(|_| RatingDesk { room: self.room(project), ticket }))
    }

    async fn credential(&self, hash: &str) -> Result<Option<Arc<Credential>>, StoreError> {
        let load = || async {
            match self.read_credential(hash).await? {
                Some(Credential::Session(session)) => Ok(self.used(hash, session).await?.map(Credential::Session)),
                other => Ok(other),
            }
        };
        self.inner.credentials.get(hash, load).await
    }

    pub(crate) async fn read_credential(&self, hash: &str) -> Result<Option<Credential>, StoreError> {
        self.get(&keys::credential(hash)).await?.as_ref().map(read_credential).transpose()
    }
}

/// The holder of a personal API key, or of a session, which is as good as a key with every scope.
pub struct KeyHolder {
    store: Store,
    key: PersonalKey,
    session: Option<Session>,
}

/// A member of a project, whose key has permission `P` there.
pub struct Entered<P> {
    /// The project's handle, with the key's permission.
    pub desk: Desk<P>,
    /// The project, its members and its roles; up to a minute old.
    pub directory: Arc<Directory>,
    /// The member whose key it is.
    pub user: Member,
    /// The key, or what a session is as good as.
    pub key: PersonalKey,
    /// The session, if the user signed in.
    pub session: Option<Session>,
    /// What the key may do in this project: its scopes, cut to what each of its holders may do now.
    pub scopes: Scopes,
}

impl<P> Entered<P> {
    /// What the credential may do here at the most, read past every cache. `None` if it is gone, or no longer reaches the project.
    pub async fn fresh_access(&self) -> Result<Option<Access>, StoreError> {
        let known = self.desk.store.has_key(&self.key, self.session.as_ref());
        let (known, directory) = tokio::try_join!(known, self.desk.fresh_directory())?;
        Ok(directory.access_of(&self.key).filter(|_| known))
    }
}

impl KeyHolder {
    /// The same holder, if the key has the scopes of `P`. Whether it reaches any project is not asked.
    pub fn with_scopes<P: Permission>(self) -> Result<Self, Denied> {
        if P::granted_by(&self.key.scopes) { Ok(self) } else { Err(Denied::Scope) }
    }

    /// The user across projects, if the key has permission `P` in at least one of them.
    pub async fn account<P: Permission>(self) -> Result<Account<P>, Denied> {
        let Self { store, key, session } = self.with_scopes::<P>()?;
        if key.has_ended() {
            return Err(Denied::Ended);
        }
        let reach = store.reach(&key).await?;
        let account = Account::new(store, key, session, reach);
        if P::granted_by(&account.scopes()) { Ok(account) } else { Err(Denied::Access) }
    }

    /// The user as a member of `project`, if the key has permission `P` there.
    pub async fn member<P: Permission>(self, project: ProjectId) -> Result<Entered<P>, Denied> {
        let Self { store, key, session } = self.with_scopes::<P>()?;
        if !key.reaches(project) {
            return Err(Denied::Project);
        }
        let directory = store.directory(project).await?.ok_or(Denied::Project)?;
        let access = directory.access_of(&key).ok_or(Denied::Project)?;
        let user = directory.member(key.user).cloned().ok_or(Denied::Project)?;
        let scopes = key.scopes.within(access);
        if !P::granted_by(&scopes) {
            return Err(Denied::Access);
        }
        Ok(Entered { desk: Desk::new(store.room(project)), directory, user, key, session, scopes })
    }
}

/// The holder of a project's secret.
pub struct SecretHolder {
    room: Room,
}

impl SecretHolder {
    /// The project, its members and its roles; up to a minute old.
    pub async fn directory(&self) -> Result<Option<Arc<Directory>>, StoreError> {
        self.room.directory().await
    }

    /// The project's tickets, as a machine may read and change them.
    pub fn desk(self) -> Desk<Machine> {
        Desk::new(self.room)
    }
}

/// The holder of a project's widget token. The token alone opens no ticket: a [`Visitor`] does.
#[derive(Clone)]
pub struct WidgetHolder {
    room: Room,
}

impl WidgetHolder {
    /// The project, up to a minute old.
    pub async fn project(&self) -> Result<Option<Arc<Project>>, StoreError> {
        self.room.store.project(self.room.project).await
    }

    pub(crate) const fn room(&self) -> &Room {
        &self.room
    }

    /// What one customer may reach: their own tickets, and no private note.
    pub fn visitor(&self, visitor: Visitor) -> VisitorDesk {
        VisitorDesk::new(self.room.clone(), visitor)
    }
}

/// The holder of a project's public token.
pub struct PageHolder {
    store: Store,
    project: ProjectId,
}

impl PageHolder {
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) const fn project_id(&self) -> ProjectId {
        self.project
    }

    /// The project, up to a minute old.
    pub async fn project(&self) -> Result<Option<Arc<Project>>, StoreError> {
        self.store.project(self.project).await
    }
}

/// One ticket, as whoever follows the link to its question may reach it: to read the question and to answer it.
pub struct RatingDesk {
    room: Room,
    ticket: TicketId,
}

impl RatingDesk {
    /// The ticket, if it still exists.
    pub async fn ticket(&self) -> Result<Option<Ticket>, StoreError> {
        self.room.ticket(self.ticket).await
    }

    /// Records an answer to the ticket's question.
    pub async fn rate(&self, answer: Given) -> Result<Ticket, ChangeError> {
        let ticket = self.ticket().await?.ok_or(ChangeError::NotFound)?;
        let rate = |_: &_| Ok(Command::Rate(answer.clone()));
        Ok(self.room.change_from(ticket, &Actor::Customer, &rate, None).await?.posted.ticket)
    }
}
