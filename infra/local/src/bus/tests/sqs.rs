//! Tests of the endpoint with SQS's own SDK.

use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::send_message::SendMessageError,
    types::MessageAttributeValue,
};

use super::*;

fn client(stack: &Stack) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(connect::http_client(Some(&stack.endpoint)))
        .endpoint_url(&stack.endpoint)
        .build();
    Client::from_conf(config)
}

fn url(stack: &Stack) -> String {
    Bus::queue_url(&stack.endpoint, &stack.queue)
}

#[tokio::test]
async fn a_message_is_sent_and_one_with_a_delay_comes_later() {
    let stack = stack(None).await;
    let sent = client(&stack).send_message().queue_url(url(&stack)).message_body("now").send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("97bc592b27a9ada2d9a4bb418ed0ebed"));
    let later = client(&stack).send_message().queue_url(url(&stack)).message_body("later").delay_seconds(1).send().await.unwrap();
    assert_eq!(stack.queue.depth().await.unwrap(), Depth { queue: 1, waiting: 1 });
    let message = stack.one(NOW).await.unwrap();
    assert_eq!((message.body.as_str(), Some(message.id.as_str())), ("now", sent.message_id()));
    stack.queue.delete(message.handle).await.unwrap();
    assert_eq!(stack.one(NOW).await, None);
    let message = stack.one(SOON).await.unwrap();
    assert_eq!((message.body.as_str(), Some(message.id.as_str())), ("later", later.message_id()));
    assert_eq!(message.receive_count, 1, "to wait is no try");
}

#[tokio::test]
async fn what_sqs_would_not_take_is_refused() {
    let stack = stack(None).await;
    let (client, url) = (client(&stack), url(&stack));
    let code = |result: Result<_, SdkError<SendMessageError>>| result.map(drop).unwrap_err().code().unwrap().to_owned();
    let message = || client.send_message().queue_url(&url).message_body("text");

    let elsewhere = message().queue_url(format!("{}/000000000000/Elsewhere", stack.endpoint)).send().await;
    assert!(matches!(elsewhere.as_ref().unwrap_err().as_service_error(), Some(SendMessageError::QueueDoesNotExist(_))));
    assert_eq!(code(elsewhere), "AWS.SimpleQueueService.NonExistentQueue");
    assert_eq!(code(message().delay_seconds(901).send().await), "InvalidParameterValue");
    assert_eq!(code(message().delay_seconds(-1).send().await), "InvalidParameterValue");
    assert_eq!(code(message().message_body("").send().await), "MissingParameter");
    assert_eq!(code(message().message_body("x".repeat(1024 * 1024 + 1)).send().await), "InvalidParameterValue");
    for character in ['\u{0}', '\u{b}', '\u{fffe}', '\u{ffff}'] {
        let refused = message().message_body(character.to_string()).send().await;
        assert!(matches!(refused.unwrap_err().as_service_error(), Some(SendMessageError::InvalidMessageContents(_))));
    }
    let attribute = MessageAttributeValue::builder().data_type("String").string_value("a").build().unwrap();
    let with_attribute = message().message_attributes("a", attribute).send().await;
    assert_eq!(code(with_attribute), "SerializationException", "nobody would see it");
    let unknown = client.delete_queue().queue_url(&url).send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("InvalidAction"));
    assert_eq!(stack.queue.depth().await.unwrap(), Depth::default());
}

#[tokio::test]
async fn an_event_that_the_automation_puts_back_waits_and_says_so() {
    let stack = stack(None).await;
    let access = lambdesk_runtime::connect::Access::local();
    let queue = lambdesk_automation::Queue::new(&access, url(&stack), Some(stack.endpoint.clone()));
    let event = json!({"detail": {"properties": {"text": "\u{ffff} \u{0} ü"}}});
    let mark = lambdesk_automation::Mark { waits: 1, ..lambdesk_automation::Mark::default() };
    queue.put_back(&event.to_string(), &mark, 1).await.unwrap();
    assert_eq!(stack.queue.depth().await.unwrap(), Depth { queue: 0, waiting: 1 });
    let message = stack.one(SOON).await.unwrap();
    let mut body: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!(body.as_object_mut().unwrap().remove("lambdesk"), Some(json!({"waits": 1})));
    assert_eq!(body, event);
    assert!(queue.put_back("no event", &mark, 1).await.is_err());
    assert!(matches!(queue.set_aside("{}", &mark).await, Err(lambdesk_automation::NotSent::Nowhere)));
    let queue = queue.with_dead_letters(stack.bus.dead_letters_url(&stack.endpoint, &stack.queue).unwrap());
    let reason = Some("It failed.".to_owned());
    let mark = lambdesk_automation::Mark { failures: 3, reason: reason.clone(), ..mark };
    queue.set_aside(&event.to_string(), &mark).await.unwrap();
    let letters = stack.queue.dead_letters().await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.queue.as_str(), letter.receive_count, &letter.reason), ("Queue", 3, &reason));
    stack.queue.delete(message.handle).await.unwrap();
    assert_eq!(stack.queue.depth().await.unwrap(), Depth::default(), "nobody receives it");
    assert_eq!(stack.queue.redrive().await.unwrap(), 1);
    assert_eq!(stack.one(NOW).await.unwrap().body, letter.body);
    stack.bus.stop().await;
    let refused = queue.put_back("{}", &mark, 1).await.unwrap_err();
    assert!(matches!(refused, lambdesk_automation::NotSent::Refused(_)), "nobody listens any more");
}
