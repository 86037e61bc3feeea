//! The whole desk in one process: the HTTP front, an embedded DynamoDB, and what follows its stream
//! (contract/local.md).
//!
//! The functions are the ones that run on AWS, as libraries; they reach the embedded database with the ordinary SDK over
//! loopback and can't tell the difference.

pub mod bus;
mod database;
mod front;
mod seed;
pub mod stream;

use std::{fmt::Display, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use lambdesk_http::Context;
use lambdesk_relay::Relay;
use lambdesk_store::{Connection, Store, schema};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use front::openapi;

use crate::{bus::Bus, database::Database, stream::Poller};

/// What runs on AWS: its bus and rules are this stack's too.
const TEMPLATE: &str = include_str!("../../template.yaml");

/// How the desk is started.
#[derive(Clone, Default)]
pub struct Options {
    /// The port of the HTTP front; 0 takes any that is free.
    pub port: u16,
    /// Where everything is kept; `None` keeps nothing.
    pub data: Option<PathBuf>,
    /// Files served under `/static/`.
    pub assets: Option<PathBuf>,
    /// Another DynamoDB than the embedded one, to check the functions against. Its stream is not followed, so that totals
    /// stay as they are.
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
    poller: Option<Arc<Poller>>,
    bus: Option<Arc<Bus>>,
    database: Option<Database>,
}

impl Running {
    /// Finishes what is under way and closes the database.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(GRACE, self.front).await;
        if let Some(poller) = self.poller {
            poller.stop().await;
        }
        if let Some(bus) = self.bus {
            bus.stop().await;
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
    let store = Store::new(connection.client(), &connection.table);
    schema::create_table(&connection.client(), &connection.table).await.map_err(io::Error::other)?;
    seed::ensure(&store).await.map_err(io::Error::other)?;
    let bus = match &database {
        Some(_) => Some(Arc::new(Bus::open(options.data.clone(), TEMPLATE)?)),
        None => None,
    };
    let publisher = match &bus {
        Some(bus) => Some(lambdesk_relay::Bus::new(&connection, bus.name(), Some(bus.serve().await?))),
        None => None,
    };
    let follow = |database: &Database| {
        let relay = Relay { store: store.clone(), bus: publisher };
        Poller::start(database.engine(), database::TABLE, relay, options.data)
    };
    let poller = database.as_ref().map(follow).transpose()?.map(Arc::new);
    let (stop, stopped) = watch::channel(false);
    let routes = front::routes(Context::new(store.clone()), poller.clone(), bus.clone(), options.assets);
    let front = tokio::spawn(front::serve(listener, routes, stopped));
    Ok(Running { address, store, dynamodb: connection, stop, front, poller, bus, database })
}
