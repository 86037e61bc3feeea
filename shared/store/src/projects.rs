//! Projects, their members and roles, as administrators change them and everyone else reads them.

use std::sync::Arc;

use lambdesk_domain::{
    ProjectId, RoleId, UserId,
    assignee::Assignee,
    project::{Member, Project, Role},
};

use crate::{
    Credential, Desk, Store,
    call::{Range, Write, pause},
    crypto::{new_token, sha256_hex},
    error::{ChangeError, StoreError},
    item::Reader,
    items::{
        account::write_credential,
        project::{self, VERSION},
    },
    keys,
    once::Receipt,
};

/// How many writers may be faster before a change of a project gives up.
const TRIES: u32 = 10;

/// A project with everyone in it: what an agent's request is checked against, and what assignees are named from.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    /// The project.
    pub project: Project,
    /// Its members.
    pub members: Vec<Member>,
    /// Its roles.
    pub roles: Vec<Role>,
}

impl Directory {
    /// A member.
    pub fn member(&self, id: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    /// A role.
    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.roles.iter().find(|role| role.id == id)
    }

    /// Whether `assignee` is of this project.
    pub fn has(&self, assignee: Assignee) -> bool {
        match assignee {
            Assignee::User(id) => self.member(id).is_some(),
            Assignee::Role(id) => self.role(id).is_some(),
        }
    }
}

impl Store {
    /// A project, remembered for up to a minute.
    pub async fn project(&self, id: ProjectId) -> Result<Option<Arc<Project>>, StoreError> {
        self.0.projects.get(&id.to_string(), || self.read_project(id)).await
    }

    async fn read_project(&self, id: ProjectId) -> Result<Option<Project>, StoreError> {
        self.get(&keys::project(id)).await?.as_ref().map(project::read).transpose()
    }

    /// A project with its members and roles, remembered for up to a minute. One range read: they lie side by side.
    pub async fn directory(&self, id: ProjectId) -> Result<Option<Arc<Directory>>, StoreError> {
        self.0.directories.get(&id.to_string(), || self.read_directory(id)).await
    }

    async fn read_directory(&self, id: ProjectId) -> Result<Option<Directory>, StoreError> {
        let range = Range::new("PK = :pk AND SK BETWEEN :first AND :last")
            .text(":pk", keys::project(id).pk)
            .text(":first", keys::MEMBERS)
            .text(":last", format!("{}~", keys::ROLES))
            .consistent();
        let (mut found, mut members, mut roles) = (None, Vec::new(), Vec::new());
        for item in &self.query_all(range).await? {
            match Reader(item).sort_key()? {
                "PROJECT" => found = Some(project::read(item)?),
                key if key.starts_with(keys::MEMBERS) => members.push(project::read_member(item)?),
                key if key.starts_with(keys::ROLES) => roles.push(project::read_role(item)?),
                _ => {}
            }
        }
        members.sort_by_key(|member| member.id);
        roles.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
        Ok(found.map(|project| Directory { project, members, roles }))
    }

    pub(crate) fn forget_project(&self, id: ProjectId) {
        self.0.projects.forget(&id.to_string());
        self.0.directories.forget(&id.to_string());
    }
}

/// A change of a project's tokens: the credential that begins, and the token whose credential ends.
#[derive(Default)]
struct TokenChange {
    begins: Option<(String, Credential)>,
    ends: Option<String>,
}

impl Desk {
    /// The project with its members and roles.
    pub async fn directory(&self) -> Result<Option<Arc<Directory>>, StoreError> {
        self.store.directory(self.project).await
    }

    /// Changes name or settings; `change` is told the project as it is, again for each lost race.
    pub async fn update_project<E: From<StoreError>>(
        &self,
        change: impl Fn(&mut Project) -> Result<(), E>,
    ) -> Result<Project, E> {
        self.rewrite(|project| change(project).map(|()| TokenChange::default()), None).await
    }

    /// A new secret; the present one stays valid as the backup, the backup before it ends.
    pub async fn rotate_secret(&self, receipt: Option<Receipt<'_, Project>>) -> Result<Project, StoreError> {
        let secret = new_token("phs_");
        let rotate = |project: &mut Project| {
            let before = std::mem::replace(&mut project.secret_api_token, secret.clone());
            let ends = project.secret_api_token_backup.replace(before);
            Ok(TokenChange { begins: Some((secret.clone(), Credential::Secret(self.project))), ends })
        };
        self.rewrite(rotate, receipt).await
    }

