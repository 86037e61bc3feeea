//! The embedded DynamoDB, served on loopback so that the ordinary SDK can reach it.

use std::{
    fs::File,
    io, net,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use lambdesk_store::Connection;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{about, own, stream};

/// The table's name in the local stack.
pub(crate) const TABLE: &str = "desk";

/// How long the server may take to stop.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running embedded DynamoDB. It always uses a file, even where nothing is to be kept, because only a file takes the index
/// that keeps its writes fast (see [`stream::prepare`]).
pub(crate) struct Database {
    engine: dynoxide::Database,
    connection: Connection,
    directory: PathBuf,
    stop: oneshot::Sender<()>,
    server: thread::JoinHandle<()>,
    _lock: File,
    _temporary: Option<TempDir>,
}

impl Database {
    /// Opens the database in the directory `data`, or in a temporary one that is deleted when the process ends. It fails if
    /// another desk uses the directory.
    pub(crate) fn open(data: Option<PathBuf>) -> io::Result<Self> {
        let (directory, temporary) = if let Some(directory) = data {
            (directory, None)
        } else {
            let temporary = tempfile::Builder::new().prefix("lambdesk-").tempdir()?;
            (temporary.path().to_owned(), Some(temporary))
        };
        let place = directory.display().to_string();
        own::directory(&directory)?;
        let lock = Self::lock(&directory)?;
        let path = directory.join("dynamodb.sqlite");
        own::file(&path).map_err(|error| about(&place, error))?;
        let engine = dynoxide::Database::new(&path.to_string_lossy());
        let engine = engine.map_err(|error| about(&path.display().to_string(), error))?;

        let listener = net::TcpListener::bind(("127.0.0.1", 0))?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let server = serve(listener, engine.clone(), stopped)?;
        let connection = Connection::local(TABLE, endpoint);
        stream::prepare(&path)?;
        Ok(Self { engine, connection, directory, stop, server, _lock: lock, _temporary: temporary })
    }

    /// Takes a directory for one desk, for as long as the file is open. It fails if another desk has it.
    pub(crate) fn lock(directory: &Path) -> io::Result<File> {
        let place = directory.display().to_string();
        let lock = own::file(&directory.join("lock")).map_err(|error| about(&place, error))?;
        lock.try_lock().map_err(|_| io::Error::other(format!("{place} is in use by another desk")))?;
        Ok(lock)
    }

    /// How to reach the database over HTTP.
    pub(crate) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// The directory of the desk's data.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The engine itself, for reading its stream.
    pub(crate) fn engine(&self) -> dynoxide::Database {
        self.engine.clone()
    }

    /// Stops the server. A connection that is still open delays this by [`PATIENCE`] at most.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        let ended = tokio::task::spawn_blocking(|| self.server.join());
        let _ = tokio::time::timeout(PATIENCE, ended).await;
    }
}

/// Serves the engine until `stopped` is signalled, on a thread of its own: the engine's calls block on a file, and would delay
/// every request on the same thread.
fn serve(
    listener: net::TcpListener,
    engine: dynoxide::Database,
    stopped: oneshot::Receiver<()>,
) -> io::Result<thread::JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    thread::Builder::new().name("dynamodb".to_owned()).spawn(move || {
        let serving = async {
            let listener = TcpListener::from_std(listener).map_err(|error| error.to_string())?;
            let until_told = async {
                let _ = stopped.await;
            };
            dynoxide::server::serve_with_shutdown(listener, engine, until_told).await
        };
        if let Err(error) = runtime.block_on(serving) {
            tracing::error!(error, "the embedded database ended");
        }
    })
}
