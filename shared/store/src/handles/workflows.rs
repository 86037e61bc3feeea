//! A project's workflows, as they are saved and as events find them.

use std::sync::Arc;

use lambdesk_domain::{
    WorkflowId,
    audit::{self, By},
    permission::{ReadsWorkflows, Running, WritesWorkflows},
    workflow::Workflow,
};

use crate::{
    Desk,
    error::{ChangeError, StoreError},
    items::workflow::{self, VERSION},
    room::{Room, once::Receipt},
    transport::{
        call::Patience,
        keys,
        read::Range,
        write::{Guard, Write},
    },
};

impl<P: ReadsWorkflows> Desk<P> {
    /// All workflows as they are, in the order of their creation, which is the one they run in.
    pub async fn workflows(&self) -> Result<Vec<Workflow>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :workflows)")
            .text(":pk", keys::project(self.project).pk)
            .text(":workflows", keys::WORKFLOWS)
            .consistent();
        self.store.query_all(range).await?.iter().map(workflow::read).collect()
    }

    /// A workflow as it is saved; `None` if the project has none of this id.
    pub async fn workflow(&self, id: WorkflowId) -> Result<Option<Workflow>, StoreError> {
        self.store.get(&keys::workflow(self.project, id)).await?.as_ref().map(workflow::read).transpose()
    }
}

impl Desk<Running> {
    /// All workflows, remembered for half a minute at most: a change of one takes effect within that time, and at once in
    /// the process that makes it.
    pub async fn remembered_workflows(&self) -> Result<Arc<Vec<Workflow>>, StoreError> {
        let load = || async { self.workflows().await.map(Some) };
        Ok(self.store.inner.workflows.get(&self.project.to_string(), load).await?.unwrap_or_default())
    }
}

impl<P: WritesWorkflows> Desk<P> {
    /// Saves a new workflow.
    pub async fn create_workflow(
        &self,
        by: &By,
        new: &Workflow,
        receipt: Option<Receipt<'_, Workflow>>,
    ) -> Result<(), StoreError> {
        let mut writes = vec![Write::put(workflow::write(self.project, new)).if_absent()];
        writes.extend(self.audited(by, audit::workflow(None, Some(new))));
        let written = self.store.with_record(&mut writes, receipt, new).await;
        self.forget_workflows();
        written
    }

    /// Saves what `change` makes of a workflow. `change` gets the workflow as it is, again for each lost race.
    pub async fn change_workflow<E: From<ChangeError> + From<StoreError>>(
        &self,
        by: &By,
        id: WorkflowId,
        change: impl Fn(Workflow) -> Result<Workflow, E>,
        receipt: Option<Receipt<'_, Workflow>>,
    ) -> Result<Workflow, E> {
        let mut patience = Patience::of_request();
        loop {
            let before = self.workflow(id).await?.ok_or(ChangeError::NotFound)?;
            let version = before.version;
            let after = Workflow { version: version + 1, ..change(before.clone())? };
            let put = Write::put(workflow::write(self.project, &after));
            let put = put.only_if(format!("{VERSION} = :before")).guarding(Guard::AsRead).number(":before", version);
            let mut writes = vec![put];
            writes.extend(self.audited(by, audit::workflow(Some(&before), Some(&after))));
            writes.extend(receipt.map(|receipt| receipt.writes(&after, self.now())).transpose()?.unwrap_or_default());
            let written = self.store.commit(writes).await;
            // Also after a failure: the write may have succeeded although its answer was lost.
            self.forget_workflows();
            match written {
                Ok(()) => return Ok(after),
                Err(rejection) if rejection.met(Guard::Once).is_some() => return Err(StoreError::CarriedOut.into()),
                Err(rejection) if rejection.met(Guard::AsRead).is_some() => {}
                Err(rejection) => return Err(rejection.into_error("a workflow").into()),
            }
            patience.again("a workflow").await?;
        }
    }

    /// Removes a workflow, if `allow` has nothing against it. Runs that are under way stop where they are. The
    /// records of its runs expire.
    pub async fn delete_workflow<E: From<ChangeError> + From<StoreError>>(
        &self,
        by: &By,
        id: WorkflowId,
        allow: impl Fn(&Workflow) -> Result<(), E>,
        receipt: Option<Receipt<'_, ()>>,
    ) -> Result<(), E> {
        let mut patience = Patience::of_request();
        loop {
            let before = self.workflow(id).await?.ok_or(ChangeError::NotFound)?;
            allow(&before)?;
            // The workflow still is the one that may be removed.
            let gone = Write::delete(keys::workflow(self.project, id)).only_if(format!("{VERSION} = :before"));
            let mut writes = vec![gone.guarding(Guard::AsRead).number(":before", before.version)];
            writes.extend(self.audited(by, audit::workflow(Some(&before), None)));
            writes.extend(receipt.map(|receipt| receipt.writes(&(), self.now())).transpose()?.unwrap_or_default());
            let written = self.store.commit(writes).await;
            self.forget_workflows();
            match written {
                Ok(()) => return Ok(()),
                Err(rejection) if rejection.met(Guard::Once).is_some() => return Err(StoreError::CarriedOut.into()),
                Err(rejection) if rejection.met(Guard::AsRead).is_some() => {}
                Err(rejection) => return Err(rejection.into_error("a workflow").into()),
            }
            patience.again("a workflow").await?;
        }
    }
}

impl Room {
    fn forget_workflows(&self) {
        self.store.inner.workflows.forget(&self.project.to_string());
    }
}
