//! Lambda's side of a queue: hands messages to a function in batches, a few batches at a time, and deletes or retries each
//! message as the function's answer says.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use tokio::{sync::watch, task::JoinHandle};

use super::{Message, Queue};

/// How long one receive call waits for messages. It returns at once when a message arrives.
const WAIT: Duration = Duration::from_secs(20);
/// The pause after the queue could not be read.
const PAUSE: Duration = Duration::from_secs(1);
/// How long batches in flight may take to finish when the consumer stops.
const GRACE: Duration = Duration::from_secs(10);

/// A function that consumes a queue. Dropping the consumer stops it as [`Consumer::stop`] does, without waiting.
pub struct Consumer {
    stop: watch::Sender<bool>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

impl Consumer {
    /// Starts to hand the messages of `queue` to `function`: up to `batch` messages at once, in up to `concurrency` batches.
    pub fn start<F, A>(queue: &Queue, batch: usize, concurrency: usize, function: F) -> Self
    where
        F: Fn(SqsEvent) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = SqsBatchResponse> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(false);
        let worker = || Worker { queue: queue.clone(), batch, function: function.clone(), stopped: stopped.clone() };
        let workers = (0..concurrency).map(|_| tokio::spawn(worker().run())).collect();
        Self { stop, workers: Mutex::new(workers) }
    }

    /// Stops after the batches in flight, and waits for them. The messages that are left stay in the queue.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let workers: Vec<_> = self.workers.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        let ended = async {
            for worker in workers {
                let _ = worker.await;
            }
        };
        let _ = tokio::time::timeout(GRACE, ended).await;
    }
}

struct Worker<F> {
    queue: Queue,
    batch: usize,
    function: F,
    stopped: watch::Receiver<bool>,
}

impl<F, A> Worker<F>
where
    F: Fn(SqsEvent) -> A,
    A: Future<Output = SqsBatchResponse> + Send + 'static,
{
    async fn run(mut self) {
        loop {
            let received = tokio::select! {
                biased;
                // An error means that the consumer was dropped.
                _ = self.stopped.wait_for(|stop| *stop) => break,
                received = self.queue.receive(self.batch, WAIT) => received,
            };
            match received {
                Ok(messages) if messages.is_empty() => {}
                Ok(messages) => self.hand_over(messages).await,
                Err(error) => {
                    tracing::error!(queue = self.queue.name(), %error, "the queue can't be read");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn hand_over(&self, messages: Vec<Message>) {
        // On a task of its own, so that a function that panics fails its batch and nothing else.
        let answered = tokio::spawn((self.function)(event(&messages))).await;
        let failed = answered.map_or_else(|_| everything(&messages), |response| failed(response, &messages));
        let (failed, done): (Vec<_>, Vec<_>) = messages.iter().partition(|message| failed.contains(message.id.as_str()));
        let handles = |messages: Vec<&Message>| messages.into_iter().map(|message| message.handle).collect();
        if let Err(error) = self.queue.settle(handles(done), handles(failed)).await {
            // The messages are received again after the visibility timeout.
            tracing::error!(queue = self.queue.name(), %error, "what was handled can't be deleted");
        }
    }
}

/// The batch in the form that Lambda passes to a function.
fn event(messages: &[Message]) -> SqsEvent {
    let record = |message: &Message| {
        let mut record = SqsMessage::default();
        record.message_id = Some(message.id.clone());
        record.body = Some(message.body.clone());
        record.attributes.insert("ApproximateReceiveCount".to_owned(), message.receive_count.to_string());
        record.event_source = Some("aws:sqs".to_owned());
        record
    };
    let mut event = SqsEvent::default();
    event.records = messages.iter().map(record).collect();
    event
}

/// The ids of the messages that failed. An answer that names a message from outside the batch fails the whole batch, as on AWS.
fn failed(response: SqsBatchResponse, messages: &[Message]) -> HashSet<String> {
    let failed: HashSet<_> = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    let all = everything(messages);
    if failed.is_subset(&all) { failed } else { all }
}

fn everything(messages: &[Message]) -> HashSet<String> {
    messages.iter().map(|message| message.id.clone()).collect()
}
