//! Texts as parameters, in paths, queries and headers.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;

use super::{
    super::texts::{CANARY, hostile},
    Call, Trial,
    fields::MARK,
    refusals::{is_about_parameter, named},
};
use crate::{authorization::things::Things, support::Reply};

/// The longest text. A longer one would be refused before a route sees it.
const LONGEST: usize = 1000;

/// How many operations try all texts in a path or a header between them.
const TURNS: usize = 4;

/// A parameter: where it is, and its name.
struct Parameter {
    place: String,
    name: String,
}

impl Trial<'_> {
    fn parameters(&self) -> Vec<Parameter> {
        let all = self.operation.it["parameters"].as_array();
        let word = |parameter: &Value, key: &str| parameter[key].as_str().expect("a word").to_owned();
        let parameter = |it: &Value| Parameter { place: word(it, "in"), name: word(it, "name") };
        all.into_iter().flatten().map(parameter).collect()
    }

    /// Texts in every parameter. Returns what is wrong.
    pub(super) async fn try_parameters(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut things = self.things().await;
        let texts = hostile().into_iter().filter_map(|text| text.text()).filter(|text| text.len() < LONGEST);
        let texts: Vec<_> = texts.chain([format!("{CANARY}\0")]).collect();
        for parameter in self.parameters() {
            // Paths and headers are read by few, and the operations take turns with the texts.
            let (begin, step) = if parameter.place == "query" { (0, 1) } else { (self.row.line % TURNS, TURNS) };
            for text in texts.iter().skip(begin).step_by(step) {
                let call = self.call_with(&mut things, &parameter, text).await;
                let reply = self.send(&call).await;
                let place = format!("{text:?} in {} of its {}", parameter.name, parameter.place);
                if !self.is_right_answer(&parameter, &reply) {
                    wrong.push(format!("{place}: {} {}", reply.status, reply.text));
                }
                wrong.extend(self.changed(&call, &reply).await.map(|changed| format!("{place}: {changed}")));
                self.make_room(&reply).await;
                if self.operation.method == Method::DELETE && reply.status < 400 {
                    things = self.things().await;
                }
            }
        }
        wrong
    }

    async fn call_with(&self, things: &mut Things<'_>, parameter: &Parameter, text: &str) -> Call {
        let Parameter { place, name } = parameter;
        let mut call = self.call(things, &self.row.body).await;
        let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        match place.as_str() {
            "path" => {
                // What the rest of the path names is there. The mark is no name of anything.
                let rest = self.row.route.replace(&format!("{{{name}}}"), MARK);
                call.path = things.path(&rest, &self.caller).await.replace(MARK, &encoded);
            }
            "query" => {
                let pairs = call.query.trim_start_matches('?').split('&');
                let others = pairs.filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
                let pairs: Vec<_> = others.map(str::to_owned).chain([format!("{name}={encoded}")]).collect();
                call.query = format!("?{}", pairs.join("&"));
            }
            _ => {
                // Others can't be in a header.
                let printable = text.chars().filter(|sign| (' '..='~').contains(sign)).collect();
                call.header = Some((name.clone(), printable));
            }
        }
        call
    }

    /// It is taken, or it is refused by its name. Nothing is at a path of such a text.
    fn is_right_answer(&self, parameter: &Parameter, reply: &Reply) -> bool {
        let is_named = || named(reply).is_some_and(|named| is_about_parameter(&named, &parameter.name));
        let is_said = reply.status != 400 || is_named();
        let is_right = if parameter.place == "path" { reply.status >= 400 } else { is_said };
        self.operation.documents(reply.status) && reply.status < 500 && is_right
    }
}
