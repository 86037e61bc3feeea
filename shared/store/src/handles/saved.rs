//! What a project's members save under short ids: views and quick actions.

use std::sync::Arc;

use lambdesk_domain::{
    audit::{AuditEntry, By},
    permission::{ReadsTickets, WritesTickets},
    quick_action::QuickAction,
    saved::ShortId,
    view::SavedView,
};
use lambdesk_runtime::crypto::entropy;

use crate::{
    Desk,
    error::{ChangeError, StoreError},
    items::{
        quick_action::QUICK_ACTION,
        saved::{Kind, VERSION, VIEW},
    },
    room::once::Receipt,
    transport::{
        call::Patience,
        keys,
        read::Range,
        write::{Guard, Write},
    },
};

/// How many short ids that are taken are tried anew.
const TRIES: u32 = 20;

/// A project's views, or its quick actions.
pub struct Shelf<'a, T: 'static, P> {
    desk: &'a Desk<P>,
    kind: &'static Kind<T>,
}

impl<P: ReadsTickets> Desk<P> {
    /// The views that members saved.
    pub const fn views(&self) -> Shelf<'_, SavedView, P> {
        Shelf { desk: self, kind: &VIEW }
    }

    /// The quick actions that members saved.
    pub const fn quick_actions(&self) -> Shelf<'_, QuickAction, P> {
        Shelf { desk: self, kind: &QUICK_ACTION }
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// The project's views, a minute old at most, in no order. Numbers beside them need no more.
    pub async fn remembered_views(&self) -> Result<Arc<Vec<SavedView>>, StoreError> {
        let load = || async { self.views().all().await.map(Some) };
        Ok(self.store.inner.views.get(&self.project.to_string(), load).await?.unwrap_or_default())
    }
}

impl<T: Clone + PartialEq, P: ReadsTickets> Shelf<'_, T, P> {
    /// All of the shelf, as it is now, in no order. How many there can be is limited where they are saved.
    pub async fn all(&self) -> Result<Vec<T>, StoreError> {
        let range = Range::new("PK = :pk AND begins_with(SK, :first)")
            .text(":pk", keys::project(self.desk.project).pk)
            .text(":first", self.kind.first)
            .consistent();
        self.desk.store.query_all(range).await?.iter().map(self.kind.read).collect()
    }

    /// The one of this id; `None` if there is none.
    pub async fn get(&self, id: ShortId) -> Result<Option<T>, StoreError> {
        self.desk.store.get(&keys::saved(self.desk.project, self.kind.first, id)).await?.as_ref().map(self.kind.read).transpose()
    }
}

impl<T: Clone + PartialEq, P: WritesTickets> Shelf<'_, T, P> {
    /// Saves a new one, under another short id if its own is taken. Returns it as it was saved.
    pub async fn add(&self, by: &By, mut new: T, receipt: Option<Receipt<'_, T>>) -> Result<T, StoreError> {
        for _ in 0..TRIES {
            let mut writes = vec![Write::put((self.kind.write)(self.desk.project, &new)).if_absent().guarding(Guard::AsRead)];
            writes.extend(receipt.map(|receipt| receipt.writes(&new, self.desk.now())).transpose()?.unwrap_or_default());
            writes.extend(self.desk.audited(by, (self.kind.audit)(None, Some(&new))));
            let written = self.desk.store.commit(writes).await;
            self.forget();
            let rejection = match written {
                Ok(()) => return Ok(new),
                Err(rejection) => rejection,
            };
            if rejection.met(Guard::Once).is_some() {
                return Err(StoreError::CarriedOut);
            }
            match rejection.met(Guard::AsRead) {
                // The answer to the first try was lost, and the second met what the first had saved.
                Some(Some(met)) if (self.kind.metadata)(&(self.kind.read)(&met)?).id == (self.kind.metadata)(&new).id => {
                    return Ok(new);
                }
                Some(_) => (self.kind.metadata_mut)(&mut new).short_id = ShortId::new(entropy()),
                None => return Err(rejection.into_error("a short id")),
            }
        }
        Err(StoreError::Contended("a short id"))
    }

    /// Saves what `change` makes of the one of this id. `change` gets it as it is, again for each lost race.
    pub async fn change<E: From<ChangeError> + From<StoreError>>(
        &self,
        by: &By,
        id: ShortId,
        change: impl Fn(T) -> Result<T, E>,
        receipt: Option<Receipt<'_, T>>,
    ) -> Result<T, E> {
        let write = |before: &T| {
            let mut after = change(before.clone())?;
            if after == *before {
                return Ok((after, None, None));
            }
            (self.kind.metadata_mut)(&mut after).version += 1;
            let put = Write::put((self.kind.write)(self.desk.project, &after));
            let entry = (self.kind.audit)(Some(before), Some(&after));
            Ok((after, Some(put), entry))
        };
        self.rewrite(by, id, write, receipt).await
    }

    /// Removes the one of this id, unless `allow` refuses.
    pub async fn remove<E: From<ChangeError> + From<StoreError>>(
        &self,
        by: &By,
        id: ShortId,
        allow: impl Fn(&T) -> Result<(), E>,
        receipt: Option<Receipt<'_, ()>>,
    ) -> Result<(), E> {
        let delete = |before: &T| {
            allow(before)?;
            let entry = (self.kind.audit)(Some(before), None);
            let gone = Write::delete(keys::saved(self.desk.project, self.kind.first, id)).or_gone();
            Ok(((), Some(gone), entry))
        };
        self.rewrite(by, id, delete, receipt).await
    }

    /// What this process remembers is not what is saved any more. A failure may hide a success.
    fn forget(&self) {
        self.desk.store.inner.views.forget(&self.desk.project.to_string());
    }

    /// Writes what `decide` makes of the one of this id, if it still is the version that was decided on. The answer of `receipt`
    /// is written with it, or kept by itself where there is nothing to write.
    async fn rewrite<R, E: From<ChangeError> + From<StoreError>>(
        &self,
        by: &By,
        id: ShortId,
        decide: impl Fn(&T) -> Result<(R, Option<Write>, Option<AuditEntry>), E>,
        receipt: Option<Receipt<'_, R>>,
    ) -> Result<R, E> {
        let mut patience = Patience::of_request();
        loop {
            let before = self.get(id).await?.ok_or(ChangeError::NotFound)?;
            let (result, write, entry) = decide(&before)?;
            let Some(write) = write else {
                self.desk.keep_answer(receipt, &result).await?;
                return Ok(result);
            };
            let version = (self.kind.metadata)(&before).version;
            let write = write.only_if(format!("{VERSION} = :before")).guarding(Guard::AsRead).number(":before", version);
            let mut writes = vec![write];
            writes.extend(self.desk.audited(by, entry));
            writes.extend(receipt.map(|receipt| receipt.writes(&result, self.desk.now())).transpose()?.unwrap_or_default());
            let written = self.desk.store.commit(writes).await;
            self.forget();
            match written {
                Ok(()) => return Ok(result),
                Err(rejection) if rejection.met(Guard::Once).is_some() => return Err(StoreError::CarriedOut.into()),
                Err(rejection) if rejection.met(Guard::AsRead).is_some() => {}
                Err(rejection) => return Err(rejection.into_error("what was saved").into()),
            }
            patience.again("what was saved").await?;
        }
    }
}
