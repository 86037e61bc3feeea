//! Folds and the recount against each other. The table's stream is in the test's hands, so it decides which of them comes first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use dynoxide::Database;
use lambdesk_domain::{
    Actor, Command, ProjectId, Ticket, TicketId, Timestamp, UserId,
    create::Draft,
    expected::Expected,
    facts::Kinds,
    message::{Author, Content},
    patch::Patch,
    permission::WriteTickets,
    tags::{Tags, TagsMode},
    testing,
    ticket::{Fields, Status},
    totals::BucketFilter,
};
use lambdesk_relay::Relay;
use lambdesk_store::{Connection, Desk, Recounted, Store, schema::create_table};
use serde_json::json;

const TABLE: &str = "desk";
const PROJECT: ProjectId = ProjectId(1);

/// A table, and what the relay has not read of its stream.
struct Bench {
    database: Database,
    store: Store,
    now: Arc<AtomicI64>,
    tickets: Vec<TicketId>,
    read: usize,
}

/// What may happen to a ticket.
#[derive(Debug, Clone, Copy)]
enum Change {
    Created,
    Updated,
    Deleted,
}

const CHANGES: [Change; 3] = [Change::Created, Change::Updated, Change::Deleted];

impl Bench {
    /// Three tickets, which the folds have counted and a recount has found right.
    async fn new() -> Self {
        let database = Database::memory().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        let connection = Connection::local(TABLE, endpoint);
        create_table(&connection.client(), TABLE).await.unwrap();
        let now = Arc::new(AtomicI64::new("2026-03-09T09:00:00Z".parse::<Timestamp>().unwrap().micros()));
        let told = Arc::clone(&now);
        let clock = move || Timestamp::from_micros(told.fetch_add(1, SeqCst)).unwrap();
        let store = Store::with_clock(connection.client(), TABLE, clock);
        let mut bench = Self { database, store, now, tickets: Vec::new(), read: 0 };
        for _ in 0..3 {
            bench.change(Change::Created).await;
        }
        bench.fold().await;
        assert_eq!(bench.recount().await.tickets, 3);
        bench.assert_right().await;
        bench
    }

    fn desk(&self) -> Desk<WriteTickets> {
        self.store.unchecked(PROJECT)
    }

    async fn change(&mut self, change: Change) {
        let tags = |tag: &str| Tags::new([tag]).unwrap();
        match change {
            Change::Created => {
                let fields = Fields { tags: tags("old"), ..Fields::default() };
                let message = Some((Author::Customer, Content { text: "hello".into(), rich: None, files: Vec::new() }));
                let draft = Draft { fields, message, ..testing::draft() };
                self.tickets.push(self.desk().create(draft, None).await.unwrap().ticket.id);
            }
            Change::Updated => {
                let tags = Some((tags("new"), TagsMode::Set));
                let patch = Patch { status: Some(Status::Resolved), tags, ..Patch::default() };
                let actor = Actor::User { id: UserId(1), name: "Agent".into() };
                self.desk().change(self.tickets[0], &actor, Command::Update(Box::new(patch)), None).await.unwrap();
            }
            Change::Deleted => self.desk().delete(self.tickets.remove(0), &Expected::default(), None).await.unwrap(),
        }
    }

    /// Hands the relay what it has not read yet.
    async fn fold(&mut self) {
        let mut records = self.records();
        let mut event = Event::default();
        event.records = records.split_off(self.read);
        self.read += event.records.len();
        let relay = Relay { upkeep: self.store.upkeep(), bus: None, facts: Kinds::default(), files: None };
        assert_eq!(relay.handle(event).await.batch_item_failures, []);
    }

    fn records(&self) -> Vec<EventRecord> {
        let database = &self.database;
        let streams = database.list_streams(serde_json::from_value(json!({"TableName": TABLE})).unwrap()).unwrap();
        let arn = &streams.streams[0].stream_arn;
        let described = database.describe_stream(serde_json::from_value(json!({"StreamArn": arn})).unwrap()).unwrap();
        let shard = &described.stream_description.shards[0].shard_id;
        let start = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
        let start = database.get_shard_iterator(serde_json::from_value(start).unwrap()).unwrap();
        let (mut iterator, mut records) = (start.shard_iterator.unwrap(), Vec::new());
        loop {
            let page = database.get_records(serde_json::from_value(json!({"ShardIterator": iterator})).unwrap()).unwrap();
            if page.records.is_empty() {
                return records;
            }
            iterator = page.next_shard_iterator.unwrap();
            let page = serde_json::to_value(page.records).unwrap();
            records.extend(serde_json::from_value::<Vec<EventRecord>>(page).unwrap());
        }
    }

    /// A run of a recount, a minute after the one before.
    async fn recount(&self) -> Recounted {
        self.now.fetch_add(60_000_000, SeqCst);
        self.store.upkeep().recount(PROJECT, Instant::now() + Duration::from_mins(10)).await.unwrap()
    }

