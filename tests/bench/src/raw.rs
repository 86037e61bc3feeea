//! The emulator alone: the calls that the desk makes for each operation, through the same SDK client, with items of the same
//! shape and size. They are written by hand after `shared/store`; [`World::compare`] shows when they differ.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeValue, ConsumedCapacity, Put, ReturnConsumedCapacity::Total, ReturnValue,
        ReturnValuesOnConditionCheckFailure::AllOld, TransactWriteItem, Update,
    },
};
use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::{
    Failure,
    load::{Caller, Side},
    world::{Cost, Customer, Job, PAGE, Project, TABLE, World, text},
};

pub(crate) type Item = HashMap<String, AttributeValue>;

/// A ticket and its first message, as the desk wrote them.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    ticket: Item,
    message: Item,
}

impl Model {
    /// Reads the items of a customer's ticket.
    pub(crate) async fn of(client: &Client, customer: &Customer) -> Result<Self, Failure> {
        let query = client.query().table_name(TABLE).key_condition_expression("PK = :pk AND SK > :cursor");
        let partition = ticket_partition(customer.project.0, customer.ticket.0);
        let found = query.expression_attribute_values(":pk", partition).expression_attribute_values(":cursor", text_value("M#"));
        let items = found.send().await?.items.unwrap_or_default();
        let [message, ticket] = <[Item; 2]>::try_from(items).map_err(|_| "a ticket of one message has two items")?;
        Ok(Self { ticket, message })
    }
}

/// A client of the emulator, with a job.
pub(crate) struct Raw {
    client: Client,
    model: Model,
    job: Job,
}

impl Side for Raw {
    const NAME: &'static str = "raw";

    async fn new(world: &World, job: Job) -> Result<Self, Failure> {
        Ok(Self { client: world.client.clone(), model: world.model.clone(), job })
    }
}

impl Caller for Raw {
    async fn step(&mut self) -> Result<bool, Failure> {
        Ok(self.costs().await?.is_some())
    }
}

impl Raw {
    /// Does the operation once, and returns the cost that DynamoDB reports; `None` if there is nothing left to do.
    pub(crate) async fn costs(&mut self) -> Result<Option<Cost>, Failure> {
        let Self { client, model, job } = self;
        let raw = Calls { client, model };
        Ok(Some(match job {
            Job::Create { project, next } => {
                *next += 1;
                raw.create(project, *next).await?
            }
            Job::Append(seats) => match seats.next() {
                Some((customer, time)) => raw.append(customer, time).await?,
                None => return Ok(None),
            },
            Job::Poll(seats) => match seats.next() {
                Some((customer, _)) => raw.poll(customer).await?,
                None => return Ok(None),
            },
            Job::List { project } => raw.list(project).await?,
        }))
    }
}

struct Calls<'a> {
    client: &'a Client,
    model: &'a Model,
}

