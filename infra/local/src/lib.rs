//! The whole desk in one process: the HTTP front, an embedded DynamoDB, and what follows its stream up to the workflows
//! (contract/local.md).
//!
//! The functions are the ones that run on AWS, as libraries; they reach the embedded database with the ordinary SDK over
//! loopback and can't tell the difference.

pub mod bus;
mod database;
mod front;
mod own;
mod pipeline;
mod roles;
mod seed;
pub mod stream;
mod template;
mod ticker;

use std::{fmt::Display, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use lambdesk_clock::Clock;
use lambdesk_domain::Timestamp;
use lambdesk_http::{Context, origin::PublicUrl};
use lambdesk_store::{Connection, Store, schema};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use front::openapi;

use crate::{
    database::Database,
    pipeline::Pipeline,
    roles::{Acting, Roles},
    ticker::Ticker,
};

/// How the desk is started.
#[derive(Clone, Default)]
pub struct Options {
    /// The port of the HTTP front; 0 takes any that is free.
    pub port: u16,
    /// Where everything is kept; `None` keeps nothing.
    pub data: Option<PathBuf>,
    /// The address that links begin with; the one it listens on if it is `None`.
    pub public: Option<PublicUrl>,
    /// Files served under `/static/`.
    pub assets: Option<PathBuf>,
    /// How often the clock runs; `None` runs it only when it is asked to.
    pub tick: Option<Duration>,
    /// What tells the time, so that a test need not wait for a day to pass; the system's clock if it is `None`.
    pub time: Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>,
    /// Another DynamoDB than the embedded one, to check the functions against. Its stream is not followed, so that totals
    /// stay as they are, and no workflow runs.
    pub elsewhere: Option<Connection>,
}

/// How long requests under way may take to finish when the desk stops.
const GRACE: Duration = Duration::from_secs(10);

/// A desk that runs.
pub struct Running {
    /// Where it answers HTTP.
    pub address: SocketAddr,
    /// Its table, for tests and benchmarks that look behind the front.
    pub store: Store,
    /// How its DynamoDB is reached.
    pub dynamodb: Connection,
    stop: watch::Sender<bool>,
    front: JoinHandle<()>,
    pipeline: Option<Arc<Pipeline>>,
    ticker: Arc<Ticker>,
    database: Option<Database>,
}

impl Running {
    /// Where EventBridge and SQS are served, unless the database is elsewhere.
    pub fn bus_endpoint(&self) -> Option<&str> {
        self.pipeline.as_deref().map(Pipeline::endpoint)
    }

    /// The bus itself, for tests that make it fail; none if the database is elsewhere.
    pub fn bus(&self) -> Option<&bus::Bus> {
        self.pipeline.as_deref().map(Pipeline::bus)
    }

    /// The queue of what may set off workflows, unless the database is elsewhere.
    pub fn workflow_queue(&self) -> Option<bus::Queue> {
        self.pipeline.as_deref().map(|pipeline| pipeline.workflows().clone())
    }

    /// Finishes what is under way and closes the database.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(GRACE, self.front).await;
        self.ticker.stop().await;
        if let Some(pipeline) = self.pipeline {
            pipeline.stop().await;
        }
        if let Some(database) = self.database {
            database.stop().await;
        }
    }
}

/// The error with what it is about, which the system's own words leave out.
fn about(what: &str, error: impl Display) -> io::Error {
    io::Error::other(format!("{what}: {error}"))
}

/// Starts the desk; once this returns, it answers.
pub async fn start(options: Options) -> io::Result<Running> {
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await;
    let listener = listener.map_err(|error| about(&format!("port {}", options.port), error))?;
    let address = listener.local_addr()?;
    let database = match options.elsewhere {
        None => Some(Database::open(options.data.clone())?),
        Some(_) => None,
    };
    let connection = options.elsewhere.or_else(|| database.as_ref().map(Database::connection));
    let connection = connection.ok_or_else(|| io::Error::other("no database"))?;
    let client = connection.client();
    let store = match options.time {
        Some(time) => Store::with_clock(client.clone(), &connection.table, move || time()),
        None => Store::new(client.clone(), &connection.table),
    };
    schema::create_table(&client, &connection.table).await.map_err(io::Error::other)?;
    seed::ensure(&store).await.map_err(io::Error::other)?;
    let acting = Acting { roles: Roles::read(template::TEXT)?, store: &store, client: &client };
    let pipeline = match &database {
        Some(database) => Some(Arc::new(Pipeline::start(database, &acting, options.data).await?)),
        None => None,
    };
    let ticker = Arc::new(Ticker::start(Clock { store: acting.store("ClockFunction")? }, options.tick));
    let (stop, stopped) = watch::channel(false);
    let routes = front::routes(&Context::new(store.clone()), &acting, pipeline.clone(), ticker.clone(), options.assets)?;
    let public = match options.public {
        Some(public) => public,
        None => format!("http://{address}").parse().map_err(io::Error::other)?,
    };
    let front = tokio::spawn(front::serve(listener, routes, public, stopped));
    Ok(Running { address, store, dynamodb: connection, stop, front, pipeline, ticker, database })
}
