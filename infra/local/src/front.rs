//! The HTTP front: the routes of every function on one port, as API Gateway has them, and the routes of the local stack only.

use std::{borrow::Cow, io, path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, Request},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use lambdesk_channels::{HandOver, MailDomain, MailService};
use lambdesk_domain::ProjectId;
use lambdesk_http::{
    Context, Json as Body, Problem, Surface,
    body::{query_value, query_values},
    document::complete,
    edge::{edge, edge_taking},
    public_url::PublicUrl,
    run::trim_slash,
    session::SignIn,
};
use lambdesk_inbox::Origins;
use lambdesk_mailroom::Sweep;
use lambdesk_session::{Gate, Provider};
use lambdesk_store::Rung;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};
use tower::ServiceExt as _;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};

use crate::{
    bucket, mail,
    pipeline::Pipeline,
    roles::{Acting, Units},
    serving,
    ses::{self, Ses},
    sign_in,
    ticker::Ticker,
};

/// How long `/_local/drain` waits before it answers 503.
const DRAIN: Duration = Duration::from_secs(10);

/// How agents come in.
pub(crate) struct WayIn {
    /// Whether they are asked who they are.
    pub(crate) asks: bool,
    /// Who says so; `None` if nobody does.
    pub(crate) provider: Option<Arc<Provider>>,
    /// The port that the desk listens on.
    pub(crate) port: u16,
}

/// The inbox page, and whether there is a widget to show.
pub(crate) struct Inbox {
    routes: Router,
    has_widget: bool,
}

/// The inbox page, which shows the player of recordings from there, and files from the bucket. With `assets`, posthog-js comes
/// from this directory.
pub(crate) fn inbox(assets: Option<PathBuf>, player: &Origins, files: &Origins) -> Inbox {
    let has_widget = assets.as_ref().map_or_else(lambdesk_inbox::is_built, |assets| assets.join("array.js").is_file());
    let routes = match assets {
        Some(assets) => lambdesk_inbox::routes_with(assets, player, files),
        None => lambdesk_inbox::routes(None, player, files),
    };
    Inbox { routes, has_widget }
}

/// The desk's mail and files.
pub(crate) struct Mail {
    /// The domain of its addresses.
    pub(crate) domain: String,
    /// What takes mail; `None` if the database is elsewhere.
    pub(crate) service: Option<mail::Service>,
    /// What stands in for SES.
    pub(crate) sends: MailService,
    /// Where files are.
    pub(crate) bucket: bucket::Service,
}

/// Every route of the desk.
pub(crate) fn routes(
    context: &Context,
    acting: &Acting<'_>,
    pipeline: Option<Arc<Pipeline>>,
    ticker: Arc<Ticker>,
    inbox: Inbox,
    way_in: WayIn,
    mail: Mail,
) -> io::Result<Router> {
    let of = |function| Ok::<_, io::Error>(context.on(acting.store(function)?));
    let session = of("SessionFunction")?;
    let sign_in = match &way_in {
        WayIn { asks: false, .. } => SignIn::Local,
        WayIn { provider: Some(_), .. } => SignIn::Oidc,
        WayIn { provider: None, .. } => SignIn::None,
    };
    let local_sign_in = if way_in.asks { Router::new() } else { sign_in::routes(session.clone(), way_in.port) };
    let gate = Gate { sign_in, provider: way_in.provider };
    Ok(Router::new()
        .merge(inbox.routes)
        .merge(lambdesk_session::routes(session, gate))
        .merge(edge(local_sign_in, Surface::Agents))
        .merge(lambdesk_tickets::routes(of("TicketsFunction")?, mail.bucket.of("TicketsFunction"), MailDomain::new(&mail.domain)))
        .merge(lambdesk_channels::routes(
            of("ChannelsFunction")?,
            MailDomain::new(&mail.domain),
            hand_over(mail.service.clone()),
            mail.sends,
        ))
        .merge(lambdesk_external::routes(of("ExternalFunction")?))
        .merge(lambdesk_projects::routes(of("ProjectsFunction")?, sign_in, MailDomain::new(&mail.domain)))
        .merge(lambdesk_widget::routes(of("WidgetFunction")?, mail.bucket.of("WidgetFunction")))
        .merge(lambdesk_capture::routes(of("CaptureFunction")?))
        .merge(lambdesk_sourcemaps::routes(of("SourceMapsFunction")?))
        .merge(edge(outbox(pipeline.clone()), Surface::Agents))
        .merge(edge(local(pipeline, ticker, inbox.has_widget), Surface::Agents))
        .merge(edge(used(Arc::clone(&acting.roles.units)), Surface::Agents))
        .merge(edge_taking(mail::LARGEST, Problem::TooMuch, upload(mail.service), Surface::Agents))
        .fallback_service(edge(Router::new().fallback(async || Problem::NotFound("Not found.")), Surface::Agents)))
}

