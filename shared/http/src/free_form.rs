//! Objects in openapi.json whose keys are not known, such as a customer's traits. A document that names no property of an object
//! and says nothing else reads as an empty object to programs that make clients from it.

use utoipa::openapi::{
    RefOr, Schema, Type,
    schema::{AdditionalProperties, ArrayItems, SchemaType},
};

/// Says of every object without properties that it may have any.
pub(crate) fn open(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(open);
            let is_object = match &object.schema_type {
                SchemaType::Type(kind) => *kind == Type::Object,
                SchemaType::Array(kinds) => kinds.contains(&Type::Object),
                SchemaType::AnyValue => false,
            };
            if is_object && object.properties.is_empty() && object.additional_properties.is_none() {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(true)));
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                open(items);
            }
        }
        Schema::OneOf(choice) => choice.items.iter_mut().for_each(open),
        Schema::AllOf(parts) => parts.items.iter_mut().for_each(open),
        Schema::AnyOf(choice) => choice.items.iter_mut().for_each(open),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_without_properties_may_have_any() {
        let schema = json!({"type": "object", "properties": {
            "traits": {"type": ["object", "null"]}, "rows": {"type": "array", "items": {"type": "object"}}, "name": {"type": "string"},
        }});
        let mut schema: RefOr<Schema> = serde_json::from_value(schema).unwrap();
        open(&mut schema);
        let opened = serde_json::to_value(&schema).unwrap();
        assert_eq!(opened.pointer("/properties/traits/additionalProperties"), Some(&json!(true)));
        assert_eq!(opened.pointer("/properties/rows/items/additionalProperties"), Some(&json!(true)));
        assert_eq!((opened.get("additionalProperties"), opened.pointer("/properties/name/additionalProperties")), (None, None));
    }
}
