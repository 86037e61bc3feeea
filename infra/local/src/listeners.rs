//! The functions that listen to the bus, started as the mappings and rules of the template say, and those of people's own.

use std::{fmt::Display, io};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambdesk_automation::Automation;
use lambdesk_courier::{Courier, Sender};
use lambdesk_naming::Naming;
use lambdesk_runtime::connect::Access;
use serde_json::Value;

use crate::{
    bucket,
    bus::{Bus, Consumer, Queue},
    functions::Functions,
    roles::Acting,
    template::invalid,
};

/// How many invocations of a function are under way at once. On AWS there is no bound but the account's.
const AT_ONCE: usize = 5;

/// The listeners that run.
pub(crate) struct Listeners(Vec<Consumer>);

/// What a listener is made from.
pub(crate) struct Start<'a> {
    pub(crate) bus: &'a Bus,
    /// The URL of the bus and its queues.
    pub(crate) endpoint: &'a str,
    pub(crate) acting: &'a Acting<'a>,
    pub(crate) access: &'a Access,
    /// The URL of the service that sends mail.
    pub(crate) ses: &'a str,
    /// The domain of the desk's addresses.
    pub(crate) mail_domain: &'a str,
    /// Where files are.
    pub(crate) bucket: &'a bucket::Service,
    /// The desk's own address.
    pub(crate) link_base: &'a str,
    /// Where functions of people's own are invoked.
    pub(crate) functions: Option<Functions>,
}

impl Start<'_> {
    /// Starts the functions that read queues, and those that rules invoke. It fails if one of them is not known here.
    pub(crate) fn start(&self) -> io::Result<Listeners> {
        let mut all = Vec::new();
        for (mapping, queue) in self.bus.readers() {
            let (batch, concurrency) = (mapping.batch, mapping.concurrency);
            all.push(match mapping.function.as_str() {
                name @ "AutomationFunction" => {
                    let automation = self.automation(name, &queue)?;
                    Consumer::start(&queue, batch, concurrency, move |event| {
                        let automation = automation.clone();
                        async move { automation.handle(event).await }
                    })
                }
                other => return Err(invalid(format!("{other} reads {}, and is not known here", queue.name()))),
            });
        }
        for (direct, queue) in self.bus.invoked() {
            let name = &direct.function;
            if name == "NamingFunction" {
                let naming = Naming { naming: self.acting.store(name)?.naming() };
                let handle = move |event| {
                    let naming = naming.clone();
                    async move { naming.handle(event).await }
                };
                all.push(Consumer::start(&queue, 1, AT_ONCE, move |events| hear(handle.clone(), events)));
                continue;
            }
            if name == "CourierFunction" {
                let courier = self.courier(name)?;
                let handle = move |event| {
                    let courier = courier.clone();
                    async move { Box::pin(courier.handle(event)).await }
                };
                all.push(Consumer::start(&queue, 1, AT_ONCE, move |events| hear(handle.clone(), events)));
                continue;
            }
            let functions = self.functions.clone().filter(|_| direct.is_elsewhere);
            let functions = functions.ok_or_else(|| invalid(format!("a rule invokes {name}, which is not known here")))?;
            let name = name.clone();
            all.push(Consumer::start(&queue, 1, AT_ONCE, move |event| invoke(functions.clone(), name.clone(), event)));
        }
        Ok(Listeners(all))
    }

    fn courier(&self, name: &str) -> io::Result<Courier> {
        // A reference to a resource is its name here.
        let sender = Sender::new(self.access, "MailConfiguration", Some(self.ses.to_owned()));
        let (mail_domain, link_base) = (self.mail_domain.to_owned(), self.link_base.to_owned());
        let (store, files) = (self.acting.store(name)?.courier(), self.bucket.of(name));
        Ok(Courier { store, mail_domain, sender, files, link_base })
    }

    fn automation(&self, name: &str, queue: &Queue) -> io::Result<Automation> {
        let endpoint = self.endpoint.to_owned();
        let mut sender = lambdesk_automation::Queue::new(self.access, Bus::queue_url(&endpoint, queue), Some(endpoint.clone()));
        if let Some(dead_letters) = self.bus.dead_letters_url(&endpoint, queue) {
            sender = sender.with_dead_letters(dead_letters);
        }
        Ok(Automation { runs: self.acting.store(name)?.runs(), queue: sender })
    }
}

impl Listeners {
    /// Stops each one after what it has in flight.
    pub(crate) async fn stop(&self) {
        for listener in &self.0 {
            listener.stop().await;
        }
    }
}

/// Hands each event of a batch to a function of the desk. One that it fails on is tried again.
async fn hear<E: Display, F: Future<Output = Result<(), E>>>(handle: impl Fn(Value) -> F, batch: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        let event = serde_json::from_str(&message.body.unwrap_or_default()).unwrap_or_default();
        if let Err(error) = handle(event).await {
            tracing::warn!(%error, "an event was not followed");
            response.add_failure(message.message_id.unwrap_or_default());
        }
    }
    response
}

/// Invokes a function with each event of a batch. An event whose invocation fails is tried again.
async fn invoke(functions: Functions, name: String, batch: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        if let Err(error) = functions.invoke(&name, message.body.unwrap_or_default()).await {
            tracing::warn!(function = name, %error, "a function did not take an event");
            response.add_failure(message.message_id.unwrap_or_default());
        }
    }
    response
}
