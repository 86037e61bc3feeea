//! What tickets and messages have from mails: one attribute each, of JSON with names of one letter. Most tickets have none, and
//! one name for each value would cost more than the values.

use lambdesk_domain::mail::{MailRoute, Mailed};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(remote = "MailRoute")]
struct RouteRow {
    #[serde(rename = "a")]
    address: String,
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    subject: String,
    #[serde(rename = "f")]
    from: String,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    cc: Vec<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "it mirrors what is known of a mail")]
#[derive(Serialize, Deserialize)]
#[serde(remote = "Mailed")]
struct MailedRow {
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "f")]
    from: String,
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    to: Vec<String>,
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    cc: Vec<String>,
    #[serde(rename = "v", default, skip_serializing_if = "super::row::values::is_off")]
    verified: bool,
    #[serde(rename = "q", default, skip_serializing_if = "super::row::values::is_off")]
    quoted: bool,
    #[serde(rename = "x", default, skip_serializing_if = "super::row::values::is_off")]
    cut: bool,
    #[serde(rename = "m", default, skip_serializing_if = "super::row::values::is_off")]
    automated: bool,
    #[serde(rename = "n", default, skip_serializing_if = "super::row::values::is_zero")]
    files: u32,
    #[serde(rename = "h", default, skip_serializing_if = "super::row::values::is_off")]
    html: bool,
    #[serde(rename = "s", default, skip_serializing_if = "super::row::values::is_off")]
    shared: bool,
    #[serde(rename = "d", default, skip_serializing_if = "String::is_empty")]
    known: String,
    #[serde(rename = "k")]
    raw: String,
}

#[derive(Serialize, Deserialize)]
struct Route(#[serde(with = "RouteRow")] MailRoute);

#[derive(Serialize, Deserialize)]
struct Mail(#[serde(with = "MailedRow")] Mailed);

/// The conversation of a ticket as text.
///
/// # Panics
///
/// Never: it is a struct of texts.
#[expect(clippy::expect_used, reason = "texts are JSON")]
pub(super) fn write_route(route: &MailRoute) -> String {
    serde_json::to_string(&Route(route.clone())).expect("texts")
}

pub(super) fn read_route(text: &str) -> Option<Box<MailRoute>> {
    serde_json::from_str(text).ok().map(|Route(route)| Box::new(route))
}

/// What is known of a message's mail, as an attribute.
pub(super) mod opt_mailed {
    use lambdesk_domain::mail::Mailed;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _, ser::Error as _};

    use super::Mail;

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(in crate::items) fn serialize<S: Serializer>(mailed: &Option<Box<Mailed>>, serializer: S) -> Result<S::Ok, S::Error> {
        let text = mailed.as_deref().map(|mailed| serde_json::to_string(&Mail(mailed.clone())));
        match text.transpose().map_err(S::Error::custom)? {
            Some(text) => serializer.serialize_str(&text),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::items) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<Mailed>>, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map(|Mail(mailed)| Some(Box::new(mailed))).map_err(D::Error::custom)
    }
}
