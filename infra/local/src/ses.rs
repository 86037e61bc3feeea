//! The sending service of this machine: an endpoint that speaks SES's API as far as `SendEmail` with a raw mail and questions about
//! domains, and an outbox that keeps what was sent. It tells on the account's own bus what became of each mail, as SES does.

mod endpoint;
mod faults;
mod identities;
mod outbox;
mod report;
mod smarthost;

use std::{
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use lambdesk_domain::ProjectId;
use lambdesk_store::Store;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

use crate::{bus::Teller, mail::Service};

pub use faults::Fault;
pub use outbox::Kept;
pub(crate) use report::Event;

use faults::Faults;
use identities::Domains;
use outbox::Outbox;

/// What stands in for SES as far as it sends.
#[derive(Clone)]
pub struct Ses(Arc<Inner>);

struct Inner {
    outbox: Outbox,
    teller: Teller,
    store: Store,
    faults: Faults,
    domains: Domains,
    /// A real mail server that gets the mails too, as `host:port`.
    smarthost: Option<String>,
    /// Where answers of the simulator's machines arrive.
    inbound: OnceLock<Service>,
}

/// A mail as it is handed over.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The envelope's sender.
    pub from: String,
    /// Everybody who gets it.
    pub recipients: Vec<String>,
    /// The mail itself.
    pub raw: Vec<u8>,
    /// The tags, with their values.
    pub tags: Vec<(String, String)>,
    /// The configuration set.
    pub configuration_set: Option<String>,
}

impl Outgoing {
    /// The value of a tag.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Ses {
    /// A service that keeps what it sends in this directory.
    pub(crate) fn open(directory: PathBuf, teller: Teller, store: Store, smarthost: Option<String>) -> io::Result<Self> {
        let outbox = Outbox::open(directory)?;
        let (faults, domains, inbound) = (Faults::default(), Domains::default(), OnceLock::new());
        Ok(Self(Arc::new(Inner { outbox, teller, store, faults, domains, smarthost, inbound })))
    }

    /// Serves the API on a free loopback port until the desk stops, and returns the endpoint's URL.
    pub(crate) async fn serve(&self, mut stopped: watch::Receiver<bool>) -> io::Result<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let routes = endpoint::routes(self.clone()).merge(identities::routes(self.0.domains.clone()));
        let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        });
        tokio::spawn(async {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the sending service ended");
            }
        });
        Ok(url)
    }

    /// From now on, what the simulator's machines answer arrives there.
    pub(crate) fn answers_to(&self, service: Service) {
        let _ = self.0.inbound.set(service);
    }

    /// From now on, each mail meets the fault that `injector` returns for it.
    pub fn inject(&self, injector: impl Fn(&Outgoing) -> Option<Fault> + Send + Sync + 'static) {
        self.0.faults.set(Some(Box::new(injector)));
    }

    /// From now on, no fault is injected.
    pub fn heal(&self) {
        self.0.faults.set(None);
    }

    /// Makes a domain known, as other software of the account does, with these tags.
    pub fn make_domain(&self, domain: &str, tags: Value) {
        self.0.domains.make(domain, tags);
    }

    /// Whether a domain is known.
    pub fn knows_domain(&self, domain: &str) -> bool {
        self.0.domains.knows(domain)
    }

    /// From now on, no domain can be forgotten, or any can again.
    pub fn stick_domains(&self, is_stuck: bool) {
        self.0.domains.stick(is_stuck);
    }

    /// The mails that were sent for a project, oldest first; for all projects if that is `None`.
    pub fn outbox(&self, project: Option<ProjectId>) -> io::Result<Vec<Kept>> {
        let mut kept = self.0.outbox.all()?;
        kept.retain(|kept| project.is_none_or(|project| kept.project_id == Some(project)));
        Ok(kept)
    }

    /// The mail of this id as its recipients get it.
    pub(crate) fn raw(&self, id: &str) -> io::Result<Option<Vec<u8>>> {
        self.0.outbox.raw(id)
    }

    /// Takes a mail: keeps it, and returns its id.
    async fn take(&self, mail: &Outgoing, is_told: bool) -> io::Result<String> {
        let at = self.0.store.now();
        let kept = self.0.outbox.keep(mail, at)?;
        if let Some(server) = &self.0.smarthost {
            let raw = self.0.outbox.raw(&kept.id)?.unwrap_or_default();
            // What the desk sends does not depend on it.
            if let Err(error) = smarthost::hand_on(server, mail, &raw).await {
                tracing::error!(%error, server, "a mail was not handed on");
            }
        }
        if is_told {
            self.tell_all(&kept).await?;
        }
        Ok(kept.id)
    }

    /// Tells at once what becomes of a mail.
    async fn tell_all(&self, kept: &Kept) -> io::Result<()> {
        let at = self.0.store.now();
        self.0.teller.tell(report::first(kept, at)).await?;
        for address in kept.recipients.iter().filter(|address| report::is_answered(address)) {
            if let Some(service) = self.0.inbound.get() {
                let raw = self.0.outbox.raw(&kept.id)?.unwrap_or_default();
                service.take(report::out_of_office(address, &kept.from, &raw)).await?;
            }
        }
        Ok(())
    }

    /// Tells what became of a mail, of all its recipients or of one; false if there is no such mail.
    pub(crate) async fn report(&self, id: &str, event: Event, recipient: Option<&str>) -> io::Result<bool> {
        let Some(kept) = self.0.outbox.all()?.into_iter().find(|kept| kept.id == id) else { return Ok(false) };
        let recipients: Vec<_> = recipient.map_or_else(|| kept.recipients.clone(), |one| vec![one.to_owned()]);
        let told: Vec<Value> = vec![report::event(&kept, event, &recipients, self.0.store.now())];
        self.0.teller.tell(told).await?;
        Ok(true)
    }
}
