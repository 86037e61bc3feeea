//! Sessions: opening one, using it, and what its user does with their sessions.

use futures_util::future::try_join_all;
use lambdesk_domain::{
    ProjectId, UserId,
    mail::MailAddress,
    permission::Oneself,
    project::Project,
    scope::Access,
    session::{self, Session},
    traits::Object,
};
use lambdesk_runtime::crypto::{new_token, sha256_hex};
use uuid::Uuid;

use crate::{
    Account, Credential, Store,
    error::StoreError,
    items::{
        account::{User, write_credential},
        session::{Device, Row, first_use, next_use, read_preferences, read_row, read_use, write_preferences, write_row},
    },
    transport::{
        keys,
        read::Range,
        write::{Rejection, Write},
    },
};

/// In how many sessions a transaction may end: three items each.
const ENDED_AT_ONCE: usize = 30;

/// A session that was just opened. It has no `Debug`: nothing may print its token.
pub struct Opened {
    /// The token, which only the browser keeps.
    pub token: String,
    /// The session.
    pub session: Session,
}

/// A session with the device that it was opened on.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The session.
    pub session: Session,
    /// Where it was opened.
    pub device: Device,
}

/// The handle of whoever signs users in. It does not ask who they are.
pub struct SignIns(pub(crate) Store);

impl SignIns {
    /// Opens a session of a user. Their oldest sessions end if they have too many.
    pub async fn open(&self, user: UserId, device: Device) -> Result<Opened, StoreError> {
        let Self(store) = self;
        let mut before = store.session_rows(user).await?;
        before.sort_by_key(|row| row.session.created_at);
        let ended = (before.len() + 1).saturating_sub(session::MOST);
        store.end_sessions(before.iter().take(ended)).await?;

        let now = store.now();
        let session = Session { id: store.new_id(), user, created_at: now, used_at: now };
        let token = new_token("");
        let hash = sha256_hex(token.as_bytes());
        let writes = vec![
            Write::put(write_credential(&hash, &Credential::Session(session.clone()))).if_absent(),
            Write::put(first_use(&hash, &session)),
            Write::put(write_row(&Row { hash, session: session.clone(), device })),
        ];
        store.commit(writes).await.map_err(|rejection| rejection.into_error("a session"))?;
        Ok(Opened { token, session })
    }

    /// Ends the session of this token. It is no error if there is none.
    pub async fn end(&self, token: &str) -> Result<(), StoreError> {
        let Self(store) = self;
        let hash = sha256_hex(token.as_bytes());
        let Some(Credential::Session(session)) = store.read_credential(&hash).await? else { return Ok(()) };
        store.end_sessions([&Row { hash, session, device: Device::default() }]).await
    }
}

impl Store {
    /// The handle of whoever signs users in.
    pub fn sign_ins(&self) -> SignIns {
        SignIns(self.clone())
    }

    /// A session with its last use; `None` if that is gone, as it is once the session was ended or idle.
    pub(crate) async fn used(&self, hash: &str, session: Session) -> Result<Option<Session>, StoreError> {
        let used = self.get(&keys::session_use(hash)).await?;
        used.as_ref().map(|item| Ok(Session { used_at: read_use(item)?, ..session })).transpose()
    }

    /// The session as it is used now. The use is recorded if the last record is old; a record that fails does not fail what the
    /// session is used for.
    pub(crate) async fn record_use(&self, hash: &str, session: &Session) -> Session {
        let now = self.now();
        if !session.is_to_be_recorded(now) {
            return session.clone();
        }
        let used = Session { used_at: now, ..session.clone() };
        let written = self.commit(vec![next_use(hash, &used, session.used_at)]).await;
        self.forget_credential(hash);
        // A condition that fails is another request that recorded its use, or the session's end.
        if let Err(Rejection::Store(error)) = written {
            tracing::warn!(%error, "that a session is used was not recorded");
        }
        used
    }

    /// Whether a session is there, whatever is remembered of it.
    pub(crate) async fn has_session(&self, session: &Session) -> Result<bool, StoreError> {
        Ok(self.get(&keys::session(session.user, session.id)).await?.is_some())
    }

