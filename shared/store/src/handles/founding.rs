//! Setting up a table: its first user, project and key, before there is a key to do it with. Later keys for whoever has none.

use lambdesk_domain::{
    ProjectId, UserId, WorkflowId,
    audit::{self, By},
    project::{Membership, PersonalKey, Project},
    scope::Scopes,
    workflow::{Definition, Workflow},
};

use uuid::Uuid;

use crate::{
    Store,
    error::{ChangeError, StoreError},
    handles::accounts::{NewKey, ProjectSeed},
    items::{
        account::{User, read_user, write_user},
        workflow,
    },
    transport::{
        keys,
        write::{Guard, Write},
    },
};

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

    /// Saves a workflow that a project begins with, switched on.
    pub async fn create_workflow(
        &self,
        project: ProjectId,
        created_by: UserId,
        name: String,
        definition: Definition,
    ) -> Result<(), StoreError> {
        let (id, now) = (WorkflowId(self.0.new_id()), self.0.now());
        let new = Workflow { id, name, enabled: true, definition, created_at: now, updated_at: now, created_by, version: 1 };
        let mut writes = vec![Write::put(workflow::write(project, &new)).if_absent()];
        writes.extend(self.0.room(project).audited(&By::the_desk(), audit::workflow(None, Some(&new))));
        self.0.commit(writes).await.map_err(|rejection| rejection.into_error("a first workflow"))
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

    /// Makes a personal key, without asking how many its user has.
    pub async fn create_key(&self, new: &NewKey) -> Result<(), StoreError> {
        self.0.create_key(&By::the_desk(), new, |_| Ok::<_, StoreError>(()), None).await
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
