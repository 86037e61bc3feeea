//! The whole desk in one process: the HTTP front, an embedded DynamoDB, and what follows its stream
//! (contract/local.md).
//!
//! The functions are the ones that run on AWS, as libraries; they reach the embedded database with the ordinary SDK over
//! loopback and can't tell the difference.

mod database;
mod front;
mod seed;
pub mod stream;

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use lambdesk_http::Context;
use lambdesk_store::Store;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use front::openapi;

use crate::{database::Database, stream::Poller};

/// How the desk is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port of the HTTP front; 0 takes any that is free.
    pub port: u16,
    /// Where everything is kept; `None` keeps nothing.
    pub data: Option<PathBuf>,
    /// Files served under `/static/`.
    pub assets: Option<PathBuf>,
}

/// How long requests under way may take to finish when the desk stops.
const GRACE: Duration = Duration::from_secs(10);

/// A desk that runs.
pub struct Running {
    /// Where it answers HTTP.
    pub address: SocketAddr,
    /// Its table, for tests and benchmarks that look behind the front.
    pub store: Store,
    /// Where its DynamoDB answers.
    pub dynamodb: String,
    stop: watch::Sender<bool>,
    front: JoinHandle<()>,
    poller: Arc<Poller>,
    database: Database,
}

impl Running {
    /// Finishes what is under way and closes the database.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(GRACE, self.front).await;
        self.poller.stop().await;
        self.database.stop().await;
    }
}

/// Starts the desk; once this returns, it answers.
pub async fn start(options: Options) -> io::Result<Running> {
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await?;
    let address = listener.local_addr()?;
    let database = Database::open(options.data.clone()).await?;
    let store = database.store();
    seed::ensure(&store).await.map_err(io::Error::other)?;
    let poller = Poller::start(database.engine(), database::TABLE, store.clone(), options.data)?;
    let poller = Arc::new(poller);
    let (stop, stopped) = watch::channel(false);
    let routes = front::routes(Context::new(store.clone()), poller.clone(), options.assets);
    let front = tokio::spawn(front::serve(listener, routes, stopped));
    Ok(Running { address, store, dynamodb: database.endpoint().to_owned(), stop, front, poller, database })
}
