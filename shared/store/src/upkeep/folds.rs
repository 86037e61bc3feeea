//! The list of the folds, and how all of them run over what the stream says. A new fold is a file that implements [`Fold`], and
//! an entry in [`FOLDS`].

use futures_util::future::{BoxFuture, join_all};

use crate::{
    Store, Upkeep,
    error::StoreError,
    upkeep::{
        fold::{Counted, Fold, ProjectRecords},
        persons::PersonsFold,
        tags::TagsFold,
        totals::TotalsFold,
        words::WordsFold,
    },
};

/// The folds. They share nothing, and run at the same time.
static FOLDS: [&dyn AnyFold; 4] = [&TotalsFold, &TagsFold, &WordsFold, &PersonsFold];

/// A fold as the list holds it, whatever its entries are.
trait AnyFold: Sync {
    /// The fold's name.
    fn name(&self) -> &'static str;

    /// Folds what records say.
    fn run<'a>(&'a self, store: &'a Store, records: &'a ProjectRecords) -> BoxFuture<'a, Result<(), StoreError>>;

    /// The fold as one that counts.
    fn counted(&self) -> Option<&dyn Counted>;
}

impl<F: Fold> AnyFold for F {
    fn name(&self) -> &'static str {
        F::NAME
    }

    fn run<'a>(&'a self, store: &'a Store, records: &'a ProjectRecords) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(store.fold::<F>(records.project, F::entries(records)))
    }

    fn counted(&self) -> Option<&dyn Counted> {
        Fold::counted(self)
    }
}

/// The folds that count.
pub(crate) fn counting() -> impl Iterator<Item = &'static dyn Counted> {
    FOLDS.iter().filter_map(|fold| fold.counted())
}

impl Upkeep {
    /// Runs every fold over what records of one project say. Doing it again, in another order, or with changes left out that
    /// were followed by others, comes to the same. All folds run to their end. Returns those that failed, by name.
    pub async fn fold(&self, records: &ProjectRecords) -> Vec<(&'static str, StoreError)> {
        let run = |fold: &'static dyn AnyFold| async move { (fold.name(), fold.run(&self.store, records).await) };
        join_all(FOLDS.into_iter().map(run)).await.into_iter().filter_map(|(name, done)| Some((name, done.err()?))).collect()
    }
}