impl Calls<'_> {
    /// Writes the ticket, its number, the visitor's window and last opening, and the message, in one transaction.
    async fn create(&self, project: &Project, number: u32) -> Result<Cost, Failure> {
        let (now, id, session) = (micros(), Uuid::now_v7(), Uuid::new_v4().to_string());
        let (project, partition) = (project.id.0, ticket_partition(project.id.0, id));
        let ticket = with(
            &self.model.ticket,
            [
                ("PK", partition.clone()),
                ("sts", text_value(format!("{project}#new"))),
                ("upd", text_value(format!("{now:016}#{number}"))),
                ("cus", text_value(format!("{project}#{session}"))),
                ("ses", text_value(format!("{project}#{session}"))),
                ("crt", number_value(now)),
                ("prj", number_value(project)),
                ("num", number_value(number)),
                ("lmt", text_value(text(number))),
                ("lma", number_value(now)),
                ("lea", number_value(now)),
            ],
        );
        let condition = if number == 1 { "attribute_not_exists(n) OR n = :last" } else { "n = :last" };
        let counter = Update::builder()
            .table_name(TABLE)
            .set_key(Some(key(format!("P#{project}"), "NUMBER")))
            .update_expression("SET n = :next")
            .condition_expression(condition)
            .expression_attribute_values(":next", number_value(number))
            .expression_attribute_values(":last", number_value(number - 1))
            .return_values_on_condition_check_failure(AllOld);
        let window = window(now);
        let most = format!("(attribute_not_exists({0}) OR {0} < :most)", window.present);
        let opening = Update::builder()
            .table_name(TABLE)
            .set_key(Some(visitor(project, &session)))
            .update_expression(window.expression(", opening = :opening, opened = :opened, opened_at = :now"))
            .condition_expression(format!(
                "(attribute_not_exists(opening) OR opening <> :opening OR opened_at <= :retry) AND {most}"
            ))
            .expression_attribute_values(":calls", number_value(1))
            .expression_attribute_values(":expires_at", number_value(window.expires_at))
            .expression_attribute_values(":opening", text_value(Uuid::new_v4().simple()))
            .expression_attribute_values(":opened", text_value(id))
            .expression_attribute_values(":now", number_value(now))
            .expression_attribute_values(":most", number_value(30))
            .expression_attribute_values(":retry", number_value(now - 30_000_000))
            .return_values_on_condition_check_failure(AllOld);
        let ticket = put(ticket).condition_expression("attribute_not_exists(PK)");
        let message = put(self.message(partition, now, number));
        self.transact([
            TransactWriteItem::builder().put(ticket.build()?).build(),
            TransactWriteItem::builder().update(counter.build()?).build(),
            TransactWriteItem::builder().update(opening.build()?).build(),
            TransactWriteItem::builder().put(message.build()?).build(),
        ])
        .await
    }

    /// Reads the ticket and the visitor's window together, then writes the ticket and the message in one transaction.
    async fn append(&self, customer: &Customer, time: u32) -> Result<Cost, Failure> {
        let (now, partition) = (micros(), ticket_partition(customer.project.0, customer.ticket.0));
        let get = self.client.get_item().table_name(TABLE).key("PK", partition.clone()).key("SK", text_value("~"));
        let get = get.consistent_read(true).return_consumed_capacity(Total);
        let window = window(now);
        let count = self
            .client
            .update_item()
            .table_name(TABLE)
            .set_key(Some(visitor(customer.project.0, &customer.session)))
            .update_expression(window.expression(""))
            .expression_attribute_values(":calls", number_value(1))
            .expression_attribute_values(":expires_at", number_value(window.expires_at))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(Total);
        let (got, counted) = tokio::join!(get.send(), count.send());
        let (got, counted) = (got?, counted?);
        let before = got.item.ok_or("no ticket")?;
        let number = |name| Ok::<u32, Failure>(before.get(name).and_then(|value| value.as_n().ok()).ok_or(name)?.parse()?);
        let version = number("ver")?;
        let ticket = with(
            &before,
            [
                ("upd", text_value(format!("{now:016}#{}", number("num")?))),
                ("ver", number_value(version + 1)),
                ("mct", number_value(number("mct")? + 1)),
                ("utm", number_value(number("utm")? + 1)),
                ("lmt", text_value(text(time))),
                ("lma", number_value(now)),
                ("lea", number_value(now)),
            ],
        );
        let ticket = put(ticket).condition_expression("ver = :before");
        let ticket = ticket.expression_attribute_values(":before", number_value(version));
        let message = with(&self.message(partition, now, time), [("flw", number_value(customer.last.micros()))]);
        let written = self.transact([
            TransactWriteItem::builder().put(ticket.build()?).build(),
            TransactWriteItem::builder().put(put(message).build()?).build(),
        ]);
        let written = written.await?;
        Ok(read(got.consumed_capacity.as_ref()).and(wrote(counted.consumed_capacity.as_ref())).and(written))
    }

    /// One range read, which includes the ticket behind the cursor.
    async fn poll(&self, customer: &Customer) -> Result<Cost, Failure> {
        let found = self
            .client
            .query()
            .table_name(TABLE)
            .key_condition_expression("PK = :pk AND SK > :cursor")
            .expression_attribute_values(":pk", ticket_partition(customer.project.0, customer.ticket.0))
            .expression_attribute_values(":cursor", text_value(format!("M#{:016}", customer.last.micros())))
            .limit(i32::try_from(PAGE)? + 1)
            .scan_index_forward(true)
            .consistent_read(true)
            .return_consumed_capacity(Total)
            .send()
            .await?;
        if found.count != 1 {
            return Err("a poll with nothing new meets the ticket".into());
        }
        Ok(read(found.consumed_capacity.as_ref()))
    }

    /// Reads a page of each status, and the totals, all at the same time.
    async fn list(&self, project: &Project) -> Result<Cost, Failure> {
        let limit = i32::try_from(PAGE)? + 1;
        let statuses = ["new", "open", "pending", "on_hold", "resolved"].into_iter().map(|status| {
            let query = self.client.query().table_name(TABLE).index_name("by_status").key_condition_expression("sts = :status");
            let query = query.expression_attribute_values(":status", text_value(format!("{}#{status}", project.id)));
            query.limit(limit).scan_index_forward(false).consistent_read(false).return_consumed_capacity(Total).send()
        });
        let totals = self.client.get_item().table_name(TABLE).set_key(Some(key(format!("P#{}", project.id), "TOTALS")));
        let totals = totals.consistent_read(false).return_consumed_capacity(Total).send();
        let (pages, totals) = tokio::join!(try_join_all(statuses), totals);
        let pages = pages?;
        if pages.iter().any(|page| page.count != limit) {
            return Err("a status has less than a page".into());
        }
        let cost = read(totals?.consumed_capacity.as_ref());
        Ok(pages.iter().map(|page| read(page.consumed_capacity.as_ref())).fold(cost, Cost::and))
    }

    fn message(&self, partition: AttributeValue, now: i64, time: u32) -> Item {
        let sort_key = text_value(format!("M#{now:016}"));
        with(
            &self.model.message,
            [("PK", partition), ("SK", sort_key), ("id", text_value(Uuid::now_v7())), ("txt", text_value(text(time)))],
        )
    }

    async fn transact<const N: usize>(&self, writes: [TransactWriteItem; N]) -> Result<Cost, Failure> {
        let call = self.client.transact_write_items().set_transact_items(Some(writes.into()));
        let written = call.return_consumed_capacity(Total).send().await?;
        let units = written.consumed_capacity.iter().flatten().map(units).sum();
        Ok(Cost { calls: 1.0, read_units: 0.0, write_units: units })
    }
}

