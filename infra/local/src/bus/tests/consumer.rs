//! Tests of a function that consumes a queue.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};

use super::*;

/// The batches that a function was handed, each as the numbers of its events.
#[derive(Clone, Default)]
struct Handed(Arc<Mutex<Vec<Vec<u64>>>>);

impl Handed {
    fn take(&self, event: &SqsEvent) {
        let number = |body: &str| number(&serde_json::from_str(body).unwrap());
        let numbers = event.records.iter().map(|record| number(record.body.as_deref().unwrap())).collect();
        self.0.lock().unwrap().push(numbers);
    }

    fn sorted(&self) -> Vec<u64> {
        let mut all: Vec<_> = self.0.lock().unwrap().concat();
        all.sort_unstable();
        all
    }
}

fn start<A>(stack: &Stack, function: impl Fn(SqsEvent) -> A + Clone + Send + Sync + 'static) -> Consumer
where
    A: Future<Output = SqsBatchResponse> + Send + 'static,
{
    let (mapping, queue) = stack.bus.readers().next().unwrap();
    Consumer::start(&queue, mapping.batch, mapping.concurrency, function)
}

/// A function that succeeds with every message.
fn willing(handed: &Handed) -> impl Fn(SqsEvent) -> std::future::Ready<SqsBatchResponse> + Clone + Send + Sync + 'static {
    let handed = handed.clone();
    move |event| {
        handed.take(&event);
        std::future::ready(SqsBatchResponse::default())
    }
}

/// An answer that reports these messages as failed.
fn all_of(ids: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    ids.into_iter().for_each(|id| response.add_failure(id));
    response
}

async fn until_empty(queue: &Queue) {
    let empty = async {
        while queue.depth().await.unwrap() != Depth::default() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, empty).await.expect("the queue is empty in time");
}

#[tokio::test]
async fn what_a_rule_chose_is_handed_over_and_deleted() {
    let stack = stack(None).await;
    let handed = Handed::default();
    let consumer = start(&stack, willing(&handed));
    stack.put(vec![entry("wanted", 0), entry("other", 1), entry("wanted", 2)]).await.unwrap();
    until_empty(&stack.queue).await;
    assert_eq!(handed.sorted(), [0, 2]);
    consumer.stop().await;
    stack.put_wanted(1).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(stack.queue.depth().await.unwrap(), Depth { queue: 1, waiting: 0 }, "nobody takes it any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_are_ten_at_most_and_a_few_at_once() {
    let stack = stack(None).await;
    for start in (0..40).step_by(10) {
        stack.put((start..start + 10).map(|number| entry("wanted", number)).collect()).await.unwrap();
    }
    let (handed, at_once) = (Handed::default(), Arc::new((AtomicUsize::new(0), AtomicUsize::new(0))));
    let (tell, count) = (handed.clone(), Arc::clone(&at_once));
    let consumer = start(&stack, move |event| {
        let (tell, count) = (tell.clone(), Arc::clone(&count));
        async move {
            count.1.fetch_max(count.0.fetch_add(1, SeqCst) + 1, SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            tell.take(&event);
            count.0.fetch_sub(1, SeqCst);
            SqsBatchResponse::default()
        }
    });
    until_empty(&stack.queue).await;
    consumer.stop().await;
    assert!(handed.sorted().into_iter().eq(0..40), "each once");
    assert!(handed.0.lock().unwrap().iter().all(|batch| batch.len() <= 10));
    assert_eq!(at_once.1.load(SeqCst), 3, "as the template says");
}

#[tokio::test]
async fn what_fails_is_tried_again_set_aside_and_redriven() {
    let stack = stack(None).await;
    let (handed, mended) = (Handed::default(), Arc::new(AtomicUsize::new(0)));
    let (tell, is_mended) = (handed.clone(), Arc::clone(&mended));
    let consumer = start(&stack, move |event: SqsEvent| {
        tell.take(&event);
        let bad = event.records.into_iter().filter(|record| record.body.as_deref().unwrap().contains("\"number\":1"));
        let bad = bad.filter_map(|record| record.message_id);
        std::future::ready(if is_mended.load(SeqCst) == 0 { all_of(bad) } else { SqsBatchResponse::default() })
    });
    stack.put((0..3).map(|number| entry("wanted", number)).collect()).await.unwrap();
    until_empty(&stack.queue).await;
    assert_eq!(handed.sorted(), [0, 1, 1, 2], "the failed one alone is tried again, as often as the template says");
    let dead = stack.queue.dead_letters().await.unwrap();
    assert_eq!(dead.iter().map(|letter| letter.receive_count).collect::<Vec<_>>(), [2]);
    mended.store(1, SeqCst);
    assert_eq!(stack.queue.redrive().await.unwrap(), 1);
    until_empty(&stack.queue).await;
    assert_eq!((handed.sorted(), stack.queue.dead_letters().await.unwrap()), (vec![0, 1, 1, 1, 2], vec![]));
    consumer.stop().await;
}

#[tokio::test]
async fn a_function_that_crashes_or_talks_nonsense_fails_its_batch() {
    let stack = stack(None).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let consumer = start(&stack, move |_| {
        let call = count.fetch_add(1, SeqCst);
        async move {
            assert!(call != 0, "this function crashes once, on purpose");
            all_of(["no such message".to_owned()])
        }
    });
    stack.put_wanted(1).await;
    until_empty(&stack.queue).await;
    assert_eq!((calls.load(SeqCst), stack.queue.dead_letters().await.unwrap().len()), (2, 1));
    consumer.stop().await;
}

#[tokio::test]
async fn the_next_process_goes_on_with_what_is_in_the_queue() {
    let data = tempfile::tempdir().unwrap();
    let before = stack(Some(&data)).await;
    let consumer = start(&before, |_| std::future::pending());
    before.put((0..3).map(|number| entry("wanted", number)).collect()).await.unwrap();
    before.queue.send(json!({"detail": {"number": 3}}).to_string(), Duration::from_millis(300)).await.unwrap();
    while before.one(NOW).await.is_some() {}
    let left = killed(&data);
    drop(consumer);

    let after = stack(Some(&left)).await;
    let handed = Handed::default();
    let consumer = start(&after, willing(&handed));
    until_empty(&after.queue).await;
    assert_eq!(handed.sorted(), [0, 1, 2, 3], "what was being handled, and what was delayed");
    consumer.stop().await;
}
