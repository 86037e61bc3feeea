//! Texts as somebody might send them who wants to break something.

use serde_json::Value;

/// In every one of the texts, so that it is found wherever it should not be.
pub(crate) const CANARY: &str = "zqxcanary";

/// A text, as the JSON of a body has it.
pub(super) struct Hostile {
    pub(super) what: &'static str,
    /// With its quotation marks.
    json: String,
}

impl Hostile {
    fn new(what: &'static str, text: &str) -> Self {
        Self { what, json: Value::from(text).to_string() }
    }

    /// As no client writes it that knows what text is.
    fn raw(what: &'static str, inside: &str) -> Self {
        Self { what, json: format!("\"{inside}\"") }
    }

    /// The text; `None` if it is none, so that the whole body is refused.
    pub(super) fn text(&self) -> Option<String> {
        serde_json::from_str(&self.json).ok().filter(|text: &String| !text.contains('\0'))
    }

    /// The JSON of a body that has this text wherever `marked` says so.
    pub(super) fn body(&self, body: &Value, mark: &str) -> String {
        body.to_string().replace(&Value::from(mark).to_string(), &self.json)
    }
}

/// What is tried in every place.
pub(super) fn hostile() -> Vec<Hostile> {
    let texts = [
        ("a word", "zqxcanary"),
        ("a script", "<script>alert('zqxcanary')</script>"),
        ("a picture", "\"><img src=x onerror=alert(1)> zqxcanary"),
        ("an end of everything", "zqxcanary</textarea></title></script>--><svg onload=alert(1)>"),
        ("quotation marks", "zqxcanary ' \" ` \\ \\\" \\u0000"),
        ("shell and JavaScript", "${zqxcanary} $(zqxcanary) `zqxcanary` #{zqxcanary}"),
        ("templates", "{{zqxcanary}} {variables.ticket.id} {event.distinct_id} {{constructor}} {% zqxcanary %}"),
        ("formats", "zqxcanary %s%n%x%p {0} {} {:?} %00 %0d%0aX: y"),
        ("lines of a mail", "zqxcanary\r\nBcc: evil@example.com\r\nContent-Type: text/html\r\n\r\n<b>x</b>"),
        ("lines", "zqxcanary\n.\nQUIT\n\u{2028}\u{2029}\u{85}"),
        ("directions", "zqxcanary\u{202e}gnp.exe\u{2066}\u{200f}\u{061c}"),
        ("astral signs", "zqxcanary \u{1F600}\u{1F468}\u{200D}\u{1F469} \u{10FFFF}"),
        ("no characters", "zqxcanary\u{fffd}\u{fffe}\u{ffff}\u{feff}"),
        ("signs of control", "zqxcanary\u{1b}[31m\u{8}\u{7f}\u{1}\u{9f}"),
        ("a prototype", "__proto__ zqxcanary"),
        ("DynamoDB", ":zqxcanary #zqxcanary SET PK = :x REMOVE #a attribute_exists(PK) AND size(SK) > :n"),
        ("a key", "P#1#T#zqxcanary~"),
        ("a key of everything", "#~zqxcanary"),
        ("a path", "../../zqxcanary/..%2f..\\..\\zqxcanary"),
        ("JSON", "{\"zqxcanary\": [1, null, \"x\"]}"),
        ("a table", "=cmd|' /C calc'!A0 zqxcanary"),
        ("SQL", "zqxcanary'; DROP TABLE tickets; --"),
        ("an address", "zqxcanary@example.com"),
        ("an address of another kind", "javascript:alert('zqxcanary')"),
        ("combining marks", "zqxcanary\u{301}\u{301}\u{489}\u{489} \u{FDFD}"),
    ];
    let mut all: Vec<_> = texts.into_iter().map(|(what, text)| Hostile::new(what, text)).collect();
    // No item of DynamoDB holds as much.
    all.push(Hostile::new("a text that is longer than an item", &format!("zqxcanary{}", "x".repeat(450_000))));
    all.push(Hostile::new("a long text of long characters", &format!("zqxcanary{}", "\u{1F600}".repeat(60_000))));
    all.push(Hostile::raw("NUL", "zqxcanary\\u0000"));
    all.push(Hostile::raw("the first half of a surrogate", "zqxcanary\\ud800"));
    all.push(Hostile::raw("the second half of a surrogate", "\\udc00zqxcanary"));
    all
}

/// Every text in a body or an answer.
pub(super) fn texts_of(json: &Value) -> Vec<&str> {
    match json {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().flat_map(texts_of).collect(),
        Value::Object(fields) => fields.values().flat_map(texts_of).collect(),
        _ => Vec::new(),
    }
}
