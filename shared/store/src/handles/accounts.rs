//! Users across projects: their memberships, their keys, and the projects that they create.

use std::{collections::BTreeMap, marker::PhantomData, sync::Arc};

use futures_util::future::try_join_all;
use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    administration::keys::KeyInUse,
    audit::{self, By},
    folding,
    permission::{ReadsProjects, WritesProjects},
    project::{Member, Membership, PersonalKey, Project, Rights},
    scope::{Access, Scopes},
    session::Session,
    settings::Settings,
};
use lambdesk_runtime::crypto::{new_token, sha256_hex};
use uuid::Uuid;

use crate::{
    Credential, Store,
    error::{ChangeError, StoreError},
    handles::members::membership,
    items::{
        account::{User, read_membership, read_personal, read_user, write_credential, write_personal},
        project::{VERSION, write},
    },
    room::once::Receipt,
    transport::{
        call::Patience,
        item::{Item, Reader},
        keys,
        read::Range,
        write::{Guard, Write},
    },
    upkeep::zones,
};

/// The first project of a table.
pub(crate) const FIRST: ProjectId = ProjectId(1);
/// In how many of its projects a key's creation or end is recorded. A transaction takes 100 writes.
const KEYS_AUDITED: usize = 90;

/// A project to be created: with tokens of its own, unless they are given (the local stack's are fixed).
#[derive(Debug, Clone)]
pub struct ProjectSeed {
    /// Its id, if it is fixed.
    pub id: Option<ProjectId>,
    /// The project's name.
    pub name: String,
    /// The first member, an administrator.
    pub owner: Member,
    /// Public token, widget token and secret, if they are fixed.
    pub tokens: Option<[String; 3]>,
    /// The settings that it begins with.
    pub settings: Settings,
}

/// A key to be made. It has no `Debug`: nothing may print its value.
#[derive(Clone)]
pub struct NewKey {
    /// The key, without its value.
    pub key: PersonalKey,
    /// The key's value. It is shown once, and only its hash is stored.
    pub value: String,
}

/// What a user may reach across projects with a key that has permission `P` in at least one of them.
pub struct Account<P> {
    store: Store,
    /// The key, or what a session is as good as.
    pub key: PersonalKey,
    /// The session, if the user signed in.
    pub session: Option<Session>,
    /// The projects that the key reaches, each with the most that the key may do there. They are read past every cache.
    pub reach: Vec<(ProjectId, Access)>,
    permission: PhantomData<fn() -> P>,
}

impl<P> Account<P> {
    pub(crate) const fn new(store: Store, key: PersonalKey, session: Option<Session>, reach: Vec<(ProjectId, Access)>) -> Self {
        Self { store, key, session, reach, permission: PhantomData }
    }

    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.store.now()
    }

    /// A new id, of this moment by the desk's clock.
    pub fn new_id(&self) -> Uuid {
        self.store.new_id()
    }

    /// The scopes that the key has in at least one project. A key that reaches no project has an agent's, so that its user can
    /// still list that there are none.
    pub fn scopes(&self) -> Scopes {
        self.key.scopes.within(self.reach.iter().map(|(_, access)| *access).max().unwrap_or(Access::Agent))
    }

    /// The key and what it may do, as the rules of administration ask for it.
    pub fn in_use(&self) -> KeyInUse<'_> {
        KeyInUse { key: &self.key, scopes: self.scopes(), reach: &self.reach }
    }
}

impl<P: ReadsProjects> Account<P> {
    /// The user of the key.
    pub async fn user(&self) -> Result<Option<User>, StoreError> {
        self.store.user(self.key.user).await
    }

    /// Whether the credential still exists, read past every cache.
    pub async fn has_key(&self) -> Result<bool, StoreError> {
        self.store.has_key(&self.key, self.session.as_ref()).await
    }

    /// Those of `ids` that the key reaches, in that order, as they are now.
    pub async fn projects(&self, ids: &[ProjectId]) -> Result<Vec<Project>, StoreError> {
        let reached: Vec<_> = ids.iter().copied().filter(|id| self.reach.iter().any(|(reached, _)| reached == id)).collect();
        self.store.projects(&reached).await
    }

