//! The desk over HTTP: one kept-alive connection, and as little client as possible, so that the load leaves the cores to the
//! desk.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use uuid::Uuid;

use crate::{
    Failure,
    load::{Caller, Side},
    world::{AGENT_KEY, Cost, Customer, Job, PAGE, World, text},
};

/// How many calls a client makes from one address. The desk accepts 300 messages an hour from the strangers of one address.
const CALLS_PER_ADDRESS: u32 = 250;
/// How many addresses have been used. On Linux, every address that begins with 127 is this machine.
static ADDRESSES: AtomicU32 = AtomicU32::new(0);

/// A client of the front, with a job.
pub(crate) struct Front {
    address: SocketAddr,
    connection: Connection,
    calls: u32,
    job: Job,
}

impl Side for Front {
    const NAME: &'static str = "over HTTP";

    async fn new(world: &World, job: Job) -> Result<Self, Failure> {
        Ok(Self { address: world.address, connection: Connection::open(world.address).await?, calls: 0, job })
    }
}

impl Caller for Front {
    async fn step(&mut self) -> Result<bool, Failure> {
        self.calls += 1;
        if self.calls.is_multiple_of(CALLS_PER_ADDRESS) {
            let debug = self.connection.debug;
            self.connection = Connection { debug, ..Connection::open(self.address).await? };
        }
        let request = match &mut self.job {
            Job::Create { project, next } => {
                *next += 1;
                message(&project.token, None, &Uuid::new_v4().to_string(), &text(*next))
            }
            Job::Append(seats) => {
                let Some((customer, time)) = seats.next() else { return Ok(false) };
                message(&customer.token, Some(customer), &customer.session, &text(time))
            }
            Job::Poll(seats) => {
                let Some((customer, _)) = seats.next() else { return Ok(false) };
                poll(customer)
            }
            Job::List { project } => format!(
                "GET /api/projects/{}/conversations/tickets/?limit={PAGE} HTTP/1.1\r\nHost: desk\r\nAccept: application/json\r\n\
                 Authorization: Bearer {AGENT_KEY}\r\n\r\n",
                project.id
            ),
        };
        self.connection.expect(200, &request).await?;
        Ok(true)
    }
}

impl Front {
    /// Does the operation once, and returns the cost that the desk reports.
    pub(crate) async fn costs(&mut self) -> Result<Cost, Failure> {
        self.connection.debug = true;
        self.step().await?;
        self.connection.cost()
    }
}

/// The headers that a browser adds to each call of the widget.
const BROWSER: &str = "Host: desk\r\nOrigin: https://shop.example\r\nReferer: https://shop.example/\r\nAccept: */*\r\n\
     Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n\
     User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n";

