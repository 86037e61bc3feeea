//! What an error says about what was wrong.

use serde_json::Value;

use super::fields::Field;
use crate::support::Reply;

/// What an error names: a field or a parameter, or a sentence where the surface has no place for names.
pub(super) fn named(reply: &Reply) -> Option<String> {
    let fields = [&reply.json["details"], &reply.json["error"]].into_iter().find_map(Value::as_object);
    let field = fields.and_then(|fields| fields.keys().next().cloned());
    let said = || [&reply.json["detail"], &reply.json["error"]].into_iter().find_map(Value::as_str).map(str::to_owned);
    field.or_else(|| reply.json["attr"].as_str().map(str::to_owned)).or_else(said)
}

/// Whether an error that names this is about the field: by its path, that of what it is in, or that of something in it; or by its
/// name in a sentence.
pub(super) fn is_about(named: &str, field: &Field) -> bool {
    let path = field.path();
    let last = path.rsplit(['.', '[']).find(|part| !part.ends_with(']')).unwrap_or_default().to_owned();
    let is_sentence = named.contains(' ');
    if is_sentence { path.is_empty() || named.contains(&last) } else { path.starts_with(named) || named.starts_with(&path) }
}

/// Whether an error that names this is about the parameter.
pub(super) fn is_about_parameter(named: &str, name: &str) -> bool {
    // Of who signs and what is signed, both have to be there.
    let pair = |name: &str| name.starts_with("identity_");
    named == name || (named.contains(' ') && named.contains(name)) || (pair(named) && pair(name))
}
