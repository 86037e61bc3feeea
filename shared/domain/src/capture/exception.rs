//! What is kept of an exception: the chain of its causes with their stacks, and how often it came.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    capture::{event::page_of, sent::Sent, urls, walls},
    text::cut,
    time::Timestamp,
};

/// An exception that agents see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenException {
    /// When it happened.
    pub at: Timestamp,
    /// The page that it happened on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The tab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The exception, and behind it what caused it. It is never empty.
    pub causes: Vec<Cause>,
}

/// An exception in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its class, such as `TypeError`.
    pub kind: String,
    /// What it says.
    pub message: String,
    /// Whether the page caught it; `None` if the SDK doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// The stack. The first frame is where it happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
}

/// A frame of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The script's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The function's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Whether it is the page's own code, as the SDK sees it.
    pub own: bool,
    /// The id that `posthog-cli sourcemap inject` gave to the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk_id: Option<String>,
}

/// How many frames say more than another cause does.
const FEW: usize = 6;

impl SeenException {
    /// What is kept of an `$exception` event. `None` if it has no exception.
    pub fn of(sent: &Sent, with_queries: bool) -> Option<Self> {
        let chain = sent.properties.get("$exception_list")?.as_array()?;
        let causes: Vec<_> = chain.iter().take(walls::CAUSES).filter_map(|cause| Cause::of(cause, with_queries)).collect();
        if causes.is_empty() {
            return None;
        }
        let mut seen = Self { at: sent.at, url: page_of(sent, with_queries), window: sent.window.clone(), causes };
        seen.shorten();
        Some(seen)
    }

    /// Drops what is the farthest from where it happened until the whole is short enough: frames, then causes, then more frames.
    fn shorten(&mut self) {
        let mut most = walls::FRAMES;
        while self.length() > walls::EXCEPTION && most > 0 {
            if most > FEW || self.causes.len() == 1 {
                most /= 2;
                self.causes.iter_mut().for_each(|cause| cause.frames.truncate(most));
            } else {
                self.causes.pop();
            }
        }
    }

    fn length(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len())
    }

    /// What tells this exception from others: its class and where it happened, or what it says if no place is known. Sixteen
    /// hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let first = self.causes.first();
        let kind = first.map_or("", |cause| cause.kind.as_str());
        let frames = first.map(|cause| cause.frames.as_slice()).unwrap_or_default();
        let place = frames.iter().find(|frame| frame.own).or(frames.first()).map_or_else(
            || first.map_or_else(String::new, |cause| cause.message.clone()),
            |Frame { file, function, line, column, own: _, chunk_id: _ }| format!("{file:?} {function:?} {line:?} {column:?}"),
        );
        let digest = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{kind}\n{place}").as_bytes());
        digest.simple().to_string()[..16].to_owned()
    }
}

impl Cause {
    fn of(sent: &Value, with_queries: bool) -> Option<Self> {
        let text = |name: &str, most| Some(bounded(sent.get(name)?.as_str()?, most, with_queries));
        let sent_frames = sent["stacktrace"]["frames"].as_array().map(Vec::as_slice).unwrap_or_default();
        // The SDK sends the place where it happened last.
        let frames = sent_frames.iter().rev().take(walls::FRAMES).filter_map(|frame| Frame::of(frame, with_queries));
        let (kind, message) = (text("type", walls::TEXT), text("value", walls::MESSAGE));
        if kind.is_none() && message.is_none() {
            return None;
        }
        Some(Self {
            kind: kind.unwrap_or_else(|| "Error".to_owned()),
            message: message.unwrap_or_default(),
            handled: sent["mechanism"]["handled"].as_bool(),
            frames: frames.collect(),
        })
    }
}

impl Frame {
    fn of(sent: &Value, with_queries: bool) -> Option<Self> {
        let text = |name: &str| sent.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let number = |name: &str| sent.get(name).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let file = text("filename").map(|file| if with_queries { file } else { urls::without_query(file) });
        sent.is_object().then(|| Self {
            file: file.map(|file| cut(file, walls::TEXT).to_owned()),
            function: text("function").map(|name| bounded(name, walls::TEXT, with_queries)),
            line: number("lineno"),
            column: number("colno"),
            own: sent["in_app"].as_bool().unwrap_or(false),
            chunk_id: text("chunk_id").map(|id| cut(id, walls::TEXT).to_owned()),
        })
    }
}

