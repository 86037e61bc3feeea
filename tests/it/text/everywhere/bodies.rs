//! Every text in every field of a body.

use lambdesk_domain::tags::Tags;
use reqwest::Method;
use serde_json::Value;

use super::{
    super::texts::{Hostile, hostile, texts_of},
    Call, Trial,
    exceptions::{beside, is_never_shown, otherwise},
    fields::{Field, MARK, fields},
    refusals::{is_about, named},
};
use crate::{
    authorization::things::Things,
    support::{AGENT, Reply},
};

const MESSAGE: &str = "/api/conversations/v1/widget/message";
const TICKETS: &str = "/api/projects/1/conversations/tickets";
/// What browsers send of their customers is cut at this length or above.
const CUT: usize = 500;

impl Trial<'_> {
    /// Every text in every field. Returns what is wrong.
    pub(super) async fn try_fields(&self, document: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        for field in &fields(document, &self.operation.path, &self.operation.it) {
            wrong.extend(self.try_field(field).await);
        }
        wrong
    }

    async fn try_field(&self, field: &Field) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut things = self.things().await;
        let body = self.body(field);
        for text in hostile() {
            let mut call = self.call(&mut things, &body).await;
            let filled = serde_json::from_str(&call.body).expect("a body of JSON");
            call.body = text.body(&field.set_in(&filled), MARK);
            let reply = self.send(&call).await;
            let place = format!("{} in {}", text.what, field.named());
            if !self.is_right(field, &text, &things, &call, &reply).await {
                let said: String = reply.text.chars().take(300).collect();
                wrong.push(format!("{place}: {} {said}", reply.status));
            }
            wrong.extend(self.changed(&call, &reply).await.map(|changed| format!("{place}: {changed}")));
            self.make_room(&reply).await;
        }
        wrong
    }

    /// The body without the text: that of the row, with what the field needs beside it.
    fn body(&self, field: &Field) -> String {
        let mut body: Value = serde_json::from_str(&self.row.body).expect("a body of JSON");
        let beside = beside(&self.row.route, field).unwrap_or_default();
        for (name, value) in beside.as_object().into_iter().flatten() {
            if value.is_null() {
                body.as_object_mut().expect("an object").remove(name);
            } else {
                body[name] = value.clone();
            }
        }
        body.to_string()
    }

    async fn is_right(&self, field: &Field, text: &Hostile, things: &Things<'_>, call: &Call, reply: &Reply) -> bool {
        let is_answer = self.operation.documents(reply.status) && reply.status < 500;
        let is_right = match text.text() {
            // A map is read as it is; its texts are shown to agents, and are no part of a key.
            None => reply.status == 400 || self.row.route.ends_with("/source_maps"),
            Some(_) if reply.status >= 400 => self.is_refused(field, reply),
            Some(_) if is_never_shown(&self.row.route, field) => true,
            Some(sent) => self.is_shown(things, call, reply, |shown| self.is_it(field, &sent, shown)).await,
        };
        is_answer && is_right
    }

    /// Whether a refusal says which field it is about.
    fn is_refused(&self, field: &Field, reply: &Reply) -> bool {
        // Nobody is told why a trap for machines has shut.
        let is_trap = field.path() == "_hp";
        let is_named = is_trap || named(reply).is_some_and(|named| is_about(&named, field));
        otherwise(&self.row.route, field) == Some(reply.status) || reply.status == 400 && is_named
    }

    /// Whether what was sent is shown. Where something can be read again, the answer to the call itself does not count: it might
    /// only repeat what was sent.
    async fn is_shown(&self, things: &Things<'_>, call: &Call, reply: &Reply, is_it: impl Fn(&str) -> bool) -> bool {
        let has_it = |json: &Value| texts_of(json).into_iter().any(&is_it);
        self.desk.http.drain().await;
        let read =
            async |path: &str, headers: &[(&str, &str)]| self.desk.http.call(Method::GET, path, headers, Value::Null).await;
        let shown = match self.read_again(call, reply) {
            Some(path) => read(&path, &self.caller.headers()).await.expect(200).json,
            None => reply.json.clone(),
        };
        if has_it(&shown) {
            return true;
        }
        self.desk.http.drain().await;
        let made = ["ticket_id", "id"].into_iter().filter_map(|name| reply.json[name].as_str());
        for ticket in made.chain(things.known("ticket").and_then(Value::as_str)) {
            for below in ["", "messages/?limit=200", "context/"] {
                if has_it(&read(&format!("{TICKETS}/{ticket}/{below}"), &[("authorization", AGENT)]).await.json) {
                    return true;
                }
            }
        }
        false
    }

    /// The path at which to read what was written: that of what was made, or else the one that it was written to.
    fn read_again(&self, call: &Call, reply: &Reply) -> Option<String> {
        let of = |route: &str| self.operations.iter().any(|it| it.method == Method::GET && it.path == route);
        let made = ["short_id", "id"].into_iter().find_map(|name| {
            let id = &reply.json[name];
            let id = id.as_str().map_or_else(|| id.as_u64().map(|id| id.to_string()), |id| Some(id.to_owned()));
            of(&format!("{}/{{{name}}}", self.row.route)).then_some(format!("{}/{}/", call.path, id?))
        });
        made.or_else(|| of(&self.row.route).then(|| call.path.clone()))
    }

    /// Whether this is the text as the desk keeps it.
    fn is_it(&self, field: &Field, sent: &str, shown: &str) -> bool {
        let of_tags = || Tags::new([sent]).is_ok_and(|tags| tags.iter().next() == Some(shown));
        let is_cut = || self.row.route == MESSAGE && shown.len() >= CUT && sent.starts_with(shown);
        // An address of the desk's own is shown with its domain.
        let own = format!("{sent}@desk.test");
        [sent, sent.trim(), &own].contains(&shown) || field.named().contains("tags") && of_tags() || is_cut()
    }
}
