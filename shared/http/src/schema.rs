//! What openapi.json says of values that no Rust type describes.

use utoipa::openapi::{
    OneOfBuilder, RefOr, Schema, Type,
    schema::{ObjectBuilder, SchemaType},
};

/// An id that is an integer for some things and a text for others.
pub fn number_or_text() -> RefOr<Schema> {
    one_of(&[Type::Integer, Type::String])
}

/// Such an id, or null where there is none.
pub fn number_or_text_or_null() -> RefOr<Schema> {
    one_of(&[Type::Null, Type::Integer, Type::String])
}

/// Whatever JSON can say.
pub fn any() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).into()
}

fn one_of(types: &[Type]) -> RefOr<Schema> {
    let value = |kind: &Type| ObjectBuilder::new().schema_type(kind.clone());
    types.iter().fold(OneOfBuilder::new(), |choice, kind| choice.item(value(kind))).into()
}
