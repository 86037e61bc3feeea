//! What is published, and the entry that EventBridge gets of it.

use std::collections::HashMap;

use aws_sdk_eventbridge::{primitives::DateTime, types::PutEventsRequestEntry};
use lambdesk_domain::{ProjectId, UserId, actor::Stamp, events::Event, facts::Fact};
use lambdesk_store::Upkeep;
use serde_json::{Value, json};

/// The source of every public event.
const EVENTS: &str = "lambdesk";
/// The source of every fact.
const FACTS: &str = "lambdesk.facts";

/// An event or a fact, with the index of the record it came from.
pub(crate) struct Publication {
    pub(crate) place: usize,
    pub(crate) project: ProjectId,
    pub(crate) what: What,
}

/// What is published.
pub(crate) enum What {
    Event(Event),
    Fact(Fact),
}

impl Publication {
    /// The user who acted, if the event names one.
    fn user(&self) -> Option<UserId> {
        match &self.what {
            What::Event(Event { actor: Some(Stamp::User(user)), .. }) => Some(*user),
            What::Event(_) | What::Fact(_) => None,
        }
    }
}

/// The e-mail addresses of users, by project and user.
pub(crate) type Emails = HashMap<(ProjectId, UserId), String>;

/// An entry as it is sent, with the index of the record it came from.
pub(crate) struct Entry {
    pub(crate) place: usize,
    pub(crate) size: usize,
    pub(crate) request: PutEventsRequestEntry,
}

impl Entry {
    /// The entry for the bus of this name.
    pub(crate) fn new(publication: Publication, bus: &str, emails: &Emails) -> Self {
        let email = publication.user().and_then(|user| emails.get(&(publication.project, user)));
        let Publication { place, project, what } = publication;
        let request = PutEventsRequestEntry::builder().event_bus_name(bus);
        let (source, kind, detail, request) = match what {
            What::Event(event) => {
                let (seconds, nanos) = (event.at.seconds(), i128::from(event.at.micros()) * 1000);
                let time = DateTime::from_nanos(nanos).unwrap_or(DateTime::from_secs(seconds));
                (EVENTS, event.name.name(), detail(event, project, email), request.time(time))
            }
            What::Fact(fact) => (FACTS, fact.kind.name(), fact.detail(project), request),
        };
        let detail = detail.to_string();
        let size = detail.len() + source.len() + kind.len() + 64;
        Self { place, size, request: request.source(source).detail_type(kind).detail(detail).build() }
    }
}

/// The event as rules and targets see it.
fn detail(event: Event, project: ProjectId, email: Option<&String>) -> Value {
    let Event { id, name, mut distinct_id, actor, at, mut properties } = event;
    if actor.is_some() {
        properties.insert("actor_email".to_owned(), json!(email));
    }
    if let Some(email) = email {
        distinct_id.clone_from(email);
    }
    json!({
        "event": name.name(), "uuid": id, "project_id": project, "distinct_id": distinct_id, "timestamp": at,
        "properties": properties,
    })
}

/// The e-mail addresses of the users who acted. One that can't be looked up is left out: a late event is worse than an event
/// without it.
pub(crate) async fn emails(upkeep: &Upkeep, publications: &[Publication]) -> Emails {
    let mut emails = Emails::new();
    for publication in publications {
        let (project, Some(user)) = (publication.project, publication.user()) else { continue };
        if emails.contains_key(&(project, user)) {
            continue;
        }
        if let Ok(Some(directory)) = upkeep.directory(project).await
            && let Some(member) = directory.member(user)
        {
            emails.insert((project, user), member.email.clone());
        }
    }
    emails
}
