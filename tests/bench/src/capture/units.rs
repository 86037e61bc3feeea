//! What calls cost, as the desk tells it.

use uuid::Uuid;

use super::EVENTS;
use crate::{
    Failure, front,
    front::Connection,
    sdk::{self, Events, request},
    world::{AGENT_KEY, Cost, World},
};

/// The token of the desk's first project, which records.
const TOKEN: &str = "phc_local";
const WIDGET: &str = "wgt_local";

/// What the bill is made of.
pub(super) struct Costs {
    /// A session as the SDK sent it: how many calls, and their units.
    pub(super) ticket: (u32, Cost),
    /// What an agent's look at it takes.
    pub(super) look: (u32, Cost),
    /// A call with a part of 360 KB.
    pub(super) part: Cost,
    /// A call with a part of a stranger.
    pub(super) stranger: Cost,
}

pub(super) async fn print(world: &World) -> Result<Costs, Failure> {
    let mut desk = Calls { world, connection: Connection::open(world.address).await? };
    let events = Events::read()?;
    println!("\n                                           calls of DynamoDB     RCU     WCU");
    let session = &Uuid::now_v7().to_string();
    let more = &Uuid::now_v7().to_string();
    // The first call of a process asks for the token, the project and its day.
    desk.take("/e/", &events.body(1, TOKEN, more)).await?;
    desk.told("one event", "/e/", &events.body(1, TOKEN, session)).await?;
    desk.told("20 events of the SDK", "/e/", &events.body(EVENTS, TOKEN, session)).await?;
    desk.told("a new exception of 20 frames", "/e/", &sdk::exception(TOKEN, session, 21)).await?;
    desk.told("the same again", "/e/", &sdk::exception(TOKEN, session, 21)).await?;
    desk.told("100 events that don't compress", "/e/", &sdk::noise(100, TOKEN, session)).await?;
    let stranger = desk.cost(503, "/s/", &sdk::part(TOKEN, &Uuid::now_v7().to_string(), 100)).await?;
    print_row("a part of a stranger's recording", &stranger);
    let known = desk.opens_ticket().await?.1;
    desk.told("a part of a recording, 4 KB", "/s/", &sdk::part(TOKEN, &known, 4_000)).await?;
    let part = desk.told("a part of a recording, 360 KB", "/s/", &sdk::part(TOKEN, &known, 360_000)).await?;
    for _ in 0..30 {
        desk.connection.expect(200, request("/e/", &sdk::noise(100, TOKEN, more), false)).await?;
    }
    let refused = desk.cost(200, "/e/", &events.body(EVENTS, TOKEN, more)).await?;
    print_row("events of a full session (on AWS 1 WCU)", &refused);
    let (ticket, look) = desk.replay().await?;
    print_row("a session of the demo, all calls", &ticket.1);
    print_row("an agent's look at all of it", &look.1);
    Ok(Costs { ticket, look, part, stranger })
}

fn print_row(name: &str, Cost { calls, read_units, write_units }: &Cost) {
    println!("  {name:<40} {calls:>17.0} {read_units:>7.1} {write_units:>7.1}");
}

/// A page, and an agent.
struct Calls<'a> {
    world: &'a World,
    connection: Connection,
}

impl Calls<'_> {
    async fn cost(&mut self, status: u16, path: &str, body: &str) -> Result<Cost, Failure> {
        self.connection.costs(status, request(path, body, false)).await
    }

    /// A call that the desk takes.
    async fn take(&mut self, path: &str, body: &str) -> Result<Cost, Failure> {
        let cost = self.cost(200, path, body).await?;
        if self.connection.body()? == b"{\"status\":1}" { Ok(cost) } else { Err("the desk takes no more".into()) }
    }

    async fn told(&mut self, name: &str, path: &str, body: &str) -> Result<Cost, Failure> {
        let cost = self.take(path, body).await?;
        print_row(name, &cost);
        Ok(cost)
    }

    /// A customer writes. Returns the ticket and the session that it names.
    async fn opens_ticket(&mut self) -> Result<(String, String), Failure> {
        let session = Uuid::now_v7().to_string();
        self.connection.expect(200, front::message(WIDGET, None, &session, "Nothing works")).await?;
        let answer: serde_json::Value = serde_json::from_slice(self.connection.body()?)?;
        self.world.quiet().await?;
        Ok((answer["ticket_id"].as_str().ok_or("no ticket")?.to_owned(), session))
    }

    /// One of the demo's sessions once more, and an agent who looks at it.
    async fn replay(&mut self) -> Result<((u32, Cost), (u32, Cost)), Failure> {
        let sessions = sdk::sessions()?;
        let seen = sessions.values().next().ok_or("the demo has no session")?;
        let (ticket, id) = self.opens_ticket().await?;
        let (mut sent, mut looked) = ((0, Cost::default()), (0, Cost::default()));
        for call in &seen.calls {
            let body = call.body.replace(&seen.id, &id);
            sent = (sent.0 + 1, sent.1.and(self.take(&call.path, &body).await?));
        }
        let path = format!("/api/projects/1/conversations/tickets/{ticket}/");
        for part in ["context/", "recording/"] {
            looked = (looked.0 + 1, looked.1.and(self.get(&format!("{path}{part}")).await?));
        }
        let listed: serde_json::Value = serde_json::from_slice(self.connection.body()?)?;
        for chunk in listed["chunks"].as_array().into_iter().flatten() {
            let id = chunk["id"].as_str().unwrap_or_default();
            looked = (looked.0 + 1, looked.1.and(self.get(&format!("{path}recording/{id}/")).await?));
        }
        Ok((sent, looked))
    }

    async fn get(&mut self, path: &str) -> Result<Cost, Failure> {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: desk\r\nAccept: application/json\r\nAuthorization: Bearer {AGENT_KEY}\r\n\r\n");
        self.connection.costs(200, request).await
    }
}
