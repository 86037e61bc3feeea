//! What the stream's changes are folded into, as a reader of tickets asks for it: totals, tags and people. Each follows a
//! change within a moment.

use std::collections::HashMap;

use lambdesk_domain::{
    assignee::Assignee,
    permission::ReadsTickets,
    person::Person,
    totals::{Counts, Totals},
};

use crate::{Desk, TagCounts, error::StoreError};

impl<P: ReadsTickets> Desk<P> {
    /// The project's totals, which follow a change within a second or so. One eventually consistent read.
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        self.room().totals().await
    }

    /// The counts of the tickets of these assignees together. One eventually consistent read for each, all at once.
    pub async fn totals_of(&self, assignees: &[Assignee]) -> Result<Counts, StoreError> {
        self.room().totals_of(assignees).await
    }

    /// The tags that tickets carry and that begin so, as far as one call reads (about 1 MB). They follow a change within a
    /// moment.
    pub async fn tags(&self, beginning: &str) -> Result<TagCounts, StoreError> {
        self.room().tags(beginning).await
    }

    /// The people of these distinct ids, by distinct id, as they were a moment ago. A customer who proved nothing is missing.
    /// Half a read unit for each.
    pub async fn persons(&self, distinct_ids: impl IntoIterator<Item = &str>) -> Result<HashMap<String, Person>, StoreError> {
        self.room().persons(distinct_ids).await
    }
}
