//! Mail that arrives on this machine. What comes by SMTP, by the drop folder and by upload ends here: the mail is kept as the
//! receiving service keeps it, and the function that takes in mail is invoked with what the service would have said.

pub(crate) mod daily;
pub(crate) mod folder;
pub(crate) mod smtp;
mod verdicts;

use std::{io, path::PathBuf, sync::Arc};

use lambdesk_bucket::Bucket;
use lambdesk_domain::Timestamp;
use lambdesk_mail::letter::Letter;
use lambdesk_mailroom::{Failure, Mailroom, Sweep, Swept};
use lambdesk_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::own;

pub(crate) use verdicts::{Verdicts, is_for_tests};

/// The domain of the desk's addresses, unless another one is named.
pub(crate) const DOMAIN: &str = "desk.test";
/// The largest mail that is taken.
pub(crate) const LARGEST: usize = 40_000_000;
/// The folder in which mails are kept.
const INBOUND: &str = "inbound";
/// The folder whose mails are taken in.
const DROP: &str = "in";
/// How often an event is tried.
const TRIES: u32 = 3;

/// What stands in for the receiving service.
#[derive(Clone)]
pub(crate) struct Service(Arc<Inner>);

struct Inner {
    mailroom: Mailroom,
    store: Store,
    directory: PathBuf,
    domain: String,
}

/// A mail with its envelope.
pub(crate) struct Sent {
    /// The envelope's sender; empty for a bounce.
    pub(crate) from: String,
    /// The envelope's recipients.
    pub(crate) to: Vec<String>,
    pub(crate) raw: Vec<u8>,
    /// What the service shall have found; the mail itself may say so too.
    pub(crate) verdicts: Verdicts,
}

impl Service {
    /// A service that keeps its mails in this directory of the desk.
    pub(crate) fn open(directory: PathBuf, store: Store, files: Bucket, domain: String) -> io::Result<Self> {
        own::directory(&directory)?;
        own::directory(&directory.join(INBOUND))?;
        own::directory(&directory.join(DROP))?;
        let mailroom = Mailroom { store: store.mailroom(), mail_domain: domain.clone(), files };
        Ok(Self(Arc::new(Inner { mailroom, store, directory, domain })))
    }

    /// The domain of the desk's addresses.
    pub(crate) fn domain(&self) -> &str {
        &self.0.domain
    }

    /// The time.
    fn now(&self) -> Timestamp {
        self.0.store.now()
    }

    fn drop_folder(&self) -> PathBuf {
        self.0.directory.join(DROP)
    }

    /// Takes a mail: keeps it, and has it taken in. Returns its id.
    pub(crate) async fn take(&self, sent: Sent) -> io::Result<String> {
        let id = Uuid::new_v4().simple().to_string();
        let event = self.keep(&id, sent)?;
        self.0.mailroom.handle(event).await.map_err(io::Error::other)?;
        Ok(id)
    }

    /// Keeps a mail, and says what the service would say of it. A mail may be large, so nothing of it stays in memory.
    fn keep(&self, id: &str, sent: Sent) -> io::Result<Value> {
        let Sent { from, to, raw, verdicts } = sent;
        let letter = Letter::read(&raw);
        let verdicts = verdicts.or_said_by(&letter).or_usual(&letter);
        let domain = letter.from.first().map(|from| from.address.domain().to_owned()).unwrap_or_default();
        let subject = letter.subject.clone();
        drop(letter);
        let mut kept = verdicts.fields(&from, &to, &domain, id).into_bytes();
        kept.extend(&raw);
        own::keep(&self.0.directory.join(INBOUND).join(id), &kept)?;
        let at = self.0.store.now();
        let receipt = verdicts.receipt(at, &to);
        let mail = json!({
            "timestamp": at, "source": from, "messageId": id, "destination": to, "commonHeaders": {"subject": subject},
        });
        let ses = json!({"mail": mail, "receipt": receipt});
        Ok(json!({"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": ses}]}))
    }

    /// Hands an event to the function, and tries as often as Lambda does. What it can't take then is told in the log.
    pub(crate) async fn hand_over(&self, event: Value) {
        for _ in 0..TRIES {
            match Box::pin(self.0.mailroom.handle(event.clone())).await {
                Ok(()) => return,
                Err(error) => tracing::error!(%error, "the function that takes in mail has failed"),
            }
        }
    }

    /// Takes in what nobody told the function of.
    pub(crate) async fn sweep(&self, sweep: Sweep) -> Result<Swept, Failure> {
        Box::pin(self.0.mailroom.sweep(sweep)).await
    }
}
