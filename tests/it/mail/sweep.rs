//! Once a day: mails that are kept, and that nobody told the function of.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use lambdesk_domain::Timestamp;
use lambdesk_local::Options;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, mail};
use crate::support::{Time, desk_with};

/// When the desk of this test begins.
const BEGIN: u64 = 1_777_881_600;
const DAY: u64 = 24 * 3600;

/// Puts a raw mail where the receiving service keeps them.
fn keep(data: &Path, id: &str, day: u64, raw: &[u8]) {
    let path = data.join("mail/inbound").join(id);
    fs::write(&path, raw).unwrap();
    kept(&path, day);
}

/// Says on which day of the desk a mail was put there.
fn kept(path: &Path, day: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(BEGIN + day * DAY)).unwrap();
}

const ABOVE: &str = "Return-Path: <ada@example.com>\r\nReceived: by inbound-smtp.us-east-1.amazonaws.com with SMTP id x for demo@desk.test; now\r\n\
    X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: PASS\r\n\
    Authentication-Results: amazonses.com; dmarc=pass header.from=example.com;\r\n";

async fn sweep(desk: &MailDesk) -> Value {
    desk.desk.http.call(Method::POST, "/_local/mail/sweep", &[], Value::Null).await.expect(200).json
}

#[tokio::test]
async fn what_nobody_was_told_of_is_taken_in_the_next_day() {
    let data = tempfile::tempdir().unwrap();
    let begin = Timestamp::EPOCH.plus_seconds(BEGIN.try_into().unwrap());
    let time = Time::starting(begin.micros());
    let told = time.clone();
    let options = Options { data: Some(data.path().to_owned()), time: Some(Arc::new(move || told.now())), ..Options::default() };
    let desk = MailDesk { desk: desk_with(options).await };
    desk.add_address("demo").await;
    let told = desk.take(&mail("a1", "told")).await;
    kept(&data.path().join("mail/inbound").join(told["ses_id"].as_str().unwrap()), 0);
    time.pass(DAY.try_into().unwrap());
    // One that came today is not looked at: the function may still be at it.
    let raw = |id: &str| [ABOVE.as_bytes(), &mail(id, "missed").raw()].concat();
    keep(data.path(), "today", 1, &raw("a2"));
    keep(data.path(), "missed1", 0, &raw("a3"));
    keep(data.path(), "missed2", 0, &raw("a4"));
    let elsewhere = String::from_utf8(raw("a5")).unwrap().replace("demo@desk.test", "nobody@desk.test");
    keep(data.path(), "missed3", 0, elsewhere.as_bytes());
    // A forged verdict below those of the service.
    let forged = String::from_utf8(raw("a6")).unwrap().replace("dmarc=pass", "dmarc=none").replace(
        "\r\nFrom:",
        "\r\nReceived: by x\r\nAuthentication-Results: amazonses.com; dmarc=pass header.from=example.com\r\nFrom:",
    );
    keep(data.path(), "missed4", 0, forged.as_bytes());

    let swept = sweep(&desk).await;
    assert_eq!(swept, json!({"swept": {"kept": 5, "noted": {"opened": 1}, "taken": 4, "failed": 0}, "adds_up": true}));
    let noted = async |id: &str| desk.noted(&json!(id)).await;
    assert_eq!((&noted("missed1").await["state"], &noted("missed1").await["verified"]), (&json!("opened"), &json!(true)));
    assert_eq!((&noted("missed4").await["state"], &noted("missed4").await["verified"]), (&json!("opened"), &json!(false)));
    assert_eq!((desk.tickets().await, desk.inbound("").await.len()), (4, 4));
    let swept = sweep(&desk).await["swept"].clone();
    assert_eq!((&swept["taken"], &swept["noted"]), (&json!(0), &json!({"opened": 4, "ignored": 1})), "once");
    // Another day is looked at when it is asked for.
    let path = format!("/_local/mail/sweep?day={}", begin.plus_seconds(DAY.try_into().unwrap()));
    let swept = desk.desk.http.call(Method::POST, &path, &[], Value::Null).await.expect(200).json["swept"].clone();
    assert_eq!((&swept["kept"], &swept["taken"]), (&json!(1), &json!(1)));
    assert_eq!(desk.noted(&json!("today")).await["state"], "opened");
}
