//! Dead letters, tried once more (docs/dead-letters.md). A message leaves its queue only after it was taken.

use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::Message,
};
use clap::{Args, Subcommand};
use lambdesk_runtime::{
    causes::causes,
    connect::{Access, endpoint},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Console, Failure,
    shown::Shown,
    signed::{Call, Caller},
};

/// Try dead letters once more, once their cause is mended.
///
/// A message leaves its queue only after it was taken. One that fails again stays, and may be tried again ten minutes later.
#[derive(Debug, Args)]
pub(crate) struct Redrive {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Move events back into the queue that workflows start from.
    Events {
        /// The address of the queue `WorkflowDeadLetters`.
        #[arg(long, value_name = "URL")]
        from: String,
        /// The address of the queue `WorkflowQueue`.
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Invoke a function with what it failed with: naming and courier with facts, or mailroom with mails.
    Invocations {
        /// The address of the queue `NamingDeadLetters`, `CourierDeadLetters` or `MailroomDeadLetters`.
        #[arg(long, value_name = "URL")]
        from: String,
        /// The name of the function.
        #[arg(long, value_name = "NAME", value_parser = function)]
        function: String,
    },
    /// Hand records of the table's stream to the relay. They can be read for 24 hours after their writing.
    Records {
        /// The address of the queue `RelayDeadLetters`.
        #[arg(long, value_name = "URL")]
        from: String,
        /// The name of the function relay.
        #[arg(long, value_name = "NAME", value_parser = function)]
        function: String,
    },
}

/// How long a message is kept from others while it is tried, in seconds: also how long one rests that failed.
const HIDDEN: i32 = 600;
/// How long it is waited for a message, in seconds. Without a wait SQS looks at some of its servers only.
const WAIT: i32 = 2;
/// How many answers without records end a reading of the stream. It has such where nothing was written for a while.
const EMPTY: usize = 100;
/// The most messages of one call.
const MOST: i32 = 10;

fn function(name: &str) -> Result<String, &'static str> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ['-', '_'].contains(&letter);
    if !name.is_empty() && name.chars().all(plain) { Ok(name.to_owned()) } else { Err("is no name of a function") }
}

/// A sequence number of the stream, to be compared with others: how many digits it has, and these. There are up to 40, more than
/// an integer has.
fn number(text: &str) -> Option<(usize, String)> {
    let digits = text.trim_start_matches('0');
    let is_number = !text.is_empty() && digits.chars().all(|letter| letter.is_ascii_digit());
    is_number.then(|| (digits.len(), digits.to_owned()))
}

/// What of a queue's address says which queue it is: the account and the name.
fn path(queue: &str) -> &str {
    let address = queue.split_once("://").map_or(queue, |(_, address)| address);
    address.split_once('/').map_or(address, |(_, path)| path.trim_end_matches('/'))
}

/// What a call of a queue failed with, in a line.
fn failed<E, R>(queue: &str, error: &SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let said = error.as_service_error().map_or_else(
        || causes(error),
        |service| format!("{}: {}", service.code().unwrap_or("no code"), service.message().unwrap_or("no message")),
    );
    Failure::refused(format!("{queue}: {said}"))
}

/// Where Lambda was in the stream when it gave up.
#[derive(Deserialize)]
struct Note {
    #[serde(rename = "DDBStreamBatchInfo")]
    place: Place,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    shard_id: String,
    start_sequence_number: String,
    end_sequence_number: String,
    stream_arn: String,
}

/// The services that are called.
struct Aws {
    queues: Client,
    caller: Caller,
}

impl Redrive {
    pub(crate) async fn run(self, console: Console<'_>) -> Result<(), Failure> {
        let access = Access::from_env()?;
        let queues = Client::new(&access.aws_config(endpoint("AWS_ENDPOINT_URL_SQS")?));
        let aws = Aws { queues, caller: Caller::new(access)? };
        if let What::Events { from, to } = &self.what
            && path(from) == path(to)
        {
            return Err(Failure::refused("--from and --to are the same queue: its messages would come again and again"));
        }
        let (What::Events { from, .. } | What::Invocations { from, .. } | What::Records { from, .. }) = &self.what;
        let (mut taken, mut left) = (0, 0);
        loop {
            let messages = aws.receive(from).await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let body = message.body().unwrap_or_default();
                match aws.retry(&self.what, body).await {
                    Ok(()) => {
                        aws.remove(from, &message).await?;
                        taken += 1;
                    }
                    Err(error) => {
                        let id = message.message_id().unwrap_or("a message");
                        writeln!(console.notes, "{id}: {}", Shown(&error.to_string()))?;
                        left += 1;
                    }
                }
            }
        }
        writeln!(console.output, "{taken} dead letters were taken, {left} stay")?;
        if left > 0 { Err(Failure::refused(format!("{left} of them failed again"))) } else { Ok(()) }
    }
}

impl Aws {
    async fn receive(&self, queue: &str) -> Result<Vec<Message>, Failure> {
        let call = self.queues.receive_message().queue_url(queue).max_number_of_messages(MOST);
        let answer = call.wait_time_seconds(WAIT).visibility_timeout(HIDDEN).send().await;
        let answer = answer.map_err(|error| failed(queue, &error))?;
        Ok(answer.messages.unwrap_or_default())
    }

