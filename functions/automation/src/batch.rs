//! A batch of messages. Several tickets are handled at a time, and the messages of one ticket in their order. So a workflow on
//! a ticket's creation has acted before the workflow on its first message reads the ticket.
//!
//! The order holds within a batch only. SQS promises no order between batches, and a message that fails or has to wait is
//! overtaken.

use std::collections::BTreeMap;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::{StreamExt, stream};
use lambdesk_domain::{ProjectId, TicketId, Timestamp};

use crate::{Carried, Failure, Mark, NotSent, Trigger, queue::LONGEST};

/// How many tickets of a batch are handled at a time.
const TICKETS: usize = 8;
/// The most random seconds that a message waits longer than it has to, the first time and ever; the bound doubles with each
/// wait. Without them, all messages that wait for the limit would come back at the same time, and only the first would find a
/// place. Of a thousand messages, each would come back in vain hundreds of times.
const SPREAD: (u32, u32) = (15, 480);
/// How many times an event may fail before it goes to the dead-letter queue. It equals SQS's own number of receives, which
/// begins anew with each message that is enqueued again.
pub const MOST_FAILURES: u32 = 5;
/// How many seconds an event may wait. If the actions of a whole day are not enough, waiting longer does not help.
const LONGEST_WAIT: i64 = 24 * 3600;
const WAITED: &str = "It waited for 24 hours: the project's workflows may do no more than 60 actions a minute and 600 an hour, \
    and half of that for customers who are not known.";

/// What handling a batch needs.
pub(crate) trait Work {
    async fn carry_out(&self, trigger: &Trigger) -> Result<Carried, Failure>;
    async fn put_back(&self, body: &str, mark: &Mark, delay_secs: u32) -> Result<(), NotSent>;
    async fn set_aside(&self, body: &str, mark: &Mark) -> Result<(), NotSent>;
    fn now(&self) -> Timestamp;
}

/// A message whose event could be read.
struct Message {
    id: String,
    body: String,
    trigger: Trigger,
    /// How often handling the event has failed: how often this message was received before, and the failures of the messages
    /// that carried the event before it was enqueued again.
    failures: u32,
}

/// What to do with a message whose event is not done.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    PutBack {
        mark: Mark,
        secs: u32,
    },
    SetAside(Mark),
    /// SQS delivers the message again by itself.
    Again,
}

/// Handles all messages. The answer names those that failed.
pub(crate) async fn handle(work: &impl Work, event: SqsEvent) -> SqsBatchResponse {
    let (tickets, unreadable) = by_ticket(event.records);
    let handled = tickets.into_iter().map(|messages| in_order(work, messages));
    let failed = stream::iter(handled).buffer_unordered(TICKETS).concat().await;
    let mut response = SqsBatchResponse::default();
    unreadable.into_iter().chain(failed).for_each(|id| response.add_failure(id));
    response
}

/// The messages by ticket, each ticket's in their order, and the ids of messages that can't be read.
fn by_ticket(records: Vec<SqsMessage>) -> (Vec<Vec<Message>>, Vec<String>) {
    let mut tickets: BTreeMap<(ProjectId, Option<TicketId>), Vec<Message>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for record in records {
        let received = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse::<u32>().ok());
        let (id, body) = (record.message_id.unwrap_or_default(), record.body.unwrap_or_default());
        match Trigger::read(&body) {
            Ok(trigger) => {
                let ticket = (trigger.project, trigger.ticket());
                let failures = trigger.mark.failures.saturating_add(received.unwrap_or(1).saturating_sub(1));
                tickets.entry(ticket).or_default().push(Message { id, body, trigger, failures });
            }
            Err(error) => {
                tracing::error!(message.id = id, %error, "a message can't be read");
                unreadable.push(id);
            }
        }
    }
    (tickets.into_values().collect(), unreadable)
}

/// Handles messages in order, and returns the ids of those that failed. A message that fails does not stop the others.
async fn in_order(work: &impl Work, messages: Vec<Message>) -> Vec<String> {
    let mut failed = Vec::new();
    for message in messages {
        if !handle_one(work, &message).await {
            failed.push(message.id);
        }
    }
    failed
}

/// Handles a message, and returns whether to acknowledge it.
async fn handle_one(work: &impl Work, message: &Message) -> bool {
    let Message { id, body, trigger, failures: _ } = message;
    let next = match work.carry_out(trigger).await {
        Ok(Carried::Done) => return true,
        Ok(Carried::Later { secs }) => message.after_waiting(secs, work.now()),
        Err(error) => {
            let (project, event) = (trigger.project, trigger.id);
            tracing::error!(message.id = id, project.id = %project, event.id = %event, %error, "an event could not be carried out");
            message.after_failing(&error.to_string())
        }
    };
    let sent = match next {
        Next::Again => return false,
        Next::PutBack { mark, secs } => work.put_back(body, &mark, secs).await,
        Next::SetAside(mark) => {
            tracing::error!(message.id = id, event.id = %trigger.id, reason = mark.reason, "an event is set aside");
            work.set_aside(body, &mark).await
        }
    };
    match sent {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(message.id = id, %error, "an event could not be sent on");
            false
        }
    }
}

