use serde_json::json;

use super::*;

fn merged(value: &Value) -> Result<Settings, BadSetting> {
    Settings::default().merge(value.as_object().unwrap().clone())
}

#[test]
fn merges_key_by_key_and_null_removes() {
    let settings = merged(&json!({"widget_color": "#fff", "widget_enabled": false})).unwrap();
    let settings =
        settings.merge(json!({"widget_color": null, "widget_require_email": true}).as_object().unwrap().clone()).unwrap();
    assert_eq!(json!(settings.as_object()), json!({"widget_enabled": false, "widget_require_email": true}));
    assert!(!settings.widget_enabled() && settings.require_email());
}

#[test]
fn what_is_not_set_is_by_default() {
    let (unset, set) = (Settings::default(), merged(&json!({"notification_recipients": ["team@example.com"]})).unwrap());
    assert!(unset.widget_enabled() && unset.email_reply_token() && unset.restores());
    assert!(!unset.require_email() && !unset.collect_name() && !unset.email_acknowledge());
    assert!(unset.notification_recipients().is_empty());
    assert_eq!(set.notification_recipients(), ["team@example.com"]);
}

#[test]
fn refuses_with_the_key() {
    for (key, value) in [
        ("nope", json!(1)),
        ("widget_public_token", json!("x")),
        ("widget_enabled", json!("true")),
        ("widget_color", json!("red")),
        ("widget_position", json!("middle")),
        ("widget_domains", json!("a.com")),
        ("widget_domains", json!([""])),
        ("widget_greeting_text", json!("x".repeat(1001))),
        ("reopen_within_days", json!(0)),
        ("reopen_within_days", json!(1.5)),
        ("auto_resolve_pending_days", json!("7")),
        ("satisfaction_survey_days", json!(366)),
        ("timezone", json!("Mars/Olympus")),
        ("timezone", json!(2)),
        ("context_events", json!(1)),
        ("context_recording_text", json!("shown")),
        ("context_days", json!(0)),
        ("recording_days", json!(366)),
        ("email_spam", json!("refused")),
        ("email_bulk", json!(true)),
        ("email_trusted_forwarders", json!("mx.google.com")),
        ("email_trusted_forwarders", json!(["mx.google.com", "x y"])),
        ("email_trusted_forwarders", json!(["mx..com"])),
        ("email_enabled", json!(0)),
        ("email_widget_minutes", json!(1441)),
        ("email_widget_minutes", json!("5")),
        ("email_reply_token", json!("no")),
        ("email_acknowledge", json!(1)),
        ("notification_recipients", json!(["nobody"])),
        ("notification_recipients", json!(vec!["a@example.com"; 11])),
        ("widget_restore_enabled", json!([])),
    ] {
        assert_eq!(merged(&json!({key: value})).unwrap_err().key, key);
    }
}

#[test]
fn what_is_kept_of_sessions_is_little_by_default() {
    let capture = |settings: &Settings| {
        let Capture { events, exceptions, recording, url_queries, text, days, recording_days } = settings.capture();
        ([events, exceptions, recording, url_queries, text], [days, recording_days])
    };
    assert_eq!(capture(&Settings::default()), ([true, true, false, false, false], [7, 30]));
    let all = json!({
        "context_events": false, "context_exceptions": false, "context_recording": true, "context_url_queries": true,
        "context_recording_text": "visible", "context_days": 1, "recording_days": 2,
    });
    assert_eq!(capture(&merged(&all).unwrap()), ([false, false, true, true, true], [1, 2]));
    assert!(!merged(&json!({"context_recording_text": "masked"})).unwrap().capture().text);
}

#[test]
fn of_minutes_null_is_never() {
    let minutes = |value: Value| merged(&json!({"email_widget_minutes": value})).unwrap().email_widget_minutes();
    assert_eq!((Settings::default().email_widget_minutes(), minutes(json!(0)), minutes(Value::Null)), (Some(5), Some(0), None));
}

#[test]
fn hosts_match_as_the_widget_matches_them() {
    let settings = merged(&json!({"widget_domains": ["https://app.example.com:8443/x", "*.example.org"]})).unwrap();
    for host in ["app.example.com", "example.org", "a.b.example.org", "APP.example.com"] {
        assert!(settings.allows_host(host), "{host}");
    }
    for host in ["example.com", "evilexample.org", "app.example.com.evil.net", ""] {
        assert!(!settings.allows_host(host), "{host}");
    }
    assert!(Settings::default().allows_host("anything"));
}