fn bounded(text: &str, most: usize, with_queries: bool) -> String {
    if with_queries { cut(text, most).to_owned() } else { cut(&urls::without_queries(text), most).to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(list: &Value) -> Option<SeenException> {
        let Value::Object(properties) = json!({"$exception_list": list, "$current_url": "https://a.example/x?y"}) else {
            panic!("no object")
        };
        let sent = Sent {
            id: None,
            name: "$exception".into(),
            session: "s".parse().unwrap(),
            window: Some("w".into()),
            distinct_id: "d".into(),
            at: Timestamp::EPOCH,
            properties,
        };
        SeenException::of(&sent, false)
    }

    fn frame(line: u32, own: bool) -> Value {
        json!({"filename": "https://a.example/app.js?v=1", "function": "sum", "lineno": line, "colno": 7, "in_app": own})
    }

    fn thrown(frames: &[Value]) -> Value {
        json!([
            {"type": "TypeError", "value": "no x at https://a.example/?q=ada", "mechanism": {"handled": false},
                "stacktrace": {"type": "raw", "frames": frames}},
            {"type": "Error", "value": "its cause"},
        ])
    }

    #[test]
    fn the_crash_site_comes_first_and_queries_go() {
        let exception = seen(&thrown(&[frame(1, false), frame(2, true)])).unwrap();
        assert_eq!(exception.url.as_deref(), Some("https://a.example/x"));
        let [first, second] = exception.causes.as_slice() else { panic!("two causes") };
        assert_eq!(
            (first.kind.as_str(), first.message.as_str(), first.handled),
            ("TypeError", "no x at https://a.example/", Some(false))
        );
        assert_eq!(first.frames.iter().map(|frame| frame.line).collect::<Vec<_>>(), [Some(2), Some(1)]);
        assert_eq!(first.frames[0].file.as_deref(), Some("https://a.example/app.js"));
        assert_eq!((second.message.as_str(), second.handled, second.frames.len()), ("its cause", None, 0));
        let said = |cause: &Value| seen(&json!([cause])).map(|exception| exception.causes[0].clone()).unwrap();
        let [kind, message] = [json!({"type": "E"}), json!({"value": "x"})].map(|cause| said(&cause));
        assert_eq!((kind.kind.as_str(), kind.message.as_str()), ("E", ""));
        assert_eq!((message.kind.as_str(), message.message.as_str()), ("Error", "x"));
        for nothing in [json!(null), json!([]), json!([1, "x", {}]), json!({"type": "x"})] {
            assert_eq!(seen(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn an_exception_is_known_by_its_class_and_its_place() {
        let of = |list: &Value| seen(list).unwrap().fingerprint();
        let here = of(&thrown(&[frame(1, false), frame(2, true)]));
        assert_eq!(here.len(), 16);
        assert_eq!(here, of(&thrown(&[frame(9, true), frame(2, true)])), "whoever called");
        assert_ne!(here, of(&thrown(&[frame(1, false), frame(3, true)])));
        assert_eq!(of(&json!([{"type": "A", "value": "x"}])), of(&json!([{"type": "A", "value": "x"}])));
        assert_ne!(of(&json!([{"type": "A", "value": "x"}])), of(&json!([{"type": "A", "value": "y"}])), "without a stack");
    }

    #[test]
    fn an_exception_has_bounds() {
        let long = |n: u32| json!({"filename": "é".repeat(900), "function": "ü".repeat(900), "lineno": n, "in_app": true});
        let frames: Vec<_> = (0..200).map(long).collect();
        let cause = json!({"type": "x".repeat(900), "value": "\u{1}".repeat(9000), "stacktrace": {"frames": frames}});
        let exception = seen(&json!(vec![cause; 40])).unwrap();
        assert_eq!(
            (exception.causes.len(), exception.causes[0].frames.len()),
            (2, FEW),
            "far causes go before a near frame does"
        );
        assert!(exception.length() <= walls::EXCEPTION, "{}", exception.length());
        let first = &exception.causes[0];
        assert_eq!(first.frames[0].line, Some(199), "the crash site stays");
        assert_eq!((first.kind.len(), first.message.len()), (walls::TEXT, walls::MESSAGE));
        let brief = json!({"type": "E", "value": "x", "stacktrace": {"frames": frames}});
        let exception = seen(&json!(vec![brief; walls::CAUSES])).unwrap();
        assert_eq!(exception.causes.len(), walls::CAUSES, "far frames go before a cause does");
        assert!(exception.causes.iter().all(|cause| (FEW..walls::FRAMES).contains(&cause.frames.len())));
        let many = seen(&json!(vec![json!({"type": "E", "value": "x"}); 40])).unwrap();
        assert_eq!(many.causes.len(), walls::CAUSES);
        let few: Vec<_> = (0..80).map(|n| frame(n, true)).collect();
        assert_eq!(seen(&thrown(&few)).unwrap().causes[0].frames.len(), walls::FRAMES);
    }
    #[test]
    fn what_has_the_most_bytes_stays_whole() {
        let mut whole = seen(&thrown(&vec![frame(1, true); walls::FRAMES])).unwrap();
        whole.causes[0].message = "m".repeat(whole.causes[0].message.len() + walls::EXCEPTION - whole.length());
        let mut exception = whole.clone();
        exception.shorten();
        assert_eq!(exception, whole);
        exception.causes[0].message.push('m');
        exception.shorten();
        assert_eq!(exception.causes[0].frames.len(), walls::FRAMES / 2);
        exception.causes.truncate(1);
        exception.causes[0].message = "m".repeat(walls::EXCEPTION);
        exception.shorten();
        assert!(exception.causes[0].frames.is_empty(), "there is no more to drop");
    }
}
