//! The whole desk in one process: the HTTP front, an embedded DynamoDB, and everything that follows the table's stream, up to
//! the workflows.
//!
//! The functions are the libraries that run on AWS. They reach the embedded database with the ordinary SDK over loopback, so
//! they cannot tell it from AWS's.

mod bucket;
pub mod bus;
mod database;
pub mod demo;
mod front;
mod functions;
mod listeners;
mod mail;
mod once;
mod own;
mod pipeline;
mod player;
mod roles;
mod seed;
mod serving;
pub mod ses;
mod sign_in;
pub mod stream;
mod template;
mod ticker;

use std::{fmt::Display, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use lambdesk_bucket::Bucket;
use lambdesk_channels::MailService;
use lambdesk_clock::Clock;
use lambdesk_domain::Timestamp;
use lambdesk_http::{Context, public_url::PublicUrl};
use lambdesk_runtime::connect::Access;
use lambdesk_session::Provider;
use lambdesk_store::{Connection, Store, schema};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use front::openapi;
pub use functions::Functions;
pub use lambdesk_session::Registration;
pub use roles::{Grant, Grants};

use crate::{
    database::Database,
    pipeline::{Own, Pipeline},
    roles::{Acting, Roles},
    ticker::Ticker,
};

/// The options that a desk is started with.
#[derive(Clone, Default)]
pub struct Options {
    /// The port of the HTTP front; 0 takes any free port.
    pub port: u16,
    /// The port of the player of recordings, which has an origin of its own; `None` takes the one after `port`, or any free one.
    pub replay_port: Option<u16>,
    /// The directory of all data; `None` deletes everything when the process ends.
    pub data: Option<PathBuf>,
    /// The URL that links begin with; `None` takes the address that the front listens on.
    pub public: Option<PublicUrl>,
    /// The directory of the files that are served under `/static/`.
    pub assets: Option<PathBuf>,
    /// The time between two ticks of the clock; `None` ticks only on request.
    pub tick: Option<Duration>,
    /// The source of the time, so that a test need not wait for a day to pass; `None` is the system's clock.
    pub time: Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>,
    /// Whether agents are asked to sign in. Otherwise whoever sits at this machine is the first agent.
    pub sign_in: bool,
    /// Who says who agents are; `None` if nobody does.
    pub provider: Option<Registration>,
    /// A file of rules of people's own.
    pub rules: Option<PathBuf>,
    /// Where the functions of these rules are invoked; `None` only shows what the functions would get.
    pub functions: Option<Functions>,
    /// Another DynamoDB in place of the embedded one, to check the functions against. The desk does not follow its stream:
    /// totals stay as they are, and no workflow runs.
    pub elsewhere: Option<Connection>,
    /// The domain of the desk's e-mail addresses; `None` is `desk.test`.
    pub mail_domain: Option<String>,
    /// The port on which the desk takes mail by SMTP; 0 takes any free port, and `None` none.
    pub smtp: Option<u16>,
    /// A mail server, as `host:port`, that gets what leaves by mail; `None` only keeps it in the outbox.
    pub smarthost: Option<String>,
    /// Whether a new desk's first project records the sessions of who writes.
    pub records: bool,
    /// How long a client may take over a request's headers; `None` is 20 s.
    pub patience: Option<Duration>,
}

/// How long requests in flight may take to finish when the desk stops.
const GRACE: Duration = Duration::from_secs(10);

/// A running desk.
pub struct Running {
    /// The address of the HTTP front.
    pub address: SocketAddr,
    /// The address of the player of recordings.
    pub player: SocketAddr,
    /// The address of the SMTP listener, if there is one.
    pub smtp: Option<SocketAddr>,
    /// The desk's table, for tests and benchmarks that look behind the front.
    pub store: Store,
    /// How to reach the desk's DynamoDB.
    pub dynamodb: Connection,
    /// What the functions' roles allow, and what the functions have used of it.
    pub grants: Arc<Grants>,
    stop: watch::Sender<bool>,
    front: JoinHandle<()>,
    player_front: JoinHandle<()>,
    pipeline: Option<Arc<Pipeline>>,
    ticker: Arc<Ticker>,
    bucket: bucket::Service,
    database: Option<Database>,
}

impl Running {
    /// The URL that serves EventBridge and SQS; `None` if the database is elsewhere.
    pub fn bus_endpoint(&self) -> Option<&str> {
        self.pipeline.as_deref().map(Pipeline::endpoint)
    }

    /// The bus, for tests that make it fail; `None` if the database is elsewhere.
    pub fn bus(&self) -> Option<&bus::Bus> {
        self.pipeline.as_deref().map(Pipeline::bus)
    }

    /// The service that sends mail, for tests that make it fail; `None` if the database is elsewhere.
    pub fn ses(&self) -> Option<&ses::Ses> {
        self.pipeline.as_deref().map(Pipeline::ses)
    }

    /// The URL that serves SES's API, as far as it sends; `None` if the database is elsewhere.
    pub fn ses_endpoint(&self) -> Option<&str> {
        self.pipeline.as_deref().map(Pipeline::ses_endpoint)
    }

    /// Makes the bucket fail every call, or work again, for tests.
    pub fn bucket_is_away(&self, is_away: bool) {
        self.bucket.be_away(is_away);
    }

    /// The bucket as a function of the template reaches it, for tests that run one themselves.
    pub fn bucket_of(&self, function: &str) -> Bucket {
        self.bucket.of(function)
    }

    /// The keys of all objects of the bucket, for tests.
    pub fn objects(&self) -> io::Result<Vec<String>> {
        self.bucket.keys()
    }

    /// The queue that workflows are started from; `None` if the database is elsewhere.
    pub fn workflow_queue(&self) -> Option<bus::Queue> {
        self.bus()?.queue("WorkflowQueue")
    }

    /// Finishes what is in flight and closes the database. Requests have ten seconds for that.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = tokio::time::timeout(GRACE, async { tokio::join!(self.front, self.player_front) }).await;
        self.ticker.stop().await;
        if let Some(pipeline) = self.pipeline {
            pipeline.stop().await;
        }
        self.bucket.stop();
        if let Some(database) = self.database {
            database.stop().await;
        }
    }
}

