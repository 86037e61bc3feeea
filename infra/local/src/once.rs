//! Does a transaction once, however often it is tried.
//!
//! The SDK gives each transaction a token, under which DynamoDB answers a further try as it answered the first. The embedded
//! engine does the same, but looks through the tokens of the last ten minutes at each transaction, while all others wait: after fifty
//! thousand writes that is most of a write's time. All transactions of the desk come through one client, so the tokens are
//! remembered here, before the engine, and it gets the transactions without them.
//!
//! A transaction that was begun goes on even if its caller has given up waiting. The next try under its token joins it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::{
    client::{
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

/// How long an answer is remembered. A call ends with all of its tries after eight seconds.
const WINDOW: Duration = Duration::from_mins(1);
/// How the token stands in a call. Within a text the quotation marks would be escaped.
const TOKEN: &str = "\"ClientRequestToken\":\"";

/// The same client, whose transactions are done once.
pub(crate) fn client(of: &Client) -> Client {
    let Some(inner) = of.config().http_client() else { return of.clone() };
    let once = SharedHttpClient::new(Once { inner, known: Arc::default() });
    Client::from_conf(of.config().to_builder().http_client(once).build())
}

/// What the engine answered.
#[derive(Debug, Clone)]
struct Answer {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// A transaction that is being done, or is done.
type Done = Shared<BoxFuture<'static, Result<Answer, String>>>;

/// Transactions by their tokens.
#[derive(Debug, Default)]
struct Known {
    by_token: HashMap<String, Done>,
    /// The same tokens by age.
    ages: VecDeque<(Instant, String)>,
}

impl Known {
    /// The transaction with this token: the one that is known, or else the one that `begin` begins.
    fn join(&mut self, token: &str, now: Instant, begin: impl FnOnce() -> Done) -> Done {
        while let Some((_, old)) = self.ages.pop_front_if(|(since, _)| now.duration_since(*since) > WINDOW) {
            self.by_token.remove(&old);
        }
        if let Some(known) = self.by_token.get(token) {
            return known.clone();
        }
        let done = begin();
        self.by_token.insert(token.to_owned(), done.clone());
        self.ages.push_back((now, token.to_owned()));
        done
    }

    /// Forgets a transaction that was not carried out: the next try carries it out.
    fn forget(&mut self, token: &str, tried: &Done) {
        if self.by_token.get(token).is_some_and(|known| known.ptr_eq(tried)) {
            self.by_token.remove(token);
        }
    }
}

#[derive(Debug)]
struct Once {
    inner: SharedHttpClient,
    known: Arc<Mutex<Known>>,
}

impl HttpClient for Once {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { inner, known: Arc::clone(&self.known) })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    known: Arc<Mutex<Known>>,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let Some((token, body)) = without_token(&request) else { return self.inner.call(request) };
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        let begin = || {
            let done = tokio::spawn(answered(self.inner.call(request)));
            done.map(|done| done.unwrap_or_else(|error| Err(error.to_string()))).boxed().shared()
        };
        let known = Arc::clone(&self.known);
        let done = lock(&known).join(&token, Instant::now(), begin);
        HttpConnectorFuture::new(async move {
            let answer = done.clone().await;
            if !answer.as_ref().is_ok_and(|answer| answer.status.is_success()) {
                lock(&known).forget(&token, &done);
            }
            answer.map(response).map_err(|error| ConnectorError::io(error.into()))
        })
    }
}

fn lock(known: &Mutex<Known>) -> std::sync::MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The token of a transaction, and its body without it; `None` if the call is none, or has no token.
fn without_token(request: &HttpRequest) -> Option<(String, String)> {
    let body = std::str::from_utf8(request.body().bytes()?).ok()?;
    let is_transaction = request.headers().get("x-amz-target").is_some_and(|target| target.ends_with(".TransactWriteItems"));
    let (before, rest) = body.rsplit_once(TOKEN).filter(|_| is_transaction)?;
    let (token, after) = rest.split_once('"')?;
    // The comma that parted it from its neighbour goes with it.
    let (before, after) = match before.strip_suffix(',') {
        Some(before) => (before, after),
        None => (before, after.strip_prefix(',').unwrap_or(after)),
    };
    Some((token.to_owned(), format!("{before}{after}")))
}

async fn answered(answer: HttpConnectorFuture) -> Result<Answer, String> {
    let answer = answer.await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let headers = answer.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let body = ByteStream::new(answer.into_body()).collect().await.map_err(|error| error.to_string())?;
    Ok(Answer { status, headers, body: body.into_bytes() })
}

fn response(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::new(answer.status, SdkBody::from(answer.body));
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem};
    use axum::{Router, http::StatusCode as Status, routing::post};
    use lambdesk_store::Connection;
    use tokio::net::TcpListener;

    use super::*;

    /// A client of a DynamoDB that answers each transaction so, and how many it was given.
    async fn answering(status: Status, after: Duration) -> (Client, Arc<AtomicUsize>) {
        let given = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&given);
        let answer = post(async move |body: String| {
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!((members, body.to_string().matches("ClientRequestToken").count()), (vec!["TransactItems"], 1));
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(after).await;
            (status, "{\"__type\":\"com.amazonaws.dynamodb.v20120810#TransactionCanceledException\"}")
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, Router::new().route("/", answer)).into_future());
        (client(&Connection::local("desk", endpoint).client()), given)
    }

    async fn transact(client: &Client, token: &str) -> bool {
        let delete = Delete::builder().table_name("desk").key("PK", AttributeValue::S(format!("{TOKEN}x\","))).build().unwrap();
        let item = TransactWriteItem::builder().delete(delete).build();
        client.transact_write_items().transact_items(item).client_request_token(token).send().await.is_ok()
    }

    #[tokio::test]
    async fn a_transaction_is_given_to_the_engine_once_and_without_its_token() {
        let (client, given) = answering(Status::OK, Duration::ZERO).await;
        assert!(transact(&client, "a").await && transact(&client, "a").await);
        assert_eq!(given.load(Ordering::Relaxed), 1);
        assert!(transact(&client, "b").await);
        assert_eq!(given.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_try_that_was_given_up_goes_on_and_the_next_one_joins_it() {
        // The client gives a try three seconds.
        let (client, given) = answering(Status::OK, Duration::from_millis(3_500)).await;
        let (one, other) = tokio::join!(transact(&client, "a"), transact(&client, "a"));
        assert!(one && other);
        assert_eq!(given.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_was_refused_may_be_tried_again() {
        let (client, given) = answering(Status::BAD_REQUEST, Duration::ZERO).await;
        assert!(!transact(&client, "a").await && !transact(&client, "a").await);
        assert_eq!(given.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn tokens_are_forgotten_by_their_age() {
        let done = || async { Err(String::new()) }.boxed().shared();
        let (mut known, now) = (Known::default(), Instant::now());
        let first = known.join("a", now, done);
        assert!(known.join("a", now + WINDOW, done).ptr_eq(&first));
        drop(known.join("b", now + WINDOW, done));
        let later = known.join("a", now + WINDOW + Duration::from_secs(1), done);
        assert!(!later.ptr_eq(&first));
        assert_eq!((known.by_token.len(), known.ages.len()), (2, 2));
        known.forget("a", &first);
        assert!(known.by_token.contains_key("a"), "another transaction by now");
        known.forget("a", &later);
        assert!(!known.by_token.contains_key("a"));
    }
}
