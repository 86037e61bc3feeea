use std::time::Instant;

use aws_sdk_eventbridge::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig},
    error::ProvideErrorMetadata,
    primitives::DateTime,
    types::PutEventsRequestEntry,
};
use lambdesk_runtime::connect;
use serde_json::json;
use tempfile::TempDir;

use super::*;

mod consumer;
mod sqs;

const TEMPLATE: &str = r"
Resources:
  Bus: { Type: AWS::Events::EventBus }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: { source: [lambdesk], detail-type: [wanted] }
      Targets: [{ Arn: !GetAtt Queue.Arn, Id: queue }]
  Queue:
    Type: AWS::SQS::Queue
    Properties: { VisibilityTimeout: 1, RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2 } }
  Dead: { Type: AWS::SQS::Queue }
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Queue:
          Type: SQS
          Properties:
            Queue: !GetAtt Queue.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
            ScalingConfig: { MaximumConcurrency: 3 }
";
const NOW: Duration = Duration::ZERO;
const SOON: Duration = Duration::from_secs(20);

struct Stack {
    bus: Bus,
    endpoint: String,
    client: Client,
    queue: Queue,
}

async fn stack(data: Option<&TempDir>) -> Stack {
    let bus = Bus::open(data.map(|data| data.path().to_owned()), Rules::read(TEMPLATE).unwrap()).unwrap();
    let endpoint = bus.serve().await.unwrap();
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(connect::http_client(Some(&endpoint)))
        .endpoint_url(&endpoint)
        .build();
    let queue = bus.queue("Queue").unwrap();
    Stack { client: Client::from_conf(config), bus, endpoint, queue }
}

fn entry(kind: &str, number: usize) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .event_bus_name("Bus")
        .source("lambdesk")
        .detail_type(kind)
        .detail(json!({"project_id": 1, "number": number}).to_string())
        .time(DateTime::from_secs(1_750_000_000))
        .build()
}

impl Stack {
    /// The error code of each entry, `None` where the entry was published; or the error code of the whole call.
    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Result<Vec<Option<String>>, String> {
        let put = self.client.put_events().set_entries(Some(entries)).send().await;
        let output = put.map_err(|error| error.code().unwrap_or("none").to_owned())?;
        let results: Vec<_> = output.entries().iter().map(|result| result.error_code().map(str::to_owned)).collect();
        assert_eq!(usize::try_from(output.failed_entry_count()).unwrap(), results.iter().flatten().count());
        assert!(output.entries().iter().all(|result| result.event_id().is_some() != result.error_code().is_some()));
        Ok(results)
    }

    async fn put_wanted(&self, count: usize) {
        for number in 0..count {
            assert_eq!(self.put(vec![entry("wanted", number)]).await, Ok(vec![None]));
        }
    }

    async fn logged(&self) -> Vec<u64> {
        self.bus.events(ProjectId(1), "lambdesk".to_owned()).await.unwrap().iter().map(number).collect()
    }

    /// Receives and deletes every message, and returns their numbers.
    async fn drained(&self) -> Vec<u64> {
        let mut numbers = Vec::new();
        loop {
            let messages = self.queue.receive(10, NOW).await.unwrap();
            if messages.is_empty() {
                return numbers;
            }
            for message in messages {
                numbers.push(number(&serde_json::from_str(&message.body).unwrap()));
                self.queue.delete(message.handle).await.unwrap();
            }
        }
    }

    async fn one(&self, wait: Duration) -> Option<Message> {
        self.queue.receive(1, wait).await.unwrap().pop()
    }
}

fn number(event: &Value) -> u64 {
    event["detail"]["number"].as_u64().unwrap()
}

