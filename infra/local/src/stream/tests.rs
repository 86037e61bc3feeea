use std::path::Path;

use lambdesk_domain::{
    Actor, Command, ProjectId, UserId,
    create::Draft,
    expected::Expected,
    facts::Kinds,
    patch::Patch,
    permission::WriteTickets,
    testing::{draft, says},
    ticket::Status,
    totals::BucketFilter,
};
use lambdesk_store::{Connection, Desk, Store, schema::create_table};
use serde_json::json;

use super::*;

const TABLE: &str = "desk";
const SOON: Duration = Duration::from_secs(20);

/// A database file with a running poller.
struct Stack {
    database: Database,
    store: Store,
    poller: Poller,
}

/// Serves the database over HTTP, and creates its table.
async fn serve(database: &Database) -> Store {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    let connection = Connection::local(TABLE, endpoint);
    create_table(&connection.client(), TABLE).await.unwrap();
    Store::new(connection.client(), TABLE)
}

/// A stack with its database in `directory`, or in memory.
async fn stack(directory: Option<&Path>) -> Stack {
    let path = directory.map(|directory| directory.join("desk.db"));
    let open = |path: &std::path::PathBuf| Database::new(path.to_str().unwrap());
    let database = path.as_ref().map_or_else(Database::memory, open).unwrap();
    if let Some(path) = &path {
        prepare(path).unwrap();
    }
    let store = serve(&database).await;
    let poller = Poller::start(
        database.clone(),
        TABLE,
        Relay { upkeep: store.upkeep(), bus: None, facts: Kinds::default(), files: None },
        directory.map(Path::to_owned),
    )
    .unwrap();
    Stack { database, store, poller }
}

impl Stack {
    fn desk(&self) -> Desk<WriteTickets> {
        self.store.unchecked::<WriteTickets>(ProjectId(1))
    }

    async fn open_tickets(&self, count: usize) -> Vec<lambdesk_domain::TicketId> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.desk().create(Draft { message: says("hello"), ..draft() }, None).await.unwrap().ticket.id);
        }
        ids
    }

    /// Writes an item directly, without the store.
    fn put(&self, item: &serde_json::Value) {
        let put = json!({"TableName": TABLE, "Item": item});
        self.database.put_item(serde_json::from_value(put).unwrap()).unwrap();
    }

    async fn count(&self) -> u64 {
        self.desk().totals().await.unwrap().count(BucketFilter::default())
    }
}

fn resolve() -> Command {
    Command::Update(Box::new(Patch { status: Some(Status::Resolved), ..Patch::default() }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn totals_follow_and_go_on_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let first = stack(Some(directory.path())).await;
    let ids = first.open_tickets(30).await;
    assert!(first.poller.drained(SOON).await);
    assert_eq!((first.count().await, first.desk().totals().await.unwrap().unread()), (30, 30));
    first.poller.stop().await;
    let (id, actor) = (ids[0], Actor::User { id: UserId(1), name: "Agent".into() });
    first.store.unchecked::<WriteTickets>(ProjectId(1)).change(id, &actor, resolve(), None).await.unwrap();
    first.store.unchecked::<WriteTickets>(ProjectId(1)).delete(ids[1], &Expected::default(), None).await.unwrap();
    drop((first.store, first.database));

    let second = stack(Some(directory.path())).await;
    assert_ne!(*second.poller.handled.borrow(), Sequence::default(), "the position was kept");
    assert!(second.poller.drained(SOON).await);
    assert_eq!((second.count().await, second.desk().totals().await.unwrap().unread()), (29, 28));
    assert_eq!(second.poller.dead_letters(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_keeps_failing_is_set_aside_and_its_neighbours_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let stack = stack(Some(directory.path())).await;
    stack.open_tickets(2).await;
    let ticket = "P#1#T#01890a5d-ac96-774b-bcce-b302099a8057";
    stack.put(&json!({"PK": {"S": ticket}, "SK": {"S": "~"}, "ver": {"S": "not a number"}}));
    stack.open_tickets(2).await;
    assert!(!stack.poller.drained(Duration::from_millis(300)).await, "it is tried again for a while");
    assert!(stack.poller.drained(SOON).await);
    assert_eq!(stack.count().await, 4);
    let dead = stack.poller.dead_letters();
    assert_eq!(dead.iter().map(|letter| &letter.keys["PK"]["S"]).collect::<Vec<_>>(), [ticket]);
    stack.poller.stop().await;
    let (ledger, _) = Ledger::open(Some(directory.path().to_owned())).unwrap();
    assert_eq!(ledger.dead_letters(), dead);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_set_aside_has_another_chance() {
    let directory = tempfile::tempdir().unwrap();
    let stack = stack(Some(directory.path())).await;
    stack.open_tickets(1).await;
    stack.put(&json!({"PK": {"S": "P#1#T#01890a5d-ac96-774b-bcce-b302099a8057"}, "SK": {"S": "~"}, "ver": {"S": "no number"}}));
    assert!(stack.poller.drained(SOON).await);
    let bad = stack.poller.dead_letters();
    // The record of a ticket that was handled: as if its totals could not have been written at first, and the cause is gone.
    let first = stack.poller.source.records_after(Sequence::default(), 1).unwrap().remove(0).1;
    let mended = DeadLetter::of(&first);
    // A letter whose record was removed.
    let gone = DeadLetter { sequence_number: Sequence(i64::MAX).public(), ..mended.clone() };
    for letter in [&mended, &gone] {
        stack.poller.ledger.set_aside(letter.clone()).unwrap();
    }
    assert_eq!(stack.poller.redrive().await.unwrap(), 1);
    let left = [bad[0].clone(), gone];
    assert_eq!(stack.poller.dead_letters(), left, "what fails again stays, and what can't be read any more");
    assert_eq!(stack.count().await, 1, "what was counted once is not counted again");
    stack.poller.stop().await;
    let (ledger, _) = Ledger::open(Some(directory.path().to_owned())).unwrap();
    assert_eq!(ledger.dead_letters(), left);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_records_go_and_numbers_never_start_again() {
    let directory = tempfile::tempdir().unwrap();
    let stack = stack(Some(directory.path())).await;
    let mut last = Sequence::default();
    for round in 0..8 {
        for place in 0..400 {
            stack.put(&json!({"PK": {"S": "X"}, "SK": {"S": format!("{place}")}, "round": {"N": format!("{round}")}}));
        }
        assert!(stack.poller.drained(SOON).await);
        let now = stack.poller.source.last().unwrap();
        assert!(now > last);
        last = now;
    }
    let file = rusqlite::Connection::open(directory.path().join("desk.db")).unwrap();
    let count: usize = file.query_row("SELECT COUNT(*) FROM _stream_records", [], |row| row.get(0)).unwrap();
    assert!((1000..1000 + 2 * PRUNE_EACH).contains(&count), "{count} records are left of 3200");
    // If all of them were gone, numbers would go on from the clock.
    file.execute("DELETE FROM _stream_records", []).unwrap();
    stack.put(&json!({"PK": {"S": "X"}, "SK": {"S": "after"}}));
    assert!(stack.poller.source.last().unwrap() > last);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_memory_is_followed_too() {
    let stack = stack(None).await;
    stack.open_tickets(3).await;
    assert!(stack.poller.drained(SOON).await);
    assert_eq!(stack.count().await, 3);
    stack.poller.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_of_another_database_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("stream.position"), i64::MAX.to_string()).unwrap();
    let stack = stack(Some(directory.path())).await;
    stack.open_tickets(1).await;
    assert!(stack.poller.drained(SOON).await);
    assert_eq!(stack.count().await, 1);
}
