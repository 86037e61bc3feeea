//! What is kept of an event: its name, its page, and a few short properties.
//!
//! The SDK's own properties are a list of names, so that what a later version adds is not kept unseen: no IP address, no user
//! agent, and no text of what was clicked. Of the page's own properties the first are kept. Only texts, numbers and booleans are:
//! what the SDK says of a person (`$set`) is an object.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    capture::{gzip, sent::Sent, urls, walls},
    text::cut,
    time::Timestamp,
    traits::Object,
};

/// The properties of the SDK that are kept.
const KNOWN: [&str; walls::PROPERTIES] = [
    "title",
    "$browser",
    "$browser_version",
    "$os",
    "$os_version",
    "$device_type",
    "$screen_width",
    "$screen_height",
    "$viewport_width",
    "$viewport_height",
    "$browser_language",
    "$timezone",
    "$referrer",
    "$prev_pageview_pathname",
    "$prev_pageview_duration",
    "$event_type",
    "$web_vitals_LCP_value",
    "$web_vitals_INP_value",
    "$web_vitals_CLS_value",
    "$lib_version",
];

/// Properties of the SDK without a `$`, which no page has set.
const NOT_OF_THE_PAGE: [&str; 3] = ["title", "token", "distinct_id"];

/// An event that agents see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenEvent {
    /// What the SDK tells it by: an event that is sent again has the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// When it happened.
    pub at: Timestamp,
    /// Its name.
    pub name: String,
    /// The page that it happened on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whom the SDK took the visitor for.
    pub distinct_id: String,
    /// The tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Its properties: texts, numbers and booleans.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Object,
}

/// The page that an event happened on.
pub(super) fn page_of(sent: &Sent, with_queries: bool) -> Option<String> {
    let url = sent.text("$current_url")?;
    let url = if with_queries { url } else { urls::without_query(url) };
    Some(cut(url, walls::TEXT).to_owned())
}

impl SeenEvent {
    /// What is kept of an event.
    pub fn of(sent: &Sent, with_queries: bool) -> Self {
        let known = KNOWN.iter().filter_map(|name| Some((*name, sent.properties.get(*name)?)));
        let is_own = |name: &str| !name.starts_with('$') && !NOT_OF_THE_PAGE.contains(&name);
        let own = sent.properties.iter().map(|(name, value)| (name.as_str(), value)).filter(|(name, _)| is_own(name));
        let own = own.filter(|(_, value)| is_plain(value)).take(walls::PROPERTIES);
        let kept = |(name, value): (&str, &Value)| Some((cut(name, walls::TEXT).to_owned(), plain(value, with_queries)?));
        Self {
            id: sent.id,
            at: sent.at,
            name: sent.name.clone(),
            url: page_of(sent, with_queries),
            distinct_id: sent.distinct_id.clone(),
            window: sent.window.clone(),
            properties: known.chain(own).filter_map(kept).collect(),
        }
    }
}

const fn is_plain(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_))
}

fn plain(value: &Value, with_queries: bool) -> Option<Value> {
    match value {
        Value::String(text) if with_queries => Some(cut(text, walls::TEXT).into()),
        Value::String(text) => Some(cut(&urls::without_queries(text), walls::TEXT).into()),
        other => is_plain(other).then(|| other.clone()),
    }
}

