//! What a deleted ticket leaves behind: its files and mails in the bucket, and its items in the table.

use lambdesk_bucket::{Bucket, keys};
use lambdesk_store::{StoreError, TicketChange, Upkeep};

/// Why something of a deleted ticket is left. The purge runs again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPurged {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Files(#[from] lambdesk_bucket::Failure),
}

/// Removes all of it. A customer's words go first. May be interrupted and run again: what is in the bucket goes before the items
/// that tell of it.
pub(crate) async fn purge(upkeep: &Upkeep, files: Option<&Bucket>, gone: &TicketChange) -> Result<(), NotPurged> {
    let (project, ticket) = (gone.project, gone.ticket);
    loop {
        let part = upkeep.left_behind(project, ticket).await?;
        if let Some(files) = files {
            for mail in &part.mails {
                files.delete(mail).await?;
            }
        }
        let is_last = part.is_last;
        upkeep.remove(part).await?;
        if is_last {
            break;
        }
    }
    if let Some(files) = files {
        remove_all(files, &keys::of_ticket(project, ticket)).await?;
    }
    Ok(upkeep.drop_timer_of_deleted(project, gone.before.as_ref()).await?)
}

/// Removes every object whose key begins so. What is put there meanwhile is found by the next list.
async fn remove_all(files: &Bucket, prefix: &str) -> Result<(), lambdesk_bucket::Failure> {
    loop {
        let objects = files.list(prefix).await?;
        if objects.is_empty() {
            return Ok(());
        }
        for object in objects {
            files.delete(&object.key).await?;
        }
    }
}