/// The request that the widget sends when its visitor writes.
pub(crate) fn message(token: &str, customer: Option<&Customer>, session: &str, text: &str) -> String {
    let mut body = json!({
        "message": text,
        "traits": {"name": "Ada Lovelace", "email": "ada@example.com"},
        "ticket_id": customer.map(|customer| customer.ticket.to_string()),
        "widget_session_id": session,
        "distinct_id": session,
        "session_id": session,
        "session_context": {"session_replay_url": format!("https://desk.example/project/phc_bench/replay/{session}?t=30")},
    });
    if customer.is_none() {
        body["session_context"]["current_url"] = "https://shop.example/basket?step=2".into();
    }
    let body = body.to_string();
    format!(
        "POST /api/conversations/v1/widget/message HTTP/1.1\r\n{BROWSER}Content-Type: application/json\r\n\
         X-Conversations-Token: {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The request of an agent's reply.
pub(crate) fn reply(customer: &Customer, text: &str) -> String {
    let Customer { project, ticket, .. } = customer;
    let body = json!({"message": text}).to_string();
    format!(
        "POST /api/projects/{project}/conversations/tickets/{ticket}/reply/ HTTP/1.1\r\nHost: desk\r\nAccept: application/json\r\n\
         Authorization: Bearer {AGENT_KEY}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The request that an open widget sends every five seconds.
fn poll(customer: &Customer) -> String {
    let Customer { token, ticket, session, last, .. } = customer;
    format!(
        "GET /api/conversations/v1/widget/messages/{ticket}?limit={PAGE}&widget_session_id={session}&after={last}&_=1760000000000 \
         HTTP/1.1\r\n{BROWSER}X-Conversations-Token: {token}\r\n\r\n"
    )
}

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    /// The last answer, with head and body.
    received: Vec<u8>,
    /// Whether to ask for the cost of each request.
    debug: bool,
    /// Since [`Connection::begin`]: requests, bytes of their answers, and round trips.
    tally: (f64, f64, f64),
}

impl Connection {
    /// Opens a connection from an address that has not called yet.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let caller = Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + ADDRESSES.fetch_add(1, Relaxed));
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((caller, 0)))?;
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(1 << 16), debug: false, tally: (0.0, 0.0, 0.0) })
    }

    /// Counts requests from now on, and asks for the cost of each.
    pub(crate) fn begin(&mut self) {
        (self.debug, self.tally) = (true, (0.0, 0.0, 0.0));
    }

    /// Ends that. Returns how many requests there were, the bytes of their answers, and their round trips.
    pub(crate) fn end(&mut self) -> (f64, f64, f64) {
        self.debug = false;
        self.tally
    }

    /// Sends a request, and fails unless the answer has this status.
    pub(crate) async fn expect(&mut self, status: u16, request: impl AsRef<[u8]>) -> Result<(), Failure> {
        match self.exchange(request.as_ref()).await? {
            answered if answered == status => Ok(()),
            answered => Err(format!("{answered} {}", String::from_utf8_lossy(&self.received)).into()),
        }
    }

    /// Requests a page, and returns what the desk reports about it and the plan that it used.
    pub(crate) async fn told(&mut self, request: &str) -> Result<Told, Failure> {
        self.debug = true;
        let answered = self.expect(200, request).await;
        self.debug = false;
        answered?;
        let (cost, told) = (self.header("x-lambdesk-cost: ")?, self.header("x-lambdesk-plan: ")?);
        Ok(Told {
            trips: part(&cost, "round_trips=").parse()?,
            read_units: part(&cost, "rcu=").parse()?,
            plan: part(&told, "plan=").to_owned(),
            examined: part(&told, "examined=").parse()?,
            returned: part(&told, "returned=").parse()?,
        })
    }

    /// Sends a request, and returns what it cost.
    pub(crate) async fn costs(&mut self, status: u16, request: impl AsRef<[u8]>) -> Result<Cost, Failure> {
        self.debug = true;
        let answered = self.expect(status, request).await;
        self.debug = false;
        answered?;
        self.cost()
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> Result<&[u8], Failure> {
        let end = self.received.windows(4).position(|window| window == b"\r\n\r\n").ok_or("an answer without an end")?;
        Ok(&self.received[end + 4..])
    }

    /// The cost that the last answer reports.
    fn cost(&self) -> Result<Cost, Failure> {
        let cost = self.header("x-lambdesk-cost: ")?;
        let part = |name| part(&cost, name).parse::<f64>();
        Ok(Cost { calls: part("calls=")?, read_units: part("rcu=")?, write_units: part("wcu=")? })
    }

    fn header(&self, start: &str) -> Result<String, Failure> {
        let head = String::from_utf8_lossy(&self.received);
        let value = head.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
        Ok(value.ok_or_else(|| format!("no {start} in the answer"))?)
    }

    /// The JSON at a path that needs no credential.
    pub(crate) async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.json(&format!("GET {path} HTTP/1.1\r\nHost: desk\r\n\r\n")).await
    }

    /// The JSON that answers a POST without a body.
    pub(crate) async fn post<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.json(&format!("POST {path} HTTP/1.1\r\nHost: desk\r\nContent-Length: 0\r\n\r\n")).await
    }

    async fn json<T: DeserializeOwned>(&mut self, request: &str) -> Result<T, Failure> {
        self.expect(200, request).await?;
        Ok(serde_json::from_slice(self.body()?)?)
    }

    /// Sends a request, reads its whole answer, and returns the status.
    async fn exchange(&mut self, request: &[u8]) -> Result<u16, Failure> {
        let first = request.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let (line, rest) = request.split_at(first);
        let asks: &[u8] = if self.debug { b"X-Lambdesk-Debug: 1\r\n" } else { b"" };
        self.stream.write_all(&[line, asks, rest].concat()).await?;
        self.received.clear();
        let mut length = None;
        while length.is_none_or(|length| self.received.len() < length) {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the desk closed the connection".into());
            }
            if length.is_none() {
                length = answer_length(&self.received)?;
            }
        }
        if self.debug {
            let trips = self.header("x-lambdesk-cost: ").ok().and_then(|cost| part(&cost, "round_trips=").parse().ok());
            let (requests, bytes, sum) = self.tally;
            self.tally = (requests + 1.0, bytes + self.received.len() as f64, sum + trips.unwrap_or(0.0));
        }
        status(&self.received)
    }
}

/// What a page of a list cost.
pub(crate) struct Told {
    /// Round trips, each of which waits for the one before.
    pub(crate) trips: u32,
    pub(crate) read_units: f64,
    /// The name of the plan that was used.
    pub(crate) plan: String,
    /// How many tickets were read for the page, and how many are on it.
    pub(crate) examined: usize,
    pub(crate) returned: usize,
}

/// The text after `name` in words that are separated by spaces.
fn part<'a>(told: &'a str, name: &str) -> &'a str {
    told.split(' ').find_map(|part| part.strip_prefix(name)).unwrap_or_default()
}

/// The length of an answer with head and body; `None` until its head has arrived.
fn answer_length(received: &[u8]) -> Result<Option<usize>, Failure> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = str::from_utf8(&received[..end])?;
    if status(received)? == 204 {
        return Ok(Some(end + 4));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).ok_or("an answer without a length")?;
    Ok(Some(end + 4 + length.parse::<usize>()?))
}

fn status(received: &[u8]) -> Result<u16, Failure> {
    Ok(str::from_utf8(received.get(9..12).unwrap_or_default())?.parse()?)
}

/// Fails unless the desk reports that it is healthy.
pub(crate) fn health(address: SocketAddr) -> Result<(), Failure> {
    match once(address, "GET /_local/health")? {
        200 => Ok(()),
        other => Err(format!("the desk's health: {other}").into()),
    }
}

/// Waits up to ten seconds until the desk has nothing left to do. Returns whether that is so.
pub(crate) fn drain(address: SocketAddr) -> Result<bool, Failure> {
    match once(address, "POST /_local/drain")? {
        200 => Ok(true),
        503 => Ok(false),
        other => Err(format!("draining the desk: {other}").into()),
    }
}

fn once(address: SocketAddr, what: &str) -> Result<u16, Failure> {
    let mut stream = std::net::TcpStream::connect(address)?;
    write!(stream, "{what} HTTP/1.1\r\nHost: desk\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    let mut received = Vec::new();
    stream.read_to_end(&mut received)?;
    status(&received)
}
