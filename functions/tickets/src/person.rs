//! The customers of tickets who have proven who they are.

use std::collections::{BTreeMap, HashMap};

use lambdesk_domain::{ProjectId, Ticket, Timestamp, permission::ReadsTickets, person::Person};
use lambdesk_http::Agent;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A customer who has proven who they are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PersonBody {
    id: Uuid,
    /// Their name, else their e-mail, else their distinct id.
    name: String,
    distinct_ids: Vec<String>,
    /// The traits that they sent together with a proof of identity.
    #[schema(value_type = Object)]
    properties: BTreeMap<String, Value>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    is_identified: bool,
}

impl PersonBody {
    fn new(person: &Person, project: ProjectId) -> Self {
        let Person { distinct_ids, properties, created_at } = person;
        Self {
            id: person.id(project),
            name: person.name().to_owned(),
            distinct_ids: distinct_ids.clone(),
            properties: properties.iter().map(|(key, (_, value))| (key.clone(), value.clone())).collect(),
            created_at: *created_at,
            is_identified: true,
        }
    }
}

/// The persons among the customers of some tickets, by distinct id.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(HashMap<String, PersonBody>);

impl People {
    /// Reads the persons in one batch, if the project has any. If they can't be read, the error is logged and there are none:
    /// the tickets are shown all the same.
    pub(crate) async fn of<P: ReadsTickets>(agent: &Agent<P>, distinct_ids: impl IntoIterator<Item = &str>) -> Self {
        if !agent.directory.has_persons {
            return Self::default();
        }
        match agent.desk.persons(distinct_ids).await {
            Ok(persons) => {
                let body = |person| PersonBody::new(person, agent.desk.project());
                Self(persons.iter().map(|(distinct_id, person)| (distinct_id.clone(), body(person))).collect())
            }
            Err(error) => {
                tracing::warn!(%error, "who customers are could not be read");
                Self::default()
            }
        }
    }

    /// The persons of these tickets.
    pub(crate) async fn of_tickets<P: ReadsTickets>(agent: &Agent<P>, tickets: &[Ticket]) -> Self {
        Self::of(agent, tickets.iter().map(|ticket| ticket.distinct_id.as_str())).await
    }

    /// The person with a ticket's distinct id.
    pub(crate) fn person(&self, ticket: &Ticket) -> Option<PersonBody> {
        self.0.get(&ticket.distinct_id).cloned()
    }
}