impl Message {
    /// What to do with a message that has to wait for `secs` seconds or more. It waits until 24 hours after its first wait at
    /// most.
    fn after_waiting(&self, secs: u32, now: Timestamp) -> Next {
        let Mark { waits, since, .. } = self.trigger.mark;
        let since = since.unwrap_or(now);
        let left = since.plus_seconds(LONGEST_WAIT).seconds() - now.seconds();
        let mark = Mark { waits: waits.saturating_add(1), since: Some(since), failures: self.failures, reason: None };
        match u32::try_from(left) {
            Ok(left @ 1..) => Next::PutBack { mark, secs: spread(secs, waits).min(left) },
            _ => Next::SetAside(Mark { reason: Some(WAITED.to_owned()), ..mark }),
        }
    }

    fn after_failing(&self, why: &str) -> Next {
        let failures = self.failures.saturating_add(1);
        if failures < MOST_FAILURES {
            return Next::Again;
        }
        let reason = format!("It failed {failures} times, the last time so: {why}.");
        Next::SetAside(Mark { failures, reason: Some(reason), ..self.trigger.mark.clone() })
    }
}

/// A random delay in seconds for a message that has waited `waits` times: at least `secs`, as far as SQS accepts so long a
/// delay.
fn spread(secs: u32, waits: u32) -> u32 {
    let spread = SPREAD.1.min(SPREAD.0.saturating_mul(2_u32.saturating_pow(waits)));
    secs.clamp(1, LONGEST - spread) + fastrand::u32(0..=spread)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering::SeqCst},
        },
        time::Duration,
    };

    use lambdesk_store::StoreError;
    use serde_json::json;

    use super::*;
    use crate::trigger::marked;

    const DAY: i64 = 24 * 3600;

    /// Does what the event's property `then` says, and records the calls.
    #[derive(Default)]
    struct Recorder {
        done: Mutex<Vec<u64>>,
        put_back: Mutex<Vec<u32>>,
        set_aside: Mutex<Vec<Mark>>,
        at_once: AtomicUsize,
        most_at_once: AtomicUsize,
    }

    impl Work for Recorder {
        async fn carry_out(&self, trigger: &Trigger) -> Result<Carried, Failure> {
            let now = self.at_once.fetch_add(1, SeqCst) + 1;
            self.most_at_once.fetch_max(now, SeqCst);
            let number = trigger.properties["number"].as_u64().unwrap();
            // Earlier messages take longer. If one ticket's messages ran at the same time, they would end in reverse order.
            tokio::time::sleep(Duration::from_millis(20_u64.saturating_sub(number))).await;
            self.done.lock().unwrap().push(number);
            self.at_once.fetch_sub(1, SeqCst);
            match trigger.properties["then"].as_str().unwrap() {
                "fail" => Err(StoreError::Contended("the test").into()),
                "wait" | "wait in vain" => Ok(Carried::Later { secs: 20 }),
                _ => Ok(Carried::Done),
            }
        }

        async fn set_aside(&self, _: &str, mark: &Mark) -> Result<(), NotSent> {
            self.set_aside.lock().unwrap().push(mark.clone());
            Ok(())
        }

        fn now(&self) -> Timestamp {
            Timestamp::from_micros(100 * DAY * 1_000_000).unwrap()
        }

        async fn put_back(&self, body: &str, _: &Mark, delay_secs: u32) -> Result<(), NotSent> {
            if body.contains("in vain") {
                return Err(NotSent::Refused("injected".to_owned()));
            }
            self.put_back.lock().unwrap().push(delay_secs);
            Ok(())
        }
    }

    fn event(messages: &[(&str, &str)]) -> SqsEvent {
        let mut event = SqsEvent::default();
        for (number, (ticket, then)) in messages.iter().enumerate() {
            let mut message = SqsMessage::default();
            message.message_id = Some(format!("m{number}"));
            let ticket = uuid::Uuid::new_v5(&uuid::Uuid::nil(), ticket.as_bytes());
            let properties = json!({"ticket_id": ticket, "number": number, "then": then});
            let detail = json!({
                "event": "$conversation_message_sent", "uuid": uuid::Uuid::nil(), "project_id": 1, "distinct_id": "ada",
                "timestamp": "2026-03-12T19:03:58.123456Z", "properties": properties,
            });
            message.body = Some(if *then == "junk" { "{".to_owned() } else { json!({"detail": detail}).to_string() });
            event.records.push(message);
        }
        event
    }

    async fn failed(recorder: &Recorder, messages: &[(&str, &str)]) -> Vec<String> {
        let response = handle(recorder, event(messages)).await;
        let mut ids: Vec<_> = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        ids.sort_unstable();
        ids
    }

    #[tokio::test]
    async fn what_fails_is_named_and_keeps_no_other_back() {
        let recorder = Recorder::default();
        let messages = [("a", "fail"), ("a", "do"), ("b", "junk"), ("b", "do"), ("c", "wait"), ("d", "wait in vain")];
        assert_eq!(failed(&recorder, &messages).await, ["m0", "m2", "m5"]);
        let mut done = recorder.done.into_inner().unwrap();
        done.sort_unstable();
        assert_eq!(done, [0, 1, 3, 4, 5]);
        let put_back = recorder.put_back.into_inner().unwrap();
        assert!(put_back.len() == 1 && (20..=35).contains(&put_back[0]), "{put_back:?}");
    }

    fn message(mark: Mark, failures: u32) -> Message {
        let body = event(&[("a", "do")]).records.remove(0).body.unwrap();
        let trigger = Trigger { mark, ..Trigger::read(&body).unwrap() };
        Message { id: "m".to_owned(), body, trigger, failures }
    }

    #[tokio::test]
    async fn what_fails_for_the_last_time_is_set_aside_with_the_reason() {
        let recorder = Recorder::default();
        let mut event = event(&[("a", "fail"), ("b", "fail"), ("c", "fail"), ("d", "wait")]);
        for (message, (received, before)) in event.records.iter_mut().zip([("4", 0), ("5", 0), ("2", 3), ("3", 2)]) {
            message.attributes.insert("ApproximateReceiveCount".to_owned(), received.to_owned());
            let mark = Mark { failures: before, ..Mark::default() };
            message.body = Some(marked(message.body.as_deref().unwrap(), &mark).unwrap());
        }
        let response = handle(&recorder, event).await;
        let failed: Vec<_> = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
        assert_eq!(failed, ["m0"], "it has one more try; the others are done with");
        let reason = Some("It failed 5 times, the last time so: too many writers at once on the test.".to_owned());
        let letter = Mark { failures: 5, reason, ..Mark::default() };
        assert_eq!(recorder.set_aside.into_inner().unwrap(), [letter.clone(), letter], "waiting in between changes nothing");
        assert_eq!(recorder.put_back.into_inner().unwrap().len(), 1);
    }

    #[test]
    fn waiting_ends_after_a_day() {
        let now = Recorder::default().now();
        let since = |secs: i64| Some(now.plus_seconds(-secs));
        let next = |since| message(Mark { waits: 90, since, ..Mark::default() }, 3).after_waiting(600, now);
        for (since, most) in [(None, LONGEST), (since(1), LONGEST), (since(DAY - 10), 10), (since(DAY - 1), 1)] {
            let Next::PutBack { mark, secs } = next(since) else { panic!("{since:?}") };
            assert!(secs <= most, "the last try is when the day is over: {secs}");
            let since = since.or(Some(now));
            assert_eq!(mark, Mark { waits: 91, since, failures: 3, reason: None });
        }
        for since in [since(DAY), since(3 * DAY)] {
            let Next::SetAside(mark) = next(since) else { panic!("{since:?}") };
            assert!(mark.reason.unwrap().contains("24 hours"));
        }
    }

    #[tokio::test]
    async fn a_ticket_has_its_order_and_tickets_are_done_at_once() {
        let recorder = Recorder::default();
        let messages: Vec<_> = (0..10).map(|number| (["a", "b"][number % 2], "do")).collect();
        assert_eq!(failed(&recorder, &messages).await, [""; 0]);
        let done = recorder.done.into_inner().unwrap();
        for ticket in 0..2 {
            let of: Vec<_> = done.iter().filter(|number| *number % 2 == ticket).collect();
            assert!(of.len() == 5 && of.is_sorted(), "{done:?}");
        }
        assert_eq!(recorder.most_at_once.into_inner(), 2);
        let recorder = Recorder::default();
        let tickets: Vec<_> = (0..20).map(|number| number.to_string()).collect();
        let messages: Vec<_> = tickets.iter().map(|ticket| (ticket.as_str(), "do")).collect();
        assert_eq!(failed(&recorder, &messages).await, [""; 0]);
        assert_eq!(recorder.most_at_once.into_inner(), TICKETS);
    }

    #[test]
    fn a_delay_is_never_shorter_than_asked_and_always_one_that_sqs_takes() {
        for secs in [0, 1, 3, 60, 500, LONGEST, 3600, u32::MAX] {
            for waits in [0, 1, 2, 5, 40, u32::MAX] {
                let delay = spread(secs, waits);
                assert!((1..=LONGEST).contains(&delay) && delay >= secs.min(LONGEST - SPREAD.1), "{delay} for {secs}");
            }
        }
    }

    #[test]
    fn what_waits_again_is_spread_further() {
        let most = |waits| (0..2000).map(|_| spread(1, waits)).max().unwrap();
        assert!((10..=16).contains(&most(0)) && (24..=31).contains(&most(1)) && (400..=481).contains(&most(9)));
    }
}
