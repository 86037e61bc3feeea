//! The sending service of the local desk: what it keeps, and what it answers.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use super::mail_desk;
use lambdesk_local::ses::Fault;

#[tokio::test]
async fn what_is_sent_is_kept_as_its_recipients_get_it() {
    let desk = mail_desk().await;
    let url = format!("{}/v2/email/outbound-emails", desk.desk.running.ses_endpoint().unwrap());
    let raw =
        "From: demo@desk.test\r\nTo: ooto@simulator.amazonses.com\r\nMessage-ID: <own@desk.test>\r\nSubject: hi\r\n\r\nhi\r\n";
    let call = json!({
        "FromEmailAddress": "demo@desk.test", "Destination": {"ToAddresses": ["ooto@simulator.amazonses.com"]},
        "Content": {"Raw": {"Data": STANDARD.encode(raw)}}, "EmailTags": [{"Name": "p", "Value": "1"}],
    });
    let send = async || desk.desk.http.call(Method::POST, &url, &[], call.clone()).await;
    let id = send().await.expect(200).json["MessageId"].as_str().unwrap().to_owned();
    let outbox = desk.outbox().await;
    assert_eq!(outbox.len(), 1);
    assert_eq!((&outbox[0]["id"], &outbox[0]["subject"]), (&json!(id), &json!("hi")));
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!(letter.message_id, Some(format!("{id}@email.amazonses.com")), "the service gives ids of its own");
    // The simulator's machine has answered.
    assert_eq!(desk.inbound("").await[0]["reason"], "auto_reply");

    let report = |id: &str| format!("/_local/mail/outbox/{id}/report");
    let bounced = json!({"event": "bounced", "recipient": "ooto@simulator.amazonses.com"});
    desk.desk.http.call(Method::POST, &report(&id), &[], bounced.clone()).await.expect(202);
    desk.desk.http.call(Method::POST, &report("other"), &[], bounced).await.expect(404);
    desk.desk.http.call(Method::GET, "/_local/mail/outbox/..%2Flock.eml", &[], Value::Null).await.expect(404);

    let ses = desk.desk.running.ses().unwrap();
    for (fault, status, kind) in [
        (Fault::Throttle, 429, "TooManyRequestsException"),
        (Fault::Unavailable, 503, "ServiceUnavailable"),
        (Fault::Reject, 400, "MessageRejected"),
    ] {
        ses.inject(move |_| Some(fault));
        assert_eq!(send().await.expect(status).header("x-amzn-errortype"), Some(kind));
    }
    ses.heal();
    assert_eq!(desk.outbox().await.len(), 1, "what failed was not sent");
}
