//! The data that the desk has before a measurement, and the job of each client.

use std::{net::SocketAddr, time::Duration};

use aws_sdk_dynamodb::Client;
use clap::ValueEnum;
use lambdesk_domain::{
    ProjectId, TicketId, Timestamp, UserId,
    create::Draft,
    message::{Author, Content},
    permission::WriteTickets,
    project::{Member, Rights},
    scope::Access,
    settings::Settings,
    ticket::{ChannelDetail, Fields, Origin, Status},
    traits::Object,
};
use lambdesk_store::{Connection, ProjectSeed, Store};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    Failure,
    desk::Desk,
    front::{self, Front},
    load::{Caller, Side},
    raw::{Model, Raw},
};

/// The key of the seeded agent, who is a member of every project here.
pub(crate) const AGENT_KEY: &str = "phx_local";
/// The table's name in the local stack.
pub(crate) const TABLE: &str = "desk";
/// How many tickets or messages a page has.
pub(crate) const PAGE: usize = 50;
/// How many tickets of each status are in the listed inbox.
const INBOX: [(Status, usize); 5] =
    [(Status::New, 250), (Status::Open, 300), (Status::Pending, 200), (Status::OnHold, 100), (Status::Resolved, 350)];
/// How often one visitor calls. The desk allows 30 calls a minute.
const CALLS: u32 = 25;
/// How many visitors a project has. With more projects, fewer visitors share one.
const VISITORS: usize = 100;
/// The rates that there are enough customers for. A faster client ends its measurement early.
const POLLS_PER_SECOND: f64 = 9_000.0;
const APPENDS_PER_SECOND: f64 = 3_000.0;

/// How often [`World::quiet`] waits ten seconds for the desk.
const DRAINS: u32 = 30;

/// The operations that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    /// A visitor opens a ticket with a first message.
    Create,
    /// A visitor adds a message to a ticket.
    Append,
    /// A visitor asks for new messages, and there are none.
    Poll,
    /// An agent lists the first 50 tickets of an inbox.
    List,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Create, Self::Append, Self::Poll, Self::List];
}

/// A project, its widget's token, and the one that posthog.init has.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: ProjectId,
    pub(crate) token: String,
    pub(crate) page_token: String,
}

/// A visitor with a ticket.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub(crate) project: ProjectId,
    pub(crate) token: String,
    pub(crate) ticket: TicketId,
    pub(crate) session: String,
    /// The time of the last message.
    pub(crate) last: Timestamp,
}

/// Customers that one client plays, one after the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seats {
    customers: Vec<Customer>,
    calls: u32,
}

impl Seats {
    /// The customer that calls next, and how many calls of this client came before; `None` once every customer has called as
    /// often as allowed.
    pub(crate) fn next(&mut self) -> Option<(&Customer, u32)> {
        let calls = self.calls;
        self.calls += 1;
        self.customers.get(usize::try_from(calls / CALLS).ok()?).map(|customer| (customer, calls))
    }
}

/// The job of one client, over HTTP or raw.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    /// Opens tickets in a project of its own; `next` is how many it has opened.
    Create {
        project: Project,
        next: u32,
    },
    Append(Seats),
    Poll(Seats),
    List {
        project: Project,
    },
}

/// The cost of an operation, as DynamoDB reports it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Cost {
    pub(crate) calls: f64,
    pub(crate) read_units: f64,
    pub(crate) write_units: f64,
}

impl Cost {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            read_units: self.read_units + other.read_units,
            write_units: self.write_units + other.write_units,
        }
    }
}

/// The desk under load, seen from both sides.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
    pub(crate) model: Model,
    pub(crate) store: Store,
    next_project: u32,
    inbox: Option<Project>,
}

impl World {
    pub(crate) async fn new(desk: &mut Desk) -> Result<Self, Failure> {
        let connection = Connection::local(TABLE, desk.dynamodb()?);
        let client = connection.client();
        let store = Store::new(client.clone(), TABLE);
        let seeded = Project { id: ProjectId(1), token: "wgt_local".to_owned(), page_token: "phc_local".to_owned() };
        let customer = tickets(&store, &seeded, &[(Status::New, 1)]).await?.remove(0);
        let model = Model::of(&client, &customer).await?;
        Ok(Self { address: desk.address, client, model, store, next_project: 1000, inbox: None })
    }

    /// A job for each client, long enough for `span`.
    pub(crate) async fn jobs(&mut self, operation: Operation, clients: usize, span: Duration) -> Result<Vec<Job>, Failure> {
        let calls = |rate: f64| (rate * span.as_secs_f64()) as usize / usize::try_from(CALLS).unwrap_or(1) + clients;
        Ok(match operation {
            Operation::Create => {
                let projects = self.projects(clients).await?;
                projects.into_iter().map(|project| Job::Create { project, next: 0 }).collect()
            }
            Operation::Append => self.seats(clients, calls(APPENDS_PER_SECOND)).await?.into_iter().map(Job::Append).collect(),
            Operation::Poll => self.seats(clients, calls(POLLS_PER_SECOND)).await?.into_iter().map(Job::Poll).collect(),
            Operation::List => {
                let project = self.inbox().await?;
                vec![Job::List { project }; clients]
            }
        })
    }

    /// Waits until the desk has nothing left to do.
    pub(crate) async fn quiet(&self) -> Result<(), Failure> {
        let address = self.address;
        for _ in 0..DRAINS {
            if tokio::task::spawn_blocking(move || front::drain(address)).await?? {
                return Ok(());
            }
        }
        Err("the desk does not come to rest".into())
    }