    /// Ends the backup of the secret.
    pub async fn delete_secret_backup(&self, receipt: Option<Receipt<'_, Project>>) -> Result<Project, StoreError> {
        let delete = |project: &mut Project| Ok(TokenChange { begins: None, ends: project.secret_api_token_backup.take() });
        self.rewrite(delete, receipt).await
    }

    /// A new public widget token; the present one ends.
    pub async fn rotate_widget_token(&self, receipt: Option<Receipt<'_, Project>>) -> Result<Project, StoreError> {
        let token = new_token("wgt_");
        let rotate = |project: &mut Project| {
            let before = std::mem::replace(&mut project.widget_public_token, token.clone());
            Ok(TokenChange { begins: Some((token.clone(), Credential::WidgetToken(self.project))), ends: Some(before) })
        };
        self.rewrite(rotate, receipt).await
    }

    async fn rewrite<E: From<StoreError>>(
        &self,
        change: impl Fn(&mut Project) -> Result<TokenChange, E>,
        receipt: Option<Receipt<'_, Project>>,
    ) -> Result<Project, E> {
        for attempt in 0..TRIES {
            let read = self.store.read_project(self.project).await?;
            let before =
                read.ok_or_else(|| StoreError::Corrupt { key: keys::project(self.project).pk, attribute: "PROJECT".to_owned() })?;
            let mut project = before.clone();
            let TokenChange { begins, ends } = change(&mut project)?;
            project.version += 1;
            let put =
                Write::put(project::write(&project)).only_if(format!("{VERSION} = :before")).number(":before", before.version);
            let mut writes = vec![put];
            if let Some((token, credential)) = begins {
                writes.push(Write::put(write_credential(&sha256_hex(token.as_bytes()), &credential)).if_absent());
            }
            let ends = ends.map(|token| sha256_hex(token.as_bytes()));
            writes.extend(ends.as_ref().map(|hash| Write::delete(keys::credential(hash))));
            let record = receipt.map(|receipt| receipt.write(&project, self.store.now())).transpose()?;
            let record = record.map(|record| {
                writes.push(record);
                writes.len() - 1
            });
            match self.store.commit(writes).await {
                Ok(()) => {
                    self.store.forget_project(self.project);
                    if let Some(hash) = ends {
                        self.store.forget_credential(&hash);
                    }
                    return Ok(project);
                }
                Err(rejection) if record.and_then(|place| rejection.at(place)).is_some() => {
                    return Err(StoreError::CarriedOut.into());
                }
                Err(rejection) if rejection.at(0).is_some() => pause(attempt).await,
                Err(rejection) => return Err(rejection.into_error("a project").into()),
            }
        }
        Err(StoreError::Contended("a project").into())
    }

    /// Adds a role.
    pub async fn add_role(&self, role: &Role, receipt: Option<Receipt<'_, Role>>) -> Result<(), StoreError> {
        let mut writes = vec![Write::put(project::write_role(self.project, role)).if_absent()];
        self.store.with_record(&mut writes, receipt, role).await?;
        self.store.forget_project(self.project);
        Ok(())
    }

    /// Replaces a role that is there.
    pub async fn replace_role(&self, role: &Role) -> Result<(), ChangeError> {
        let put = Write::put(project::write_role(self.project, role)).only_if("attribute_exists(PK)");
        self.one_of_project(put).await
    }

    /// Removes a role. Tickets assigned to it keep its id, without a name.
    pub async fn delete_role(&self, id: RoleId) -> Result<(), ChangeError> {
        self.one_of_project(Write::delete(keys::role(self.project, id)).only_if("attribute_exists(PK)")).await
    }

    async fn one_of_project(&self, write: Write) -> Result<(), ChangeError> {
        let written = self.store.commit(vec![write]).await;
        self.store.forget_project(self.project);
        written.map_err(|rejection| match rejection.at(0) {
            Some(_) => ChangeError::NotFound,
            None => rejection.into_error("a role").into(),
        })
    }
}
