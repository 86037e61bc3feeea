//! Setting up a table: its first user, project and key, before there is a key to do it with. Later keys for whoever has none.

use lambdesk_domain::{
    ProjectId, UserId, WorkflowId,
    audit::{self, By},
    project::{Membership, PersonalKey, Project, Rights},
    scope::{Access, Scopes},
    settings::Settings,
    workflow::{Definition, Workflow},
};
use lambdesk_runtime::crypto::new_token;
use uuid::Uuid;

use crate::{
    Store,
    error::{ChangeError, StoreError},
    handles::accounts::{FIRST, NewKey, ProjectSeed},
    items::{
        account::{User, read_user, write_user},
        workflow,
    },
    transport::{
        keys,
        write::{Guard, Write},
    },
};

/// What a desk begins with.
pub struct FirstDesk {
    /// The first user, who becomes the project's administrator.
    pub owner: User,
    /// The project's name.
    pub name: String,
    /// The name of a workflow that is switched on, and what it does.
    pub workflow: (String, Definition),
    /// The user's key.
    pub key: NewKey,
}

/// The handle of whoever may write the table itself: the local desk, and the program of the desk's owner.
pub struct Founding(pub(crate) Store);

impl Founding {
    /// Whether the table has this project.
    pub async fn has_project(&self, id: ProjectId) -> Result<bool, StoreError> {
        Ok(self.0.project(id).await?.is_some())
    }

    /// Whether the table has this user.
    pub async fn has_user(&self, id: UserId) -> Result<bool, StoreError> {
        Ok(self.0.user(id).await?.is_some())
    }

    /// Creates a project with its first member, an administrator.
    pub async fn create_project(&self, seed: ProjectSeed) -> Result<Project, StoreError> {
        self.0.create_project(&By::the_desk(), seed, |_| Ok::<_, StoreError>(()), None).await
    }

    /// Makes a desk: the first user, their project, its workflow and their key, all of it or nothing.
    ///
    /// It is [`StoreError::Contended`] if one of them is there already.
    pub async fn found(&self, first: FirstDesk) -> Result<Project, StoreError> {
        let FirstDesk { owner, name, workflow: (workflow, definition), key } = first;
        let (by, id, now) = (By::the_desk(), FIRST, self.0.now());
        let workflow = Workflow {
            id: WorkflowId(self.0.new_id()),
            name: workflow,
            enabled: true,
            definition,
            created_at: now,
            updated_at: now,
            created_by: owner.id,
            version: 1,
        };
        let mut writes = vec![
            Write::put(write_user(&keys::user(owner.id), &owner)).if_absent(),
            Write::put(write_user(&keys::email(&owner.email), &owner)).if_absent(),
            Write::update(keys::counter(keys::PROJECTS), "SET n = if_not_exists(n, :id)").number(":id", id),
            Write::put(workflow::write(id, &workflow)).if_absent(),
        ];
        let owner = owner.with_rights(Rights::new(Access::Admin));
        let seed = ProjectSeed { id: Some(id), name, owner, tokens: None, settings: Settings::default() };
        let project = self.0.new_project(id, &seed, &["phc_", "wgt_", "phs_"].map(new_token));
        writes.extend(self.0.of_new_project(&by, &project, &seed.owner));
        writes.extend(Store::of_new_key(&key));
        let entries = audit::workflow(None, Some(&workflow)).into_iter().chain([audit::key(&key.key, true)]);
        writes.extend(self.0.room(id).audited(&by, entries));
        self.0.commit(writes).await.map_err(|rejection| rejection.into_error("a first desk"))?;
        Ok(project)
    }

    /// A key of a first user, with every scope.
    pub fn first_key(&self, user: UserId, label: &str) -> PersonalKey {
        let now = self.0.now();
        PersonalKey {
            id: self.0.new_id(),
            user,
            maker: user,
            holders: PersonalKey::first_holders(user, user, now),
            label: label.to_owned(),
            scopes: Scopes::all(),
            projects: None,
            created_at: now,
        }
    }

    /// Makes a personal key, unless `allow` refuses. `allow` gets the keys that the key's user has.
    pub async fn create_key<E: From<StoreError>>(
        &self,
        new: &NewKey,
        allow: impl Fn(&[PersonalKey]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.create_key(&By::the_desk(), new, allow, None).await
    }

    /// The user with this address, in whatever spelling.
    pub async fn user_of(&self, email: &str) -> Result<Option<User>, StoreError> {
        self.0.get(&keys::email(email)).await?.as_ref().map(read_user).transpose()
    }

    /// The projects that a user is a member of, in order.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.0.memberships(user).await
    }

    /// The keys that a user has, or made for others, by age.
    pub async fn keys_of(&self, user: UserId) -> Result<Vec<PersonalKey>, StoreError> {
        self.0.keys_of(user).await
    }

    /// Ends a key that `owner` has or made.
    pub async fn delete_key(&self, owner: UserId, id: Uuid) -> Result<(), ChangeError> {
        self.0.delete_key(&By::the_desk(), owner, id).await
    }

    /// Creates a user with a fixed id; for a fixed set-up.
    pub async fn seed_user(&self, user: &User) -> Result<(), StoreError> {
        let writes = vec![
            Write::put(write_user(&keys::user(user.id), user)).if_absent(),
            Write::put(write_user(&keys::email(&user.email), user)).if_absent(),
        ];
        self.0.commit(writes).await.map_err(|rejection| rejection.into_error("a seeded user"))
    }

    /// Keeps the counter of projects past `id`; for a fixed set-up. A counter that is past it stays.
    pub async fn seed_project_counter(&self, id: ProjectId) -> Result<(), StoreError> {
        let counter = Write::update(keys::counter(keys::PROJECTS), "SET n = :id").number(":id", id);
        match self.0.commit(vec![counter.only_if("attribute_not_exists(n) OR n < :id").guarding(Guard::AsRead)]).await {
            Err(rejection) if rejection.met(Guard::AsRead).is_none() => Err(rejection.into_error("the counter of projects")),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}