    /// Prints whether both sides cost the same. The raw calls are written by hand, and those of the product may have changed.
    pub(crate) async fn compare(&mut self) -> Result<(), Failure> {
        for operation in Operation::ALL {
            let jobs = self.jobs(operation, 2, Duration::ZERO).await?;
            let [front, raw] = <[Job; 2]>::try_from(jobs).map_err(|_| "two clients have two jobs")?;
            let (mut front, mut raw) = (Front::new(self, front).await?, Raw::new(self, raw).await?);
            // The first request of each side also reads credentials and the like.
            front.step().await?;
            raw.step().await?;
            self.quiet().await?;
            let (front, raw) = (front.costs().await?, raw.costs().await?.unwrap_or_default());
            let Cost { calls, read_units, write_units } = front;
            println!("{operation:?}: {calls} calls, {read_units} read units, {write_units} write units");
            if front != raw {
                println!("  but the raw side: {raw:?}");
            }
        }
        Ok(())
    }

    /// Makes new projects.
    pub(crate) async fn projects(&mut self, count: usize) -> Result<Vec<Project>, Failure> {
        let mut projects = Vec::with_capacity(count);
        for _ in 0..count {
            let id = ProjectId(self.next_project);
            self.next_project += 1;
            let rights = Rights::new(Access::Admin);
            let owner = Member { id: UserId(1), email: "agent@example.com".to_owned(), first_name: "Agent".to_owned(), rights };
            let seed = ProjectSeed { id: Some(id), name: "Bench".to_owned(), owner, tokens: None, settings: Settings::default() };
            let made = self.store.founding().create_project(seed).await?;
            projects.push(Project { id, token: made.widget_public_token, page_token: made.api_token });
        }
        Ok(projects)
    }

    /// Makes new customers, and divides them among the clients.
    async fn seats(&mut self, clients: usize, count: usize) -> Result<Vec<Seats>, Failure> {
        let mut tasks = JoinSet::new();
        for project in self.projects(count.div_ceil(VISITORS)).await? {
            let store = self.store.clone();
            tasks.spawn(async move { tickets(&store, &project, &[(Status::New, VISITORS)]).await });
        }
        let mut customers = Vec::with_capacity(count);
        while let Some(opened) = tasks.join_next().await {
            customers.extend(opened??);
        }
        Ok(divided(customers, clients))
    }

    /// The jobs of clients that poll as `rate` customers' calls a second for `span`, all of one new project.
    pub(crate) async fn polls_of_one(&mut self, clients: usize, rate: u32, span: Duration) -> Result<Vec<Job>, Failure> {
        let project = self.projects(1).await?.remove(0);
        let calls = f64::from(rate) * span.as_secs_f64();
        let customers = tickets(&self.store, &project, &[(Status::New, (calls / f64::from(CALLS)) as usize + clients)]).await?;
        Ok(divided(customers, clients).into_iter().map(Job::Poll).collect())
    }

    async fn inbox(&mut self) -> Result<Project, Failure> {
        if let Some(project) = &self.inbox {
            return Ok(project.clone());
        }
        let project = self.projects(1).await?.remove(0);
        tickets(&self.store, &project, &INBOX).await?;
        Ok(self.inbox.insert(project).clone())
    }
}

/// The customers, divided among the clients that play them.
fn divided(customers: Vec<Customer>, clients: usize) -> Vec<Seats> {
    let mut seats = vec![Seats::default(); clients];
    for (place, customer) in customers.into_iter().enumerate() {
        seats[place % clients].customers.push(customer);
    }
    seats
}

/// Opens tickets as the widget would, with a count for each status.
pub(crate) async fn tickets(store: &Store, project: &Project, wanted: &[(Status, usize)]) -> Result<Vec<Customer>, Failure> {
    let mut customers = Vec::new();
    for (status, count) in wanted {
        for place in 0..*count {
            let session = Uuid::new_v4().to_string();
            let text = text(u32::try_from(place)?);
            let posted = store.unchecked::<WriteTickets>(project.id).create(draft(&session, *status, &text)?, None).await?;
            let last = posted.message.ok_or("a ticket without its message")?.created_at;
            let (token, ticket) = (project.token.clone(), posted.ticket.id);
            customers.push(Customer { project: project.id, token, ticket, session, last });
        }
    }
    Ok(customers)
}

/// The ticket that the widget's function makes of the request in [`front`].
fn draft(session: &str, status: Status, text: &str) -> Result<Draft, Failure> {
    Ok(Draft {
        origin: Origin::Widget { session: Some(session.to_owned()), detail: Some(ChannelDetail::WidgetApi) },
        distinct_id: session.to_owned(),
        identity_verified: Some(false),
        fields: Fields {
            status,
            anonymous_traits: object(json!({"name": "Ada Lovelace", "email": "ada@example.com"})),
            ..Fields::default()
        },
        session_id: Some(session.to_owned()),
        session_context: object(json!({
            "session_replay_url": format!("https://desk.example/project/phc_bench/replay/{session}?t=30"),
            "current_url": "https://shop.example/basket?step=2",
        })),
        message: Some((Author::Customer, Content::from_customer(text)?)),
        follows_up: None,
        mail: None,
    })
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// The text of a customer's message: 160 characters, different each time.
pub(crate) fn text(place: u32) -> String {
    format!(
        "Message {place:>6}: the parcel that I ordered last week has not arrived, and the tracking page has shown the same \
         place for three days. Can you tell me where it is?"
    )
}
