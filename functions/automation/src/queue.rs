//! SQS: the queue that messages come from and are enqueued to again when they have to wait, and the dead-letter queue.

use aws_sdk_sqs::Client;
use lambdesk_runtime::{
    causes::causes,
    connect::{Access, BadEnvironment, endpoint, optional, required},
};

use crate::trigger::{Mark, Unreadable, marked};

/// The longest delay that SQS accepts, in seconds.
pub(crate) const LONGEST: u32 = 900;

/// The queue of events that may start workflows.
#[derive(Clone)]
pub struct Queue {
    client: Client,
    url: String,
    dead_letters: Option<String>,
}

/// A message could not be sent on.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// The message is not an event of the desk.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// No dead-letter queue is configured. SQS moves the message when it has been received often enough.
    #[error("no queue of dead letters is named")]
    Nowhere,
    /// SQS refused it, or did not answer.
    #[error("{0}")]
    Refused(String),
}

impl Queue {
    /// The queue at `url`; `endpoint` replaces the region's own.
    pub fn new(access: &Access, url: impl Into<String>, endpoint: Option<String>) -> Self {
        Self { client: Client::new(&access.aws_config(endpoint)), url: url.into(), dead_letters: None }
    }

    /// The same queue, with the dead-letter queue at `url`.
    #[must_use]
    pub fn with_dead_letters(self, url: impl Into<String>) -> Self {
        Self { dead_letters: Some(url.into()), ..self }
    }

    /// The queue from the environment. `WORKFLOW_QUEUE_URL` is its address. `WORKFLOW_DEAD_LETTERS_URL` is that of the
    /// dead-letter queue; if it is not set, only SQS moves messages there, and without a reason. `AWS_ENDPOINT_URL_SQS`
    /// replaces the region's endpoint. Fails if `WORKFLOW_QUEUE_URL` is not set.
    pub fn from_env(access: &Access) -> Result<Self, BadEnvironment> {
        let queue = Self::new(access, required("WORKFLOW_QUEUE_URL")?, endpoint("AWS_ENDPOINT_URL_SQS")?);
        Ok(Self { dead_letters: optional("WORKFLOW_DEAD_LETTERS_URL"), ..queue })
    }

    /// Enqueues an event again, to be delivered in `delay_secs` seconds (at most a quarter of an hour). It becomes a new
    /// message, so it may wait as often as it must. The same message, returned to the queue, would in the end count as received
    /// too often and be moved to the dead-letter queue.
    pub async fn put_back(&self, body: &str, mark: &Mark, delay_secs: u32) -> Result<(), NotSent> {
        self.send(&self.url, marked(body, mark)?, delay_secs.min(LONGEST)).await
    }

    /// Sends an event to the dead-letter queue, for people to look at.
    pub async fn set_aside(&self, body: &str, mark: &Mark) -> Result<(), NotSent> {
        self.send(self.dead_letters.as_ref().ok_or(NotSent::Nowhere)?, marked(body, mark)?, 0).await
    }

    async fn send(&self, url: &str, body: String, delay_secs: u32) -> Result<(), NotSent> {
        let delay = i32::try_from(delay_secs).unwrap_or_default();
        let sent = self.client.send_message().queue_url(url).message_body(body).delay_seconds(delay);
        match sent.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(NotSent::Refused(causes(&error))),
        }
    }
}
