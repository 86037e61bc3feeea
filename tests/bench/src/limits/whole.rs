//! Messages as large as an item gets. The largest one is kept whole; one byte more is refused by its name and changes nothing.

use lambdesk_domain::{text::STORED, ticket::Status};
use serde_json::{Value, json};

use crate::{
    Failure,
    front::Connection,
    world::{AGENT_KEY, Customer, World, tickets},
};

/// Characters of a text and of rich content, of four bytes each, so that the bytes are the limit.
const LONG: usize = 49_000;

pub(super) async fn print(world: &mut World) -> Result<(), Failure> {
    let project = world.projects(1).await?.remove(0);
    let customer = tickets(&world.store, &project, &[(Status::New, 1)]).await?.remove(0);
    let mut desk = Calls { connection: Connection::open(world.address).await?, customer };
    let text = "\u{1F600}".repeat(LONG);
    let rich = |bytes: usize| json!({"type": "doc", "x": "\u{1F600}".repeat(bytes / 4) + &"x".repeat(bytes % 4)});
    let room = STORED - text.len() - rich(0).to_string().len();
    let largest = json!({"message": text, "rich_content": rich(room)});
    let before = desk.get("messages/?limit=1").await?["count"].clone();
    desk.reply(400, &json!({"message": text, "rich_content": rich(room + 1)})).await?;
    let refused = desk.last()?;
    if desk.get("messages/?limit=1").await?["count"] != before || refused["attr"] != "message" {
        return Err(format!("one byte more is not refused as it should be: {refused}").into());
    }
    let cost = desk.reply(201, &largest).await?;
    let kept = desk.get("messages/?limit=2").await?["results"][1].clone();
    if kept["content"] != largest["message"] || kept["rich_content"] != largest["rich_content"] {
        return Err("the largest message is not kept whole".into());
    }
    println!("\na message of {STORED} bytes: kept whole, {cost} write units; one byte more: 400 {}", refused["detail"]);
    Ok(())
}

struct Calls {
    connection: Connection,
    customer: Customer,
}

impl Calls {
    /// Replies, and returns the write units.
    async fn reply(&mut self, status: u16, body: &Value) -> Result<f64, Failure> {
        let request = self.request("POST", "reply/", &body.to_string());
        Ok(self.connection.costs(status, request).await?.write_units)
    }

    async fn get(&mut self, path: &str) -> Result<Value, Failure> {
        let request = self.request("GET", path, "");
        self.connection.expect(200, request).await?;
        self.last()
    }

    /// The JSON of the last answer.
    fn last(&self) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(self.connection.body()?)?)
    }

    fn request(&self, method: &str, path: &str, body: &str) -> String {
        let Customer { project, ticket, .. } = &self.customer;
        format!(
            "{method} /api/projects/{project}/conversations/tickets/{ticket}/{path} HTTP/1.1\r\nHost: desk\r\n\
             Authorization: Bearer {AGENT_KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}
