//! The embedded DynamoDB, served on loopback for the ordinary SDK.

use std::{fs::File, io, path::PathBuf};

use lambdesk_store::Connection;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::stream;

/// The table's name in the local stack.
pub(crate) const TABLE: &str = "desk";

/// An embedded DynamoDB that runs. Always on a file, also where nothing is to be kept: only a file takes the index that
/// keeps its writes fast (see [`stream::prepare`]).
pub(crate) struct Database {
    engine: dynoxide::Database,
    connection: Connection,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    _lock: File,
    _temporary: Option<TempDir>,
}

impl Database {
    /// Opens the database in `data`, or one that is gone with the process.
    pub(crate) async fn open(data: Option<PathBuf>) -> io::Result<Self> {
        let (directory, temporary) = if let Some(directory) = data {
            (directory, None)
        } else {
            let temporary = tempfile::Builder::new().prefix("lambdesk-").tempdir()?;
            (temporary.path().to_owned(), Some(temporary))
        };
        std::fs::create_dir_all(&directory)?;
        let lock = File::create(directory.join("lock"))?;
        lock.try_lock().map_err(|_| io::Error::other(format!("{} is in use by another desk", directory.display())))?;
        let path = directory.join("dynamodb.sqlite");
        let engine = dynoxide::Database::new(&path.to_string_lossy()).map_err(io::Error::other)?;

        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = dynoxide::server::serve_with_shutdown(listener, engine.clone(), async {
            let _ = stopped.await;
        });
        let server = tokio::spawn(async {
            if let Err(error) = serving.await {
                tracing::error!(error, "the embedded database ended");
            }
        });
        let connection = Connection {
            table: TABLE.to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(endpoint),
            credentials: ("local".to_owned(), "local".to_owned(), None),
        };
        stream::prepare(&path)?;
        Ok(Self { engine, connection, stop, server, _lock: lock, _temporary: temporary })
    }

    /// How it is reached.
    pub(crate) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// The engine itself, for its stream.
    pub(crate) fn engine(&self) -> dynoxide::Database {
        self.engine.clone()
    }

    /// Ends the server. Whoever still holds a connection open is not waited for long.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), self.server).await;
    }
}
