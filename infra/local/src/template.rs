//! The SAM template as JSON, with the short forms of its functions written out.

use std::io;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The template that is deployed. The local stack takes its bus, rules, queues and roles from it.
pub(crate) const TEXT: &str = include_str!("../../template.yaml");

/// Reads a template. Anything but one YAML document is an error.
pub(crate) fn read(text: &str) -> io::Result<Value> {
    let documents = Yaml::load_from_str(text).map_err(|error| invalid(error.to_string()))?;
    match documents.as_slice() {
        [document] => as_json(document),
        _ => Err(invalid("a template is one YAML document")),
    }
}

/// The error of a template that says something the local stack cannot follow.
pub(crate) fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

fn as_json(node: &Yaml) -> io::Result<Value> {
    match node {
        Yaml::Value(Scalar::String(text)) => Ok(json!(text)),
        Yaml::Value(Scalar::Integer(number)) => Ok(json!(number)),
        Yaml::Value(Scalar::FloatingPoint(number)) => Ok(json!(number.0)),
        Yaml::Value(Scalar::Boolean(truth)) => Ok(json!(truth)),
        Yaml::Value(Scalar::Null) => Ok(Value::Null),
        Yaml::Sequence(items) => items.iter().map(as_json).collect(),
        Yaml::Mapping(pairs) => {
            let mut object = Map::new();
            for (key, value) in pairs {
                let Yaml::Value(Scalar::String(key)) = key else { return Err(invalid("a key that is no text")) };
                object.insert(key.to_string(), as_json(value)?);
            }
            Ok(Value::Object(object))
        }
        Yaml::Tagged(tag, node) => function(&tag.suffix, as_json(node)?),
        other => Err(invalid(format!("not expected in a template: {other:?}"))),
    }
}

/// The long form of `!Name argument`.
fn function(name: &str, argument: Value) -> io::Result<Value> {
    match (name, argument) {
        ("Ref" | "Condition", argument) => Ok(json!({name: argument})),
        ("GetAtt", Value::String(path)) => {
            let path = path.split_once('.').ok_or_else(|| invalid(format!("!GetAtt {path} names no attribute")))?;
            Ok(json!({"Fn::GetAtt": [path.0, path.1]}))
        }
        (name, argument) => Ok(json!({format!("Fn::{name}"): argument})),
    }
}

/// The resources of one type, with their names.
pub(crate) fn of_type<'a>(resources: &'a Map<String, Value>, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    resources.iter().filter(move |(_, resource)| resource["Type"] == kind)
}

/// A number among the properties of a resource, if it is there.
pub(crate) fn number(value: &Value, what: &str, of: &str) -> Result<Option<u64>, String> {
    match value {
        Value::Null => Ok(None),
        value => value.as_u64().map(Some).ok_or_else(|| format!("{what} of {of} is no number")),
    }
}