// --- The endpoint -------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn an_event_is_logged_and_goes_where_its_rule_says() {
    let stack = stack(None).await;
    let entries = vec![entry("wanted", 1), entry("other", 2), entry("wanted", 3)];
    assert_eq!(stack.put(entries).await, Ok(vec![None, None, None]));
    assert_eq!(stack.logged().await, [1, 2, 3]);
    assert_eq!(stack.bus.events(ProjectId(2), "lambdesk".to_owned()).await.unwrap(), [] as [Value; 0]);
    let message = stack.one(NOW).await.unwrap();
    let event: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!(
        event,
        stack.bus.events(ProjectId(1), "lambdesk".to_owned()).await.unwrap()[0],
        "what was logged is what is delivered"
    );
    assert_eq!(
        (&event["source"], &event["detail-type"], &event["time"]),
        (&json!("lambdesk"), &json!("wanted"), &json!("2025-06-15T15:06:40Z"))
    );
    stack.queue.delete(message.handle).await.unwrap();
    assert_eq!(stack.drained().await, [3]);
    stack.bus.stop().await;
    assert!(stack.put(vec![entry("wanted", 4)]).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn an_entry_that_is_refused_keeps_no_other_back() {
    let stack = stack(None).await;
    let malformed = PutEventsRequestEntry::builder().event_bus_name("Bus").source("s").detail_type("t").detail("{").build();
    let elsewhere =
        PutEventsRequestEntry::builder().event_bus_name("Elsewhere").source("s").detail_type("t").detail("{}").build();
    let results = stack.put(vec![malformed, entry("wanted", 1), elsewhere]).await.unwrap();
    let results: Vec<_> = results.iter().map(Option::as_deref).collect();
    assert_eq!(results, [Some("MalformedDetail"), None, Some("ResourceNotFoundException")]);
    assert_eq!((stack.logged().await, stack.drained().await), (vec![1], vec![1]));
}

#[tokio::test]
async fn a_call_has_limits() {
    let stack = stack(None).await;
    let many = |count| (0..count).map(|number| entry("wanted", number)).collect();
    assert_eq!(stack.put(many(11)).await, Err("ValidationException".to_owned()));
    assert_eq!(stack.put(Vec::new()).await, Err("ValidationException".to_owned()));
    let large = |bytes: usize| {
        let detail = json!({"project_id": 1, "number": 0, "text": "x".repeat(bytes)}).to_string();
        vec![PutEventsRequestEntry::builder().event_bus_name("Bus").source("s").detail_type("t").detail(detail).build()]
    };
    assert_eq!(stack.put(large(256 * 1024)).await, Err("ValidationException".to_owned()));
    assert_eq!(stack.logged().await, [0; 0]);
    assert_eq!(stack.put(large(255 * 1024)).await, Ok(vec![None]));
    assert_eq!(stack.put(many(10)).await, Ok(vec![None; 10]));
}

#[tokio::test]
async fn what_is_not_put_events_is_refused() {
    let stack = stack(None).await;
    let endpoint = stack.bus.serve().await.unwrap();
    let call = async |target: &str, body: &'static str| {
        let request = reqwest::Client::new().post(&endpoint).header("x-amz-target", target).body(body);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.1");
        (response.status().as_u16(), response.json::<Value>().await.unwrap()["__type"].clone())
    };
    assert_eq!(call("AWSEvents.PutRule", "{}").await, (400, json!("UnknownOperationException")));
    assert_eq!(call("AWSEvents.PutEvents", "{").await, (400, json!("SerializationException")));
    assert_eq!(call("AWSEvents.PutEvents", "{}").await, (400, json!("SerializationException")));
}

#[tokio::test]
async fn faults_are_as_a_test_wants_them() {
    let stack = stack(None).await;
    stack.bus.inject(|entry| entry.detail.contains(":2").then_some(Fault::RefuseEntry("InternalFailure")));
    let results = stack.put(vec![entry("wanted", 1), entry("wanted", 2)]).await.unwrap();
    assert_eq!(results, [None, Some("InternalFailure".to_owned())]);
    stack.bus.inject(|_| Some(Fault::FailCall));
    assert_eq!(stack.put(vec![entry("wanted", 3)]).await, Err("InternalException".to_owned()));
    stack.bus.inject(|_| Some(Fault::LoseAnswer));
    assert_eq!(stack.put(vec![entry("wanted", 4)]).await, Err("InternalException".to_owned()));
    stack.bus.heal();
    stack.put_wanted(1).await;
    assert_eq!((stack.logged().await, stack.drained().await), (vec![1, 4, 0], vec![1, 4, 0]));
}

// --- The queue ----------------------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_message_comes_again_until_it_is_deleted() {
    let stack = stack(None).await;
    stack.put_wanted(1).await;
    let first = stack.one(NOW).await.unwrap();
    assert_eq!((first.receive_count, stack.one(NOW).await), (1, None), "it stays away from others");
    assert!(stack.queue.depth().await.unwrap() != Depth::default());
    let started = Instant::now();
    let second = stack.one(SOON).await.unwrap();
    assert!(started.elapsed() < SOON / 2, "waiting ends when the visibility timeout does");
    assert_eq!((&second.id, second.receive_count), (&first.id, 2));
    stack.queue.delete(first.handle).await.unwrap();
    assert!(stack.queue.depth().await.unwrap() != Depth::default(), "who came too late deletes nothing");
    stack.queue.delete(second.handle).await.unwrap();
    assert_eq!(stack.queue.depth().await.unwrap(), Depth::default());
}

#[tokio::test]
async fn a_message_that_is_given_back_comes_after_its_delay() {
    let stack = stack(None).await;
    stack.put_wanted(1).await;
    let message = stack.one(NOW).await.unwrap();
    stack.queue.retry_later(message.handle, Duration::from_millis(50)).await.unwrap();
    stack.queue.delete(message.handle).await.unwrap();
    assert_eq!(stack.one(NOW).await, None);
    assert_eq!(stack.one(SOON).await.unwrap().receive_count, 2);
    stack.queue.send("{}".to_owned(), Duration::from_millis(50)).await.unwrap();
    assert_eq!(stack.one(NOW).await, None);
    assert_eq!(stack.one(SOON).await.unwrap().body, "{}");
}

