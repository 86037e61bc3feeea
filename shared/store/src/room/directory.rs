//! What everyone reads of a project: the project, its members and its roles, remembered for up to a minute.

use std::sync::Arc;

use lambdesk_domain::{ProjectId, directory::Directory, folding, mail::MailAddress, project::Project, rules::Rules};

use crate::{
    Store,
    error::StoreError,
    items::{mailbox, project},
    room::Room,
    transport::{
        item::Reader,
        keys,
        read::{BATCH, Range},
    },
};

impl Store {
    /// A project, remembered for up to a minute.
    pub(crate) async fn project(&self, id: ProjectId) -> Result<Option<Arc<Project>>, StoreError> {
        self.inner.projects.get(&id.to_string(), || self.read_project(id)).await
    }

    /// What the tickets of a project follow, remembered as long as the project is, by whatever is known of it already.
    pub(crate) async fn rules(&self, id: ProjectId) -> Result<Rules, StoreError> {
        if let Some(directory) = self.inner.directories.peek(&id.to_string()) {
            return Ok(directory.project.rules());
        }
        Ok(self.project(id).await?.map_or_else(Rules::default, |project| project.rules()))
    }

    /// Whether a project's words and tags are yet to be written as they are today: what is read of them is read in both
    /// spellings.
    pub(crate) async fn is_to_be_renewed(&self, id: ProjectId) -> Result<bool, StoreError> {
        if let Some(directory) = self.inner.directories.peek(&id.to_string()) {
            return Ok(directory.project.folding < folding::VERSION);
        }
        Ok(self.project(id).await?.is_some_and(|project| project.folding < folding::VERSION))
    }

    async fn read_project(&self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        self.get(&keys::project(id)).await?.as_ref().map(project::read).transpose()
    }

    /// A project with its members and roles, remembered for up to a minute. One range read: they lie side by side, behind what the
    /// project has for its mail.
    pub(crate) async fn directory(&self, id: ProjectId) -> Result<Option<Arc<Directory>>, StoreError> {
        self.inner.directories.get(&id.to_string(), || self.read_directory(id)).await
    }

    async fn read_directory(&self, id: ProjectId) -> Result<Option<Directory>, StoreError> {
        let range = Range::new("PK = :pk AND SK BETWEEN :first AND :last")
            .text(":pk", keys::project(id).pk)
            .text(":first", keys::mailbox(id).sk)
            .text(":last", format!("{}~", keys::ROLES))
            .consistent();
        let (mut found, mut members, mut roles) = (None, Vec::new(), Vec::new());
        let (mut has_persons, mut has_mail) = (false, false);
        for item in &self.query_all(range).await? {
            match Reader(item).sort_key()? {
                keys::PERSONS => has_persons = true,
                keys::MAILBOX => has_mail = !mailbox::read(item)?.addresses.is_empty(),
                "PROJECT" => found = Some(project::read(item)?),
                key if key.starts_with(keys::MEMBERS) => members.push(project::read_member(item)?),
                key if key.starts_with(keys::ROLES) => roles.push(project::read_role(item)?),
                _ => {}
            }
        }
        members.sort_by_key(|member| member.id);
        roles.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(found.map(|project| Directory { project, members, roles, has_persons, has_mail }))
    }

    /// Those of `ids` that exist, in that order, as they are now.
    pub(crate) async fn projects(&self, ids: &[ProjectId]) -> Result<Vec<Project>, StoreError> {
        let mut projects = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            let keys: Vec<_> = ids.iter().map(|id| keys::project(*id)).collect();
            let items = self.batch_get(&keys).await?;
            let mut found = items.iter().map(project::read).collect::<Result<Vec<_>, _>>()?;
            found.sort_by_key(|project| ids.iter().position(|id| *id == project.id));
            projects.extend(found);
        }
        Ok(projects)
    }

    /// The addresses from which mail of these projects may be sent, as they are now.
    pub(crate) async fn mail_senders(&self, ids: &[ProjectId]) -> Result<Vec<(ProjectId, Vec<MailAddress>)>, StoreError> {
        let mut senders = Vec::new();
        for ids in ids.chunks(BATCH) {
            let keys: Vec<_> = ids.iter().map(|id| keys::mailbox(*id)).collect();
            for item in &self.batch_get(&keys).await? {
                let of = Reader(item).partition_key()?;
                let id = ids.iter().copied().find(|id| keys::mailbox(*id).pk == of);
                let mailbox = mailbox::read(item)?;
                senders.extend(id.map(|id| (id, mailbox.senders().cloned().collect())));
            }
        }
        Ok(senders)
    }

    pub(crate) fn forget_project(&self, id: ProjectId) {
        self.inner.projects.forget(&id.to_string());
        self.inner.directories.forget(&id.to_string());
    }
}

impl Room {
    /// The project with its members and roles, up to a minute old.
    pub(crate) async fn directory(&self) -> Result<Option<Arc<Directory>>, StoreError> {
        self.store.directory(self.project).await
    }

    /// The project as it is, whatever is remembered: what an administrator sees.
    pub(crate) async fn current_project(&self) -> Result<Project, StoreError> {
        self.store.read_project(self.project).await?.ok_or_else(|| self.no_project())
    }

    /// The project with its members and roles as they are, whatever is remembered.
    pub(crate) async fn fresh_directory(&self) -> Result<Directory, StoreError> {
        self.store.read_directory(self.project).await?.ok_or_else(|| self.no_project())
    }

    /// Projects are never removed, so one that a handle was given for is there.
    fn no_project(&self) -> StoreError {
        StoreError::Corrupt { key: keys::project(self.project).pk, attribute: "PROJECT".to_owned() }
    }
}