    async fn remove(&self, queue: &str, message: &Message) -> Result<(), Failure> {
        let call = self.queues.delete_message().queue_url(queue).receipt_handle(message.receipt_handle().unwrap_or_default());
        let removed = call.send().await;
        removed.map(|_| ()).map_err(|error| failed(queue, &error))
    }

    async fn retry(&self, what: &What, body: &str) -> Result<(), Failure> {
        match what {
            What::Events { to, .. } => {
                let sent = self.queues.send_message().queue_url(to).message_body(body).send().await;
                sent.map(|_| ()).map_err(|error| failed(to, &error))
            }
            What::Invocations { function, .. } => {
                let letter: Value = serde_json::from_str(body).map_err(|_| Failure::refused("it is no JSON"))?;
                // What EventBridge set aside is the event itself, and what Lambda set aside has it within a note.
                let event = letter.get("requestPayload").unwrap_or(&letter).to_string();
                self.invoke(function, event).await.map(|_| ())
            }
            What::Records { function, .. } => {
                let note: Note = serde_json::from_str(body).map_err(|_| Failure::refused("it names no place in a stream"))?;
                self.hand_over(function, note.place).await
            }
        }
    }

    /// Invokes a function, and waits until it is done.
    async fn invoke(&self, function: &str, event: String) -> Result<Value, Failure> {
        let endpoint = self.caller.endpoint("AWS_ENDPOINT_URL_LAMBDA", "lambda")?;
        let url = format!("{endpoint}/2015-03-31/functions/{function}/invocations");
        let headers = vec![("content-type", "application/json".to_owned())];
        let answer = self.caller.post(Call { service: "lambda", url, headers, body: event }).await?;
        let said = String::from_utf8_lossy(&answer.body);
        if !answer.status.is_success() || answer.headers.contains_key("x-amz-function-error") {
            return Err(Failure::refused(format!("{function} failed: {} {said}", answer.status)));
        }
        Ok(serde_json::from_str(&said).unwrap_or_default())
    }

    /// Hands the records at this place of the stream to the relay, page by page, and in their order. The stream answers with at
    /// most 1 MB at a time, and sometimes with nothing although more follows.
    async fn hand_over(&self, function: &str, place: Place) -> Result<(), Failure> {
        let Place { shard_id, start_sequence_number, end_sequence_number, stream_arn } = place;
        let end = number(&end_sequence_number).ok_or_else(|| Failure::refused("it names no place in a stream"))?;
        let at = json!({
            "StreamArn": stream_arn, "ShardId": shard_id, "ShardIteratorType": "AT_SEQUENCE_NUMBER",
            "SequenceNumber": start_sequence_number,
        });
        let mut iterator = self.stream("GetShardIterator", &at).await?["ShardIterator"].take();
        let mut empty = 0;
        while iterator.is_string() && empty < EMPTY {
            let mut page = self.stream("GetRecords", &json!({"ShardIterator": iterator})).await?;
            iterator = page["NextShardIterator"].take();
            let Value::Array(mut records) = page["Records"].take() else { break };
            empty = if records.is_empty() { empty + 1 } else { 0 };
            let of = |record: &Value| record["dynamodb"]["SequenceNumber"].as_str().and_then(number);
            let is_last = records.iter().any(|record| of(record).is_some_and(|number| number >= end));
            records.retain(|record| of(record).is_some_and(|number| number <= end));
            if !records.is_empty() {
                self.relay(function, records).await?;
            }
            if is_last {
                return Ok(());
            }
        }
        Err(Failure::refused("the stream does not have all of these records any more"))
    }

    async fn relay(&self, function: &str, mut records: Vec<Value>) -> Result<(), Failure> {
        for record in &mut records {
            // Lambda writes this time in another way than the stream.
            if let Some(change) = record["dynamodb"].as_object_mut() {
                change.remove("ApproximateCreationDateTime");
            }
        }
        let answer = self.invoke(function, json!({"Records": records}).to_string()).await?;
        let failed = answer["batchItemFailures"].as_array().is_none_or(|failures| !failures.is_empty());
        if failed { Err(Failure::refused(format!("the relay answers {answer}"))) } else { Ok(()) }
    }

    async fn stream(&self, action: &str, body: &Value) -> Result<Value, Failure> {
        let url = self.caller.endpoint("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "streams.dynamodb")?;
        let headers = vec![
            ("content-type", "application/x-amz-json-1.0".to_owned()),
            ("x-amz-target", format!("DynamoDBStreams_20120810.{action}")),
        ];
        let call = Call { service: "dynamodb", url: format!("{url}/"), headers, body: body.to_string() };
        let answer = self.caller.post(call).await?;
        let said = String::from_utf8_lossy(&answer.body);
        if !answer.status.is_success() {
            return Err(Failure::refused(format!("{action} failed: {} {said}", answer.status)));
        }
        serde_json::from_str(&said).map_err(|_| Failure::refused(format!("{action} answers no JSON")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_a_plain_name() {
        assert_eq!(function("desk-naming_1"), Ok("desk-naming_1".to_owned()));
        for wrong in ["", "a/b", "a?b", "a:b"] {
            assert!(function(wrong).is_err(), "{wrong}");
        }
    }
}
