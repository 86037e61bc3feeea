//! A ticket of very many messages: what is done with it costs the same units as at few, and its answers are as long. Times would
//! tell of the machine.

use lambdesk_domain::ticket::Status;

use serde_json::{Value, json};

use crate::{
    Failure,
    front::{self, Connection},
    world::{AGENT_KEY, Cost, Customer, PAGE, World, tickets},
};

/// How many messages a short thread has. They are more than a page: the end of a thread is read in another way.
const FEW: u32 = 150;
/// How many bytes more an answer may have. Counts have more digits.
const DIGITS: usize = 64;

/// What something costs, and how many bytes its answer has.
struct Row {
    what: &'static str,
    cost: Cost,
    bytes: usize,
}

/// Writes the messages one by one, and prints what everything costs at few and at all of them.
pub(super) async fn print(world: &mut World, many: u32) -> Result<(), Failure> {
    let project = world.projects(1).await?.remove(0);
    let customer = tickets(&world.store, &project, &[(Status::New, 1)]).await?.remove(0);
    let mut thread = Thread { connection: Connection::open(world.address).await?, customer, messages: 1 };
    thread.grow(FEW).await?;
    world.quiet().await?;
    let few = thread.rows(world).await?;
    thread.grow(many).await?;
    world.quiet().await?;
    let all = thread.rows(world).await?;
    println!("\na ticket of {FEW} messages, and of {many}");
    println!("  what                       read units     write units    bytes of the answer");
    let mut grown = Vec::new();
    for (few, all) in few.iter().zip(&all) {
        let (before, after) = (few.cost, all.cost);
        println!(
            "  {:<24} {:>6.1} {:>6.1}   {:>6.1} {:>6.1}   {:>9} {:>9}",
            few.what, before.read_units, after.read_units, before.write_units, after.write_units, few.bytes, all.bytes
        );
        if before != after || few.bytes.abs_diff(all.bytes) > DIGITS {
            grown.push(few.what);
        }
    }
    if grown.is_empty() { Ok(()) } else { Err(format!("these cost more with more messages: {}", grown.join(", ")).into()) }
}

struct Thread {
    connection: Connection,
    customer: Customer,
    messages: u32,
}

impl Thread {
    /// Replies until there are this many messages.
    async fn grow(&mut self, messages: u32) -> Result<(), Failure> {
        while self.messages < messages {
            self.connection.expect(201, self.reply()).await?;
            self.messages += 1;
        }
        Ok(())
    }

    async fn rows(&mut self, world: &World) -> Result<Vec<Row>, Failure> {
        let ticket = self.customer.ticket;
        let newest = self.newest().await?;
        let mut rows = Vec::new();
        for (what, request) in [
            ("the ticket", self.get(&format!("tickets/{ticket}/"))),
            ("its oldest page", self.get(&format!("tickets/{ticket}/messages/?limit={PAGE}"))),
            ("its activity", self.get(&format!("tickets/{ticket}/activity/?limit={PAGE}"))),
            ("the list", self.get(&format!("tickets/?limit={PAGE}"))),
            ("nothing new to an agent", self.sync(&newest)),
            ("the widget's oldest page", self.poll("")),
            ("nothing new in the widget", self.poll(&format!("&after={newest}"))),
            ("the customer has read", self.read()),
        ] {
            // The first request also reads credentials and the like.
            self.connection.expect(200, &request).await?;
            world.quiet().await?;
            rows.push(self.row(what, 200, &request).await?);
        }
        self.grow(self.messages + 1).await?;
        world.quiet().await?;
        let reply = self.reply();
        self.messages += 1;
        rows.push(self.row("a reply", 201, &reply).await?);
        Ok(rows)
    }

    async fn row(&mut self, what: &'static str, status: u16, request: &str) -> Result<Row, Failure> {
        let cost = self.connection.costs(status, request).await?;
        Ok(Row { what, cost, bytes: self.connection.body()?.len() })
    }

    /// When the newest message was written.
    async fn newest(&mut self) -> Result<String, Failure> {
        let request = self.get(&format!("tickets/{}/", self.customer.ticket));
        self.connection.expect(200, request).await?;
        let ticket: Value = serde_json::from_slice(self.connection.body()?)?;
        let newest = ticket["last_message_at"].as_str().ok_or("a ticket without messages")?;
        // A plus is a blank in a query.
        Ok(newest.replace("+00:00", "Z"))
    }

    /// Other words each time: the same ones twice would be one reply.
    fn reply(&self) -> String {
        front::reply(&self.customer, &format!("Reply {:>6}.", self.messages))
    }

    fn get(&self, path: &str) -> String {
        self.request("GET", path, "")
    }

    /// What an agent's page asks every few seconds, with the ticket open.
    fn sync(&self, newest: &str) -> String {
        let ticket = self.customer.ticket.to_string();
        let body = json!({"open": {"id": ticket, "last_entry_at": newest}, "state": {"viewing": ticket}});
        self.request("POST", "sync/", &body.to_string())
    }

    fn request(&self, method: &str, path: &str, body: &str) -> String {
        format!(
            "{method} /api/projects/{}/conversations/{path} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {AGENT_KEY}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.customer.project,
            body.len()
        )
    }

    fn poll(&self, after: &str) -> String {
        let Customer { ticket, session, .. } = &self.customer;
        self.widget("GET", &format!("messages/{ticket}?limit={PAGE}&widget_session_id={session}{after}"), "")
    }

    fn read(&self) -> String {
        let Customer { ticket, session, .. } = &self.customer;
        let body = json!({"widget_session_id": session}).to_string();
        self.widget("POST", &format!("messages/{ticket}/read"), &body)
    }

    fn widget(&self, method: &str, path: &str, body: &str) -> String {
        format!(
            "{method} /api/conversations/v1/widget/{path} HTTP/1.1\r\nHost: desk\r\nX-Conversations-Token: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.customer.token,
            body.len()
        )
    }
}
