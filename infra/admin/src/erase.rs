//! What a project keeps of one customer, for whoever asks to be forgotten.

use std::io::{self, Write};

use clap::Args;
use lambdesk_domain::ProjectId;
use lambdesk_store::{Customer, Store, Traces};

use crate::{Console, Failure, shown::Shown};

/// Delete what a project keeps of a customer. Without --yes it only says what that is.
///
/// Tickets with all that belongs to them, the person, and the rows of their mails. It says where raw mails lie, and what stays
/// elsewhere for how long.
#[derive(Debug, Args)]
pub(crate) struct EraseCustomer {
    /// The id of the project.
    #[arg(long, value_name = "ID")]
    project: u32,
    #[command(flatten)]
    who: Who,
    /// Delete it.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// The customer's distinct id, as your site gave it to posthog-js.
    #[arg(long, value_name = "ID")]
    distinct_id: Option<String>,
    /// The address that the customer gave, or wrote from. Anybody may have given it: look at what is found.
    #[arg(long)]
    email: Option<String>,
}

/// What the table can't remove. docs/admin.md says the same.
const STAYS: &str = "\
What stays elsewhere:
  events on the bus's archive, with what was written: EventArchiveDays, 7 unless you set it
  the table as it was, for point-in-time recovery: 35 days, and backups of your own
  dead letters: 14 days
  answers to requests with an Idempotency-Key, sealed: a day
  that a word was on a deleted ticket, by the word and the ticket's id: 7 days
  runs of workflows, by the ids of tickets: 30 days
  logs, by ids: LogRetentionDays, 30 unless you set it
  what they wrote on tickets of others, exports, and what rules of your own have copied: until you remove it";

impl EraseCustomer {
    pub(crate) async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        let Self { project, who, yes } = self;
        let project = ProjectId(project);
        if !store.founding().has_project(project).await? {
            return Err(Failure::refused(format!("this desk has no project {project}")));
        }
        let customer = match (who.distinct_id, who.email) {
            (Some(id), _) => Customer::DistinctId(id),
            (None, Some(email)) => Customer::with_address(&email),
            (None, None) => return Err(Failure::refused("--distinct-id or --email says who it is")),
        };
        let erasure = store.erasure(project);
        let traces = erasure.find(&customer).await?;
        let output = console.output;
        if traces.is_empty() {
            writeln!(output, "project {project} keeps nothing of this customer")?;
            return Ok(());
        }
        tell(&traces, output)?;
        if yes {
            erasure.erase(&traces).await?;
            writeln!(
                output,
                "All of it is deleted, but for raw mails and tickets of others. What belongs to the tickets follows within a minute."
            )?;
        } else {
            writeln!(output, "Nothing was deleted: --yes deletes it, but for raw mails and tickets of others.")?;
        }
        writeln!(output, "{STAYS}")?;
        Ok(())
    }
}

fn tell(traces: &Traces, output: &mut dyn Write) -> io::Result<()> {
    for (number, (id, distinct_id, proven)) in &traces.tickets {
        let proven = if *proven { "proven" } else { "not proven" };
        writeln!(output, "ticket {number}  {id}  {proven}  {}", Shown(distinct_id))?;
    }
    for (number, id) in &traces.tickets_of_others {
        writeln!(output, "ticket {number}  {id}  of somebody else, and stays: the customer wrote on it, or has copies of it")?;
    }
    for person in &traces.persons {
        writeln!(output, "person {}", Shown(person))?;
    }
    if traces.mails + traces.mail_ids > 0 {
        writeln!(output, "{} rows of mails, {} ids of mails", traces.mails, traces.mail_ids)?;
    }
    for raw in traces.raw_mails.iter().map(|raw| Shown(raw)) {
        writeln!(output, "raw mail {raw}  (400 days, or: aws s3 rm s3://<the stack's MailBucket>/{raw})")?;
    }
    Ok(())
}