/// The routes that are never deployed.
fn local(pipeline: Option<Arc<Pipeline>>, ticker: Arc<Ticker>, has_widget: bool) -> Router {
    let with = |pipeline: &Option<Arc<Pipeline>>| pipeline.clone();
    let (events_of, delivered, drained) = (with(&pipeline), with(&pipeline), with(&pipeline));
    let (letters, redriven) = (with(&pipeline), pipeline);
    Router::new()
        .route("/demo", get(async move || Html(if has_widget { DEMO } else { NO_WIDGET })))
        .route("/_local/health", get(async || Json(json!({"status": "ok"}))))
        .route("/_local/events", get(async move |query: RawQuery| events(events_of.as_deref(), query).await))
        .route("/_local/deliveries", get(async move || deliveries(delivered.as_deref()).await))
        .route("/_local/tick", post(async move || tick(&ticker).await))
        .route("/_local/drain", post(async move || drain(drained.as_deref()).await))
        .route("/_local/dead_letters", get(async move || dead_letters(letters.as_deref()).await))
        .route("/_local/dead_letters/redrive", post(async move || redrive(redriven.as_deref()).await))
}

/// Where it can be read what each function has used of DynamoDB since the desk started.
fn used(units: Arc<Units>) -> Router {
    Router::new().route("/_local/units", get(async move || Json(json!({"functions": units.used()}))))
}

/// Hands events to the function that takes in mail. What follows from one is done when this is.
fn hand_over(service: Option<mail::Service>) -> HandOver {
    Arc::new(move |event| {
        let service = service.clone();
        Box::pin(async move {
            service.ok_or("the database is elsewhere")?.hand_over(event).await;
            Ok(())
        })
    })
}

/// Where mails are uploaded.
fn upload(service: Option<mail::Service>) -> Router {
    let Some(service) = service else { return Router::new() };
    // The edge has the bound.
    let no_other_bound = DefaultBodyLimit::disable();
    let sweeping = service.clone();
    Router::new()
        .route("/_local/mail", post(async move |query: RawQuery, raw: Bytes| take_mail(&service, query, raw).await))
        .route("/_local/mail/sweep", post(async move |query: RawQuery| sweep(&sweeping, query).await))
        .layer(no_other_bound)
}

/// Takes in the mails of a day that nobody told the function of. The query may name a time of the day; it is yesterday else.
async fn sweep(service: &mail::Service, RawQuery(query): RawQuery) -> Result<Json<Value>, Problem> {
    let day = query_value(&query.unwrap_or_default(), "day").map(|day| day.parse());
    let day = day.transpose().map_err(|_| Problem::invalid("day", "Must be a time."))?;
    let swept = service.sweep(Sweep { day }).await.map_err(|error| Problem::Internal { cause: error.to_string() })?;
    Ok(Json(json!({"swept": swept, "adds_up": swept.adds_up()})))
}

