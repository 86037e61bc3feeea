//! Where the log and the queues are stored: one `SQLite` file, so that one transaction covers what an event leaves in both.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, Transaction};

use crate::own;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS events (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        project INTEGER,
        event TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS events_by_project ON events (project, place);
    CREATE TABLE IF NOT EXISTS deliveries (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        rule TEXT NOT NULL,
        target TEXT NOT NULL,
        event TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS messages (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        body TEXT NOT NULL,
        visible_at INTEGER NOT NULL,
        receive_count INTEGER NOT NULL DEFAULT 0,
        taken INTEGER NOT NULL DEFAULT 0,
        dead INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX IF NOT EXISTS messages_by_time ON messages (queue, dead, visible_at, place);
    -- Whoever had taken a message is gone with its process.
    UPDATE messages SET taken = 0, visible_at = 0 WHERE taken = 1;
";

/// The file, or a database in memory that is lost when the process ends.
pub(super) struct File {
    connection: Mutex<Connection>,
}

impl File {
    /// Opens the file in a directory, and makes it if there is none; without a directory, opens a database in memory.
    pub(super) fn open(directory: Option<PathBuf>) -> io::Result<Self> {
        let connection = match directory {
            Some(directory) => {
                own::directory(&directory)?;
                let path = directory.join("bus.sqlite");
                own::file(&path)?;
                Connection::open(path)
            }
            None => Connection::open_in_memory(),
        };
        let prepare = |connection: Connection| {
            // A commit outlives the process. Only a power cut could lose the last commits.
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            connection.execute_batch(TABLES)?;
            Ok(connection)
        };
        let connection = connection.and_then(prepare).map_err(io::Error::other)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Does `work` in one transaction, on a blocking thread. Once this returns, the transaction is committed.
    pub(super) async fn transaction<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let file = Arc::clone(self);
        let commit = move || {
            let mut connection = file.connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction()?;
            let result = work(&transaction)?;
            transaction.commit().map(|()| result)
        };
        tokio::task::spawn_blocking(commit).await.map_err(io::Error::other)?.map_err(io::Error::other)
    }
}
