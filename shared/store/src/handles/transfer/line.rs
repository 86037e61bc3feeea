//! An item as a line, in DynamoDB's own JSON, its attributes by name: the same item is always the same line.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use crate::transport::item::Item;

/// The line of an item; `None` if it has an attribute of a type that no item has.
pub(super) fn write(item: &Item) -> Option<String> {
    let attributes = item.iter().map(|(name, value)| Some((name, to_json(value)?)));
    let attributes: BTreeMap<_, _> = attributes.collect::<Option<_>>()?;
    serde_json::to_string(&attributes).ok()
}

/// The item of a line; `None` if the line is none.
pub(super) fn read(line: &str) -> Option<Item> {
    let attributes: BTreeMap<String, Value> = serde_json::from_str(line).ok()?;
    attributes.into_iter().map(|(name, value)| Some((name, from_json(&value)?))).collect()
}

fn to_json(value: &AttributeValue) -> Option<Value> {
    Some(match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(flag) => json!({"BOOL": flag}),
        AttributeValue::Null(_) => json!({"NULL": true}),
        AttributeValue::B(bytes) => json!({"B": BASE64_STANDARD.encode(bytes)}),
        AttributeValue::L(list) => json!({"L": list.iter().map(to_json).collect::<Option<Vec<_>>>()?}),
        AttributeValue::M(map) => {
            let members = map.iter().map(|(name, value)| Some((name.clone(), to_json(value)?)));
            json!({"M": members.collect::<Option<Map<_, _>>>()?})
        }
        AttributeValue::Ss(members) => {
            let mut members = members.clone();
            members.sort();
            json!({"SS": members})
        }
        _ => return None,
    })
}

fn from_json(value: &Value) -> Option<AttributeValue> {
    let mut types = value.as_object()?.iter();
    let (kind, value) = types.next().filter(|_| types.next().is_none())?;
    let text = || value.as_str().map(str::to_owned);
    Some(match kind.as_str() {
        "S" => AttributeValue::S(text()?),
        "N" => AttributeValue::N(text()?),
        "BOOL" => AttributeValue::Bool(value.as_bool()?),
        "NULL" => AttributeValue::Null(true),
        "B" => AttributeValue::B(Blob::new(BASE64_STANDARD.decode(value.as_str()?).ok()?)),
        "L" => AttributeValue::L(value.as_array()?.iter().map(from_json).collect::<Option<_>>()?),
        "M" => {
            let members = value.as_object()?.iter().map(|(name, value)| Some((name.clone(), from_json(value)?)));
            AttributeValue::M(members.collect::<Option<_>>()?)
        }
        "SS" => {
            let members = value.as_array()?.iter().map(|member| member.as_str().map(str::to_owned));
            AttributeValue::Ss(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let list = AttributeValue::L(vec![AttributeValue::S("a\n\"b".to_owned()), AttributeValue::N("7".to_owned())]);
        let map = AttributeValue::M([("x".to_owned(), AttributeValue::Bool(true))].into());
        let item: Item = [
            ("PK", AttributeValue::S("P#1".to_owned())),
            ("bytes", AttributeValue::B(Blob::new([0, 255, 7]))),
            ("list", list),
            ("map", map),
            ("set", AttributeValue::Ss(vec!["a".to_owned(), "b".to_owned()])),
            ("nothing", AttributeValue::Null(true)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let line = write(&item).unwrap();
        assert!(!line.contains('\n') && line.starts_with(r#"{"PK":{"S":"P#1"},"bytes":{"B":"AP8H"},"#), "{line}");
        assert_eq!(read(&line), Some(item));
    }

    #[test]
    fn what_is_no_item_is_none() {
        for line in
            ["", "[]", "{\"a\": 1}", "{\"a\": {\"S\": 1}}", "{\"a\": {\"X\": \"1\"}}", "{\"a\": {\"S\": \"\", \"N\": \"1\"}}"]
        {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(write(&[("a".to_owned(), AttributeValue::Ns(Vec::new()))].into()), None);
    }
}
