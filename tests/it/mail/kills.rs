//! The functions of mail are killed before and after each of their calls of the table, and invoked again, as Lambda does. What they
//! have begun is done once.

use std::{
    fs,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use lambdesk_courier::{Courier, Sender};
use lambdesk_local::ses::Fault;
use lambdesk_mailroom::Mailroom;
use lambdesk_runtime::connect::Access;
use lambdesk_store::{Connection, Store};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{DOMAIN, MailDesk, mail, mail_desk_at};
use crate::support::{Desk, desk_on};

/// A DynamoDB that stops answering after some calls. Whoever waits for its answer is dead then.
#[derive(Clone)]
struct Grave(Arc<Inner>);

struct Inner {
    upstream: String,
    client: reqwest::Client,
    /// How many calls are answered yet.
    left: AtomicUsize,
    /// Whether the call that is not answered is carried out.
    carries_out: AtomicBool,
    dead: Notify,
}

impl Grave {
    async fn dig(desk: &Desk) -> (Self, Connection) {
        let upstream = desk.running.dynamodb.endpoint.clone().unwrap();
        let (client, dead) = (reqwest::Client::new(), Notify::new());
        let inner = Inner { upstream, client, left: AtomicUsize::new(0), carries_out: AtomicBool::new(false), dead };
        let grave = Self(Arc::new(inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Some(format!("http://{}", listener.local_addr().unwrap()));
        let routes = Router::new().fallback(answer).with_state(grave.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (grave, Connection { endpoint, ..desk.running.dynamodb.clone() })
    }

    /// Works until the table does not answer; false if it answered all.
    async fn kills<E: std::fmt::Debug>(
        &self,
        calls: usize,
        carries_out: bool,
        work: impl Future<Output = Result<(), E>>,
    ) -> bool {
        self.0.left.store(calls, SeqCst);
        self.0.carries_out.store(carries_out, SeqCst);
        tokio::select! {
            done = Box::pin(work) => { done.unwrap(); false }
            () = self.0.dead.notified() => true,
        }
    }
}

async fn answer(State(Grave(grave)): State<Grave>, headers: HeaderMap, body: Bytes) -> Response {
    let is_last = grave.left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_err();
    let die = async || {
        grave.dead.notify_one();
        std::future::pending::<Response>().await
    };
    if is_last && !grave.carries_out.load(SeqCst) {
        return die().await;
    }
    let mut request = grave.client.post(&grave.upstream).body(body);
    for (name, value) in headers.iter().filter(|(name, _)| *name != "host" && *name != "content-length") {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let kind = answer.headers()["content-type"].clone();
    let body = answer.bytes().await.unwrap();
    if is_last { die().await } else { (status, [(CONTENT_TYPE, kind)], Body::from(body)).into_response() }
}

/// What SES says of a mail, as it invokes the function.
fn arrived(id: &str, to: &str) -> Value {
    let pass = json!({"status": "PASS"});
    let receipt = json!({"recipients": [to], "spamVerdict": pass, "virusVerdict": pass, "spfVerdict": pass, "dkimVerdict": pass,
        "dmarcVerdict": pass});
    let mail = json!({"messageId": id, "timestamp": "2026-05-04T08:00:00.000Z", "source": "ada@example.com",
        "commonHeaders": {"subject": "The export fails"}});
    json!({"Records": [{"eventSource": "aws:ses", "eventVersion": "1.0", "ses": {"mail": mail, "receipt": receipt}}]})
}

#[tokio::test]
async fn a_mail_is_taken_in_once_wherever_the_function_dies() {
    let data = tempfile::tempdir().unwrap();
    let desk = MailDesk { desk: desk_on(data.path()).await };
    desk.add_address("demo").await;
    let ticket = desk.asked().await;
    let (grave, connection) = Grave::dig(&desk.desk).await;
    let room = |store: &Store| Mailroom {
        store: store.mailroom(),
        mail_domain: DOMAIN.to_owned(),
        files: desk.desk.running.bucket_of("MailroomFunction"),
    };
    let mut deaths = 0;
    let (mut opened, mut answered) = (1, 1);
    for on_ticket in [false, true] {
        for carries_out in [false, true] {
            for calls in 0.. {
                let id = format!("m{on_ticket}{carries_out}{calls}");
                // One sender may not open that many tickets.
                let sender = format!("{id}@example.com");
                let sent = if on_ticket { desk.answer(&ticket, &id, &id).await } else { mail(&id, &id).from(&sender) };
                fs::write(data.path().join("mail/inbound").join(&id), sent.raw()).unwrap();
                let event = arrived(&id, &sent.to[0]);
                // A new process remembers nothing.
                let dying = room(&Store::new(connection.client(), &connection.table));
                let dies = grave.kills(calls, carries_out, dying.handle(event.clone())).await;
                room(&desk.desk.running.store).handle(event).await.unwrap();
                (opened, answered) = if on_ticket { (opened, answered + 1) } else { (opened + 1, answered) };
                assert_eq!((desk.tickets().await, desk.messages(&ticket).await.len()), (opened, answered), "after {calls} calls");
                let noted = desk.noted(&json!(id)).await;
                assert_eq!(noted["state"], if on_ticket { "appended" } else { "opened" }, "after {calls} calls");
                deaths += usize::from(dies);
                if !dies {
                    break;
                }
            }
        }
    }
    println!("{deaths} deaths");
    assert!(deaths > 20, "{deaths}");
    desk.desk.http.drain().await;
    assert_eq!(desk.desk.http.dead_letters().await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_answer_leaves_once_wherever_the_function_dies() {
    let (desk, time) = mail_desk_at("2026-05-04T08:00:00Z").await;
    let ticket = desk.asked().await;
    let (grave, connection) = Grave::dig(&desk.desk).await;
    let mut deaths = 0;
    let mut replies = 0;
    for carries_out in [false, true] {
        for calls in 0.. {
            // The desk's own function is refused, and the dying one takes the delivery over.
            desk.fail_first(Fault::Throttle, 1);
            let message = desk.reply(&ticket, json!({"message": format!("after {calls} calls")})).await;
            assert_eq!(desk.settled(&ticket, &message).await["delivery"]["status"], "queued");
            time.pass(120);
            let told = time.clone();
            let sender = Sender::new(&Access::local(), "MailConfiguration", desk.desk.running.ses_endpoint().map(str::to_owned));
            let courier = Courier {
                store: Store::with_clock(connection.client(), &connection.table, move || told.now()).courier(),
                mail_domain: DOMAIN.to_owned(),
                sender,
                files: desk.desk.running.bucket_of("CourierFunction"),
                link_base: "http://localhost".to_owned(),
            };
            let detail = json!({"fact": "delivery.due", "project_id": 1, "ticket_id": ticket, "message_id": message["id"]});
            let event = json!({"source": "lambdesk.facts", "detail": detail});
            let dies = grave.kills(calls, carries_out, courier.handle(event)).await;
            replies += 1;
            for _ in 0..2 {
                time.pass(660);
                desk.desk.http.tick().await;
                desk.desk.http.drain().await;
            }
            let settled = desk.settled(&ticket, &message).await;
            assert_eq!(settled["delivery"]["status"], "delivered", "after {calls} calls: {settled}");
            assert_eq!(desk.outbox().await.len(), replies, "after {calls} calls, carried out: {carries_out}");
            deaths += usize::from(dies);
            if !dies {
                break;
            }
        }
    }
    println!("{deaths} deaths");
    assert!(deaths > 10, "{deaths}");
    assert_eq!(desk.desk.http.dead_letters().await, [] as [Value; 0]);
}
