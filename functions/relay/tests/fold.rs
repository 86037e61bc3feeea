//! Hands the stream records of an embedded database to the relay, in every order that a stream and its retries may deliver
//! them, and compares the result with a recount.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::{
    event::dynamodb::{Event, EventRecord},
    streams::DynamoDbEventResponse,
};
use aws_sdk_dynamodb::{
    Client,
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use dynoxide::Database;
use lambdesk_domain::{
    Actor, Command, ProjectId, Ticket, TicketId, UserId,
    assignee::Assignee,
    command::{FromAgent, FromCustomer},
    create::Draft,
    delivery::Copies,
    expected::Expected,
    facts::Kinds,
    ids::Fingerprint,
    message::{Author, Content},
    patch::Patch,
    permission::WriteTickets,
    person::Person,
    query::customer_words,
    tags::{Tags, TagsMode},
    testing,
    ticket::{Channel, Fields, Origin, Priority, Status},
    totals::{Bucket, BucketFilter},
    traits::Object,
};
use lambdesk_relay::Relay;
use lambdesk_store::{Connection, Store, meter::metered, schema::create_table};
use serde_json::json;

const TABLE: &str = "desk";
const PROJECTS: [ProjectId; 2] = [ProjectId(1), ProjectId(2)];

/// A table of its own, in memory, reached over HTTP like any other table.
async fn table() -> (Database, Store) {
    let (database, store, _) = table_with_client().await;
    (database, store)
}

async fn table_with_client() -> (Database, Store, Client) {
    let database = Database::memory().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    let connection = Connection::local(TABLE, endpoint);
    create_table(&connection.client(), TABLE).await.unwrap();
    let client = connection.client();
    (database, Store::new(client.clone(), TABLE), client)
}

/// Every stream record so far, as Lambda would get it.
fn records(database: &Database) -> Vec<EventRecord> {
    let call = |value| serde_json::from_value(value).unwrap();
    let streams = database.list_streams(serde_json::from_value(json!({"TableName": TABLE})).unwrap()).unwrap();
    let arn = &streams.streams[0].stream_arn;
    let described = database.describe_stream(serde_json::from_value(json!({"StreamArn": arn})).unwrap()).unwrap();
    let shard = &described.stream_description.shards[0].shard_id;
    let start = json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"});
    let mut iterator = database.get_shard_iterator(call(start)).unwrap().shard_iterator.unwrap();
    let mut records: Vec<EventRecord> = Vec::new();
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

fn event(records: impl Into<Vec<EventRecord>>) -> Event {
    let mut event = Event::default();
    event.records = records.into();
    event
}

async fn handle(store: &Store, event: Event) -> DynamoDbEventResponse {
    Relay { upkeep: store.upkeep(), bus: None, facts: Kinds::default(), files: None }.handle(event).await
}

/// Hands records to the relay in batches of random size. None may fail.
async fn hand_over(store: &Store, mut records: &[EventRecord]) {
    while !records.is_empty() {
        let (batch, rest) = records.split_at(fastrand::usize(1..=100).min(records.len()));
        assert_eq!(handle(store, event(batch)).await.batch_item_failures, []);
        records = rest;
    }
}

fn pick<T: Copy>(of: &[T]) -> T {
    of[fastrand::usize(..of.len())]
}

fn content() -> Content {
    Content { text: "hello".into(), rich: None, files: Vec::new() }
}

fn assignee() -> Option<Assignee> {
    pick(&[None, Some(Assignee::User(UserId(1))), Some(Assignee::User(UserId(2)))])
}

fn priority() -> Option<Priority> {
    pick(&[None, Some(Priority::Low), Some(Priority::High)])
}

fn tags() -> Tags {
    let given: Vec<_> = ["a", "b", "c", "~"].into_iter().filter(|_| fastrand::u8(..3) == 0).collect();
    Tags::new(given).unwrap()
}

/// Random traits of a customer, or none.
fn traits() -> Object {
    let (name, domain) = (pick(&["Ada", "Ada Lovelace", "José Díaz", "4711", ""]), pick(&["example.com", "ada.example"]));
    let all = json!({"name": name, "email": format!("{}@{domain}", name.replace(' ', "."))});
    if fastrand::bool() { all.as_object().unwrap().clone() } else { Object::new() }
}

fn draft() -> Draft {
    Draft {
        origin: match pick(Channel::ALL) {
            Channel::Widget => Origin::Widget { session: Some("session".into()), detail: None },
            other => Origin::filed(other),
        },
        distinct_id: "visitor".into(),
        identity_verified: pick(&[None, Some(false), Some(true)]),
        fields: Fields {
            priority: priority(),
            assignee: assignee(),
            tags: tags(),
            anonymous_traits: traits(),
            ..Fields::default()
        },
        message: Some((Author::Customer, content())),
        ..testing::draft()
    }
}

fn received() -> Command {
    Command::Receive(Box::new(FromCustomer {
        content: content(),
        traits: traits().into_iter().collect(),
        claims: lambdesk_domain::claims::Claims::default(),
        session_id: None,
        session_context: Vec::new(),
        verified: fastrand::bool(),
        mail: None,
        entropy: fastrand::u64(..),
    }))
}

fn note() -> Command {
    Command::Reply(FromAgent {
        content: content(),
        private: true,
        fingerprint: Fingerprint([0; 16]),
        keyed: true,
        mailed: None,
        copies: Copies::NONE,
        entropy: fastrand::u64(..),
    })
}

fn update() -> Command {
    let status = fastrand::bool().then(|| pick(Status::ALL));
    let tags = fastrand::bool().then(|| (tags(), TagsMode::Set));
    let anonymous_traits = (fastrand::u8(..3) == 0).then(traits);
    let patch =
        Patch { status, priority: Some(priority()), assignee: Some(assignee()), tags, anonymous_traits, ..Patch::default() };
    Command::Update(Box::new(patch))
}

/// Makes `steps` random changes in two projects, and returns their tickets as they are in the end.
async fn live(store: &Store, steps: usize) -> Vec<(ProjectId, Ticket)> {
    let actor = Actor::User { id: UserId(1), name: "Agent".into() };
    let mut tickets: Vec<(ProjectId, TicketId)> = Vec::new();
    for _ in 0..steps {
        let project = pick(&PROJECTS);
        if tickets.len() < 5 || fastrand::u8(..10) == 0 {
            tickets.push((project, store.unchecked::<WriteTickets>(project).create(draft(), None).await.unwrap().ticket.id));
            continue;
        }
        let at = fastrand::usize(..tickets.len());
        let (project, ticket) = tickets[at];
        let desk = store.unchecked::<WriteTickets>(project);
        let command = match fastrand::u8(..12) {
            0..=4 => update(),
            5..=7 => received(),
            8 => note(),
            9..=10 => Command::ReadByTeam,
            _ => {
                desk.delete(ticket, &Expected::default(), None).await.unwrap();
                tickets.swap_remove(at);
                continue;
            }
        };
        desk.change(ticket, &actor, command, None).await.unwrap();
    }
    let mut left = Vec::new();
    for (project, ticket) in tickets {
        left.push((project, store.unchecked::<WriteTickets>(project).ticket(ticket).await.unwrap().unwrap()));
    }
    left
}

/// The person with the distinct id `visitor` in each project.
async fn people(store: &Store) -> Vec<Option<Person>> {
    let of =
        async |project| store.unchecked::<WriteTickets>(project).persons(["visitor", "nobody"]).await.unwrap().remove("visitor");
    vec![of(PROJECTS[0]).await, of(PROJECTS[1]).await]
}

/// Compares the indexed words with those of `tickets`. Returns how many rows only mark that a word is gone.
fn assert_indexed(database: &Database, tickets: &[(ProjectId, Ticket)]) -> usize {
    let scan = json!({"TableName": TABLE, "FilterExpression": "contains(PK, :words)", "ExpressionAttributeValues": {":words": {"S": "#C#"}}});
    let rows = serde_json::to_value(database.scan(serde_json::from_value(scan).unwrap()).unwrap()).unwrap()["Items"].clone();
    let (gone, there): (Vec<_>, Vec<_>) = rows.as_array().unwrap().iter().partition(|row| row.get("expires_at").is_some());
    let key = |name: &str, row: &serde_json::Value| row[name]["S"].as_str().unwrap().to_owned();
    let there: BTreeSet<_> = there.into_iter().map(|row| (key("PK", row), key("SK", row))).collect();
    let expected = tickets.iter().flat_map(|(project, ticket)| {
        customer_words(ticket)
            .into_iter()
            .map(move |word| (format!("P#{project}#C#{}", &word[..1]), format!("{word}#{}", ticket.id)))
    });
    assert_eq!(there, expected.collect());
    gone.len()
}

/// Compares the totals and tags of `store` with a count of `tickets`, cell by cell.
async fn assert_counted(store: &Store, tickets: &[(ProjectId, Ticket)]) {
    for project in PROJECTS {
        let desk = store.unchecked::<WriteTickets>(project);
        let totals = desk.totals().await.unwrap();
        let tickets: Vec<_> = tickets.iter().filter(|(of, _)| *of == project).map(|(_, ticket)| ticket).collect();
        let unresolved = tickets.iter().filter(|ticket| ticket.fields.status != Status::Resolved);
        assert_eq!(totals.unread(), unresolved.map(|ticket| u64::from(ticket.thread.unread_team_count)).sum::<u64>());
        assert_eq!(totals.count(BucketFilter::default()), tickets.len() as u64);
        let mut tags: BTreeMap<String, u64> = BTreeMap::new();
        for tag in tickets.iter().flat_map(|ticket| ticket.fields.tags.iter()) {
            *tags.entry(tag.to_owned()).or_default() += 1;
        }
        assert_eq!(desk.tags("").await.unwrap().tags, tags.into_iter().collect::<Vec<_>>());
        let (first, second) = (Assignee::User(UserId(1)), Assignee::User(UserId(2)));
        let (of_first, of_second) = (desk.totals_of(&[first]).await.unwrap(), desk.totals_of(&[second]).await.unwrap());
        let of_both = desk.totals_of(&[first, second]).await.unwrap();
        for bucket in Bucket::all() {
            let (statuses, priorities, channels) = ([bucket.status], [bucket.priority], [bucket.channel]);
            let filter = BucketFilter { statuses: Some(&statuses), priorities: Some(&priorities), channels: Some(&channels) };
            let here = |ticket: &&&Ticket| {
                (ticket.fields.status, ticket.fields.priority, ticket.origin.channel())
                    == (bucket.status, bucket.priority, bucket.channel)
            };
            let count = |of: &dyn Fn(Option<Assignee>) -> bool| {
                tickets.iter().filter(here).filter(|ticket| of(ticket.fields.assignee)).count() as u64
            };
            assert_eq!(totals.count(filter), count(&|_| true), "{bucket:?}");
            assert_eq!(totals.count_unassigned(filter), count(&|assignee| assignee.is_none()), "{bucket:?}");
            assert_eq!(of_first.count(filter), count(&|assignee| assignee == Some(first)), "{bucket:?}");
            assert_eq!(of_second.count(filter), count(&|assignee| assignee == Some(second)), "{bucket:?}");
            assert_eq!(of_both.count(filter), count(&|assignee| assignee.is_some()), "{bucket:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn totals_equal_a_recount_however_records_arrive() {
    let (database, store) = table().await;
    let tickets = live(&store, 400).await;
    let in_order = records(&database);
    hand_over(&store, &in_order).await;
    assert_counted(&store, &tickets).await;
    assert!(assert_indexed(&database, &tickets) > 0);
    hand_over(&store, &in_order).await;
    assert_counted(&store, &tickets).await;
    assert_indexed(&database, &tickets);

    let known = people(&store).await;
    assert!(known.iter().all(Option::is_some));
    let reversed: Vec<_> = in_order.iter().rev().cloned().collect();
    let mut shuffled = [in_order.clone(), in_order[..in_order.len() / 2].to_vec()].concat();
    fastrand::shuffle(&mut shuffled);
    for order in [reversed, shuffled] {
        let (other, fresh) = table().await;
        hand_over(&fresh, &order).await;
        assert_eq!(people(&fresh).await, known);
        assert_counted(&fresh, &tickets).await;
        assert_indexed(&other, &tickets);
        hand_over(&fresh, &in_order).await;
        assert_counted(&fresh, &tickets).await;
        assert_indexed(&other, &tickets);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invocations_side_by_side_never_count_twice() {
    let (database, store) = table().await;
    let tickets = live(&store, 150).await;
    let all = records(&database);
    let invocations = (0..4).map(|_| {
        let (store, mut mine) = (store.clone(), all.clone());
        fastrand::shuffle(&mut mine);
        tokio::spawn(async move { hand_over(&store, &mine).await })
    });
    for invocation in invocations.collect::<Vec<_>>() {
        invocation.await.unwrap();
    }
    assert_counted(&store, &tickets).await;
    assert_indexed(&database, &tickets);
}

#[tokio::test]
async fn totals_are_one_cheap_read() {
    let (database, store) = table().await;
    let desk = store.unchecked::<WriteTickets>(PROJECTS[0]);
    let (none, _) = metered(Box::pin(desk.totals())).await;
    assert_eq!(none.unwrap().unread(), 0);
    for _ in 0..3 {
        desk.create(draft(), None).await.unwrap();
    }
    hand_over(&store, &records(&database)).await;
    let (totals, usage) = metered(Box::pin(desk.totals())).await;
    assert_eq!(totals.unwrap().unread(), 3);
    assert_eq!((usage.calls, usage.round_trips, usage.read_units), (1, 1, 0.5));
}

#[tokio::test]
async fn a_customer_costs_a_unit_for_each_word_and_again_only_when_they_change() {
    let (database, store) = table().await;
    let desk = store.unchecked::<WriteTickets>(PROJECTS[0]);
    let actor = Actor::User { id: UserId(1), name: "Agent".into() };
    let traits = |name: &str| json!({"name": name, "email": "ada@example.com"}).as_object().unwrap().clone();
    let cost = async |known: usize| {
        let (response, usage) = metered(Box::pin(handle(&store, event(records(&database).split_off(known))))).await;
        assert_eq!(response.batch_item_failures, []);
        usage.write_units
    };
    let filed = Draft { fields: Fields { priority: priority(), ..Fields::default() }, identity_verified: None, ..draft() };
    desk.create(filed.clone(), None).await.unwrap();
    let nobody = cost(0).await;
    let known = records(&database).len();
    let mut named = filed;
    named.fields.anonymous_traits = traits("Ada Lovelace");
    let ticket = desk.create(named, None).await.unwrap().ticket.id;
    // `ada` is in both, and `lovelace`, `example` and `com`.
    assert!((cost(known).await - nobody - 4.0).abs() < 0.1);
    let known = records(&database).len();
    let renamed = Patch { anonymous_traits: Some(traits("Ada Byron")), ..Patch::default() };
    desk.change(ticket, &actor, Command::Update(Box::new(renamed)), None).await.unwrap();
    assert!((cost(known).await - 5.0).abs() < 0.1);
    let known = records(&database).len();
    desk.change(ticket, &actor, note(), None).await.unwrap();
    assert!(cost(known).await < 0.1);
}

#[tokio::test]
async fn a_person_costs_three_units_once() {
    let (database, store) = table().await;
    let mut known = 0;
    let mut cost = async |identity_verified| {
        let draft = Draft { identity_verified, fields: Fields { priority: priority(), ..Fields::default() }, ..draft() };
        store.unchecked::<WriteTickets>(PROJECTS[0]).create(draft, None).await.unwrap();
        let all = records(&database);
        let (response, usage) = metered(Box::pin(handle(&store, event(&all[known..])))).await;
        assert_eq!(response.batch_item_failures, []);
        known = records(&database).len();
        (usage.read_units, usage.write_units)
    };
    let (reads, writes) = cost(Some(false)).await;
    assert_eq!(cost(Some(true)).await, (reads + 1.0, writes + 2.0));
    // A known person costs only a read.
    assert_eq!(cost(Some(true)).await, (reads + 1.0, writes));
}

#[tokio::test]
async fn a_change_that_moves_no_count_costs_nothing() {
    let (database, store) = table().await;
    let desk = store.unchecked::<WriteTickets>(PROJECTS[0]);
    let ticket = desk.create(draft(), None).await.unwrap().ticket;
    hand_over(&store, &records(&database)).await;
    let actor = Actor::User { id: UserId(1), name: "Agent".into() };
    let known = records(&database).len();
    desk.change(ticket.id, &actor, note(), None).await.unwrap();
    let mut noted = records(&database).split_off(known);
    // Some emulators also record writes that change nothing.
    let mut unchanged = noted[0].clone();
    unchanged.change.old_image = unchanged.change.new_image.clone();
    noted.push(unchanged);
    let (response, usage) = metered(Box::pin(handle(&store, event(noted)))).await;
    assert_eq!((response.batch_item_failures.len(), usage.calls), (0, 0));
}

#[tokio::test]
async fn a_corrupt_record_is_reported_and_its_neighbours_count() {
    let (database, store) = table().await;
    for project in [PROJECTS[0], PROJECTS[0], PROJECTS[1], PROJECTS[0]] {
        store.unchecked::<WriteTickets>(project).create(draft(), None).await.unwrap();
    }
    let mut all = records(&database);
    let tickets: BTreeSet<_> = all
        .iter()
        .enumerate()
        .filter(|(_, record)| record.change.new_image.contains_key("sts"))
        .map(|(place, _)| place)
        .collect();
    let poison = *tickets.iter().nth(1).unwrap();
    all[poison].change.new_image.insert("tgs".into(), serde_json::from_value(json!({"BOOL": true})).unwrap());
    let number = all[poison].change.sequence_number.clone();
    let failures = handle(&store, event(all)).await.batch_item_failures;
    assert_eq!(failures.iter().map(|failure| failure.item_identifier.clone()).collect::<Vec<_>>(), [number]);
    assert_eq!(store.unchecked::<WriteTickets>(PROJECTS[0]).totals().await.unwrap().unread(), 2);
    assert_eq!(store.unchecked::<WriteTickets>(PROJECTS[1]).totals().await.unwrap().unread(), 1);
}

#[tokio::test]
async fn what_a_removed_ticket_leaves_behind_is_purged() {
    let (database, store) = table().await;
    let desk = store.unchecked::<WriteTickets>(PROJECTS[0]);
    let ticket = desk.create(draft(), None).await.unwrap().ticket;
    // A deletion that is interrupted after the ticket's own item is gone.
    let partition = format!("P#{}#T#{}", PROJECTS[0], ticket.id);
    let key = json!({"PK": {"S": partition}, "SK": {"S": "~"}});
    database.delete_item(serde_json::from_value(json!({"TableName": TABLE, "Key": key})).unwrap()).unwrap();
    let left = || {
        let query = json!({
            "TableName": TABLE,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
        });
        database.query(serde_json::from_value(query).unwrap()).unwrap().count
    };
    assert_eq!(left(), 1);
    hand_over(&store, &records(&database)).await;
    assert_eq!(left(), 0);
    assert_counted(&store, &[]).await;
}

/// Refuses to delete timers.
#[derive(Debug)]
struct NoTimersDeleted;

impl Intercept for NoTimersDeleted {
    fn name(&self) -> &'static str {
        "no timers are deleted"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let deletes = request.headers().get("x-amz-target").is_some_and(|target| target.ends_with(".DeleteItem"));
        let body = request.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        if deletes && body.contains("TIMER#") { Err("a timer can't be deleted".into()) } else { Ok(()) }
    }
}

/// A customer's words go, even while a timer can't. The timer goes when the record comes again.
#[tokio::test]
async fn a_purge_whose_timer_cannot_be_deleted_removes_the_rest_and_comes_again() {
    let (database, store, client) = table_with_client().await;
    let desk = store.unchecked::<WriteTickets>(PROJECTS[0]);
    let snoozed_until = Some(store.now().plus_seconds(3600));
    let snoozed = Draft { fields: Fields { snoozed_until, ..Fields::default() }, ..draft() };
    let ticket = desk.create(snoozed, None).await.unwrap().ticket;
    assert_eq!(ticket.wake_at, snoozed_until);
    desk.delete(ticket.id, &Expected::default(), None).await.unwrap();
    let left = |beginning: &str| {
        let all = database.scan(serde_json::from_value(json!({"TableName": TABLE})).unwrap()).unwrap();
        let all = serde_json::to_value(all.items.unwrap()).unwrap();
        let keys = all.as_array().unwrap().iter().map(|item| item["PK"]["S"].as_str().unwrap());
        keys.filter(|key| key.starts_with(beginning)).count()
    };
    let (partition, timers) = (format!("P#{}#T#{}", PROJECTS[0], ticket.id), "TIMER#");
    assert_eq!((left(&partition), left(timers)), (1, 1));

    let all = records(&database);
    let removal = all.iter().find(|record| record.event_name == "REMOVE").unwrap().change.sequence_number.clone();
    let refusing = Client::from_conf(client.config().to_builder().interceptor(NoTimersDeleted).build());
    for _ in 0..2 {
        let failures = handle(&store.asked_by(refusing.clone()), event(all.clone())).await.batch_item_failures;
        assert_eq!(
            failures.into_iter().map(|failure| failure.item_identifier).collect::<Vec<_>>(),
            std::slice::from_ref(&removal)
        );
        assert_eq!((left(&partition), left(timers)), (0, 1));
    }
    hand_over(&store, &all).await;
    assert_eq!((left(&partition), left(timers)), (0, 0));
    assert_counted(&store, &[]).await;
}