    /// Records that the key was shown the secret of `project` ([`Desk::secret_shown`](crate::Desk::secret_shown)).
    pub async fn secret_shown(&self, by: &By, project: &Project) {
        self.store.room(project.id).note_shown(by, &project.name).await;
    }

    /// The keys that the user has, or made for others, by age.
    pub async fn keys(&self) -> Result<Vec<PersonalKey>, StoreError> {
        self.store.keys_of(self.key.user).await
    }

    /// The projects that a user is a member of, in order.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.store.memberships(user).await
    }

    /// Makes a key, unless `allow` refuses. `allow` gets the keys that the key's user has.
    pub async fn create_key<E: From<StoreError>>(
        &self,
        by: &By,
        new: &NewKey,
        allow: impl Fn(&[PersonalKey]) -> Result<(), E>,
        receipt: Option<Receipt<'_, NewKey>>,
    ) -> Result<(), E> {
        self.store.create_key(by, new, allow, receipt).await
    }

    /// Ends a key that the user has or made, in the lists of its user and its maker.
    pub async fn delete_key(&self, by: &By, id: Uuid) -> Result<(), ChangeError> {
        self.store.delete_key(by, self.key.user, id).await
    }
}

impl<P: WritesProjects> Account<P> {
    /// Creates a project with its first member, an administrator, unless `allow` refuses. `allow` gets the number of projects
    /// that the member has.
    pub async fn create_project<E: From<StoreError>>(
        &self,
        by: &By,
        seed: ProjectSeed,
        allow: impl Fn(usize) -> Result<(), E>,
        receipt: Option<Receipt<'_, Project>>,
    ) -> Result<Project, E> {
        self.store.create_project(by, seed, allow, receipt).await
    }
}

impl Store {
    pub(crate) fn forget_credential(&self, hash: &str) {
        self.inner.credentials.forget(hash);
    }

    /// Commits `writes` together with the record of the request, if it has one.
    pub(crate) async fn with_record<T>(
        &self,
        writes: &mut Vec<Write>,
        receipt: Option<Receipt<'_, T>>,
        effect: &T,
    ) -> Result<(), StoreError> {
        writes.extend(receipt.map(|receipt| receipt.writes(effect, self.now())).transpose()?.unwrap_or_default());
        self.commit(std::mem::take(writes)).await.map_err(|rejection| {
            if rejection.met(Guard::Once).is_some() { StoreError::CarriedOut } else { rejection.into_error("an account") }
        })
    }

    async fn count_up(&self, counter: &str) -> Result<u32, StoreError> {
        let item = self.update(Write::update(keys::counter(counter), "ADD n :one").number(":one", 1)).await?;
        Reader(&item).number("n")
    }

    /// A write that raises a user's version, on the condition that the version is what it is now. Every change of what a user
    /// has (projects, keys) carries such a write. So a number that was counted after this read still holds when the write
    /// succeeds.
    pub(crate) async fn guard(&self, user: UserId) -> Result<Write, StoreError> {
        let item = self.get(&keys::user(user)).await?;
        let version: u64 = item.as_ref().map(|item| Reader(item).opt_number(VERSION)).transpose()?.flatten().unwrap_or(0);
        let write = Write::update(keys::user(user), format!("SET {VERSION} = :after")).number(":after", version + 1);
        Ok(if version == 0 {
            write.only_if(format!("attribute_not_exists({VERSION})"))
        } else {
            write.only_if(format!("{VERSION} = :before")).number(":before", version)
        })
    }

    /// Commits `writes`, one of which is a [`Store::guard`]; false if the guard's condition failed.
    async fn commit_guarded<T>(
        &self,
        mut writes: Vec<Write>,
        receipt: Option<Receipt<'_, T>>,
        effect: &T,
    ) -> Result<bool, StoreError> {
        writes.extend(receipt.map(|receipt| receipt.writes(effect, self.now())).transpose()?.unwrap_or_default());
        match self.commit(writes).await {
            Ok(()) => Ok(true),
            Err(rejection) if rejection.met(Guard::Once).is_some() => Err(StoreError::CarriedOut),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(false),
            Err(rejection) => Err(rejection.into_error("an account")),
        }
    }