/// The events of a request and session, zipped into at most [`walls::EVENTS_ZIPPED`] bytes that unfold to at most
/// [`walls::EVENTS_JSON`], and how many of them did not fit.
pub fn packed(events: &[SeenEvent]) -> (Vec<u8>, usize) {
    let mut fit = events.len();
    loop {
        let json = serde_json::to_vec(&events[..fit]).unwrap_or_default();
        if json.len() <= walls::EVENTS_JSON {
            let zipped = gzip::zip(&json);
            if zipped.len() <= walls::EVENTS_ZIPPED || fit == 0 {
                return (zipped, events.len() - fit);
            }
        }
        fit = fit * 3 / 4;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::capture::walls::UNZIPPED;

    fn seen(properties: Value, with_queries: bool) -> SeenEvent {
        let Value::Object(properties) = properties else { panic!("no object") };
        let sent = Sent {
            id: None,
            name: "$pageview".into(),
            session: "s".parse().unwrap(),
            window: None,
            distinct_id: "d".into(),
            at: Timestamp::EPOCH,
            properties,
        };
        SeenEvent::of(&sent, with_queries)
    }

    #[test]
    fn what_identifies_a_visitor_is_not_kept() {
        let event = seen(
            json!({
                "$current_url": "https://shop.example/cart?token=1#x", "$ip": "192.0.2.1", "$raw_user_agent": "Mozilla",
                "$set": {"email": "ada@example.com"}, "$device_id": "x", "token": "phc", "distinct_id": "d", "$el_text": "Ada",
                "$browser": "Chrome", "title": "Cart", "$referrer": "https://a.example/?q=ada", "plan": "pro", "seats": 3,
                "cart": {"items": []}, "tags": ["a"], "next": "/x?y", "link": "https://a.example/#top", "paid": true, "none": null,
            }),
            false,
        );
        assert_eq!(event.url.as_deref(), Some("https://shop.example/cart"));
        let kept = json!({
            "$browser": "Chrome", "title": "Cart", "$referrer": "https://a.example/", "plan": "pro", "seats": 3, "next": "/x?y",
            "link": "https://a.example/", "paid": true,
        });
        assert_eq!(json!(event.properties), kept);
    }

    #[test]
    fn queries_stay_where_the_project_wants_them() {
        let event = seen(json!({"$current_url": "https://a.example/?q=1#x", "link": "https://b.example/?r"}), true);
        assert_eq!(event.url.as_deref(), Some("https://a.example/?q=1#x"));
        assert_eq!(event.properties["link"], "https://b.example/?r");
    }

    #[test]
    fn properties_are_few_and_short() {
        let mut properties: Map<_, _> = (0..50).map(|n| (format!("own{n:02}"), json!("é".repeat(500)))).collect();
        properties.extend(KNOWN.iter().map(|name| ((*name).to_owned(), json!(1))));
        properties.insert("k".repeat(500), json!(2));
        let event = seen(Value::Object(properties), false);
        assert_eq!(event.properties.len(), 2 * walls::PROPERTIES);
        let texts = event.properties.values().filter_map(Value::as_str);
        assert!(texts.map(|text| text.chars().count()).all(|letters| letters == walls::TEXT));
        assert!(event.properties.keys().all(|name| name.len() <= walls::TEXT));
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let event = |n: usize| seen(json!({"n": format!("{:x}", md(n)), "m": format!("{:x}", md(n + 1000))}), false);
        let few: Vec<_> = (0..3).map(event).collect();
        let (zipped, left_out) = packed(&few);
        let read: Vec<SeenEvent> = serde_json::from_slice(&gzip::unzip(&zipped, UNZIPPED).unwrap()).unwrap();
        assert_eq!((read, left_out), (few, 0));
        let many: Vec<_> = (0..1000).map(event).collect();
        let (zipped, left_out) = packed(&many);
        assert!((5_000..=8_192).contains(&zipped.len()) && left_out > 0, "{}", zipped.len());
        let read: Vec<SeenEvent> = serde_json::from_slice(&gzip::unzip(&zipped, UNZIPPED).unwrap()).unwrap();
        assert_eq!((read.len(), read.as_slice()), (1000 - left_out, &many[..read.len()]), "the first are kept");
    }

    #[test]
    fn what_shrinks_well_is_short_when_it_unfolds() {
        let properties: Map<_, _> = (0..20).map(|n| (format!("{n:02}{}", "k".repeat(198)), json!("\u{1}".repeat(200)))).collect();
        let many = vec![seen(Value::Object(properties), false); 100];
        let (zipped, left_out) = packed(&many);
        let json = gzip::unzip(&zipped, walls::EVENTS_JSON).unwrap();
        let read: Vec<SeenEvent> = serde_json::from_slice(&json).unwrap();
        assert!(!read.is_empty() && left_out > 0);
        assert_eq!(read.len() + left_out, 100);
        assert!(zipped.len() < walls::EVENTS_ZIPPED, "by its zipped size more would have been kept");
    }

    /// Digits that do not compress.
    fn md(n: usize) -> u128 {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &n.to_be_bytes()).as_u128()
    }
}
