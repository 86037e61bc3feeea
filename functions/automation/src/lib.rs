//! Runs workflows for the events that the bus's rule enqueues.
//!
//! SQS delivers a message at least once, in no order, and again if it was not acknowledged. So a run is idempotent by the
//! event's id.
//!
//! A message that has to wait for the limit on workflows' actions has not failed. It is enqueued again as a new message with a
//! delay, and the old one is acknowledged. A message that fails too often, however often it waited in between, or that waits
//! too long, goes to the dead-letter queue with the reason. If the function can't send it there, SQS moves it.

mod batch;
mod queue;
mod run;
mod trigger;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambdesk_domain::Timestamp;
use lambdesk_store::Runs;

pub use batch::MOST_FAILURES;
pub use queue::{NotSent, Queue};
pub use run::{Carried, Failure};
pub use trigger::{Mark, Trigger, Unreadable};

/// The function that runs workflows.
#[derive(Clone)]
pub struct Automation {
    /// The handle that gives each project's desk.
    pub runs: Runs,
    /// The queue that messages come from, and are enqueued to again when they have to wait.
    pub queue: Queue,
}

impl Automation {
    /// Handles a batch of messages. The answer names those that failed, which SQS delivers again. All others are acknowledged.
    pub async fn handle(&self, event: SqsEvent) -> SqsBatchResponse {
        batch::handle(self, event).await
    }
}

impl batch::Work for Automation {
    async fn carry_out(&self, trigger: &Trigger) -> Result<Carried, Failure> {
        Box::pin(Automation::carry_out(self, trigger)).await
    }

    async fn put_back(&self, body: &str, mark: &Mark, delay_secs: u32) -> Result<(), NotSent> {
        self.queue.put_back(body, mark, delay_secs).await
    }

    async fn set_aside(&self, body: &str, mark: &Mark) -> Result<(), NotSent> {
        self.queue.set_aside(body, mark).await
    }

    fn now(&self) -> Timestamp {
        self.runs.now()
    }
}