/// The visitor's messages, counted by minute.
struct Window {
    present: String,
    old: Vec<String>,
    expires_at: i64,
}

fn window(now: i64) -> Window {
    let seconds = now / 1_000_000;
    let attribute = |minute: i64| format!("w60_{minute}");
    let minute = seconds / 60;
    Window { present: attribute(minute), old: (minute - 6..minute - 1).map(attribute).collect(), expires_at: seconds + 120 }
}

impl Window {
    fn expression(&self, extra: &str) -> String {
        format!("SET expires_at = :expires_at{extra} ADD {} :calls REMOVE {}", self.present, self.old.join(", "))
    }
}

fn micros() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}

fn ticket_partition(project: u32, ticket: Uuid) -> AttributeValue {
    text_value(format!("P#{project}#T#{ticket}"))
}

fn visitor(project: u32, session: &str) -> Item {
    key(format!("P#{project}#V#{}", session.replace('-', "")), "~")
}

fn key(partition: String, sort: &str) -> Item {
    HashMap::from([("PK".to_owned(), text_value(partition)), ("SK".to_owned(), text_value(sort))])
}

fn text_value(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

fn number_value(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn with<const N: usize>(model: &Item, changed: [(&str, AttributeValue); N]) -> Item {
    let mut item = model.clone();
    item.extend(changed.map(|(name, value)| (name.to_owned(), value)));
    item
}

fn put(item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
    Put::builder().table_name(TABLE).set_item(Some(item)).return_values_on_condition_check_failure(AllOld)
}

fn units(capacity: &ConsumedCapacity) -> f64 {
    capacity.capacity_units().unwrap_or(0.0)
}

fn read(capacity: Option<&ConsumedCapacity>) -> Cost {
    Cost { calls: 1.0, read_units: capacity.map_or(0.0, units), write_units: 0.0 }
}

fn wrote(capacity: Option<&ConsumedCapacity>) -> Cost {
    Cost { calls: 1.0, read_units: 0.0, write_units: capacity.map_or(0.0, units) }
}
