//! Runs workflows: what the bus's rule put in a queue is this function's to carry out (design.md section 6).
//!
//! SQS delivers a message at least once, in no order, and again if it was not handled. So a run is to be idempotent by the
//! event's id. A message that has to wait (for the limit on what workflows may do) has not failed: it is put back as a new one,
//! which is there later, and the old one is done with. One that fails too often, however often it waited in between, or that
//! waits for too long, is set aside in a queue of its own with the reason; what the function can't do that for, SQS does.

mod batch;
mod queue;
mod run;
mod trigger;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambdesk_domain::Timestamp;
use lambdesk_store::Store;

pub use batch::MOST_FAILURES;
pub use queue::{MissingQueue, NotSent, Queue};
pub use run::{Carried, Failure};
pub use trigger::{Mark, Trigger, Unreadable};

/// What runs workflows.
#[derive(Clone)]
pub struct Automation {
    /// The table.
    pub store: Store,
    /// Where messages come from, and go back to when they have to wait.
    pub queue: Queue,
}

impl Automation {
    /// Handles a batch of messages. The answer names those that failed, which come again; all others are done with.
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
        self.store.now()
    }
}
