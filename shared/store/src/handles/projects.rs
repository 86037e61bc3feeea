//! Projects, their members and roles, as administrators change them and everyone else reads them.

use lambdesk_domain::{
    RoleId,
    assignee::Assignee,
    audit::{self, By},
    directory::Directory,
    permission::{ReadsProjects, WritesProjects},
    project::{Project, Role},
};
use lambdesk_runtime::crypto::{new_token, sha256_hex};

use crate::{
    Credential, Desk,
    error::StoreError,
    items::{
        account::write_credential,
        project::{self, VERSION},
    },
    room::{Room, once::Receipt},
    transport::{
        call::Patience,
        keys,
        write::{Guard, Write},
    },
    upkeep::{hand_over, rollout},
};

/// Requires a project to be as it was read: its version counts the writes.
const UNCHANGED: &str = "version = :before";

/// Why an administrative change was not made: the store failed, or the rule refused.
pub(crate) enum Stop<E> {
    Store(StoreError),
    Refused(E),
}

impl<E> From<StoreError> for Stop<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<E: From<StoreError>> Stop<E> {
    pub(crate) fn into_error(self) -> E {
        match self {
            Self::Store(error) => error.into(),
            Self::Refused(error) => error,
        }
    }
}

/// A change of a project's tokens: the credential that begins, and the token whose credential ends.
#[derive(Default)]
struct TokenChange {
    begins: Option<(String, Credential)>,
    ends: Option<String>,
}

impl Room {
    async fn rewrite<E: From<StoreError>>(
        &self,
        by: &By,
        change: impl Fn(&mut Project) -> Result<TokenChange, E>,
        receipt: Option<Receipt<'_, Project>>,
    ) -> Result<Project, E> {
        let mut patience = Patience::of_request();
        loop {
            let before = self.current_project().await?;
            let mut project = before.clone();
            let TokenChange { begins, ends } = change(&mut project)?;
            project.version += 1;
            let put = Write::put(project::write(&project));
            let mut writes = vec![put.only_if(UNCHANGED).guarding(Guard::AsRead).number(":before", before.version)];
            if let Some((token, credential)) = begins {
                writes.push(Write::put(write_credential(&sha256_hex(token.as_bytes()), &credential)).if_absent());
            }
            if project.rules().differ_for_untouched(&before.rules()) {
                writes.push(Write::put(rollout::begin(self.project, self.store.now())));
            }
            writes.extend(self.audited(by, audit::project_changed(&before, &project)));
            let ends = ends.map(|token| sha256_hex(token.as_bytes()));
            writes.extend(ends.as_ref().map(|hash| Write::delete(keys::credential(hash))));
            let written = self.commit_if_unchanged(writes, receipt, &project).await;
            if let Some(hash) = ends {
                self.store.forget_credential(&hash);
            }
            if written? {
                return Ok(project);
            }
            patience.again("a project").await?;
        }
    }

    /// Writes what `decide` makes of the project, its members and its roles. Each such write raises the project's version and
    /// requires the version that it was decided from. So no two of them together can remove the last two members, or give two
    /// roles one name.
    pub(crate) async fn administer<T, E: From<StoreError>>(
        &self,
        decide: impl Fn(&Directory) -> Result<(Vec<Write>, T), E>,
        receipt: Option<Receipt<'_, T>>,
    ) -> Result<T, E> {
        let mut patience = Patience::of_request();
        loop {
            // A Query is no snapshot, so the required version is read before it.
            let before = self.current_project().await?.version;
            let (changes, effect) = decide(&self.fresh_directory().await?)?;
            let count = Write::update(keys::project(self.project), format!("SET {VERSION} = :after"));
            let mut writes =
                vec![count.only_if(UNCHANGED).guarding(Guard::AsRead).number(":before", before).number(":after", before + 1)];
            writes.extend(changes);
            if self.commit_if_unchanged(writes, receipt, &effect).await? {
                return Ok(effect);
            }
            patience.again("a project").await?;
        }
    }

