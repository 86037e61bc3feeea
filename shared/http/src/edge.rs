//! What surrounds every request: its id, reading the whole body, deadlines, measuring the cost, one log line, and catching
//! panics.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{MatchedPath, Request},
    http::{Extensions, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use lambda_http::request::RequestContext;
use lambdesk_store::meter::{Usage, metered};

use crate::{
    body::{self, LARGEST, Raw},
    problem::Problem,
    surface::{Surface, render},
};

/// The request id, on every response. It is the caller's own where that has 1 to 64 letters, digits, `-` and `_`; otherwise a
/// new one.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A request with this header gets [`COST`] on its response. On AWS only callers with a known credential get it.
pub const DEBUG: &str = "x-lambdesk-debug";
/// What the request cost in DynamoDB: round trips, calls, read units and write units.
pub const COST: HeaderName = HeaderName::from_static("x-lambdesk-cost");

/// The most bytes of a too large body that are read and discarded, so that its sender gets to read the answer.
const DISCARDED: usize = 64 * 1_000_000;

/// How long a body may take to arrive, and after that how long the handler may take. Lambda ends a function after 25 s, and API
/// Gateway gives up after 30 s: neither sends anything that a client can read.
const DEADLINE: Duration = Duration::from_secs(20);

/// Wraps `routes` in the edge. Errors get the JSON shape of `surface`.
pub fn edge(routes: Router, surface: Surface) -> Router {
    within(Bounds { deadline: DEADLINE, body: LARGEST, beyond: Problem::TooLarge }, routes, surface)
}

/// The same for routes that take bodies of up to `most` bytes, and answer `beyond` to larger ones.
pub fn edge_taking(most: usize, beyond: Problem, routes: Router, surface: Surface) -> Router {
    within(Bounds { deadline: DEADLINE, body: most, beyond }, routes, surface)
}

/// The bounds of a request.
#[derive(Clone)]
struct Bounds {
    /// How long its body may take, and then its handler.
    deadline: Duration,
    /// The most bytes of its body.
    body: usize,
    /// The answer to a larger one.
    beyond: Problem,
}

fn within(bounds: Bounds, routes: Router, surface: Surface) -> Router {
    routes
        .layer(middleware::from_fn(move |request, next| guard(bounds.clone(), request, next)))
        .layer(middleware::map_response(move |response: Response| render(surface, response)))
        .layer(middleware::from_fn(observe))
        .layer(middleware::map_response(confined))
}

/// Marks a response that anyone may see, so that caches may keep it.
#[derive(Debug, Clone, Copy)]
pub struct Public;

/// Forbids caches to keep a response, unless it is [`Public`] or has a `Cache-Control` of its own: answers hold customers'
/// words and keys, and addresses hold the secrets of sessions. Browsers must not guess another content type either.
pub async fn confined(mut response: Response) -> Response {
    let public = response.extensions().get::<Public>().is_some();
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !public {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Whether the credential of a request is known. The extractors that check credentials set it.
#[derive(Clone, Default)]
struct Recognised(Arc<AtomicBool>);

/// Notes that the credential of a request is known.
pub fn recognised(request: &Extensions) {
    if let Some(Recognised(known)) = request.get() {
        known.store(true, Relaxed);
    }
}

/// Gives the request its id, runs it under a meter, and logs one line: never a body, an e-mail or a token.
async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    // The route's pattern, not the path, so that session ids and distinct ids stay out of the log.
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched".to_owned(), |path| path.as_str().to_owned());
    let wants_cost = request.headers().contains_key(DEBUG);
    // Without API Gateway in front this is the local desk, whose callers are all trusted.
    let known = Recognised(Arc::new(AtomicBool::new(request.extensions().get::<RequestContext>().is_none())));
    request.extensions_mut().insert(known.clone());
    let id = request.headers().get(&REQUEST_ID).filter(|id| is_id(id)).cloned().unwrap_or_else(new_id);
    let (mut response, usage) = metered(next.run(request)).await;
    if wants_cost
        && known.0.load(Relaxed)
        && let Ok(cost) = HeaderValue::from_str(&describe(usage))
    {
        response.headers_mut().insert(COST, cost);
    }
    response.headers_mut().insert(REQUEST_ID, id);
    log(&method, &route, &response, usage, started);
    response
}

fn is_id(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    (1..=64).contains(&bytes.len()) && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
}

fn new_id() -> HeaderValue {
    HeaderValue::from_str(&uuid::Uuid::now_v7().to_string()).unwrap_or(HeaderValue::from_static("unknown"))
}

/// Reads the body before the handler runs, and turns a panic or a missed deadline into a problem. A write that was under way
/// may then have happened or not, as when an answer is lost.
async fn guard(bounds: Bounds, request: Request, next: Next) -> Response {
    let Bounds { deadline, body: most, beyond } = bounds;
    let (mut parts, body) = request.into_parts();
    // On AWS the whole body is there at once. On the local stack a client may send it byte by byte.
    let Ok(read) = tokio::time::timeout(deadline, read(body, most, beyond)).await else {
        return ([(header::CONNECTION, "close")], Problem::TooSlow).into_response();
    };
    let checked = read.and_then(|bytes| body::check_text(&parts, &bytes).map(|()| bytes));
    let bytes = match checked {
        Ok(bytes) => bytes,
        Err(problem) => return problem.into_response(),
    };
    parts.extensions.insert(Raw(bytes.clone()));
    let handled = AssertUnwindSafe(next.run(Request::from_parts(parts, Body::from(bytes)))).catch_unwind();
    match tokio::time::timeout(deadline, handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::Internal { cause: "a handler panicked".to_owned() }.into_response(),
        Err(_) => Problem::Unavailable { cause: "deadline".to_owned() }.into_response(),
    }
}

/// The whole body, up to `most` bytes. A larger body is read on, up to [`DISCARDED`] bytes, and refused with 413. If the
/// connection closed while the sender still writes, the sender would see a network failure and not the 413 (docs/decisions.md,
/// 49).
async fn read(mut body: Body, most: usize, beyond: Problem) -> Result<Bytes, Problem> {
    let mut bytes = Vec::with_capacity(usize::try_from(body.size_hint().lower()).unwrap_or(0).min(most));
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::Malformed("The body ended early.".to_owned()))?;
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen <= most {
            bytes.extend_from_slice(&data);
        } else if seen > DISCARDED {
            break;
        }
    }
    if seen > most { Err(beyond) } else { Ok(bytes.into()) }
}