    /// Runs until there is nothing to count. Returns how much was repaired.
    async fn recount_until_right(&self) -> usize {
        let mut repaired = 0;
        for _ in 0..6 {
            match self.recount().await {
                Recounted { tickets: 0, repaired: 0, .. } => return repaired,
                done => repaired += done.repaired,
            }
        }
        panic!("six runs, and the totals are still counted");
    }

    async fn tickets(&self) -> Vec<Ticket> {
        let mut tickets = Vec::new();
        for id in &self.tickets {
            tickets.push(self.desk().ticket(*id).await.unwrap().unwrap());
        }
        tickets
    }

    /// Whether the totals and tags are those of the tickets.
    async fn is_right(&self) -> bool {
        let (tickets, desk) = (self.tickets().await, self.desk());
        let totals = desk.totals().await.unwrap();
        let unresolved = tickets.iter().filter(|ticket| ticket.fields.status != Status::Resolved);
        let count = |status: Status| totals.count(BucketFilter { statuses: Some(&[status]), ..BucketFilter::default() });
        let counted = |status: Status| tickets.iter().filter(|ticket| ticket.fields.status == status).count() as u64;
        let has = |ticket: &&Ticket, tag: &str| ticket.fields.tags.iter().any(|of| of == tag);
        let carriers = |tag: &'static str| (tag.to_owned(), tickets.iter().filter(|ticket| has(ticket, tag)).count() as u64);
        let tags: Vec<_> = ["new", "old"].map(carriers).into_iter().filter(|(_, count)| *count > 0).collect();
        totals.unread() == unresolved.map(|ticket| u64::from(ticket.thread.unread_team_count)).sum::<u64>()
            && Status::ALL.iter().all(|status| count(*status) == counted(*status))
            && desk.tags("").await.unwrap().tags == tags
    }

    async fn assert_right(&self) {
        assert!(self.is_right().await, "{:?}", self.desk().totals().await.unwrap());
    }

    /// Writes a wrong unread total.
    fn spoil(&self) {
        let update = json!({
            "TableName": TABLE,
            "Key": {"PK": {"S": "P#1"}, "SK": {"S": "TOTALS"}},
            "UpdateExpression": "SET unread = :wrong",
            "ExpressionAttributeValues": {":wrong": {"N": "77"}},
        });
        self.database.update_item(serde_json::from_value(update).unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_fold_before_the_recount_leaves_nothing_to_repair() {
    for change in CHANGES {
        let mut bench = Bench::new().await;
        bench.change(change).await;
        bench.fold().await;
        bench.assert_right().await;
        assert_eq!(bench.recount_until_right().await, 0, "{change:?}");
        bench.assert_right().await;
    }
}

/// The first count sees a change that the stream has yet to bring. That is no drift.
#[tokio::test]
async fn a_fold_between_two_counts_leaves_nothing_to_repair() {
    for change in CHANGES {
        let mut bench = Bench::new().await;
        bench.spoil();
        bench.change(change).await;
        let first = bench.recount().await;
        assert_eq!((first.tickets, first.repaired), (bench.tickets.len(), 0), "{change:?}");
        bench.fold().await;
        assert_eq!(bench.recount_until_right().await, 1, "{change:?}: nothing but what was spoilt");
        bench.assert_right().await;
    }
}

/// The recount moves the shadows to the change before the stream brings it. The record then changes nothing.
#[tokio::test]
async fn a_fold_after_the_recount_counts_nothing_twice() {
    for change in [Change::Created, Change::Updated] {
        let mut bench = Bench::new().await;
        bench.change(change).await;
        // A recount begins where figures have moved since the last one.
        bench.spoil();
        assert_eq!(bench.recount_until_right().await, 3, "{change:?}: the unread total, and the shadows of totals and tags");
        bench.assert_right().await;
        bench.fold().await;
        bench.assert_right().await;
        assert_eq!(bench.recount_until_right().await, 0, "{change:?}");
        bench.change(Change::Deleted).await;
        bench.fold().await;
        bench.assert_right().await;
    }
}

/// A deletion leaves no shadow that a count could find. So a deletion between the two counts must keep them from agreeing.
#[tokio::test]
async fn a_deletion_that_the_second_count_sees_first_is_not_taken_for_drift() {
    let mut bench = Bench::new().await;
    bench.spoil();
    assert_eq!((bench.recount().await.repaired, bench.is_right().await), (0, false));
    bench.change(Change::Deleted).await;
    assert_eq!(bench.recount().await, Recounted { tickets: 2, repaired: 0, more: false }, "the counts differ");
    bench.fold().await;
    assert_eq!(bench.recount_until_right().await, 1);
    bench.assert_right().await;
}

/// A relay that is more than a tick late may bring a deletion that was taken for drift. The next count repairs that.
#[tokio::test]
async fn a_deletion_that_comes_after_the_repair_is_repaired_once_more() {
    let mut bench = Bench::new().await;
    bench.change(Change::Deleted).await;
    bench.spoil();
    assert!(bench.recount_until_right().await > 0);
    bench.assert_right().await;
    bench.fold().await;
    assert!(!bench.is_right().await, "it was counted twice");
    assert!(bench.recount_until_right().await > 0);
    bench.assert_right().await;
}