/// The error with the name of what it concerns, because the system's message leaves that out.
fn about(what: &str, error: impl Display) -> io::Error {
    io::Error::other(format!("{what}: {error}"))
}

/// Starts the desk. Once this returns, the desk answers HTTP. It fails if the port is taken, or if the data, the template or
/// the rules cannot be read.
pub async fn start(options: Options) -> io::Result<Running> {
    let listener = TcpListener::bind(("127.0.0.1", options.port)).await;
    let listener = listener.map_err(|error| about(&format!("port {}", options.port), error))?;
    let address = listener.local_addr()?;
    let player_listener = player::listen(options.replay_port, options.port).await?;
    let player = player_listener.local_addr()?;
    let database = match options.elsewhere {
        None => Some(Database::open(options.data.clone())?),
        Some(_) => None,
    };
    let connection = options.elsewhere.or_else(|| database.as_ref().map(Database::connection));
    let connection = connection.ok_or_else(|| io::Error::other("no database"))?;
    let client = if database.is_some() { once::client(&connection.client()) } else { connection.client() };
    let store = match options.time {
        Some(time) => Store::with_clock(client.clone(), &connection.table, move || time()),
        None => Store::new(client.clone(), &connection.table),
    };
    schema::create_table(&client, &connection.table).await.map_err(io::Error::other)?;
    seed::ensure(&store.founding(), options.records).await.map_err(io::Error::other)?;
    if options.smtp.is_some() {
        seed::addresses(&store.founding()).await.map_err(io::Error::other)?;
    }
    let acting = Acting { roles: Roles::read(template::TEXT)?, store: &store, client: &client };
    acting.warm_up().await?;
    let own = Own { rules: options.rules, functions: options.functions };
    let (stop, stopped) = watch::channel(false);
    let files = database.as_ref().map(|database| database.directory().join("mail"));
    let bucket = bucket::Service::start(files, acting.roles.rights()).await?;
    let domain = options.mail_domain.unwrap_or_else(|| mail::DOMAIN.to_owned());
    let public = match options.public.clone() {
        Some(public) => public,
        None => format!("http://{address}").parse().map_err(io::Error::other)?,
    };
    let mail = pipeline::Mail {
        domain: domain.clone(),
        bucket: bucket.clone(),
        link_base: public.as_str().to_owned(),
        smarthost: options.smarthost,
        stopped: stopped.clone(),
    };
    let pipeline = match &database {
        Some(database) => Some(Arc::new(Pipeline::start(database, &acting, options.data, own, mail).await?)),
        None => None,
    };
    let ticker = Arc::new(Ticker::start(Clock { upkeep: acting.store("ClockFunction")?.upkeep() }, options.tick));
    let provider = options.provider.map(Provider::new).transpose().map_err(io::Error::other)?.map(Arc::new);
    let mail = match &database {
        Some(database) => {
            let directory = database.directory().join("mail");
            let files = bucket.of("MailroomFunction");
            Some(mail::Service::open(directory, acting.store("MailroomFunction")?, files, domain.clone())?)
        }
        None => None,
    };
    let smtp = match (&mail, options.smtp) {
        (Some(mail), Some(port)) => {
            let listener = TcpListener::bind(("127.0.0.1", port)).await;
            let listener = listener.map_err(|error| about(&format!("port {port}"), error))?;
            Some(mail::smtp::listen(listener, mail.clone(), stopped.clone())?)
        }
        _ => None,
    };
    if let Some(mail) = &mail {
        tokio::spawn(mail::folder::watch(mail.clone(), stopped.clone()));
    }
    if let (Some(mail), Some(_)) = (&mail, options.tick) {
        tokio::spawn(mail::daily::watch(mail.clone(), stopped.clone()));
    }
    if let (Some(pipeline), Some(mail)) = (&pipeline, &mail) {
        pipeline.ses().answers_to(mail.clone());
    }
    let endpoint = pipeline.as_deref().map(|pipeline| pipeline.ses_endpoint().to_owned());
    let sends = MailService::new(Access::local(), endpoint);
    let mail = front::Mail { domain, service: mail, sends, bucket: bucket.clone() };
    let way_in = front::WayIn { asks: options.sign_in, provider, port: address.port() };
    let files = bucket.origin().parse().map_err(io::Error::other)?;
    let inbox = front::inbox(options.assets, &player::origins(player.port())?, &files);
    let context = Context::new(store.clone());
    let routes = front::routes(&context, &acting, pipeline.clone(), ticker.clone(), inbox, way_in, mail)?;
    let player_routes = lambdesk_inbox::player(&player::inbox_origins(address.port(), options.public.as_ref())?, &files);
    let serve = |listener, routes| front::serve(listener, routes, public.clone(), options.patience, stopped.clone());
    let front = tokio::spawn(serve(listener, routes));
    let player_front = tokio::spawn(serve(player_listener, player_routes));
    let grants = Arc::clone(&acting.roles.grants);
    Ok(Running {
        address,
        player,
        smtp,
        store,
        dynamodb: connection,
        grants,
        stop,
        front,
        player_front,
        pipeline,
        ticker,
        bucket,
        database,
    })
}
