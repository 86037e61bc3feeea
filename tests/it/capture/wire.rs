//! Every way in which the SDK sends, and what it is answered.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::support::desk;

#[tokio::test]
async fn events_come_in_every_encoding_of_the_sdk() {
    let desk = desk().await;
    let json = |name: &str| batch(&[event(name, &json!({}))]).to_string().into_bytes();
    let form = |data: &[u8]| {
        form_urlencoded::Serializer::new(String::new()).append_pair("data", &STANDARD.encode(data)).finish().into_bytes()
    };
    let of_form = [("content-type", "application/x-www-form-urlencoded")];
    for (path, headers, body) in [
        ("/e/?ip=0&_=1764449880120&ver=1.449.2", TEXT, gzip::zip(&json("first"))),
        ("/i/v0/e/?ip=0&ver=1.449.2", JSON, json("plain")),
        ("/i/v0/e?compression=base64", of_form, form(&json("leaving"))),
        ("/e?compression=gzip-js", TEXT, gzip::zip(&json("zipped"))),
        ("/e/", JSON, json!([event("several", &json!({}))]).to_string().into_bytes()),
        ("/e/", JSON, event("alone", &json!({})).to_string().into_bytes()),
    ] {
        let answer = desk.http.raw(Method::POST, path, &headers, body).await.expect(200);
        assert_eq!(answer.json, json!({"status": 1}), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    let ticket = opened(&desk).await;
    let mut seen = names(&context(&desk.http, &ticket).await["events"]).iter().map(ToString::to_string).collect::<Vec<_>>();
    seen.sort();
    assert_eq!(seen, ["alone", "first", "leaving", "plain", "several", "zipped"]);
}

#[tokio::test]
async fn browsers_of_any_origin_may_send() {
    let desk = desk().await;
    let asks = [
        ("origin", "https://shop.example"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    for path in ["/e/", "/i/v0/e/", "/s/"] {
        let preflight = desk.http.call(Method::OPTIONS, path, &asks, Value::Null).await.expect(200);
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"), "{path}");
        assert!(preflight.header("access-control-allow-headers").unwrap().contains("content-type"), "{path}");
        let empty = desk.http.raw(Method::POST, path, &asks[..1], Vec::new()).await.expect(200);
        assert_eq!(empty.header("access-control-allow-origin"), Some("*"), "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_or_lost_and_never_stored() {
    let desk = desk().await;
    let zipped = gzip::zip(batch(&[event("e", &json!({}))]).to_string().as_bytes());
    let mangled = String::from_utf8_lossy(&zipped).into_owned().into_bytes();
    let mut broken = zipped.clone();
    broken.truncate(zipped.len() - 9);
    let bomb = gzip::zip(&vec![b' '; 20_000_001]);
    let deep = format!("{{\"api_key\":\"phc_local\",\"batch\":[{}{}]}}", "[".repeat(40), "]".repeat(40)).into_bytes();
    for (body, status) in [
        (mangled, 200),
        (broken, 400),
        (bomb, 413),
        (deep, 400),
        (b"{\"api_key\":\"phc_local\",\"batch\":3}".to_vec(), 400),
        (b"nonsense!".to_vec(), 400),
        (vec![b' '; 1_000_001], 413),
    ] {
        desk.http.raw(Method::POST, "/i/v0/e/", &TEXT, body).await.expect(status);
    }
    for body in [json!({"api_key": "phc_unknown", "batch": []}), json!({"api_key": "wgt_local", "batch": []}), json!([])] {
        post(&desk.http, "/i/v0/e/", body.clone()).await.expect(403);
        post(&desk.http, "/s/", body).await.expect(403);
    }
    let ticket = opened(&desk).await;
    let context = context(&desk.http, &ticket).await;
    assert_eq!((names(&context["events"]).len(), &context["events"]["state"]), (0, &json!("arriving")));
}

#[tokio::test]
async fn the_remote_config_says_what_to_send() {
    let desk = desk().await;
    let config = async || desk.http.call(Method::GET, "/array/phc_local/config", &[], Value::Null).await.expect(200).json;
    let before = config().await;
    assert_eq!(
        json!([before["supportedCompression"], before["analytics"]["endpoint"], before["autocaptureExceptions"]]),
        json!([[], "/i/v0/e/", true])
    );
    assert_eq!(before["sessionRecording"], false);
    desk.settings(json!({"context_recording": true})).await;
    let recording = json!({
        "endpoint": "/s/", "eventTriggers": ["$conversations_message_sent"], "consoleLogRecordingEnabled": false,
        "masking": {"maskAllInputs": true, "maskTextSelector": "*"},
    });
    assert_eq!(config().await["sessionRecording"], recording);
    desk.settings(json!({"context_recording_text": "visible", "context_exceptions": false})).await;
    let after = config().await;
    assert_eq!(
        (&after["sessionRecording"]["masking"], &after["autocaptureExceptions"]),
        (&json!({"maskAllInputs": true}), &json!(false))
    );
    desk.agent().configure(json!({"conversations_enabled": false})).await;
    assert_eq!(config().await["sessionRecording"], false);
}