fn describe(usage: Usage) -> String {
    let Usage { calls, round_trips, read_units, write_units } = usage;
    format!("round_trips={round_trips} calls={calls} rcu={read_units} wcu={write_units}")
}

/// A method as the log tells it. Any word may be one, so one that HTTP does not know is not told.
fn told(method: &Method) -> &str {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ];
    if known.contains(method) { method.as_str() } else { "unknown" }
}

fn log(method: &Method, route: &str, response: &Response, usage: Usage, started: Instant) {
    let (method, status) = (told(method), response.status());
    let millis = started.elapsed().as_secs_f64() * 1000.0;
    let Usage { calls, round_trips, read_units, write_units } = usage;
    let problem = response.extensions().get::<Problem>();
    let cause = problem.and_then(Problem::cause);
    // Whoever sends a session before its ticket is known is to send it again. Nothing has failed.
    let has_failed = status >= StatusCode::INTERNAL_SERVER_ERROR && !matches!(problem, Some(Problem::NotNamedYet));
    let id = response.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    if has_failed {
        tracing::error!(
            http.method = method,
            http.route = route,
            http.status = status.as_u16(),
            request.id = id,
            request.millis = millis,
            dynamodb.round_trips = round_trips,
            dynamodb.calls = calls,
            dynamodb.rcu = read_units,
            dynamodb.wcu = write_units,
            cause,
            "failed"
        );
    } else {
        tracing::info!(
            http.method = method,
            http.route = route,
            http.status = status.as_u16(),
            request.id = id,
            request.millis = millis,
            dynamodb.round_trips = round_trips,
            dynamodb.calls = calls,
            dynamodb.rcu = read_units,
            dynamodb.wcu = write_units,
            "answered"
        );
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::*;

    fn quick() -> Bounds {
        Bounds { deadline: Duration::from_millis(250), body: 10, beyond: Problem::TooMuch }
    }

    async fn ask(path: &str) -> (StatusCode, Response) {
        let routes = Router::new()
            .route("/slow", get(async || tokio::time::sleep(Duration::from_mins(1)).await))
            .route("/quick", get(async || tokio::time::sleep(Duration::from_millis(1)).await));
        let routes = within(quick(), routes, Surface::External);
        let response = routes.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        (response.status(), response)
    }

    /// A request as API Gateway passes it on.
    fn from_outside(path: &str) -> Request {
        let mut request = Request::get(path).header(DEBUG, "1").body(Body::empty()).unwrap();
        request.extensions_mut().insert(RequestContext::ApiGatewayV2(ApiGatewayV2httpRequestContext::default()));
        request
    }

    #[tokio::test]
    async fn on_aws_only_those_are_told_what_they_cost_whose_credential_is_known() {
        let known = get(async |request: Request| recognised(request.extensions()));
        let routes = edge(Router::new().route("/known", known).route("/unknown", get(async || ())), Surface::External);
        for (path, told) in [("/known", true), ("/unknown", false), ("/nothing", false)] {
            let response = routes.clone().oneshot(from_outside(path)).await.unwrap();
            assert_eq!(response.headers().contains_key(COST), told, "{path}");
            let local = Request::get(path).header(DEBUG, "1").body(Body::empty()).unwrap();
            assert!(routes.clone().oneshot(local).await.unwrap().headers().contains_key(COST), "{path}");
        }
    }

    #[tokio::test]
    async fn what_is_private_is_kept_by_nobody_and_what_is_public_as_it_says() {
        let public = async || {
            let mut response = "x".into_response();
            response.extensions_mut().insert(Public);
            response
        };
        let routes = Router::new()
            .route("/private", get(async || "x"))
            .route("/public", get(public))
            .route("/own", get(async || [(header::CACHE_CONTROL, "no-cache")]));
        let routes = edge(routes, Surface::Agents);
        for (path, expected) in
            [("/private", Some("no-store")), ("/public", None), ("/own", Some("no-cache")), ("/nothing", Some("no-store"))]
        {
            let response = routes.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
            let told = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
            assert_eq!(
                (told(header::CACHE_CONTROL), told(header::X_CONTENT_TYPE_OPTIONS)),
                (expected, Some("nosniff")),
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_in_time_is_not_waited_for() {
        let routes = Router::new().route("/", axum::routing::post(async || ()));
        let routes = within(quick(), routes, Surface::External);
        let drops = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
        });
        let response = routes.oneshot(Request::post("/").body(Body::from_stream(drops)).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(response.headers()[header::CONNECTION], "close");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let said = "The request body did not arrive in time.";
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"error": said}));
    }

    #[tokio::test]
    async fn a_handler_that_takes_too_long_is_answered_for() {
        assert_eq!(ask("/quick").await.0, StatusCode::OK);
        let (status, response) = ask("/slow").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER) && response.headers().contains_key(REQUEST_ID));
        assert_eq!(response.extensions().get::<Problem>().and_then(Problem::cause), Some("deadline"));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let said = "The service is briefly unavailable. Please try again.";
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), json!({"error": said}));
    }
}