/// Takes a mail as if it had arrived. The query has its envelope (`from`, and `to` as often as there are recipients), and what is
/// found of it (`dmarc`, `spf`, `policy`, `spam`, `virus`).
async fn take_mail(service: &mail::Service, RawQuery(query): RawQuery, raw: Bytes) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let given = |name: &str| query_value(&query, name).map(Cow::into_owned);
    let to = query_values(&query, "to");
    let sent = mail::Sent { from: given("from").unwrap_or_default(), to, raw: raw.into(), verdicts: mail::Verdicts::of(given) };
    let id = service.take(sent).await.map_err(internal)?;
    Ok((StatusCode::ACCEPTED, Json(json!({"ses_id": id}))).into_response())
}

/// What was sent by mail.
fn outbox(pipeline: Option<Arc<Pipeline>>) -> Router {
    let Some(pipeline) = pipeline else { return Router::new() };
    let (listed, read, reported) = (pipeline.ses().clone(), pipeline.ses().clone(), pipeline.ses().clone());
    let list = async move |query: RawQuery| sent(&listed, query);
    let raw = async move |Path(file): Path<String>| sent_mail(&read, &file);
    let report = async move |Path(id): Path<String>, Body(report): Body<Report>| report_on(&reported, &id, report).await;
    Router::new()
        .route("/_local/mail/outbox", get(list))
        .route("/_local/mail/outbox/{file}", get(raw))
        .route("/_local/mail/outbox/{id}/report", post(report))
}

/// The mails that were sent, oldest first: those of a project, or all.
fn sent(ses: &Ses, RawQuery(query): RawQuery) -> Result<Json<Value>, Problem> {
    let query = query.unwrap_or_default();
    let project = query_value(&query, "project_id").map(|id| id.parse().map(ProjectId)).transpose();
    let project = project.map_err(|_| Problem::invalid("project_id", "Must be a number."))?;
    Ok(Json(json!({"results": ses.outbox(project).map_err(internal)?})))
}

/// A mail that was sent, as its recipients got it: `{id}.eml`.
fn sent_mail(ses: &Ses, file: &str) -> Result<Response, Problem> {
    let raw = ses.raw(file.strip_suffix(".eml").unwrap_or(file)).map_err(internal)?;
    let raw = raw.ok_or(Problem::NotFound("Not found."))?;
    Ok(([(header::CONTENT_TYPE, "message/rfc822")], raw).into_response())
}

/// What becomes of a mail.
#[derive(Deserialize)]
struct Report {
    event: ses::Event,
    /// One of its recipients; all of them if that is missing.
    recipient: Option<String>,
}

/// Has the sending service tell what became of a mail.
async fn report_on(ses: &Ses, id: &str, report: Report) -> Result<Response, Problem> {
    let Report { event, recipient } = report;
    if ses.report(id, event, recipient.as_deref()).await.map_err(internal)? {
        Ok((StatusCode::ACCEPTED, Json(json!({"status": "ok"}))).into_response())
    } else {
        Err(Problem::NotFound("Not found."))
    }
}

/// The events that the bus received for a project, oldest first: the public ones, unless another `source` is asked for.
async fn events(pipeline: Option<&Pipeline>, RawQuery(query): RawQuery) -> Result<Json<Value>, Problem> {
    let query = query.unwrap_or_default();
    let project = query_value(&query, "project_id").and_then(|id| id.parse().ok()).map(ProjectId);
    let project = project.ok_or_else(|| Problem::required("project_id"))?;
    let Some(pipeline) = pipeline else { return Ok(Json(json!({"results": []}))) };
    let source = query_value(&query, "source").map_or_else(|| "lambdesk".to_owned(), Into::into);
    let events = pipeline.bus().events(project, source).await.map_err(internal)?;
    Ok(Json(json!({"results": events})))
}

/// What the rules of people's own delivered, oldest first.
async fn deliveries(pipeline: Option<&Pipeline>) -> Result<Json<Value>, Problem> {
    let Some(pipeline) = pipeline else { return Ok(Json(json!({"results": []}))) };
    let deliveries = pipeline.bus().deliveries().await.map_err(internal)?;
    Ok(Json(json!({"results": deliveries})))
}