#[test]
fn a_switch_is_as_it_was_set_and_else_by_default() {
    type Switch = (&'static str, fn(&Settings) -> bool, bool);
    let switches: [Switch; 7] = [
        ("widget_enabled", Settings::widget_enabled, true),
        ("widget_require_email", Settings::require_email, false),
        ("widget_collect_name", Settings::collect_name, false),
        ("email_enabled", Settings::email_enabled, true),
        ("email_reply_token", Settings::email_reply_token, true),
        ("email_acknowledge", Settings::email_acknowledge, false),
        ("widget_restore_enabled", Settings::restores, true),
    ];
    for (key, is_on, by_default) in switches {
        let set = |on: bool| is_on(&merged(&json!({key: on})).unwrap());
        assert_eq!((is_on(&Settings::default()), set(true), set(false)), (by_default, true, false), "{key}");
    }
}

#[test]
fn doubtful_mail_opens_tickets_only_where_it_is_set_to() {
    let opens = |settings: &Settings| (settings.spam_opens(), settings.bulk_opens());
    assert_eq!(opens(&Settings::default()), (false, false));
    assert_eq!(opens(&merged(&json!({"email_spam": "open", "email_bulk": "held"})).unwrap()), (true, false));
    assert_eq!(opens(&merged(&json!({"email_spam": "held", "email_bulk": "open"})).unwrap()), (false, true));
}

#[test]
fn a_project_trusts_the_forwarders_that_it_names() {
    let trusted = |settings: &Value| Settings::from_stored(settings.as_object().unwrap().clone());
    assert_eq!(Settings::default().trusted_forwarders(), None);
    assert_eq!(trusted(&json!({"email_trusted_forwarders": []})).trusted_forwarders(), Some(vec![]));
    let named = trusted(&json!({"email_trusted_forwarders": ["mx.google.com", "mx.example.com"]}));
    assert_eq!(named.trusted_forwarders(), Some(vec!["mx.google.com", "mx.example.com"]));
}

#[test]
fn a_zone_is_utc_unless_a_known_one_is_set() {
    let zone = |name: &str| Settings::from_stored(json!({"timezone": name}).as_object().unwrap().clone()).zone().name();
    assert_eq!((Settings::default().zone().name(), zone("Mars/Olympus")), ("UTC", "UTC"));
    assert_eq!(zone("Europe/London"), "Europe/London");
}

#[test]
fn tickets_that_nobody_touches_live_as_it_was_set() {
    let set = json!({"auto_resolve_pending_days": 7, "reopen_within_days": 14, "satisfaction_survey_days": 2});
    let life = Life { auto_resolve_days: Some(7), reopen_days: Some(14), survey_days: Some(2) };
    assert_eq!((Settings::default().life(), merged(&set).unwrap().life()), (Life::default(), life));
}

#[test]
fn a_text_is_what_was_set() {
    let settings = merged(&json!({"widget_greeting_text": "Hi", "widget_enabled": true})).unwrap();
    let text = |key: &str| settings.text(key);
    assert_eq!((text("widget_greeting_text"), text("widget_color"), text("widget_enabled")), (Some("Hi"), None, None));
}

#[test]
fn each_setting_takes_values_up_to_its_bounds() {
    for (key, values) in [
        ("widget_enabled", json!([true, false])),
        ("widget_greeting_text", json!(["", "é".repeat(1000)])),
        ("widget_color", json!(["#fff", "#1d4AFF"])),
        ("widget_position", json!(["bottom_left", "bottom_right", "top_left", "top_right"])),
        ("widget_domains", json!([[], ["*.example.com"], ["h".repeat(255)], vec!["a.com"; 100]])),
        ("email_trusted_forwarders", json!([[], ["mx-1.a_b.example"], ["h".repeat(255)], vec!["a.com"; 100]])),
        ("context_days", json!([1, 365])),
        ("timezone", json!(["UTC", "Europe/London"])),
        ("context_recording_text", json!(["masked", "visible"])),
        ("email_spam", json!(["held", "open"])),
        ("email_widget_minutes", json!([0, 1440, null])),
        ("notification_recipients", json!([[], vec!["a@example.com"; 10]])),
    ] {
        for value in values.as_array().unwrap() {
            assert_eq!(json!(merged(&json!({key: value})).unwrap().as_object()), json!({key: value}));
        }
    }
}

#[test]
fn beyond_its_bounds_a_setting_says_what_it_takes() {
    for (key, values, reason) in [
        ("widget_public_token", json!(["x"]), "This setting is read only; rotate the token instead."),
        ("widget_colour", json!(["#fff", null]), "Unknown setting."),
        ("widget_enabled", json!(["true", 1]), "Must be true or false."),
        ("widget_greeting_text", json!([5, true]), "Must be text."),
        ("widget_greeting_text", json!(["é".repeat(1001)]), "Is too long."),
        ("widget_color", json!(["fff", "#", "#ffff", "#1d4afg", 5]), "Must be a colour like #1d4aff."),
        ("widget_position", json!(["middle"]), "Must be bottom_left, bottom_right, top_left or top_right."),
        (
            "widget_domains",
            json!(["a.com", [" "], [5], ["h".repeat(256)], vec!["a.com"; 101]]),
            "Must be a list of at most 100 host names.",
        ),
        (
            "email_trusted_forwarders",
            json!(["a.com", [""], ["a.com."], ["é.com"], [5], ["h".repeat(256)], vec!["a.com"; 101]]),
            "Must be a list of at most 100 host names.",
        ),
        ("context_days", json!([0, 366, -1, 1.5, "7"]), "Must be a whole number of days from 1 to 365."),
        ("timezone", json!(["Mars/Olympus", 2]), "Must be the name of an IANA time zone, such as Europe/London."),
        ("context_recording_text", json!(["shown"]), "Must be masked or visible."),
        ("email_bulk", json!(["refused"]), "Must be held or open."),
        ("email_widget_minutes", json!([1441, -1, "5"]), "Must be a whole number of minutes from 0 to 1440, or null for never."),
        (
            "notification_recipients",
            json!(["a@example.com", ["nobody"], vec!["a@example.com"; 11]]),
            "Must be a list of at most 10 e-mail addresses.",
        ),
    ] {
        for value in values.as_array().unwrap() {
            assert_eq!(merged(&json!({key: value})), Err(BadSetting { key: key.to_owned(), reason }), "{value}");
        }
    }
}

#[test]
fn an_entry_without_a_host_allows_none() {
    let settings = merged(&json!({"widget_domains": ["https://", "*.", ":80"]})).unwrap();
    for host in ["", "example.com", "example.com."] {
        assert!(!settings.allows_host(host), "{host}");
    }
}
