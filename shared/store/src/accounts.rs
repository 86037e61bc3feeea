//! Users, their memberships and keys, and what a token stands for.

use std::sync::Arc;

use lambdesk_domain::{
    ProjectId, UserId, folding,
    project::{Member, PersonalKey, Project, Role},
    settings::Settings,
};

use crate::{
    Credential, Desk, Store,
    call::Patience,
    crypto::{new_token, sha256_hex},
    error::{ChangeError, StoreError},
    item::{Reader, Writer},
    items::{
        account::{read_credential, read_personal, write_credential, write_personal, write_user},
        project::{read_member, write, write_member, write_role},
    },
    keys,
    once::Receipt,
    projects::Directory,
    read::Range,
    write::Write,
    zones,
};

/// The first project of a table.
const FIRST: ProjectId = ProjectId(1);

/// From how many roles a leaving member is taken: a transaction has room for 100 writes. A role beyond still names
/// them, but whoever reads roles looks for present members only.
const ROLES_LEFT: usize = 90;

/// A project to be created: with tokens of its own, unless they are given (the local stack's are fixed).
#[derive(Debug, Clone)]
pub struct ProjectSeed {
    /// Its id, if it is fixed.
    pub id: Option<ProjectId>,
    /// Its name.
    pub name: String,
    /// The first member.
    pub owner: Member,
    /// Public token, widget token and secret, if they are fixed.
    pub tokens: Option<[String; 3]>,
}

/// A member to be added.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// Their address; an address that is known stays the same user.
    pub email: String,
    /// Their first name in this project.
    pub first_name: String,
}

/// A key to be made. It has no `Debug`: nothing may print its value.
#[derive(Clone)]
pub struct NewKey {
    /// The key.
    pub key: PersonalKey,
    /// Its value: shown once, then only its hash is known.
    pub value: String,
}

impl Store {
    /// What a token stands for, remembered for up to a minute. Unknown tokens are not remembered.
    pub async fn credential(&self, token: &str) -> Result<Option<Arc<Credential>>, StoreError> {
        let hash = sha256_hex(token.as_bytes());
        let load = || async { self.get(&keys::credential(&hash)).await?.as_ref().map(read_credential).transpose() };
        self.inner.credentials.get(&hash, load).await
    }

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
        let record = receipt.map(|receipt| receipt.write(effect, self.now())).transpose()?;
        let place = writes.len();
        let recorded = record.is_some();
        writes.extend(record);
        self.commit(std::mem::take(writes)).await.map_err(|rejection| {
            if recorded && rejection.at(place).is_some() { StoreError::CarriedOut } else { rejection.into_error("an account") }
        })
    }

    async fn count_up(&self, counter: &str) -> Result<u32, StoreError> {
        let item = self.update(Write::update(keys::counter(counter), "ADD n :one").number(":one", 1)).await?;
        Reader(&item).number("n")
    }

    /// Creates a project with its first member.
    pub async fn create_project(&self, seed: ProjectSeed, receipt: Option<Receipt<'_, Project>>) -> Result<Project, StoreError> {
        let ProjectSeed { id, name, owner, tokens } = seed;
        let id = match id {
            Some(id) => id,
            None => ProjectId(self.count_up(keys::PROJECTS).await?),
        };
        let [api_token, widget_public_token, secret_api_token] =
            tokens.unwrap_or_else(|| ["phc_", "wgt_", "phs_"].map(new_token));
        let project = Project {
            id,
            name,
            conversations_enabled: true,
            settings: Settings::default(),
            policies: Arc::default(),
            api_token,
            widget_public_token,
            secret_api_token,
            secret_api_token_backup: None,
            cursor_key: new_token(""),
            created_at: self.now(),
            folding: folding::VERSION,
            version: 1,
        };
        let credentials = [
            (&project.api_token, Credential::ProjectToken(id)),
            (&project.widget_public_token, Credential::WidgetToken(id)),
            (&project.secret_api_token, Credential::Secret(id)),
        ];
        let mut writes = vec![Write::put(write(&project)).if_absent()];
        // A table that is made now has no tickets that follow other rules of time zones.
        writes.extend((id == FIRST).then(|| Write::put(zones::begin())));
        writes.extend(
            credentials
                .iter()
                .map(|(token, credential)| Write::put(write_credential(&sha256_hex(token.as_bytes()), credential)).if_absent()),
        );
        writes.extend(membership(id, &owner));
        self.with_record(&mut writes, receipt, &project).await?;
        Ok(project)
    }

    /// Creates a user with a fixed id, and keeps the counter of users past it; for seeding.
    pub async fn seed_user(&self, user: &Member) -> Result<(), StoreError> {
        let counter = Write::update(keys::counter("USERS"), "SET n = :id")
            .number(":id", user.id)
            .only_if("attribute_not_exists(n) OR n < :id");
        let writes = vec![
            Write::put(write_user(&keys::user(user.id), user)).if_absent(),
            Write::put(write_user(&keys::email(&user.email), user)).if_absent(),
            counter,
        ];
        self.commit(writes).await.map_err(|rejection| rejection.into_error("a seeded user"))
    }

    /// Keeps the counter of projects past `id`; for seeding. A counter that is past it stays.
    pub async fn seed_project_counter(&self, id: ProjectId) -> Result<(), StoreError> {
        let counter = Write::update(keys::counter(keys::PROJECTS), "SET n = :id").number(":id", id);
        match self.commit(vec![counter.only_if("attribute_not_exists(n) OR n < :id")]).await {
            Err(rejection) if rejection.at(0).is_none() => Err(rejection.into_error("the counter of projects")),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// A user, wherever they are a member.
    pub async fn user(&self, id: UserId) -> Result<Option<Member>, StoreError> {
        self.get(&keys::user(id)).await?.as_ref().map(read_member).transpose()
    }

    /// The projects a user is a member of, in order.
    pub async fn projects_of(&self, user: UserId) -> Result<Vec<ProjectId>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :projects)")
            .text(":pk", keys::user(user).pk)
            .text(":projects", keys::MEMBERSHIPS)
            .consistent();
        let items = self.query_all(range).await?;
        let ids = items.iter().map(|item| Reader(item).number("project").map(ProjectId));
        let mut ids = ids.collect::<Result<Vec<_>, _>>()?;
        ids.sort_unstable();
        Ok(ids)
    }

    /// Makes a personal key.
    pub async fn create_key(&self, new: &NewKey, receipt: Option<Receipt<'_, NewKey>>) -> Result<(), StoreError> {
        let hash = sha256_hex(new.value.as_bytes());
        let mut writes = vec![Write::put(write_credential(&hash, &Credential::Personal(new.key.clone()))).if_absent()];
        let mut owners = vec![new.key.user, new.key.maker];
        owners.dedup();
        writes.extend(owners.into_iter().map(|owner| Write::put(write_personal(owner, &hash, &new.key))));
        self.with_record(&mut writes, receipt, new).await
    }

    /// The keys a user has, or made for others.
    pub async fn keys_of(&self, user: UserId) -> Result<Vec<PersonalKey>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :keys)")
            .text(":pk", keys::user(user).pk)
            .text(":keys", keys::PERSONAL_KEYS)
            .consistent();
        let items = self.query_all(range).await?;
        let mut keys = items.iter().map(read_personal).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    /// Ends a key that `owner` has or made, in the lists of its user and its maker.
    pub async fn delete_key(&self, owner: UserId, id: uuid::Uuid) -> Result<(), ChangeError> {
        let item = self.get(&keys::personal_key(owner, id)).await?.ok_or(ChangeError::NotFound)?;
        let hash = Reader(&item).text("hash")?;
        let PersonalKey { user, maker, .. } = read_personal(&item)?;
        let mut writes = vec![
            Write::delete(keys::personal_key(owner, id)).only_if("attribute_exists(PK)"),
            Write::delete(keys::credential(hash)),
        ];
        let other = if owner == user { maker } else { user };
        if other != owner {
            writes.push(Write::delete(keys::personal_key(other, id)));
        }
        let written = self.commit(writes).await;
        self.forget_credential(hash);
        written.map_err(|rejection| match rejection.at(0) {
            Some(_) => ChangeError::NotFound,
            None => rejection.into_error("a key").into(),
        })
    }
}