/// Runs the clock once, now.
async fn tick(ticker: &Ticker) -> Result<Json<Value>, Problem> {
    let done = ticker.tick().await.map_err(|error| Problem::Internal { cause: error.to_string() })?;
    if !done.succeeded() {
        return Err(Problem::Internal { cause: format!("{done:?}") });
    }
    let Rung { timers, wakes, late, stale, failed: _ } = done.timers.rung;
    Ok(Json(json!({
        "status": "ok", "more": done.timers.more, "timers": {"due": timers, "wakes": wakes, "late": late, "stale": stale},
        "rules": {
            "tickets": done.rules.rolled_out.tickets, "changed": done.rules.rolled_out.changed, "more": done.rules.rolled_out.more,
        },
        "renewals": {
            "tickets": done.renewals.renewed.tickets, "changed": done.renewals.renewed.changed, "more": done.renewals.renewed.more,
        },
        "deliveries": {"told": done.deliveries.told, "stale": done.deliveries.stale},
        "totals": {"counted": done.totals.recounted.tickets, "repaired": done.totals.recounted.repaired},
    })))
}

async fn drain(pipeline: Option<&Pipeline>) -> Result<Response, Problem> {
    let drained = match pipeline {
        Some(pipeline) => pipeline.drained(DRAIN).await.map_err(internal)?,
        None => Ok(()),
    };
    let Err(left) = drained else { return Ok(Json(json!({"status": "ok"})).into_response()) };
    let body = Json(json!({"status": "not empty", "left": left}));
    Ok((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], body).into_response())
}

async fn dead_letters(pipeline: Option<&Pipeline>) -> Result<Json<Value>, Problem> {
    let Some(pipeline) = pipeline else { return Ok(Json(json!({"results": []}))) };
    let letters = pipeline.dead_letters().await.map_err(internal)?;
    Ok(Json(json!({"results": letters})))
}

async fn redrive(pipeline: Option<&Pipeline>) -> Result<Json<Value>, Problem> {
    let Some(pipeline) = pipeline else { return Ok(Json(json!({"redriven": {"stream": 0, "queue": 0}}))) };
    let redriven = pipeline.redrive().await.map_err(internal)?;
    Ok(Json(json!({"redriven": redriven})))
}

#[expect(clippy::needless_pass_by_value, reason = "the argument of map_err")]
fn internal(error: io::Error) -> Problem {
    Problem::Internal { cause: error.to_string() }
}

/// Serves the desk until `stopped` is signalled. A path is the same with and without a slash at its end.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    public: PublicUrl,
    patience: Option<Duration>,
    stopped: watch::Receiver<bool>,
) {
    let service = routes.into_service::<axum::body::Body>().map_request(move |request: Request| {
        let mut request = trim_slash(request);
        request.extensions_mut().insert(public.clone());
        request
    });
    serving::serve(listener, Router::new().fallback_service(service), patience, stopped).await;
}

/// The API's document of every deployed route, generated from the code and checked in as `openapi.json`.
pub fn openapi() -> OpenApi {
    let info = InfoBuilder::new().title("Lambdesk").version(env!("CARGO_PKG_VERSION")).description(Some(DESCRIPTION));
    let mut all = OpenApiBuilder::new().info(info.build()).build();
    for (api, surface) in [
        (lambdesk_tickets::api(), Surface::Agents),
        (lambdesk_widget::api(), Surface::Widget),
        (lambdesk_channels::api(), Surface::Agents),
        (lambdesk_external::api(), Surface::External),
        (lambdesk_projects::api(), Surface::Agents),
        (lambdesk_sourcemaps::api(), Surface::Agents),
    ] {
        all.merge(complete(api, surface));
    }
    all
}

const DESCRIPTION: &str = "A support desk with no server: tickets, a chat widget's backend, an agents' API. Paths answer with \
    and without a trailing slash, and every answer has an `X-Request-Id`. Ahead of all this, API Gateway may answer 429 or 503 \
    with `{\"message\": ...}`.";
const DEMO: &str = include_str!("demo.html");
const NO_WIDGET: &str = include_str!("no_widget.html");
