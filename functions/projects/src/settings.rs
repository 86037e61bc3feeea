//! What openapi.json says of `conversations_settings`: every setting that the domain knows, and which values it takes.

use lambdesk_domain::settings::{
    DOUBTFUL_MAIL, KINDS, Kind, MOST_ADDRESSES, MOST_DAYS, MOST_DOMAINS, MOST_MINUTES, POSITIONS, RECORDED_TEXTS,
};
use utoipa::openapi::{ArrayBuilder, Object, ObjectBuilder, Schema, Type, schema::SchemaType};

/// The settings in an answer.
pub(crate) fn shown() -> Object {
    let text = "The settings that were set, and `widget_public_token`, which is read-only. Every other setting has its default.";
    let token = ObjectBuilder::new().schema_type(Type::String);
    settings(&[]).property("widget_public_token", token).required("widget_public_token").description(Some(text)).build()
}

/// The settings in a change.
pub(crate) fn given() -> Object {
    let either: SchemaType = [Type::Object, Type::Null].into_iter().collect();
    settings(&[Type::Null]).schema_type(either).description(Some("Merged key by key; null removes a key.")).build()
}

/// An object with every setting, whose values may be of these other types too.
fn settings(beside: &[Type]) -> ObjectBuilder {
    let typed = |kind: Type| match beside {
        [] => SchemaType::Type(kind),
        beside => [kind].into_iter().chain(beside.iter().cloned()).collect(),
    };
    KINDS.iter().fold(ObjectBuilder::new(), |object, (name, kind)| object.property(*name, values(*kind, typed)))
}

fn values(kind: Kind, typed: impl Fn(Type) -> SchemaType) -> Schema {
    let text = || ObjectBuilder::new().schema_type(typed(Type::String));
    let object = match kind {
        Kind::Flag => ObjectBuilder::new().schema_type(typed(Type::Boolean)),
        Kind::Text(most) => text().max_length(Some(most)),
        Kind::Colour => text().description(Some("A colour like `#1d4aff`.")),
        Kind::Position => text().description(Some(format!("One of {}.", POSITIONS.join(", ")))),
        Kind::DoubtfulMail => text().description(Some(format!("One of {}.", DOUBTFUL_MAIL.join(", ")))),
        Kind::RecordedText => text().description(Some(format!("One of {}.", RECORDED_TEXTS.join(", ")))),
        Kind::Minutes => {
            let kinds: SchemaType = [Type::Integer, Type::Null].into_iter().collect();
            ObjectBuilder::new().schema_type(kinds).minimum(Some(0)).maximum(Some(MOST_MINUTES))
        }
        Kind::Addresses => {
            let address = ObjectBuilder::new().schema_type(Type::String);
            let list = ArrayBuilder::new().schema_type(typed(Type::Array)).items(address);
            return list.max_items(Some(MOST_ADDRESSES)).build().into();
        }
        Kind::Days => ObjectBuilder::new().schema_type(typed(Type::Integer)).minimum(Some(1)).maximum(Some(MOST_DAYS)),
        Kind::Zone => text().description(Some("The name of an IANA time zone, such as `Europe/London`.")),
        Kind::Domains | Kind::Hosts => {
            let host = ObjectBuilder::new().schema_type(Type::String);
            let list = ArrayBuilder::new().schema_type(typed(Type::Array)).items(host);
            return list.max_items(Some(MOST_DOMAINS)).build().into();
        }
    };
    object.build().into()
}