/// The two sides of a new membership.
fn membership(project: ProjectId, member: &Member) -> [Write; 2] {
    let side = Writer::new(&keys::membership(member.id, project)).number("project", project).done();
    [Write::put(write_member(project, member)).if_absent(), Write::put(side)]
}

impl Desk {
    /// Adds a member: the user of that address, or a new one; `None` if they are a member already.
    pub async fn add_member(&self, new: &NewMember, receipt: Option<Receipt<'_, Member>>) -> Result<Option<Member>, StoreError> {
        let mut patience = Patience::of_request();
        loop {
            let known = self.store.get(&keys::email(&new.email)).await?;
            let known = known.as_ref().map(read_member).transpose()?;
            let id = match &known {
                Some(user) => user.id,
                None => UserId(self.store.count_up("USERS").await?),
            };
            if known.is_some() && self.store.get(&keys::member(self.project, id)).await?.is_some() {
                return Ok(None);
            }
            let member = Member { id, email: new.email.clone(), first_name: new.first_name.clone() };
            let mut writes = Vec::from(membership(self.project, &member));
            if known.is_none() {
                writes.push(Write::put(write_user(&keys::user(id), &member)).if_absent());
                writes.push(Write::put(write_user(&keys::email(&new.email), &member)).if_absent());
            }
            let written = self.store.with_record(&mut writes, receipt, &member).await;
            self.store.forget_project(self.project);
            match written {
                Ok(()) => return Ok(Some(member)),
                // In the meantime someone else made a user of that address, or a member of this user.
                Err(StoreError::Contended(_)) => {}
                Err(error) => return Err(error),
            }
            if !patience.wait().await {
                return Err(StoreError::Contended("a member"));
            }
        }
    }

    /// Removes a member, also from roles, if `allow` has nothing against it; their keys reach this project no more.
    /// `allow` is told the project as it is, again for each lost race.
    pub async fn delete_member<E: From<StoreError>>(
        &self,
        id: UserId,
        allow: impl Fn(&Directory) -> Result<(), E>,
    ) -> Result<(), E> {
        let delete = |directory: &Directory| {
            allow(directory)?;
            let mut writes =
                vec![Write::delete(keys::member(self.project, id)), Write::delete(keys::membership(id, self.project))];
            let roles = directory.roles.iter().filter(|role| role.members.contains(&id)).take(ROLES_LEFT);
            writes.extend(roles.map(|role| {
                let members = role.members.iter().copied().filter(|member| *member != id).collect();
                Write::put(write_role(self.project, &Role { members, ..role.clone() }))
            }));
            Ok((writes, ()))
        };
        self.administer(delete, None).await
    }
}