    /// The projects that a user is a member of, in order.
    pub(crate) async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :projects)")
            .text(":pk", keys::user(user).pk)
            .text(":projects", keys::MEMBERSHIPS)
            .consistent();
        let items = self.query_all(range).await?;
        let found = items.iter().map(read_membership).collect::<Result<Vec<_>, _>>()?;
        let mut memberships: Vec<_> = found.into_iter().flatten().collect();
        memberships.sort_unstable_by_key(|membership| membership.project);
        Ok(memberships)
    }

    /// The projects that a key reaches now, in order, with what it may do in each at the most.
    pub(crate) async fn reach(&self, key: &PersonalKey) -> Result<Vec<(ProjectId, Access)>, StoreError> {
        let holders: Vec<_> = key.holders.keys().copied().collect();
        let memberships = try_join_all(holders.iter().map(|holder| self.memberships(*holder))).await?;
        let rights: BTreeMap<(UserId, ProjectId), Rights> = holders
            .iter()
            .zip(&memberships)
            .flat_map(|(user, memberships)| memberships.iter().map(|of| ((*user, of.project), of.rights)))
            .collect();
        let projects = rights.keys().filter(|(user, project)| *user == key.user && key.reaches(*project));
        let access = |project: ProjectId| key.access(|user| rights.get(&(user, project)).copied());
        Ok(projects.filter_map(|(_, project)| Some((*project, access(*project)?))).collect())
    }

    /// The keys a user has, or made for others.
    pub(crate) async fn keys_of(&self, user: UserId) -> Result<Vec<PersonalKey>, StoreError> {
        let mut keys = self.key_rows(user).await?.iter().map(read_personal).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    /// The audit rows of a key that is made or ended, one in each project that it reaches, as far as a transaction has room.
    async fn audited_key(&self, by: &By, key: &PersonalKey, is_new: bool) -> Result<Vec<Write>, StoreError> {
        let reach = self.reach(key).await?;
        let record = |(project, _): &(ProjectId, Access)| self.room(*project).audited(by, [audit::key(key, is_new)]);
        Ok(reach.iter().take(KEYS_AUDITED).flat_map(record).collect())
    }

    pub(crate) async fn key_rows(&self, user: UserId) -> Result<Vec<Item>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :keys)")
            .text(":pk", keys::user(user).pk)
            .text(":keys", keys::PERSONAL_KEYS)
            .consistent();
        self.query_all(range).await
    }

    /// Creates a project with its first member, an administrator, unless `allow` refuses. `allow` gets the number of projects
    /// that the member has.
    pub(crate) async fn create_project<E: From<StoreError>>(
        &self,
        by: &By,
        seed: ProjectSeed,
        allow: impl Fn(usize) -> Result<(), E>,
        receipt: Option<Receipt<'_, Project>>,
    ) -> Result<Project, E> {
        let mut new_id = seed.id;
        let tokens = seed.tokens.clone().unwrap_or_else(|| ["phc_", "wgt_", "phs_"].map(new_token));
        let mut patience = Patience::of_request();
        loop {
            let guard = self.guard(seed.owner.id).await?.guarding(Guard::AsRead);
            allow(self.memberships(seed.owner.id).await?.len())?;
            let id = match new_id {
                Some(id) => id,
                None => ProjectId(self.count_up(keys::PROJECTS).await?),
            };
            new_id = Some(id);
            let project = self.new_project(id, &seed, &tokens);
            let mut writes = vec![guard];
            writes.extend(self.of_new_project(by, &project, &seed.owner));
            if self.commit_guarded(writes, receipt, &project).await? {
                return Ok(project);
            }
            patience.again("a project").await?;
        }
    }

    /// A project as it begins. The tokens are the public one, the widget's, and the secret.
    pub(crate) fn new_project(&self, id: ProjectId, seed: &ProjectSeed, tokens: &[String; 3]) -> Project {
        let [api_token, widget_public_token, secret_api_token] = tokens.clone();
        Project {
            id,
            name: seed.name.clone(),
            conversations_enabled: true,
            settings: seed.settings.clone(),
            policies: Arc::default(),
            api_token,
            widget_public_token,
            secret_api_token,
            secret_api_token_backup: None,
            cursor_key: new_token(""),
            created_at: self.now(),
            folding: folding::VERSION,
            version: 1,
        }
    }

    /// What makes a project, with its tokens and its first member.
    pub(crate) fn of_new_project(&self, by: &By, project: &Project, owner: &Member) -> Vec<Write> {
        let id = project.id;
        let credentials = [
            (&project.api_token, Credential::ProjectToken(id)),
            (&project.widget_public_token, Credential::WidgetToken(id)),
            (&project.secret_api_token, Credential::Secret(id)),
        ];
        let mut writes = vec![Write::put(write(project)).if_absent()];
        // A table that is made now has no tickets that follow other rules of time zones.
        writes.extend((id == FIRST).then(|| Write::put(zones::begin())));
        writes.extend(
            credentials
                .iter()
                .map(|(token, credential)| Write::put(write_credential(&sha256_hex(token.as_bytes()), credential)).if_absent()),
        );
        writes.extend(membership(id, owner));
        writes.extend(self.room(id).audited(by, [audit::project_created(project)]));
        writes
    }

    /// What makes a key.
    pub(crate) fn of_new_key(new: &NewKey) -> Vec<Write> {
        let hash = sha256_hex(new.value.as_bytes());
        let mut writes = vec![Write::put(write_credential(&hash, &Credential::Personal(new.key.clone()))).if_absent()];
        let mut owners = vec![new.key.user, new.key.maker];
        owners.dedup();
        writes.extend(owners.into_iter().map(|owner| Write::put(write_personal(owner, &hash, &new.key))));
        writes
    }

    /// A user, wherever they are a member.
    pub(crate) async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.get(&keys::user(id)).await?.as_ref().map(read_user).transpose()
    }

    /// Whether a key or a session is there, whatever is remembered of it.
    pub(crate) async fn has_key(&self, key: &PersonalKey, session: Option<&Session>) -> Result<bool, StoreError> {
        if let Some(session) = session {
            return self.has_session(session).await;
        }
        Ok(self.get(&keys::personal_key(key.user, key.id)).await?.is_some())
    }

    /// Makes a personal key, unless `allow` refuses. `allow` gets the keys that the key's user has.
    pub(crate) async fn create_key<E: From<StoreError>>(
        &self,
        by: &By,
        new: &NewKey,
        allow: impl Fn(&[PersonalKey]) -> Result<(), E>,
        receipt: Option<Receipt<'_, NewKey>>,
    ) -> Result<(), E> {
        let mut patience = Patience::of_request();
        loop {
            let guard = self.guard(new.key.user).await?.guarding(Guard::AsRead);
            let mut known = self.keys_of(new.key.user).await?;
            known.retain(|key| key.user == new.key.user);
            allow(&known)?;
            let mut writes = vec![guard];
            writes.extend(Self::of_new_key(new));
            writes.extend(self.audited_key(by, &new.key, true).await?);
            if self.commit_guarded(writes, receipt, new).await? {
                return Ok(());
            }
            patience.again("a key").await?;
        }
    }

    /// Ends a key that `owner` has or made, in the lists of its user and its maker.
    pub(crate) async fn delete_key(&self, by: &By, owner: UserId, id: uuid::Uuid) -> Result<(), ChangeError> {
        let item = self.get(&keys::personal_key(owner, id)).await?.ok_or(ChangeError::NotFound)?;
        let hash = Reader(&item).text("hash")?;
        let key = read_personal(&item)?;
        let PersonalKey { user, maker, .. } = key;
        let mut writes = vec![
            Write::delete(keys::personal_key(owner, id)).only_if("attribute_exists(PK)").guarding(Guard::AsRead),
            Write::delete(keys::credential(hash)),
        ];
        let other = if owner == user { maker } else { user };
        if other != owner {
            writes.push(Write::delete(keys::personal_key(other, id)));
        }
        writes.extend(self.audited_key(by, &key, false).await?);
        let written = self.commit(writes).await;
        self.forget_credential(hash);
        written.map_err(|rejection| match rejection.met(Guard::AsRead) {
            Some(_) => ChangeError::NotFound,
            None => rejection.into_error("a key").into(),
        })
    }
}
