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
        // The records from 97 to 101, in pages, one of which is empty.
        "GetRecords" => {
            let record = |number: u32| {
                let change = json!({"ApproximateCreationDateTime": 1, "SequenceNumber": number.to_string()});
                json!({"eventID": number.to_string(), "dynamodb": change})
            };
            let (records, next) = match text("ShardIterator").as_str() {
                "iterator" => (vec![record(97), record(98)], Some("second")),
                "second" => (vec![], Some("third")),
                "third" => (vec![record(99), record(100), record(101)], Some("fourth")),
                _ => (vec![], None),
            };
            seen.streams.push(("records".to_owned(), body));
            json!({"Records": records, "NextShardIterator": next})
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
    let place = |end: &str| {
        json!({"DDBStreamBatchInfo": {
            "shardId": "s", "startSequenceNumber": "97", "endSequenceNumber": end, "batchSize": 4, "streamArn": "arn",
        }})
    };
    let (services, address) = services(&[place("0100"), place("1000"), place("x"), json!({"else": 1})]).await;
    let (code, output, error) = redrive(&address, &["records", "--function", "relay"]).await;
    assert_eq!((code, output.as_str()), (Some(1), "1 dead letters were taken, 3 stay\n"), "{error}");
    for says in [
        "m1: the stream does not have all of these records any more",
        "m2: it names no place in a stream",
        "m3: it names no place in a stream",
    ] {
        assert!(error.contains(says), "{error}");
    }
    let seen = services.lock().unwrap();
    assert_eq!(seen.removed, ["m0"]);
    let at = json!({"StreamArn": "arn", "ShardId": "s", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "97"});
    let asked = |iterator| ("records".to_owned(), json!({"ShardIterator": iterator}));
    assert_eq!(seen.streams[..4], [("at".to_owned(), at), asked("iterator"), asked("second"), asked("third")]);
    let records = |numbers: &[&str]| {
        let record = |number| json!({"eventID": number, "dynamodb": {"SequenceNumber": number}});
        ("relay".to_owned(), json!({"Records": numbers.iter().map(record).collect::<Vec<_>>()}))
    };
    assert_eq!(seen.invoked[..2], [records(&["97", "98"]), records(&["99", "100"])], "none that the letter does not name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_not_moved_into_itself() {
    let (services, address) = services(&[json!({"id": "a"})]).await;
    for to in ["https://queues/dead", "https://queues.legacy/dead/"] {
        let (code, output, error) = redrive(&address, &["events", "--to", to]).await;
        assert_eq!((code, output.as_str()), (Some(1), ""));
        assert!(error.contains("--from and --to are the same queue"), "{error}");
    }
    assert!(services.lock().unwrap().sent.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_queue_says_against_a_call_is_one_line() {
    let refusal = post(async || {
        let body = json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "The specified queue does not exist."});
        (StatusCode::BAD_REQUEST, told(&body))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().route("/", refusal)).into_future());
    let (code, _, error) = redrive(&address, &["events", "--to", "https://queues/work"]).await;
    let says = "lambdesk-admin: https://queues/dead: QueueDoesNotExist: The specified queue does not exist.\n";
    assert_eq!((code, error.as_str()), (Some(1), says));
    let (_, _, error) = redrive("127.0.0.1:1", &["events", "--to", "https://queues/work"]).await;
    assert!(error.contains("AWS_ENDPOINT_URL_SQS is no address"), "{error}");
}