#[tokio::test]
async fn a_message_received_too_often_is_set_aside_until_it_is_redriven() {
    let stack = stack(None).await;
    stack.put_wanted(1).await;
    for count in 1..=2 {
        let message = stack.one(NOW).await.unwrap();
        assert_eq!((message.receive_count, stack.queue.dead_letters().await.unwrap()), (count, vec![]));
        stack.queue.retry_later(message.handle, NOW).await.unwrap();
    }
    assert_eq!(stack.one(NOW).await, None);
    let dead = stack.queue.dead_letters().await.unwrap();
    assert_eq!(dead.iter().map(|letter| (letter.queue.as_str(), letter.receive_count)).collect::<Vec<_>>(), [("Queue", 2)]);
    assert_eq!(stack.queue.depth().await.unwrap(), Depth::default(), "what is set aside is in nobody's way");
    assert_eq!(stack.queue.redrive().await.unwrap(), 1);
    assert_eq!((stack.queue.dead_letters().await.unwrap(), stack.drained().await), (vec![], vec![0]));
}

#[tokio::test]
async fn who_waits_is_woken_by_a_message() {
    let stack = stack(None).await;
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let queue = stack.queue.clone();
            tokio::spawn(async move { queue.receive(1, SOON).await.unwrap().len() })
        })
        .collect();
    let started = Instant::now();
    stack.put((0..3).map(|number| entry("wanted", number)).collect()).await.unwrap();
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), 1);
    }
    assert!(started.elapsed() < SOON / 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_publish_and_receive_at_once_lose_and_repeat_nothing() {
    const COUNT: usize = 400;
    let stack = Arc::new(stack(None).await);
    let publishing: Vec<_> = (0..4)
        .map(|worker| {
            let stack = Arc::clone(&stack);
            tokio::spawn(async move {
                for batch in 0..COUNT / 40 {
                    let entries = (0..10).map(|place| entry("wanted", worker * COUNT / 4 + batch * 10 + place)).collect();
                    assert_eq!(stack.put(entries).await, Ok(vec![None; 10]));
                }
            })
        })
        .collect();
    let mut received = Vec::new();
    while received.len() < COUNT {
        let messages = stack.queue.receive(7, SOON).await.unwrap();
        assert!(!messages.is_empty());
        for message in messages {
            received.push(number(&serde_json::from_str(&message.body).unwrap()));
            stack.queue.delete(message.handle).await.unwrap();
        }
    }
    for publishing in publishing {
        publishing.await.unwrap();
    }
    received.sort_unstable();
    assert!(received.into_iter().eq(0..COUNT as u64));
    assert_eq!(stack.queue.depth().await.unwrap(), Depth::default());
    assert_eq!(stack.logged().await.len(), COUNT);
}

// --- What stays ---------------------------------------------------------------------------------------------------------

/// A copy of the directory as kill -9 at this moment would leave it, while the process still runs.
fn killed(data: &TempDir) -> TempDir {
    let left = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(data.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), left.path().join(file.file_name())).unwrap();
    }
    left
}

#[tokio::test]
async fn a_killed_process_loses_nothing_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let before = stack(Some(&data)).await;
    before.put_wanted(4).await;
    let done = before.one(NOW).await.unwrap();
    before.queue.delete(done.handle).await.unwrap();
    let delayed = before.one(NOW).await.unwrap();
    before.queue.retry_later(delayed.handle, Duration::from_hours(1)).await.unwrap();
    before.one(NOW).await.unwrap();
    let left = killed(&data);

    let after = stack(Some(&left)).await;
    assert_eq!(after.logged().await, [0, 1, 2, 3]);
    let again = after.queue.receive(10, NOW).await.unwrap();
    let again: Vec<_> =
        again.iter().map(|message| (number(&serde_json::from_str(&message.body).unwrap()), message.receive_count)).collect();
    assert_eq!(again, [(2, 2), (3, 1)], "what was taken is there at once, what was delayed later");
    assert!(after.queue.depth().await.unwrap() != Depth::default());
}

#[tokio::test]
async fn the_log_keeps_the_last_ones() {
    let data = tempfile::tempdir().unwrap();
    let stack = stack(Some(&data)).await;
    let event =
        |number: usize| json!({"source": "lambdesk", "detail": {"project_id": 1, "number": number, "text": "x".repeat(500)}});
    let publish = async |range: std::ops::Range<usize>| {
        for start in range.step_by(1000) {
            stack.bus.core.publish((start..start + 1000).map(event).collect()).await.unwrap();
        }
    };
    let size = || std::fs::metadata(data.path().join("bus.sqlite")).unwrap().len();
    publish(0..12_000).await;
    let logged = stack.logged().await;
    assert!(logged.into_iter().eq(2_000..12_000));
    let full = size();
    publish(12_000..40_000).await;
    assert!(size() < full + full / 2, "{} after {full}", size());
}