    /// Commits `writes`, the first of which requires the project to be as it was read; false if it is not.
    async fn commit_if_unchanged<T>(
        &self,
        mut writes: Vec<Write>,
        receipt: Option<Receipt<'_, T>>,
        effect: &T,
    ) -> Result<bool, StoreError> {
        writes.extend(receipt.map(|receipt| receipt.writes(effect, self.store.now())).transpose()?.unwrap_or_default());
        let written = self.store.commit(writes).await;
        // Also after a failure: the write may have succeeded although its answer was lost.
        self.store.forget_project(self.project);
        match written {
            Ok(()) => Ok(true),
            Err(rejection) if rejection.met(Guard::Once).is_some() => Err(StoreError::CarriedOut),
            Err(rejection) if rejection.met(Guard::AsRead).is_some() => Ok(false),
            Err(rejection) => Err(rejection.into_error("a project")),
        }
    }
}

impl<P: ReadsProjects> Desk<P> {
    /// The project as it is, read past every cache: what an administrator sees.
    pub async fn fresh_project(&self) -> Result<Project, StoreError> {
        self.current_project().await
    }
}

impl<P: WritesProjects> Desk<P> {
    /// Changes name or settings. `change` gets the project as it is, again for each lost race.
    pub async fn update_project<E: From<StoreError>>(
        &self,
        by: &By,
        change: impl Fn(&mut Project) -> Result<(), E>,
    ) -> Result<Project, E> {
        self.rewrite(by, |project| change(project).map(|()| TokenChange::default()), None).await
    }

    /// Makes a new secret. The present secret stays valid as the backup, and the former backup ends.
    pub async fn rotate_secret(&self, by: &By, receipt: Option<Receipt<'_, Project>>) -> Result<Project, StoreError> {
        let secret = new_token("phs_");
        let rotate = |project: &mut Project| {
            let before = std::mem::replace(&mut project.secret_api_token, secret.clone());
            let ends = project.secret_api_token_backup.replace(before);
            Ok(TokenChange { begins: Some((secret.clone(), Credential::Secret(self.project))), ends })
        };
        self.rewrite(by, rotate, receipt).await
    }

    /// Ends the secret's backup, if there is one.
    pub async fn delete_secret_backup(&self, by: &By, receipt: Option<Receipt<'_, Project>>) -> Result<Project, StoreError> {
        let delete = |project: &mut Project| Ok(TokenChange { begins: None, ends: project.secret_api_token_backup.take() });
        self.rewrite(by, delete, receipt).await
    }

    /// Makes a new public widget token. The present one ends at once.
    pub async fn rotate_widget_token(&self, by: &By, receipt: Option<Receipt<'_, Project>>) -> Result<Project, StoreError> {
        let token = new_token("wgt_");
        let rotate = |project: &mut Project| {
            let before = std::mem::replace(&mut project.widget_public_token, token.clone());
            Ok(TokenChange { begins: Some((token.clone(), Credential::WidgetToken(self.project))), ends: Some(before) })
        };
        self.rewrite(by, rotate, receipt).await
    }

    /// Writes the role, new or changed, that `decide` returns. `decide` gets the project as it is, again for each lost race.
    pub async fn write_role<E: From<StoreError>>(
        &self,
        by: &By,
        decide: impl Fn(&Directory) -> Result<Role, E>,
        receipt: Option<Receipt<'_, Role>>,
    ) -> Result<Role, E> {
        let write = |directory: &Directory| {
            let role = decide(directory)?;
            let mut writes = vec![Write::put(project::write_role(self.project, &role))];
            writes.extend(self.audited(by, audit::role(directory.role(role.id), Some(&role), None)));
            Ok((writes, role))
        };
        self.administer(write, receipt).await
    }

    /// Removes a role, unless `allow` refuses. Its tickets that are not resolved are assigned to `to`, or to nobody.
    pub async fn delete_role<E: From<StoreError>>(
        &self,
        by: &By,
        id: RoleId,
        to: Option<Assignee>,
        allow: impl Fn(&Directory) -> Result<(), E>,
    ) -> Result<(), E> {
        let delete = |directory: &Directory| {
            allow(directory)?;
            let note = hand_over::begin(self.project, Assignee::Role(id), to, self.store.now());
            let mut writes = vec![Write::delete(keys::role(self.project, id)), note];
            writes.extend(self.audited(by, audit::role(directory.role(id), None, to)));
            Ok((writes, ()))
        };
        self.administer::<_, E>(delete, None).await?;
        self.hand_over_first(Assignee::Role(id), to).await;
        Ok(())
    }
}