    async fn session_rows(&self, user: UserId) -> Result<Vec<Row>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :sessions)")
            .text(":pk", keys::user(user).pk)
            .text(":sessions", keys::SESSIONS)
            .consistent();
        self.query_all(range).await?.iter().map(read_row).collect()
    }

    pub(crate) async fn end_sessions_of(&self, user: UserId) -> Result<(), StoreError> {
        let rows = self.session_rows(user).await?;
        self.end_sessions(&rows).await
    }

    async fn end_sessions(&self, rows: impl IntoIterator<Item = &Row>) -> Result<(), StoreError> {
        let rows: Vec<_> = rows.into_iter().collect();
        for some in rows.chunks(ENDED_AT_ONCE) {
            let writes = some.iter().flat_map(|Row { hash, session, .. }| {
                [keys::credential(hash), keys::session_use(hash), keys::session(session.user, session.id)].map(Write::delete)
            });
            let ended = self.commit(writes.collect()).await;
            for row in some {
                self.forget_credential(&row.hash);
            }
            ended.map_err(|rejection| rejection.into_error("a session"))?;
        }
        Ok(())
    }
}

impl Account<Oneself> {
    /// The user of the credential.
    pub async fn oneself(&self) -> Result<Option<User>, StoreError> {
        self.store().user(self.key.user).await
    }

    /// The projects that the credential reaches, each with the most that it may do there.
    pub async fn own_projects(&self) -> Result<Vec<(Project, Access)>, StoreError> {
        let ids: Vec<_> = self.reach.iter().map(|(id, _)| *id).collect();
        let access = |project: &Project| self.reach.iter().find(|(id, _)| *id == project.id).map(|(_, access)| *access);
        let projects = self.store().projects(&ids).await?;
        Ok(projects.into_iter().filter_map(|project| access(&project).map(|access| (project, access))).collect())
    }

    /// The addresses from which mail of these projects may be sent, for those of them that the credential reaches. Each project is
    /// a read unit, whether it has addresses or not.
    pub async fn mail_senders(&self, projects: &[ProjectId]) -> Result<Vec<(ProjectId, Vec<MailAddress>)>, StoreError> {
        let reached = projects.iter().filter(|id| self.reach.iter().any(|(reached, _)| reached == *id));
        self.store().mail_senders(&reached.copied().collect::<Vec<_>>()).await
    }

    /// Whether the user alone may know the credential, and it reaches all that they reach.
    pub fn is_ones_own(&self) -> bool {
        self.key.projects.is_none() && self.key.holders.keys().all(|holder| *holder == self.key.user)
    }

    /// The user's sessions that have not ended, the newest first.
    pub async fn sessions(&self) -> Result<Vec<Listed>, StoreError> {
        let store = self.store();
        let rows = store.session_rows(self.key.user).await?;
        let used = try_join_all(rows.iter().map(|row| store.used(&row.hash, row.session.clone()))).await?;
        let rows = rows.into_iter().zip(used).filter_map(|(row, used)| Some(Listed { session: used?, device: row.device }));
        let mut listed: Vec<_> = rows.filter(|listed| !listed.session.has_ended(store.now())).collect();
        listed.sort_by_key(|listed| std::cmp::Reverse(listed.session.created_at));
        Ok(listed)
    }

    /// Ends one of the user's sessions; false if there is none of that id.
    pub async fn end_session(&self, id: Uuid) -> Result<bool, StoreError> {
        let Some(item) = self.store().get(&keys::session(self.key.user, id)).await? else { return Ok(false) };
        self.store().end_sessions([&read_row(&item)?]).await?;
        Ok(true)
    }

    /// Ends all of the user's sessions, this one too if it is one.
    pub async fn end_sessions(&self) -> Result<(), StoreError> {
        self.store().end_sessions_of(self.key.user).await
    }

    /// What the user prefers, as their programs wrote it.
    pub async fn preferences(&self) -> Result<Object, StoreError> {
        let item = self.store().get(&keys::preferences(self.key.user)).await?;
        item.as_ref().map(read_preferences).transpose().map(Option::unwrap_or_default)
    }

    /// Replaces what the user prefers.
    pub async fn set_preferences(&self, preferences: &Object) -> Result<(), StoreError> {
        let write = Write::put(write_preferences(self.key.user, preferences));
        self.store().commit(vec![write]).await.map_err(|rejection| rejection.into_error("preferences"))
    }
}
