//! Dead letters, against servers that speak as SQS, Lambda and DynamoDB's streams do.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{run_with, said};

/// What the services were asked, and what is in the queue.
#[derive(Default)]
struct Seen {
    /// Messages by their receipts. One that was received is hidden for longer than a test takes.
    waiting: VecDeque<(String, String)>,
    removed: Vec<String>,
    sent: Vec<(String, String)>,
    invoked: Vec<(String, Value)>,
    streams: Vec<(String, Value)>,
}

type Services = Arc<Mutex<Seen>>;
type Told = (StatusCode, [(HeaderName, &'static str); 1], String);

fn told(body: &Value) -> Told {
    (StatusCode::OK, [(HeaderName::from_static("content-type"), "application/x-amz-json-1.0")], body.to_string())
}

/// SQS and the streams: the action is in a header.
async fn by_target(State(services): State<Services>, headers: HeaderMap, body: String) -> Told {
    let body: Value = serde_json::from_str(&body).unwrap();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    assert!(headers["authorization"].to_str().unwrap().starts_with("AWS4-HMAC-SHA256 Credential=local/"), "it is signed");
    let mut seen = services.lock().unwrap();
    let target = headers["x-amz-target"].to_str().unwrap().to_owned();
    told(&match target.rsplit('.').next().unwrap() {
        "ReceiveMessage" => {
            assert_eq!(text("QueueUrl"), "https://queues/dead");
            let count = seen.waiting.len().min(2);
            let messages: Vec<_> = seen
                .waiting
                .drain(..count)
                .map(|(id, body)| json!({"MessageId": id, "ReceiptHandle": id, "Body": body}))
                .collect();
            json!({"Messages": messages})
        }
        "DeleteMessage" => {
            seen.removed.push(text("ReceiptHandle"));
            json!({})
        }
        "SendMessage" => {
            seen.sent.push((text("QueueUrl"), text("MessageBody")));
            json!({"MessageId": "new"})
        }
        "GetShardIterator" => {
            seen.streams.push(("at".to_owned(), body));
            json!({"ShardIterator": "iterator"})
        }
        "GetRecords" => {
            seen.streams.push(("records".to_owned(), body));
            let change = json!({"ApproximateCreationDateTime": 1, "Keys": {"PK": {"S": "P#1"}}, "SequenceNumber": "7"});
            json!({"Records": [{"eventID": "1", "dynamodb": change}]})
        }
        other => panic!("{other}"),
    })
}

async fn invocation(State(services): State<Services>, Path(function): Path<String>, body: String) -> Told {
    let event: Value = serde_json::from_str(&body).unwrap();
    let mut answer = told(&if function == "relay" { json!({"batchItemFailures": []}) } else { Value::Null });
    if event["fails"] == true {
        answer.1 = [(HeaderName::from_static("x-amz-function-error"), "Unhandled")];
    }
    services.lock().unwrap().invoked.push((function, event));
    answer
}

/// Services with these dead letters, and their address.
async fn services(letters: &[Value]) -> (Services, String) {
    let waiting = letters.iter().enumerate().map(|(n, letter)| (format!("m{n}"), letter.to_string())).collect();
    let services = Arc::new(Mutex::new(Seen { waiting, ..Seen::default() }));
    let routes =
        Router::new().route("/", post(by_target)).route("/2015-03-31/functions/{function}/invocations", post(invocation));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = axum::serve(listener, routes.with_state(Arc::clone(&services)));
    tokio::spawn(serving.into_future());
    (services, address)
}

async fn redrive(address: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let services = ["AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"];
    let arguments = [&["redrive"][..], arguments, &["--from", "https://queues/dead"]].concat();
    said(&run_with(&services.map(|service| (service, address)), &arguments).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn events_go_back_into_their_queue_as_they_are() {
    let letters = [json!({"id": "a", "lambdesk": {"reason": "x"}}), json!({"id": "b"}), json!({"id": "c"})];
    let (services, address) = services(&letters).await;
    let (code, output, error) = redrive(&address, &["events", "--to", "https://queues/work"]).await;
    assert_eq!((code, output.as_str()), (Some(0), "3 dead letters were taken, 0 stay\n"), "{error}");
    let seen = services.lock().unwrap();
    let sent: Vec<_> = letters.iter().map(|letter| ("https://queues/work".to_owned(), letter.to_string())).collect();
    assert_eq!((&seen.sent, &seen.removed), (&sent, &vec!["m0".to_owned(), "m1".to_owned(), "m2".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_invoked_with_what_it_failed_with() {
    let fact = json!({"detail": {"fact": "ticket.deleted"}});
    let (services, address) = services(&[fact.clone(), json!({"requestPayload": fact}), json!({"fails": true})]).await;
    let (code, output, error) = redrive(&address, &["invocations", "--function", "naming"]).await;
    assert_eq!((code, output.as_str()), (Some(1), "2 dead letters were taken, 1 stay\n"), "{error}");
    assert!(error.contains("m2: naming failed") && error.contains("1 of them failed again"), "{error}");
    let seen = services.lock().unwrap();
    assert_eq!(seen.invoked[..2], [("naming".to_owned(), fact.clone()), ("naming".to_owned(), fact)]);
    assert_eq!(seen.removed, ["m0", "m1"], "what failed stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_the_stream_are_handed_to_the_relay() {
    let place = json!({"shardId": "s", "startSequenceNumber": "7", "endSequenceNumber": "8", "batchSize": 2, "streamArn": "arn"});
    let (services, address) = services(&[json!({"DDBStreamBatchInfo": place}), json!({"else": 1})]).await;
    let (code, output, error) = redrive(&address, &["records", "--function", "relay"]).await;
    assert_eq!((code, output.as_str()), (Some(1), "1 dead letters were taken, 1 stay\n"), "{error}");
    assert!(error.contains("m1: it names no place in a stream"), "{error}");
    let seen = services.lock().unwrap();
    let at = json!({"StreamArn": "arn", "ShardId": "s", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "7"});
    let asked = [("at".to_owned(), at), ("records".to_owned(), json!({"ShardIterator": "iterator", "Limit": 2}))];
    assert_eq!(seen.streams, asked);
    let record = json!({"eventID": "1", "dynamodb": {"Keys": {"PK": {"S": "P#1"}}, "SequenceNumber": "7"}});
    assert_eq!(seen.invoked, [("relay".to_owned(), json!({"Records": [record]}))]);
}
