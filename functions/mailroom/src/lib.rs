//! Takes in mail: from a raw mail, its envelope and what the receiving service found, to one transaction (docs/mail.md).
//!
//! The service hands a mail over at least once. Whatever becomes of it is written together with two records: that this hand-over
//! is done, and that the project has this mail. So a mail that is handed over twice, or sent twice, is written once.
//!
//! The function also hears from the API that a mail is to be taken in once more, and from a schedule to look once a day for
//! mails that nobody told it of.

mod again;
mod arrival;
mod draft;
mod files;
mod letters;
mod project;
mod rate;
mod settle;
mod sweep;

use std::collections::BTreeMap;

use lambdesk_bucket::Bucket;
use lambdesk_domain::{
    ProjectId,
    mail::{MailReason, Mailbox},
};
use lambdesk_mail::address::{Address, recipient::Recipient};
use lambdesk_store::StoreError;
use serde_json::Value;

pub use again::Again;
use arrival::Arrival;
use project::{AtProject, Turn};
pub use sweep::{Sweep, Swept};

/// The function that takes in mail.
#[derive(Clone)]
pub struct Mailroom {
    /// The handle on the desks of projects.
    pub store: lambdesk_store::Mailroom,
    /// The domain of the desk's addresses.
    pub mail_domain: String,
    /// Where the mails themselves are, and what belongs to tickets.
    pub files: Bucket,
}

/// The largest mail that the service takes, with some room.
const LARGEST: usize = 45_000_000;

/// Why a mail was not taken in. It may be handed over again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What the service says of it can't be read.
    #[error("the event can't be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A mail of a list is not there any more.
    #[error("the mail {0} is not in the bucket")]
    NoMail(String),
    /// The bucket fails.
    #[error(transparent)]
    Files(#[from] lambdesk_bucket::Failure),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A ticket could not be told that a mail bounced.
    #[error("a bounce could not be told: {0}")]
    Untold(String),
    /// The project is gone, though it has addresses.
    #[error("project {0} has addresses and does not exist")]
    NoProject(ProjectId),
}

/// The recipients of a mail in one project.
type Recipients = Vec<(Address, Recipient)>;

impl Mailroom {
    /// Takes in the mails of an event, as SES invokes the function; or one once more, as the API does; or those that were missed,
    /// as the schedule does.
    pub async fn handle(&self, mut event: Value) -> Result<(), Failure> {
        if let Some(again) = event.get_mut("again") {
            return self.again(&serde_json::from_value(again.take())?).await;
        }
        if let Some(sweep) = event.get_mut("sweep") {
            return self.sweep(serde_json::from_value(sweep.take())?).await.map(|_| ());
        }
        for arrival in arrival::read(event)? {
            self.take(&arrival).await?;
        }
        Ok(())
    }

    /// One mail to two projects is two; to two addresses of one project it is one.
    async fn take(&self, arrival: &Arrival) -> Result<(), Failure> {
        let projects = self.projects(arrival).await?;
        if projects.is_empty() {
            return Ok(self.store.note(&arrival.ignored(MailReason::NoSuchAddress)).await?);
        }
        let is_shared = projects.len() > 1;
        for (project, (mailbox, recipients)) in projects {
            let turn = Turn::default();
            if !self.store.desk(project).has_taken(arrival.at, &arrival.id, turn.number).await? {
                let at_project = AtProject { is_shared, ..AtProject::new(self, (project, mailbox, recipients), arrival, turn) };
                Box::pin(at_project.take()).await?;
            }
        }
        Ok(())
    }

    /// A mail as it came; `None` if it is not there, and will not be.
    async fn mail(&self, arrival: &Arrival) -> Result<Option<bytes::Bytes>, Failure> {
        Ok(self.files.get(&arrival.raw(), LARGEST).await?)
    }

    /// The projects whose mail it is. A project without addresses takes none, whatever a mail's token says.
    async fn projects(&self, arrival: &Arrival) -> Result<BTreeMap<ProjectId, (Mailbox, Recipients)>, StoreError> {
        let mut projects: BTreeMap<ProjectId, Recipients> = BTreeMap::new();
        for address in &arrival.recipients {
            let Some(recipient) = Recipient::of(address, &self.mail_domain) else { continue };
            let project = match (&recipient, recipient.name()) {
                (Recipient::Reply(token), _) => Some(token.project()),
                (_, Some(name)) => self.store.project_of(&name).await?,
                (_, None) => None,
            };
            if let Some(project) = project {
                projects.entry(project).or_default().push((address.clone(), recipient));
            }
        }
        let mut open = BTreeMap::new();
        for (project, recipients) in projects {
            let mailbox = self.store.desk(project).mailbox().await?;
            if !mailbox.addresses.is_empty() {
                open.insert(project, (mailbox, recipients));
            }
        }
        Ok(open)
    }
}
